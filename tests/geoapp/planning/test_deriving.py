"""Base units fit the borders they are stored beside, however long these are (D4.3)."""

from __future__ import annotations

import numpy as np
import shapely

from geoapp.planning.boundaries import NewGrid
from geoapp.planning.deriving import moved, stretched
from geoapp.planning.publishing_checks import check_division
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.derive.units import Ground, derive_units

WEST, SOUTH, WIDE, HIGH, SKEW = 116.3, 40.0, 0.03, 0.025, 0.3
"""A community of almost three kilometres each way, its borders slanted, without any vertex between the corners."""


def at(share, y):
    return WEST + share * WIDE + SKEW * (y - SOUTH), y


def strip(a, b):
    north = SOUTH + HIGH
    return shapely.Polygon([at(a, SOUTH), at(b, SOUTH), at(b, north), at(a, north)])


def test_units_of_a_community_with_borders_of_three_kilometres_make_up_its_grids_and_may_be_published():
    random = np.random.default_rng(3)
    outline, grids = strip(0, 1), np.array([strip(0, 0.4), strip(0.4, 1)])
    lines = [[(WEST - 0.01, SOUTH + HIGH * n / 7), (WEST + 0.04, SOUTH + HIGH * n / 7 + 0.0002)] for n in range(1, 7)]
    corners = random.uniform((WEST, SOUTH), (WEST + WIDE, SOUTH + HIGH), (150, 2))
    houses = shapely.box(*corners.T, *(corners + np.array([0.00015, 0.0001])).T)
    there, back = stretched(SOUTH)
    ground = Ground(
        moved(np.array([outline]), there)[0], moved(grids, there), np.array([1, 2]),
        moved(shapely.linestrings(lines), there), moved(houses, there), random.integers(0, 9, len(houses)),
    )  # fmt: skip
    units = derive_units(ground, lambda points: np.column_stack(back.transform(*points.T)))
    keys, shapes = dissolve(units.cells, units.in_force)
    assert keys.tolist() == [1, 2] and len(units.cells) > 100
    check_division([NewGrid(number, 7, shape) for number, shape in enumerate(shapes)], {7: outline})
    for found, grid in zip(shapes, grids, strict=True):
        assert shapely.area(shapely.symmetric_difference(found, grid)) * 9.4e9 < 0.01, "square metres"
