"""Counted cells: what a tile shows while single records would only be a smear.

A cell is 1/32 of the tile's side and its feature is the point at its centre: `n` records, of them
`c0`, `c1`, … of each category of the legend. Every record with a position is in exactly one cell
of one tile, so a zoom's tiles add up to the list's total. Polygons count where their centre is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, cast, func, null, select

from geoapp.core.db import WORLD_BITS
from spatial_queries.kept import CELL_BITS, KEPT_ZOOMS, cell_count, kept_categories
from spatial_queries.selection import Selection
from tiles import encode, statements
from tiles.address import EXTENT, TileAddress

_CELL = EXTENT >> CELL_BITS
"""Units along a cell's side."""


def layer(connection: Connection, selection: Selection, address: TileAddress) -> bytes:
    """The register's layer of cells."""
    column, row, *counts = _counted(connection, selection, address)
    x = (column - (address.x << CELL_BITS)) * _CELL + _CELL // 2
    y = (row - (address.y << CELL_BITS)) * _CELL + _CELL // 2
    names = ["n", *(f"c{category}" for category in _categories(selection))]
    return encode.points_layer(selection.register.name, x, y, dict(zip(names, counts, strict=True)))


def _categories(selection: Selection) -> list[int]:
    """Categories that a cell tells apart: those of the legend."""
    return [entry.value for entry in selection.register.legend]


def _counted(connection: Connection, selection: Selection, address: TileAddress) -> Sequence[np.ndarray]:
    """Columns cx, cy, n and one for each category."""
    zoom = address.z
    if zoom <= max(KEPT_ZOOMS) and not selection.query.position and kept_categories(selection) is not None:
        made = statements.statement(connection, f"kept-{zoom}", selection, lambda: _kept(selection, zoom))
        places = _span("kept", address.z, address, max(zoom, min(KEPT_ZOOMS)) + CELL_BITS)
        return statements.columns(made.run(connection, **places))
    made = statements.statement(connection, f"live-{zoom}", selection, lambda: _live(selection, zoom))
    places = statements.degrees(address) | _span("live", zoom, address, WORLD_BITS)
    return statements.columns(made.run(connection, **places))


def _span(kind: str, zoom: int, address: TileAddress, bits: int) -> dict[str, float]:
    """First and last places of the tile in a world of 2^bits."""
    shift = bits - zoom
    return {
        f"{kind}_x0": address.x << shift, f"{kind}_x1": ((address.x + 1) << shift) - 1,
        f"{kind}_y0": address.y << shift, f"{kind}_y1": ((address.y + 1) << shift) - 1,
    }  # fmt: skip


def _between(kind: str, x: ColumnElement, y: ColumnElement) -> ColumnElement[bool]:
    number = statements.number
    return and_(
        x.between(number(f"{kind}_x0"), number(f"{kind}_x1")),
        y.between(number(f"{kind}_y0"), number(f"{kind}_y1")),
    )


def _kept(selection: Selection, zoom: int) -> Select:
    """Cells from kept counts; zooms below the kept ones add up the coarsest."""
    t = cell_count.c
    kept_zoom = max(zoom, min(KEPT_ZOOMS))
    shift = kept_zoom - zoom
    column, row = (t.cx.op(">>")(shift), t.cy.op(">>")(shift)) if shift else (t.cx, t.cy)
    conditions = [
        t.register == selection.register.name, t.zoom == kept_zoom, _between("kept", t.cx, t.cy),
        selection.scope.clause(t.region_key),
    ]  # fmt: skip
    categories = kept_categories(selection)
    if categories:
        conditions.append(t.category.in_(categories))
    sums = [func.sum(t.n), *(func.sum(t.n).filter(t.category == c) for c in _categories(selection))]
    return _grouped(select(*_cells(column, row, sums)).where(*conditions), column, row)


def _live(selection: Selection, zoom: int) -> Select:
    """Cells counted now, for questions the kept counts do not know."""
    register = selection.register
    assert register.cells is not None
    assert register.geometry is not None
    mx, my = register.cells
    shift = WORLD_BITS - zoom - CELL_BITS
    column, row = mx.op(">>")(shift), my.op(">>")(shift)
    inside = (register.geometry.op("&&")(statements.box_degrees()), _between("live", mx, my))
    own = null() if register.category is None else register.category
    sums = [func.count(), *(func.count().filter(own == c) for c in _categories(selection))]
    return _grouped(selection.select(*_cells(column, row, sums)).where(*inside), column, row)


def _cells(column: ColumnElement, row: ColumnElement, sums: list[ColumnElement]) -> list[ColumnElement]:
    counts = (cast(func.coalesce(s, 0), Integer).label(f"s{i}") for i, s in enumerate(sums))
    return [column.label("cx"), row.label("cy"), *counts]


def _grouped(cells: Select, column: ColumnElement, row: ColumnElement) -> Select:
    """One row of arrays from a row for each cell."""
    rows = cells.group_by(column, row).subquery("cells")
    return select(*(func.array_agg(c) for c in rows.c))
