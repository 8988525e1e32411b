"""Geometry checks (GE-2 to GE-6): a fault is told with its place, nothing is repaired (D3.8)."""

from __future__ import annotations

import struct
import time

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoapp.loading.reading.axes import Axes
from geoapp.loading.reading.shapes import MAX_POINTS, Wanted, check_shapes
from tests.factories.geofiles import bow_tie, square, wkb_point

DEGREES = Axes("EPSG:4326", None)
AREAS = Wanted(("Polygon", "MultiPolygon"), areas=True)
ANY = Wanted(("Point", "LineString", "Polygon", "MultiPolygon"))


def polygon_wkb(points: list[tuple[float, float]]) -> bytes:
    """A polygon of one ring, whatever its numbers."""
    numbers = [number for point in points for number in point]
    return struct.pack(f"<BIII{len(numbers)}d", 1, 3, 1, len(points), *numbers)


def check(*shapes: shapely.Geometry | bytes | None, wanted: Wanted = ANY):
    wkb = [shapely.to_wkb(s) if isinstance(s, shapely.Geometry) else s for s in shapes]
    return check_shapes(np.array([*wkb, None], dtype=object)[:-1], DEGREES, wanted)


def codes(checked) -> list[str]:
    return [code for _, code, _ in checked.faults]


def test_good_shapes_pass_as_they_are():
    shape = square(116, 40)
    checked = check(shape, wanted=AREAS)
    assert checked.wkb == [shapely.to_wkb(shape)]
    assert shape.contains(shapely.Point(checked.points[0]))
    assert checked.areas[0] == pytest.approx(111.2 * 85.3, rel=0.01)
    assert checked.faults == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "no_geometry"), (b"\x01\x03\x00\x00\x00\x01\x00", "unreadable_geometry"),
        (shapely.Polygon(), "empty_geometry"), (shapely.MultiPoint([(1, 1)]), "wrong_type"),
        (shapely.GeometryCollection([shapely.Point(1, 1)]), "wrong_type"),
        (wkb_point(float("nan"), 40), "not_finite"), (wkb_point(float("inf"), 40), "not_finite"),
        (wkb_point(1e300, 40), "out_of_world"), (shapely.Point(116, 89), "out_of_world"),
        (bow_tie(116, 40), "invalid_geometry"),
    ],
)  # fmt: skip
def test_ge4_every_fault_has_its_code(shape, code):
    checked = check(shape)
    assert codes(checked) == [code]
    assert checked.wkb == [b""]
    assert not np.isfinite(checked.points).any()


def test_a_number_that_is_none_inside_a_ring_is_found():
    ring = [(116, 40), (117, 40), (float("nan"), 41), (116, 41), (116, 40)]
    (_, code, _), = check(polygon_wkb(ring)).faults
    assert code in ("not_finite", "invalid_geometry")


def test_the_fault_is_told_with_its_place():
    (_, _, facts), *_ = check(square(115, 40), bow_tie(116, 40, 0.01)).faults
    assert facts["reason"] == "Self-intersection"
    assert (float(facts["lon"]), float(facts["lat"])) == pytest.approx((116.005, 40.005))


def test_ge2_stars_that_cross_themselves_are_refused_quickly():
    shapes = []
    for points in (101, 1001, 5001):
        turns = np.linspace(0, 2 * np.pi * (points // 2), points, endpoint=False)
        shapes.append(shapely.Polygon(np.column_stack([116 + np.cos(turns) / 9, 40 + np.sin(turns) / 9])))
    start = time.process_time()
    assert codes(check(*shapes)) == ["invalid_geometry"] * 3
    assert time.process_time() - start < 3


def test_ge3_too_many_points_are_refused_before_anything_else_is_done():
    turns = np.linspace(0, 2 * np.pi, MAX_POINTS + 2)
    ring = shapely.Polygon(np.column_stack([116 + np.cos(turns) / 9, 40 + np.sin(turns) / 9]))
    checked = check(ring, square(116, 40))
    assert checked.faults == [(0, "too_many_points", {"count": shapely.get_num_coordinates(ring)})]
    assert checked.wkb[1]


def test_a_row_without_a_shape_may_be_allowed():
    checked = check(None, shapely.Point(116, 40), wanted=Wanted(("Point",), optional=True))
    assert checked.faults == []
    assert checked.wkb[0] == b""
    assert checked.points[1].tolist() == [116, 40]


def test_each_row_keeps_its_own_fault():
    checked = check(square(116, 40), None, bow_tie(116, 40), shapely.Point(116, 40), wanted=AREAS)
    assert [(row, code) for row, code, _ in checked.faults] == [
        (1, "no_geometry"), (2, "invalid_geometry"), (3, "wrong_type"),
    ]
    assert [bool(blob) for blob in checked.wkb] == [True, False, False, False]


@given(st.lists(st.binary(max_size=64), max_size=8))
def test_ge1_bytes_that_are_no_geometry_never_raise(blobs):
    checked = check(*blobs)
    assert len(checked.wkb) == len(blobs)


@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=4, max_size=12))
def test_ge4_whatever_the_numbers_a_polygon_is_valid_or_told(points):
    checked = check(polygon_wkb([*points, points[0]]))
    assert bool(checked.wkb[0]) is not bool(checked.faults)
    if checked.wkb[0]:
        assert shapely.from_wkb(checked.wkb[0]).is_valid
