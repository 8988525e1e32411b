"""First grids of a community: contiguous groups of blocks or building cells, 300 to 500 households.

A simple, correct first draft for a city that has no grids yet. Whole blocks are tried first;
blocks are opened into their building cells only where the band cannot be met otherwise. What
cannot be met at all gets a stated reason.
"""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoapp.core.i18n import N_
from grids_boundaries.derive.codes import grid_codes
from grids_boundaries.derive.coverage import connected_parts, dissolve, shared_borders
from grids_boundaries.derive.dedicated import dedicated_parts
from grids_boundaries.derive.split import Band, Units, bridge, plan_cost, split

REASONS = {
    "too_few": N_("社区估计户数低于一个网格的下限，只设一个网格。"),
    "between": N_("社区估计户数多于一个网格的上限、少于两个网格的下限，只设一个网格。"),
    "building": N_("网格内有一栋楼的户数使其无法落在区间内；楼栋不拆分。"),
    "not_found": N_("未找到各网格户数都落在区间内的划法，请人工调整。"),
    "dedicated": N_("校园或单位大院，几乎没有住户，设为专属网格。"),
}
"""Why a grid lies outside the band, as sentences for its note."""

OPEN_STEPS = (None, 150, 0)
"""Whole blocks first; then cells of blocks above 150 households, then all cells."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Units of a community while they are grouped; `grid` is the group of every cell."""

    grid: np.ndarray
    reason: dict[int, str]


def derive_grids(
    cells: gpd.GeoDataFrame, community: str, band: Band | None = None
) -> gpd.GeoDataFrame:
    """Grids of one community: columns code, households, dedicated, reason, note, cells, geometry.

    `cells` (columns block, households, campus, geometry; metres) partition the community and
    share every vertex (`derive_cells`); the grids do too. `reason` is a key of REASONS or None;
    `cells` holds row positions. Deterministic by community code.
    """
    band = band or Band()
    shapes = cells.geometry.to_numpy()
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    neighbours = bridge(centres, shared_borders(shapes).neighbours(len(shapes)))
    weight = cells["households"].to_numpy(float)
    closed = dedicated_parts(cells, neighbours)
    rest = np.setdiff1d(np.arange(len(cells)), np.concatenate([*closed, []]).astype(int))
    grid = np.full(len(cells), -1)
    reason: dict[int, str] = {}
    if len(rest):
        draft = _draft(cells.iloc[rest], _within(neighbours, rest), weight[rest], community, band)
        grid[rest], reason = draft.grid, dict(draft.reason)
    for part in closed:
        number = int(grid.max()) + 1
        grid[part], reason[number] = number, "dedicated"
    return _table(cells, grid, reason, community)


def _within(neighbours: list[dict[int, float]], members: np.ndarray) -> list[dict[int, float]]:
    local = {int(m): i for i, m in enumerate(members)}
    return [{local[n]: v for n, v in neighbours[int(m)].items() if n in local} for m in members]


def _draft(
    cells: gpd.GeoDataFrame,
    neighbours: list[dict[int, float]],
    weight: np.ndarray,
    community: str,
    band: Band,
) -> Draft:
    """Groups of the ordinary cells: the first that meets the band, else the nearest to it.

    A building above the band, which nothing can mend, counts as if it filled one grid.
    """
    true_weight, weight = weight, np.minimum(weight, band.high)
    total = int(weight.sum())
    counts = band.counts(total)
    if len(counts) == 0:
        reason = "too_few" if total < band.low else "between"
        return Draft(np.zeros(len(cells), dtype=np.int64), {0: reason})
    best, best_cost = None, (np.inf, np.inf)
    for step, groups in itertools.product(OPEN_STEPS, _by_target(counts, total, band)):
        unit = _units(cells["block"].to_numpy(), weight, neighbours, step)
        graph = _graph(unit, weight, neighbours)
        if groups > len(graph.weight):
            continue
        label = split(graph, groups, band, _seed(community))
        cost = plan_cost(graph, label, groups, band)
        if cost < best_cost:
            best, best_cost = label[unit], cost
        if cost[0] == 0:
            break
    if best is None:
        best = np.zeros(len(cells), dtype=np.int64)
    return Draft(best, _misses(best, true_weight, band))


