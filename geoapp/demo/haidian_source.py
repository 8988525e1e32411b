"""The shipped layers of Haidian in metres, and what they say for the derivation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoapp.houses.derive import dwelling_form, estimate_buildings
from grids_boundaries.derive.blocks import barrier_lines
from grids_boundaries.derive.city import CitySource
from grids_boundaries.derive.metric import metric_crs_of

DATA = Path(__file__).with_name("data")
HAIDIAN, BEIJING = DATA / "haidian", DATA / "beijing"
CODES = HAIDIAN / "division_codes_2023.csv"
LAYERS = ("streets", "coverage", "buildings", "roads", "railways", "water", "landuse")
ESTATE_CLASSES = ("landuse=residential",)
CAMPUS_CLASSES = ("amenity=university", "amenity=college", "amenity=school", "amenity=hospital")
NAMING_CLASSES = (*ESTATE_CLASSES, *CAMPUS_CLASSES, "office=research")


@dataclass(frozen=True, slots=True)
class DemoSource:
    """What to derive from. `buildings`: id, name, estate, and the columns of the estimate."""

    city: CitySource
    buildings: gpd.GeoDataFrame


def layer_path(name: str) -> Path:
    """The shipped file of a layer."""
    return HAIDIAN / f"{name}.geojson.gz"


def read_source() -> DemoSource:
    """All layers in the metric CRS of the district."""
    raw = {name: gpd.read_file(f"/vsigzip/{layer_path(name)}") for name in LAYERS}
    crs = metric_crs_of(raw["streets"])
    layers = {name: frame.to_crs(crs) for name, frame in raw.items()}
    landuse = layers["landuse"]
    buildings = _estimated(layers["buildings"], landuse)
    city = CitySource(
        streets=layers["streets"].rename(columns={"code12_2023": "code"}),
        officials=official_communities(CODES),
        coverage=layers["coverage"].geometry.to_numpy(),
        barriers=barrier_lines(layers["roads"], layers["railways"], layers["water"]),
        buildings=buildings,
        places=_places(buildings, landuse),
        campus=landuse.geometry[landuse["class"].isin(CAMPUS_CLASSES)].to_numpy(),
    )
    return DemoSource(city, buildings)


def official_communities(path: Path) -> dict[str, list[tuple[str, str]]]:
    """12-digit street code -> [(community code, official name)] in code order."""
    codes = pd.read_csv(path, dtype=str).sort_values("code12")
    communities = codes[codes["level"] == "5"]
    return {
        street: list(zip(rows["code12"], rows["name"], strict=True))
        for street, rows in communities.groupby("parent_code12")
    }


def _estimated(buildings: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = buildings.geometry.to_numpy()
    estates = landuse[landuse["class"].isin(ESTATE_CLASSES)]
    estate = _area_around(shapes, estates)
    form = dwelling_form(
        buildings["building"].to_numpy(), buildings["name"].to_numpy(), estate >= 0
    )
    found = estimate_buildings(
        shapes, form, buildings["levels"].to_numpy(), buildings["id"].to_numpy()
    )
    names = np.array([*estates["name"], None], dtype=object)
    columns = buildings[["id", "name", "geometry"]].assign(estate=names[estate])
    return columns.join(found)


def _area_around(shapes: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Row of the area around each shape, -1 outside all."""
    around = np.full(len(shapes), -1)
    points = shapely.point_on_surface(shapes)
    shape, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="within")
    around[shape] = area
    return around


def _places(buildings: gpd.GeoDataFrame, landuse: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings by their own name and by that of the named ground they stand on."""
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    own = gpd.GeoDataFrame(
        {"name": buildings["name"], "weight": buildings["households"]},
        geometry=points, crs=buildings.crs,
    )  # fmt: skip
    ground = landuse[landuse["class"].isin(NAMING_CLASSES) & landuse["name"].notna()]
    around = _area_around(buildings.geometry.to_numpy(), ground)
    on_ground = own[around >= 0].assign(name=ground["name"].to_numpy()[around[around >= 0]])
    return pd.concat([own, on_ground], ignore_index=True)
