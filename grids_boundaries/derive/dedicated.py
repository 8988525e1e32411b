"""Dedicated grids (专属网格): campus ground with hardly any households (standards C3, C6)."""

from __future__ import annotations

import heapq

import geopandas as gpd
import numpy as np
import shapely

from grids_boundaries.derive.coverage import connected_parts

MIN_AREA_M2 = 50_000.0
MAX_HOUSEHOLDS = 10
"""A campus block of up to this many households may belong to a dedicated grid."""

Neighbours = list[dict[int, float]]


def dedicated_parts(cells: gpd.GeoDataFrame, neighbours: Neighbours) -> list[list[int]]:
    """Groups of cells (columns block, households, campus, geometry) that form dedicated grids.

    What is left stays in one piece: a corridor of campus cells, as small as can be, is kept
    wherever it would fall apart.
    """
    area = shapely.area(cells.geometry.to_numpy())
    weight = cells["households"].to_numpy(float)
    of_block = cells.groupby("block")["households"].transform("sum").to_numpy()
    quiet = cells["campus"].to_numpy(bool) & (of_block <= MAX_HOUSEHOLDS)
    pieces = connected_parts(np.flatnonzero(~quiet).tolist(), neighbours)
    lived_in = [piece for piece in pieces if weight[piece].sum() > MAX_HOUSEHOLDS]
    campus = np.ones(len(cells), dtype=bool)
    if not lived_in:
        return [list(range(len(cells)))] if area[quiet].sum() > area.sum() / 2 else []
    for piece in lived_in:
        campus[piece] = False
    _keep_corridors(campus, lived_in, area, neighbours)
    parts = connected_parts(np.flatnonzero(campus).tolist(), neighbours)
    return [part for part in parts if area[part].sum() >= MIN_AREA_M2 and quiet[part].any()]


def _keep_corridors(
    campus: np.ndarray, pieces: list[list[int]], area: np.ndarray, neighbours: Neighbours
) -> None:
    """Take out of `campus` the cells that join the pieces to the first one."""
    joined = set(pieces[0])
    for piece in pieces[1:]:
        path = _cheapest_path(set(piece), joined, np.where(campus, area, 0.0), neighbours)
        campus[path] = False
        joined.update(piece, path)


def _cheapest_path(
    start: set[int], goal: set[int], cost: np.ndarray, neighbours: Neighbours
) -> list[int]:
    """Cells between `start` and `goal` with the least sum of `cost` (Dijkstra)."""
    best = dict.fromkeys(start, 0.0)
    came: dict[int, int] = {}
    queue = [(0.0, cell) for cell in sorted(start)]
    while queue:
        spent, cell = heapq.heappop(queue)
        if cell in goal:
            return _trace(cell, came)
        for other in neighbours[cell]:
            total = spent + float(cost[other])
            if total < best.get(other, np.inf):
                best[other], came[other] = total, cell
                heapq.heappush(queue, (total, other))
    return []


def _trace(cell: int, came: dict[int, int]) -> list[int]:
    path = [cell]
    while path[-1] in came:
        path.append(came[path[-1]])
    return path
