"""Two places to derive from: a drawn town of 12 blocks, and the shipped windows of Haidian."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import geoapp
from geoapp.houses.derive import dwelling_form, estimate_buildings
from grids_boundaries.derive.blocks import barrier_lines
from grids_boundaries.derive.city import CitySource, DerivedCity, derive_city
from grids_boundaries.derive.metric import metric_crs_of

HAIDIAN = Path(geoapp.__file__).parent / "demo" / "data" / "haidian"
FIRST_ZONE = "EPSG:4548"


def box_houses(
    west: float, south: float, columns: int, rows: int, households: int
) -> gpd.GeoDataFrame:
    """Houses of 12 x 10 m on a 20 m raster, each of so many households."""
    corners = [(west + 20 * i, south + 20 * j) for j in range(rows) for i in range(columns)]
    shapes = [shapely.box(x, y, x + 12, y + 10) for x, y in corners]
    return gpd.GeoDataFrame(
        {"households": [households] * len(shapes)}, geometry=shapes, crs=FIRST_ZONE
    )


@pytest.fixture(scope="session")
def haidian_layers() -> dict[str, gpd.GeoDataFrame]:
    """The shipped layers in metres; `buildings` carries its estimate."""
    names = ("streets", "coverage", "buildings", "roads", "railways", "water", "landuse")
    raw = {name: gpd.read_file(f"/vsigzip/{HAIDIAN / name}.geojson.gz") for name in names}
    crs = metric_crs_of(raw["streets"])
    layers = {name: frame.to_crs(crs) for name, frame in raw.items()}
    houses = layers["buildings"]
    estates = layers["landuse"]
    estates = estates[estates["class"] == "landuse=residential"].geometry.to_numpy()
    inside = np.zeros(len(houses), dtype=bool)
    points = shapely.point_on_surface(houses.geometry.to_numpy())
    inside[shapely.STRtree(estates).query(points, predicate="within")[0]] = True
    form = dwelling_form(houses["building"].to_numpy(), houses["name"].to_numpy(), inside)
    estimate = estimate_buildings(
        houses.geometry.to_numpy(), form, houses["levels"].to_numpy(), houses["id"].to_numpy()
    )
    layers["buildings"] = houses.assign(households=estimate["households"].to_numpy())
    return layers


@pytest.fixture(scope="session")
def haidian_source(haidian_layers) -> CitySource:
    layers = haidian_layers
    codes = pd.read_csv(HAIDIAN / "division_codes_2023.csv", dtype=str)
    officials = {
        street: list(zip(rows["code12"], rows["name"], strict=True))
        for street, rows in codes[codes["level"] == "5"].groupby("parent_code12")
    }
    houses = layers["buildings"]
    places = gpd.GeoDataFrame(
        {"name": houses["name"], "weight": houses["households"]},
        geometry=shapely.point_on_surface(houses.geometry.to_numpy()),
        crs=houses.crs,
    )
    campus = layers["landuse"]["class"] == "amenity=university"
    return CitySource(
        streets=layers["streets"].rename(columns={"code12_2023": "code"}),
        officials=officials,
        coverage=layers["coverage"].geometry.to_numpy(),
        barriers=barrier_lines(layers["roads"], layers["railways"], layers["water"]),
        buildings=houses,
        places=places,
        campus=layers["landuse"].geometry[campus].to_numpy(),
    )


@pytest.fixture(scope="session")
def haidian(haidian_source) -> DerivedCity:
    return derive_city(haidian_source)
