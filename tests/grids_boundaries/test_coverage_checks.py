"""Gaps, overlaps, children outside (D4.3)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from grids_boundaries.coverage_checks import check_children


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Thousandths of a degree from (116, 40)."""
    return shapely.box(*(np.array([west, south, east, north]) / 1000 + [116, 40, 116, 40]))


PARENT = box(0, 0, 4, 2)
LEFT, RIGHT = box(0, 0, 2, 2), box(2, 0, 4, 2)
CELL = 111.32 * 111.32 * np.cos(np.radians(40.001))
"""Square metres of a thousandth by a thousandth."""


def kinds(*children, parent=PARENT) -> list[tuple]:
    return [(f.kind, f.first, f.second) for f in check_children(np.array(children, dtype=object), parent)]


def test_a_partition_has_no_findings():
    assert kinds(LEFT, RIGHT) == []
    assert kinds(LEFT, RIGHT, parent=None) == []


def test_an_overlap_is_measured_and_placed():
    (found,) = check_children(np.array([box(0, 0, 2.5, 2), RIGHT], dtype=object), PARENT)
    assert (found.kind, found.first, found.second) == ("overlap", 0, 1)
    assert found.area_m2 == pytest.approx(CELL, rel=0.001)
    assert box(2, 0, 2.5, 2).contains(shapely.Point(found.lon, found.lat))


def test_a_gap_and_a_child_outside_are_found():
    assert kinds(box(0, 0, 1.5, 2), RIGHT) == [("gap", None, None)]
    assert kinds(LEFT, box(2, 0, 4.5, 2)) == [("outside", 1, None)]
    assert kinds(LEFT, box(10, 0, 11, 1)) == [("outside", 1, None), ("gap", None, None)]


def test_without_a_parents_outline_holes_between_the_children_are_gaps():
    ring = [box(0, 0, 3, 1), box(0, 2, 3, 3), box(0, 1, 1, 2), box(2, 1, 3, 2)]
    (found,) = check_children(np.array(ring, dtype=object), None)
    assert (found.kind, found.area_m2) == ("gap", pytest.approx(CELL, rel=0.001))


def test_a_border_that_bends_on_one_side_only_gives_its_sliver():
    bent = shapely.Polygon(np.array([(0, 0), (2, 0), (2.01, 1), (2, 2), (0, 2)]) / 1000 + [116, 40])
    assert kinds(bent, RIGHT) == [("overlap", 0, 1)]


def test_rounding_to_seven_digits_is_no_finding():
    slanted = shapely.transform(np.array([LEFT, RIGHT], dtype=object), lambda p: p + p[:, ::-1] * 0.3)
    whole = shapely.union_all(slanted)
    rounded = shapely.transform(slanted, lambda p: np.round(p, 7))
    assert kinds(*rounded, parent=whole) == []
