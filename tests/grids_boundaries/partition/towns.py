"""Small communities in metres: squares of land, and a town of streets and buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from bench.partition.instances import Instance
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.partition import score
from grids_boundaries.partition.graph import classed_borders
from grids_boundaries.partition.model import BIG, Band, Problem

BAND = Band()
NO_LINES = np.empty(0, dtype=object), np.empty(0, dtype=int)


@dataclass(frozen=True)
class Lot:
    """Blocks of `across` x `along` cells of 50 m; one building in the middle of each cell."""

    columns: int
    rows: int
    across: int = 1
    along: int = 1


def squares(lot: Lot, households: np.ndarray, band: Band = BAND, communities: int = 1) -> Problem:
    """Communities side by side, each a lot of blocks; households by community, row by row."""
    wide, high = lot.columns * lot.across, lot.rows * lot.along
    cells, unit, community = [], [], []
    for number in range(communities):
        y, x = np.divmod(np.arange(wide * high), wide)
        west = (x + number * wide) * 50.0
        cells.append(shapely.box(west, y * 50.0, west + 50.0, y * 50.0 + 50.0))
        unit.append((y // lot.along) * lot.columns + x // lot.across + number * lot.columns * lot.rows)
        community.append(np.full(wide * high, number))
    shapes, block = np.concatenate(cells), np.concatenate(unit)
    return Problem(
        shapes, block, np.concatenate(community), np.asarray(households).reshape(-1),
        classed_borders(shapes, block, *NO_LINES), [f"99990100100{n}" for n in range(communities)], band=band,
    )  # fmt: skip


def city_of(problem: Problem, town: Instance | None = None) -> score.City:
    """What the scorer looks at: of a town its own buildings and lines, else a box in each cell."""
    outlines = dissolve(problem.cells, problem.community)[1]
    if town is not None:
        big = town.lines[np.isin(town.classes, BIG)]
        return score.City(outlines, town.footprints, town.households, town.households.astype(float), big)
    middle = shapely.buffer(shapely.centroid(problem.cells), 10.0, cap_style="square")
    nothing = np.empty(0, dtype=object)
    return score.City(outlines, middle, problem.households, problem.work, nothing, problem.band)
