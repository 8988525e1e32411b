"""Real streets: two windows of Haidian with its footprints, and Wuhan with synthetic buildings.

Haidian comes with the project. Wuhan's street lines (OpenStreetMap, ODbL, by OSMnx in
uscuni/neatnet) do not: GEOAPP_BENCH_WUHAN names a file of them, one GeoJSON line each.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from bench.partition.towns import Ground
from geoapp.demo.haidian_source import LAYERS, layer_path, read_source
from grids_boundaries.derive.blocks import RAIL_CLASSES, ROAD_CLASSES
from grids_boundaries.derive.city import covered_area
from grids_boundaries.derive.metric import metric_crs_of
from grids_boundaries.partition import model

WINDOWS = {"qhy": ("qinghuayuan", 4), "xyl": ("xueyuanlu", 2)}
WUHAN = "GEOAPP_BENCH_WUHAN"
WUHAN_BOXES = {"w50k": ((3200.0, 2600.0), 26), "w500k": ((10_500.0, 9_000.0), 167)}
"""Width and height around the middle (m), communities."""
WUHAN_HOMES = 0.0058
"""Households for each m² of block."""


def names() -> list[str]:
    """Real instances that can be made here."""
    return [*WINDOWS, *(WUHAN_BOXES if os.environ.get(WUHAN) else ())]


def ground(name: str) -> tuple[Ground, int]:
    """Streets, buildings, and how many communities. Raises KeyError for a name nobody knows."""
    if name in WINDOWS:
        return _haidian(*WINDOWS[name])
    size, communities = WUHAN_BOXES[name]
    return _wuhan(Path(os.environ[WUHAN]), size), communities


def road_class(highway: str) -> int:
    """Class of an OSM highway value; its links count as the road they lead to."""
    kind = highway.removesuffix("_link")
    if kind in {"motorway", "trunk", "primary"}:
        return model.ARTERIAL
    if kind in {"secondary"}:
        return model.MAIN
    return model.LANE if kind in {"service", "living_street", "pedestrian"} else model.STREET


def _haidian(window: str, communities: int) -> tuple[Ground, int]:
    source = read_source().city
    layers = {name: gpd.read_file(f"/vsigzip/{layer_path(name)}") for name in LAYERS}
    crs = metric_crs_of(layers["streets"])
    layers = {name: frame.to_crs(crs) for name, frame in layers.items()}
    coverage = layers["coverage"]
    box = coverage.geometry[coverage["id"] == window].to_numpy()
    homes = source.buildings
    here = homes[shapely.intersects(shapely.centroid(homes.geometry.to_numpy()), box[0])]
    roads, rails, water = layers["roads"], layers["railways"], layers["water"]
    roads = roads[roads["tunnel"].isna() & roads["highway"].isin(ROAD_CLASSES)]
    rails = rails[rails["tunnel"].isna() & rails["railway"].isin(RAIL_CLASSES)]
    shores = water.boundary.where(water.geom_type.str.endswith("Polygon"), water.geometry)
    lines = [roads.geometry.to_numpy(), rails.geometry.to_numpy(), shores.to_numpy()]
    classes = [
        np.array([road_class(value) for value in roads["highway"]], dtype=int),
        np.full(len(rails), model.RAIL), np.full(len(shores), model.RIVER),
    ]  # fmt: skip
    footprints = here.geometry.to_numpy()
    outline = covered_area(box, footprints)
    whole = max(shapely.get_parts(outline), key=lambda part: part.area)
    made = Ground(whole, np.concatenate(lines), np.concatenate(classes), footprints, here["households"].to_numpy())
    return made, communities


def _wuhan(path: Path, size: tuple[float, float]) -> Ground:
    """Streets of a box in the middle of the city; rows of buildings well inside their blocks."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    shapes = [shapely.linestrings(row["geometry"]["coordinates"]) for row in rows]
    frame = gpd.GeoDataFrame({"highway": [row["properties"]["highway"] for row in rows]}, geometry=shapes, crs=4326)
    frame = frame.to_crs(metric_crs_of(frame))
    west, south, east, north = frame.total_bounds
    x, y = west + 0.52 * (east - west), south + 0.5 * (north - south)
    outline = shapely.box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)
    frame = frame[shapely.intersects(frame.geometry.to_numpy(), outline)]
    lines = frame.geometry.to_numpy()
    classes = np.array([road_class(value) for value in frame["highway"]], dtype=int)
    footprints, households = _rows_of_houses(outline, lines, np.random.default_rng(11))
    return Ground(outline, lines, classes, footprints, households)


def _rows_of_houses(
    outline: shapely.Geometry, lines: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Slabs of 40 x 14 m, 45 to 75 m apart, that keep off every street and the edge by 6 m."""
    west, south, east, north = outline.bounds
    x, y = np.meshgrid(np.arange(west + 30, east - 30, 56.0), np.arange(south + 20, north - 20, 52.0))
    x, y = x.ravel() + generator.uniform(-5, 5, x.size), y.ravel() + generator.uniform(-8, 8, y.size)
    slabs = shapely.box(*(np.round(v, 2) for v in (x - 20, y - 7, x + 20, y + 7)))
    near = shapely.STRtree(lines).query(slabs, predicate="dwithin", distance=6.0)[0]
    free = np.ones(len(slabs), bool)
    free[near] = False
    free &= generator.random(len(slabs)) < 0.75
    mean = WUHAN_HOMES * shapely.area(outline) / max(int(free.sum()), 1)
    households = np.round(generator.gamma(2.5, mean / 2.5, int(free.sum()))).astype(int)
    return slabs[free], np.minimum(households, 180)
