"""Selections with their boxes, their point, drawing or area left open, so that one statement serves all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    func,
)

from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from spatial_queries.expressions import Expression, Spatial
from spatial_queries.paging import ids_first, walk
from spatial_queries.query import Nearest, SpatialQuery
from spatial_queries.selection import Selection
from spatial_queries.shapes import Shape

Make = Callable[[Selection, dict[str, ColumnElement]], Select]
"""How a page's statement is made of a selection and its columns."""
LONG_FILTER = 2_000
"""Characters of a filter above which its statement is not kept."""
NARROW_KEYS = 10_000
"""Region keys of about ten communities: reading their rows is quicker than asking for anything else."""
SMALL_BOX = 0.015
"""Degrees. A box this small holds few rows whoever asks, so one plan serves all of them."""


def counted(selection: Selection, columns: dict[str, ColumnElement]) -> Select:
    """The page with its total, and no other figures."""
    return ids_first(selection, columns, only_total=True)


def opened(selection: Selection, make: Make) -> tuple[Selection, dict[str, object], bool]:
    """The selection with what can be left open, its values, and whether its plan may be kept.

    The same selection, equal for all readers with its scope and rights, where neither can be.
    """
    query, register = selection.query, selection.register
    reader = Access(selection.access.scope, selection.access.permissions)
    if query.after or len(repr(query.where)) > LONG_FILTER:  # a token belongs to the question as written
        return Selection(query, register, reader), {}, False
    boxes = [shape.geometry.bounds for shape in query.shapes if shape.kind == "bbox"]
    if boxes and len(boxes) == len(query.shapes) <= MOST_BOXES:
        windows = _WINDOWS[register.geometry_type == "Point"][: len(boxes)]
        names = (name for window in windows for name in window.names)
        given = dict(zip(names, (edge for box in boxes for edge in box), strict=True))
        small = any(max(east - west, north - south) <= SMALL_BOX for west, south, east, north in boxes)
        stands_in = cast(tuple[Shape, ...], windows)
        return Selection(replace(query, shapes=stands_in), register, reader), given, small
    drawn = _drawn(query)
    if drawn is not None:
        shapes, where, outline = drawn
        asked = replace(query, shapes=shapes, where=where)
        return Selection(asked, register, reader), {"outline": outline.geometry.wkb}, False
    plain = not query.shapes and query.where is None and not query.text
    if query.near is not None and plain:
        near = query.near
        spot = Nearest(_LON, _LAT, near.k)  # type: ignore[arg-type] # given with each run
        given = {"near_lon": near.lon, "near_lat": near.lat}
        return Selection(replace(query, near=spot), register, reader), given, True
    spans = selection.scope.ranges
    counties = {key // 10**9 for span in spans for key in span}
    if make is not walk and plain and len(spans) == len(counties) == 1:
        (lo, hi), (county,) = spans[0], counties
        area = {"scope_lo": lo, "scope_hi": hi, "scope_county": f"{county:06d}"}
        nowhere = Access(RowScope.nothing(), reader.permissions)
        narrow = hi - lo < NARROW_KEYS  # a plan for any area opens its keys, which suits a small one alone
        return _AnyArea(replace(query, region=None), register, nowhere), area, narrow
    return Selection(query, register, reader), {}, False


def _drawn(query: SpatialQuery) -> tuple[tuple[Shape, ...], Expression | None, Shape] | None:
    """Shapes and filter with the one drawn area left open, and that area; None where there is another."""
    if len(query.shapes) == 1 and _open_area(query.shapes[0]):
        return (cast(Shape, _OUTLINE),), query.where, query.shapes[0]
    if not query.shapes and isinstance(query.where, Spatial) and _open_area(query.where.shape):
        return (), Spatial(cast(Shape, _OUTLINE)), query.where.shape
    return None


def _open_area(shape: Shape) -> bool:
    return shape.metres <= 0 and shape.relation == "intersects" and shape.kind != "bbox"


class _Outline:
    """An area whose geometry is given when the statement runs. Stands for a Shape in a query."""

    kind, metres, relation = "polygon", 0.0, "intersects"

    def sql(self, column: ColumnElement) -> ColumnElement[bool]:
        """ST_Intersects(column, area)"""
        return cast(ColumnElement[bool], func.ST_Intersects(column, func.ST_GeomFromWKB(_AREA, 4326)))


class _Window:
    """A box whose edges are given when the statement runs. Stands for a Shape in a query."""

    kind = "bbox"

    def __init__(self, number: int, points: bool):
        self.names = tuple(f"box_{number}_{edge}" for edge in ("w", "s", "e", "n"))
        self.edges = tuple(bindparam(name, None, type_=Double) for name in self.names)
        self.points = points

    def sql(self, column: ColumnElement) -> ColumnElement[bool]:
        """Points are compared by their coordinates: the same answer for a third of the work.

        column && box AND ST_X(column) BETWEEN west AND east AND ST_Y(column) BETWEEN south AND north
        """
        west, south, east, north = self.edges
        outline = func.ST_MakeEnvelope(west, south, east, north, 4326)
        if not self.points:
            return and_(column.op("&&")(outline), func.ST_Intersects(column, outline))
        inside = (func.ST_X(column).between(west, east), func.ST_Y(column).between(south, north))
        return and_(column.op("&&")(outline), *inside)


@dataclass(frozen=True)
class _AnyArea(Selection):
    """A selection whose area, one range of region keys in one county, is given when it runs."""

    def scope_conditions(self) -> list[ColumnElement[bool]]:
        return [self.register.scope_column.between(_LO, _HI), self.register.county_column == _COUNTY]


MOST_BOXES = 2
_WINDOWS = {points: tuple(_Window(number, points) for number in range(MOST_BOXES)) for points in (False, True)}
_LO, _HI = bindparam("scope_lo", None, type_=BigInteger), bindparam("scope_hi", None, type_=BigInteger)
_COUNTY = bindparam("scope_county", None, type_=Text)
_LON, _LAT = bindparam("near_lon", None, type_=Double), bindparam("near_lat", None, type_=Double)
_AREA, _OUTLINE = bindparam("outline", None, type_=LargeBinary), _Outline()
_EDGES = (name for window in _WINDOWS[True] for name in window.names)
OPEN = frozenset({"scope_lo", "scope_hi", "scope_county", "near_lon", "near_lat", "outline", *_EDGES})
"""Names of the values that are given with each run."""
