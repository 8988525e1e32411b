"""Counted cells: what a tile shows while single records would only be a smear.

A cell is 1/32 of the tile's side and its feature is the point at its centre: `n` records, of them
`c0`, `c1`, … of each category of the legend. Every record with a position is in exactly one cell
of one tile, so a zoom's tiles add up to the list's total. Polygons count where their centre is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Integer, Select, SmallInteger, cast, func, literal, select

from geoapp.core.db import WORLD_BITS
from grids_boundaries.access import Source
from spatial_queries.cells import CELL, CELL_BITS, KEPT_ZOOMS, cell_count
from spatial_queries.kept import kept_categories
from spatial_queries.selection import Selection
from tiles import encode, statements
from tiles.address import EXTENT, TileAddress

SIDE = EXTENT >> CELL_BITS
"""Units along a cell's side."""
CELLS = 1 << (2 * CELL_BITS)
"""Cells of a tile."""


def layer(source: Source, selection: Selection, address: TileAddress) -> bytes:
    """The register's layer of cells."""
    kept = kept_categories(selection) if address.z <= max(KEPT_ZOOMS) and not selection.query.position else None
    if kept is None:
        counted = _counted_now(source, selection, address)
    else:
        counted = _counted_before(source, selection, address, kept)
    legend = [entry.value for entry in selection.register.legend]
    x, y, sums = _summed(counted, address, legend)
    return encode.points_layer(selection.register.name, x, y, sums)


def _summed(
    counted: Sequence[np.ndarray], address: TileAddress, legend: list[int]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Centres of the tile's cells that hold anything, and their counts: all, and by category."""
    column, row, category, n = counted
    place = ((row - (address.y << CELL_BITS)) << CELL_BITS) + column - (address.x << CELL_BITS)
    kinds = len(legend) + 1
    kind = np.full(max([*legend, int(category.max(initial=0))]) + 1, len(legend))
    kind[legend] = np.arange(len(legend))
    table = np.bincount(place * kinds + kind[category], n, CELLS * kinds).reshape(CELLS, kinds).astype(np.int64)
    total = table.sum(axis=1)
    filled = np.flatnonzero(total)
    sums = {"n": total[filled]} | {f"c{c}": table[filled, i] for i, c in enumerate(legend)}
    middle = SIDE // 2
    return (filled % (1 << CELL_BITS)) * SIDE + middle, (filled >> CELL_BITS) * SIDE + middle, sums


def _counted_before(
    source: Source, selection: Selection, address: TileAddress, categories: tuple[int, ...]
) -> Sequence[np.ndarray]:
    """Columns cx, cy, category and n from kept cells; zooms below the kept ones use the coarsest."""
    zoom = max(address.z, min(KEPT_ZOOMS))
    shift = zoom - address.z
    made = statements.statement("cells", selection, lambda: _kept(selection))
    found = made.run(
        source, zoom=zoom, x0=address.x << shift, x1=((address.x + 1) << shift) - 1,
        y0=address.y << shift, y1=((address.y + 1) << shift) - 1,
    )  # fmt: skip
    cells = np.frombuffer(statements.only_bytes(found), CELL)
    if categories:
        cells = cells[np.isin(cells["category"], categories)]
    column, row, category, n = (cells[name].astype(np.int64) for name in ("cx", "cy", "category", "n"))
    return column >> shift, row >> shift, category, n


def _kept(selection: Selection) -> Select:
    t, number = cell_count.c, statements.number
    return select(func.string_agg(t.cells, literal(b""))).where(
        t.register == selection.register.name, t.zoom == cast(number("zoom"), SmallInteger),
        t.tx.between(number("x0"), number("x1")), t.ty.between(number("y0"), number("y1")),
        selection.scope.clause(t.region_key),
    )  # fmt: skip


def _counted_now(source: Source, selection: Selection, address: TileAddress) -> Sequence[np.ndarray]:
    """The same columns counted from the records, for questions the kept cells do not know."""
    made = statements.statement("counted", selection, lambda: _live(selection))
    west, east, north, south = address.window
    places = {"shift": WORLD_BITS - address.z - CELL_BITS, "x0": west, "x1": east, "y0": north, "y1": south}
    return statements.columns(made.run(source, **statements.degrees(address), **places))


def _live(selection: Selection) -> Select:
    register, number = selection.register, statements.number
    assert register.cells is not None
    assert register.geometry is not None
    mx, my = register.cells
    shift = number("shift")
    keys = (mx.op(">>")(shift), my.op(">>")(shift), func.coalesce(register.category, 0))
    inside = (
        register.geometry.op("&&")(statements.box_degrees()),
        mx.between(number("x0"), number("x1")), my.between(number("y0"), number("y1")),
    )  # fmt: skip
    rows = selection.select(
        keys[0].label("cx"), keys[1].label("cy"), cast(keys[2], SmallInteger).label("category"),
        cast(func.count(), Integer).label("n"),
    ).where(*inside).group_by(*keys).subquery("cells")  # fmt: skip
    return select(*(func.array_agg(c) for c in rows.c))
