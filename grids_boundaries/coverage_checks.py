"""Gaps and overlaps between siblings, children outside their parent: found and told, not mended.

Coordinates are degrees (EPSG:4326), areas m² on a local plane, exact enough to tell a sliver from
a fault. What is smaller than TOLERANCE_M2 comes from rounding and is not told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

TOLERANCE_M2 = 1.0
METRES_PER_DEGREE = 111_319.49


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a coverage is wrong.

    `kind`: overlap (`first` and `second`), outside (`first` reaches out of its parent), gap
    (`first` is None: nobody's land within the parent). `lon`, `lat` lie in it.
    """

    kind: str
    area_m2: float
    lon: float
    lat: float
    first: int | None = None
    second: int | None = None


def check_children(children: np.ndarray, parent: shapely.Geometry | None) -> list[Finding]:
    """Findings about the polygons of one parent's children; numbers are positions in `children`.

    Without an outline of the parent, gaps are the holes between the children.
    """
    children = np.asarray(children, dtype=object)
    clean = bool(shapely.coverage_is_valid(children))
    found = [] if clean else _overlaps(children)
    union = shapely.coverage_union_all(children) if clean else shapely.union_all(children)
    if parent is None:
        return found + _gaps(_holes(union))
    shapely.prepare(parent)
    for number in np.flatnonzero(~shapely.covers(parent, children)).tolist():
        rest = shapely.difference(children[number], parent)
        if _area(rest) > TOLERANCE_M2:
            found.append(_finding("outside", rest, number))
    return found + _gaps(shapely.difference(parent, union))


def _overlaps(children: np.ndarray) -> list[Finding]:
    tree = shapely.STRtree(children)
    first, second = tree.query(children, predicate="intersects")
    pairs = np.column_stack([first, second])[first < second]
    found = []
    for i, j in pairs.tolist():
        shared = shapely.intersection(children[i], children[j])
        if _area(shared) > TOLERANCE_M2:
            found.append(_finding("overlap", shared, i, j))
    return found


def _holes(union: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(union)
    filled = shapely.polygons(shapely.get_exterior_ring(parts)) if len(parts) else parts
    return shapely.difference(shapely.union_all(filled), union)


def _gaps(rest: shapely.Geometry) -> list[Finding]:
    parts = shapely.get_parts(rest)
    areal = parts[shapely.get_type_id(parts) == 3]
    return [_finding("gap", part) for part in areal if _area(part) > TOLERANCE_M2]


def _finding(
    kind: str, where: shapely.Geometry, first: int | None = None, second: int | None = None
) -> Finding:
    parts = shapely.get_parts(where)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    point = shapely.point_on_surface(largest)
    return Finding(kind, _area(where), shapely.get_x(point), shapely.get_y(point), first, second)


def _area(shape: shapely.Geometry) -> float:
    """Square metres."""
    if shapely.is_empty(shape):
        return 0.0
    _, south, _, north = shapely.bounds(shape)
    squeeze = np.cos(np.radians((south + north) / 2))
    return float(shapely.area(shape)) * METRES_PER_DEGREE**2 * float(squeeze)