def _by_target(counts: range, total: int, band: Band) -> list[int]:
    """The possible numbers of grids, those near the middle of the band first."""
    return sorted(counts, key=lambda groups: (abs(total / groups - band.target), groups))[:3]


def _seed(community: str) -> int:
    return zlib.crc32(community.encode())


def _units(
    block: np.ndarray,
    weight: np.ndarray,
    neighbours: list[dict[int, float]],
    open_above: int | None,
) -> np.ndarray:
    """Unit of every cell: its block, or itself in a block with more than `open_above` households.

    A block that the dedicated grids left in pieces counts as one unit for each piece.
    """
    unit = np.full(len(block), -1)
    count = 0
    for number in np.unique(block):
        members = np.flatnonzero(block == number).tolist()
        opened = open_above is not None and weight[members].sum() > open_above
        for part in [[m] for m in members] if opened else connected_parts(members, neighbours):
            unit[part] = count
            count += 1
    return unit


def _graph(unit: np.ndarray, weight: np.ndarray, neighbours: list[dict[int, float]]) -> Units:
    near: list[dict[int, float]] = [{} for _ in range(unit.max() + 1)]
    for cell, found in enumerate(neighbours):
        for other, length in found.items():
            a, b = int(unit[cell]), int(unit[other])
            if a != b:
                near[a][b] = near[a].get(b, 0.0) + length
    return Units(np.bincount(unit, weights=weight), near)


def _misses(grid: np.ndarray, weight: np.ndarray, band: Band) -> dict[int, str]:
    """Groups outside the band and why: a single building too big for it, or no plan found."""
    missed = {}
    for number in np.unique(grid).tolist():
        mine = weight[grid == number]
        if band.miss(float(mine.sum())):
            missed[number] = "building" if mine.max(initial=0) > band.high else "not_found"
    return missed


def _table(
    cells: gpd.GeoDataFrame, grid: np.ndarray, reason: dict[int, str], community: str
) -> gpd.GeoDataFrame:
    numbers, shapes = dissolve(cells.geometry.to_numpy(), grid)
    centre = shapely.centroid(shapes)
    households = cells["households"].to_numpy()
    why = [reason.get(int(n)) for n in numbers]
    frame = gpd.GeoDataFrame(
        {
            "code": grid_codes(community, shapely.get_x(centre), shapely.get_y(centre)),
            "households": [int(households[grid == n].sum()) for n in numbers],
            "dedicated": [w == "dedicated" for w in why],
            "reason": pd.array(why, dtype=object),
            "note": pd.array([REASONS[w] if w else None for w in why], dtype=object),
            "cells": [tuple(np.flatnonzero(grid == n).tolist()) for n in numbers],
        },
        geometry=shapes,
        crs=cells.crs,
    )
    return frame.sort_values("code").reset_index(drop=True)


def grid_figures(grids: gpd.GeoDataFrame, band: Band | None = None) -> dict[str, float]:
    """What a plan reached, counted from its rows and polygons: grids, in_band, explained, shape."""
    band = band or Band()
    ordinary = grids[~grids["dedicated"]]
    inside = ordinary["households"].between(band.low, band.high)
    roundness = 4 * np.pi * ordinary.area / ordinary.length**2
    return {
        "grids": len(grids),
        "dedicated": int(grids["dedicated"].sum()),
        "in_band": int(inside.sum()),
        "explained": int((~inside & ordinary["reason"].notna()).sum()),
        "multi_part": int((shapely.get_num_geometries(grids.geometry.to_numpy()) > 1).sum()),
        "median_roundness": round(float(roundness.median()), 3),
    }
