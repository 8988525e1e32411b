"""Compile the inner loops before anybody waits: `python -m grids_boundaries.partition.warm`."""

from __future__ import annotations

import time

import numpy as np
import shapely

from grids_boundaries.partition import exact, kernels
from grids_boundaries.partition.graph import Net, classed_borders, parts_of
from grids_boundaries.partition.model import PROFILES, Band, Problem
from grids_boundaries.partition.propose import propose, revise
from grids_boundaries.partition.search import TREES, Before, Search

BAND = Band()


def warm_up() -> float:
    """Call everything once on a few squares; seconds. Half a minute at first, then one second."""
    start = time.perf_counter()
    problem = squares(4, 4, np.full(16, 50), Band(150, 250))
    profile = PROFILES["balanced"].with_effort(0.001)
    plan = propose(problem, profile)
    revise(problem, profile, plan.grid)
    part = parts_of(Net.of(problem), [np.arange(16)])[0]
    search = Search(part, profile, 0, np.zeros(1, np.uint8))
    before = Before.none(16)
    graph = part.graph(np.arange(16), profile, before.keep, before.label, before.fixed)
    wishes = search.wishes(4)
    exact.best_plan(graph, wishes, 4)
    # a revision cuts a grid only where homes were added
    kernels.split_grid(graph, wishes, np.repeat(np.arange(2), 8), 0, 2, 2, TREES, search.state)
    return time.perf_counter() - start


def squares(columns: int, rows: int, households: np.ndarray, band: Band = BAND) -> Problem:
    """One community of square blocks of 100 m, each one cell; households row by row."""
    x, y = np.meshgrid(np.arange(columns) * 100.0, np.arange(rows) * 100.0)
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 100.0, y.ravel() + 100.0)
    block = np.arange(len(cells))
    borders = classed_borders(cells, block, np.empty(0, dtype=object), np.empty(0, dtype=int))
    community = np.zeros(len(cells), np.int64)
    return Problem(cells, block, community, np.asarray(households), borders, ["999901001001"], band=band)


if __name__ == "__main__":
    warm_up()
