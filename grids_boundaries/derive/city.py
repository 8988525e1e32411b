"""Everything a city lacks between its streets and its buildings, in one go.

streets + coverage + lines + buildings -> blocks -> cells -> communities -> grids. All levels are
put together from the same cells, so a street's communities and a community's grids share every
vertex. Coordinates in metres (`grids_boundaries.derive.metric`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from grids_boundaries.derive.blocks import derive_blocks
from grids_boundaries.derive.cells import derive_cells
from grids_boundaries.derive.communities import Street, derive_communities
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.derive.grids import derive_grids
from grids_boundaries.derive.split import Band

MIN_COVERED_M2 = 1000.0


@dataclass(frozen=True, slots=True)
class CitySource:
    """What is known, all in one metric CRS.

    `streets`: columns code, geometry. `officials`: street code -> [(community code, name)].
    `coverage`: polygons where map data exists. `barriers`: lines (`barrier_lines`).
    `buildings`: columns households, geometry. `places`: points with name, weight
    (`block_votes`). `campus`: polygons of schools, universities, hospitals.
    """

    streets: gpd.GeoDataFrame
    officials: Mapping[str, Sequence[tuple[str, str]]]
    coverage: np.ndarray
    barriers: np.ndarray
    buildings: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    campus: np.ndarray


@dataclass(frozen=True, slots=True)
class DerivedCity:
    """Frames with geometry: blocks (street, households), communities, grids (community)."""

    blocks: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame


def covered_area(coverage: np.ndarray, footprints: np.ndarray) -> shapely.Geometry:
    """Where data exists, with the whole of every building that stands on its edge."""
    covered = shapely.union_all(coverage)
    on_edge = footprints[shapely.intersects(footprints, shapely.boundary(covered))]
    solid = shapely.polygons(shapely.get_exterior_ring(on_edge))
    return shapely.union_all(np.append(solid, covered))


def derive_city(source: CitySource, band: Band | None = None) -> DerivedCity:
    """Blocks, communities and grids of the covered part of every street with known communities."""
    footprints = source.buildings.geometry.to_numpy()
    streets, areas = _covered_streets(source, covered_area(source.coverage, footprints))
    raw = derive_blocks(areas, source.barriers, footprints)
    households = source.buildings["households"].to_numpy()
    cells = derive_cells(raw.geometry.to_numpy(), footprints, households).set_crs(streets.crs)
    cells["campus"] = _inside(cells.geometry.to_numpy(), source.campus)
    blocks = _blocks(cells, raw["area"].to_numpy(), streets)
    communities, grids = [], []
    for street in streets.itertuples():
        mine = np.flatnonzero(blocks["street"] == street.code)
        known = Street(street.code, source.officials[street.code], street.covered_share)
        found = derive_communities(blocks.iloc[mine].reset_index(drop=True), known, source.places)
        for community in found.itertuples():
            inside = cells[cells["block"].isin(mine[list(community.blocks)])]
            grid = derive_grids(inside.reset_index(drop=True), community.code, band)
            grids.append(grid.assign(community=community.code))
        communities.append(found.assign(street=street.code))
    return DerivedCity(blocks, _stack(communities, "blocks"), _stack(grids, "cells"))


def _covered_streets(
    source: CitySource, covered: shapely.Geometry
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Streets with a covered part and official communities (with their share), and those parts."""
    streets = source.streets[source.streets["code"].isin(list(source.officials))]
    part = shapely.intersection(streets.geometry.to_numpy(), covered)
    whole = shapely.area(streets.geometry.to_numpy())
    streets = streets.assign(covered_share=shapely.area(part) / whole)
    keep = shapely.area(part) >= MIN_COVERED_M2
    return streets[keep].reset_index(drop=True), part[keep]


def _inside(cells: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(cells), dtype=bool)
    if len(polygons):
        points = shapely.point_on_surface(cells)
        inside[shapely.STRtree(polygons).query(points, predicate="within")[0]] = True
    return inside


def _blocks(
    cells: gpd.GeoDataFrame, area: np.ndarray, streets: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Blocks once more, from their cells: row i holds the cells with block i."""
    numbers, shapes = dissolve(cells.geometry.to_numpy(), cells["block"].to_numpy())
    columns = {
        "street": streets["code"].to_numpy()[area[numbers]],
        "households": cells.groupby("block")["households"].sum().to_numpy(),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=cells.crs)


def _stack(frames: list[gpd.GeoDataFrame], drop: str) -> gpd.GeoDataFrame:
    return pd.concat(frames, ignore_index=True).drop(columns=drop)
