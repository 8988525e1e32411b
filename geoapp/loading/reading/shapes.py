"""Geometry checks, all rows at once. Faults are told with their place; nothing is repaired (D3.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import shapely

from geoapp.loading.reading.axes import Axes

MAX_POINTS = 500_000
"""Points of one feature; the largest real region has some ten thousand."""
MOST_LATITUDE = 85.0
"""Beyond it Web Mercator, and so the map, ends."""
METRES_PER_DEGREE = 111_319.49
_AREAL = np.array([3, 6])
_PLACE = re.compile(r"^(.*?)\s*\[([^\s\]]+)\s+([^\s\]]+)\]")
TYPE_NAMES = {
    0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint",
    5: "MultiLineString", 6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a register takes: names of geometry types; whether a row may have none; areas or not."""

    types: tuple[str, ...]
    optional: bool = False
    areas: bool = False


@dataclass
class Checked:
    """One batch. `points` (n, 2) lie on each shape, NaN without one; `areas` are m², roughly,
    and only where they are wanted.

    `wkb` is empty for a faulty row; `faults` are (row from 0, code, facts).
    """

    wkb: list[bytes]
    points: np.ndarray
    areas: np.ndarray
    faults: list[tuple[int, str, dict]] = field(default_factory=list)


def check_shapes(wkb: np.ndarray, axes: Axes, wanted: Wanted) -> Checked:
    """Check a batch of WKB (object array, None without geometry) of the file's CRS."""
    # numbers that are none are told as faults, not as warnings
    with np.errstate(all="ignore"):
        return _check(wkb, axes, wanted)


def _check(wkb: np.ndarray, axes: Axes, wanted: Wanted) -> Checked:
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    absent = np.array([one is None for one in wkb], dtype=bool)
    faults = _Faults(len(wkb))
    if not wanted.optional:
        faults.add(absent, "no_geometry")
    faults.add(shapely.is_missing(shapes) & ~absent, "unreadable_geometry")
    _check_kind(shapes, wanted, faults)
    shapes = _without(shapes, faults.bad)
    if axes.transform is not None:
        shapes = _transformed(shapes, axes, faults)
    for check in (_check_world, _check_valid):
        check(shapes, faults)
        shapes = _without(shapes, faults.bad)
    return _result(wkb, shapes, axes, wanted, faults)


class _Faults:
    """Collects the first fault of each row."""

    def __init__(self, size: int) -> None:
        self.bad = np.zeros(size, dtype=bool)
        self.rows: list[tuple[int, str, dict]] = []

    def add(self, mask: np.ndarray, code: str, facts: object = None) -> None:
        """Fault `code` for the rows of the mask; `facts(row)` gives its facts."""
        for row in np.flatnonzero(mask & ~self.bad).tolist():
            self.rows.append((row, code, facts(row) if callable(facts) else {}))
        self.bad |= mask


def _check_kind(shapes: np.ndarray, wanted: Wanted, faults: _Faults) -> None:
    present = ~shapely.is_missing(shapes)
    kinds = shapely.get_type_id(shapes)
    faults.add(present & shapely.is_empty(shapes), "empty_geometry")
    codes = [code for code, name in TYPE_NAMES.items() if name in wanted.types]
    allowed = ", ".join(wanted.types)
    faults.add(
        present & ~np.isin(kinds, codes),
        "wrong_type",
        lambda row: {"type": TYPE_NAMES.get(int(kinds[row]), "Curve"), "allowed": allowed},
    )
    sizes = shapely.get_num_coordinates(shapes)
    faults.add(sizes > MAX_POINTS, "too_many_points", lambda row: {"count": int(sizes[row])})


def _check_world(shapes: np.ndarray, faults: _Faults) -> None:
    """Degrees within the map. A single coordinate that is no number shows as invalid later."""
    edges = shapely.bounds(shapes)
    faults.add(~shapely.is_missing(shapes) & ~np.isfinite(edges).all(axis=1), "not_finite")
    outside = (np.abs(edges) > (180, MOST_LATITUDE, 180, MOST_LATITUDE)).any(axis=1)
    faults.add(outside, "out_of_world", lambda row: {"x": edges[row, 2], "y": edges[row, 3]})


def _transformed(shapes: np.ndarray, axes: Axes, faults: _Faults) -> np.ndarray:
    """The shapes in degrees; those that cannot be are left out."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.isfinite(points).all(axis=1)
    faults.add(_rows(owner[~finite], len(shapes)), "not_finite")
    degrees = axes.to_degrees(points)
    wrong = np.flatnonzero(finite & ~np.isfinite(degrees).all(axis=1))[::-1]
    place = dict(zip(owner[wrong].tolist(), points[wrong].tolist(), strict=True))
    faults.add(
        _rows(owner[wrong], len(shapes)),
        "out_of_world",
        lambda row: {"x": place[row][0], "y": place[row][1]},
    )
    shapes = _without(shapes, faults.bad)
    return np.asarray(shapely.set_coordinates(shapes.copy(), degrees[~faults.bad[owner]]))


def _check_valid(shapes: np.ndarray, faults: _Faults) -> None:
    wrong = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    faults.add(wrong, "invalid_geometry", lambda row: invalidity(shapes[row]))


def invalidity(shape: shapely.Geometry) -> dict[str, object]:
    """What is wrong with a shape and where: reason in GEOS' words, lon, lat (degrees)."""
    text = shapely.is_valid_reason(shape)
    found = _PLACE.match(text)
    if not found:
        return {"reason": text[:80], "lon": "?", "lat": "?"}
    return {"reason": found[1][:80], "lon": found[2][:12], "lat": found[3][:12]}


def _result(
    wkb: np.ndarray, shapes: np.ndarray, axes: Axes, wanted: Wanted, faults: _Faults
) -> Checked:
    areal = np.isin(shapely.get_type_id(shapes), _AREAL)
    middle = shapes.copy()
    middle[areal] = shapely.point_on_surface(shapes[areal])
    single = shapely.get_type_id(middle) == 0
    points = np.full((len(shapes), 2), np.nan)
    points[single] = shapely.get_coordinates(middle[single])
    areas = np.zeros(len(shapes))
    if wanted.areas:
        squeeze = np.cos(np.radians(np.nan_to_num(points[:, 1])))
        areas = np.nan_to_num(shapely.area(shapes)) * METRES_PER_DEGREE**2 * squeeze
    # untouched coordinates are passed on as they were read
    out = wkb if axes.transform is None else shapely.to_wkb(shapes)
    kept = np.where(shapely.is_missing(shapes), b"", out).tolist()
    return Checked(kept, points, areas, sorted(faults.rows, key=lambda fault: fault[0]))


def _without(shapes: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """The shapes, None in place of the bad ones."""
    left = shapes.copy()
    left[bad] = None
    return left


def _rows(owners: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[owners] = True
    return mask
