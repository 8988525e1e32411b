"""Polygons of a plan, put together from its cells: they share every vertex, so they fit exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from grids_boundaries.derive.codes import grid_codes
from grids_boundaries.partition.model import Plan, Problem


def polygons(problem: Problem, grid: np.ndarray) -> np.ndarray:
    """Polygon of each grid 0 .. n - 1 (metres, as the cells)."""
    order = np.argsort(grid, kind="stable")
    breaks = np.flatnonzero(np.diff(grid[order])) + 1
    groups = np.split(problem.cells[order], breaks)
    return np.array([shapely.coverage_union_all(group) for group in groups], dtype=object)


def codes(problem: Problem, plan: Plan, shapes: np.ndarray) -> list[str]:
    """15-digit codes of the grids by their polygons (D4.4); names of communities are 12 digits.

    Raises ValueError as `derive.codes.grid_codes`.
    """
    found = [""] * len(shapes)
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    for number in np.unique(plan.community).tolist():
        mine = np.flatnonzero(plan.community == number)
        named: Sequence[str] = grid_codes(problem.names[number], *centre[mine].T)
        for grid, code in zip(mine.tolist(), named, strict=True):
            found[grid] = code
    return found
