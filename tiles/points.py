"""Single points: from kept blocks where the query allows it, from the records otherwise.

Both ways end in columns of whole numbers (place, id, category) that `tiles.encode` writes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Select, SmallInteger, cast, func, literal, select

from grids_boundaries.access import Source
from spatial_queries.blocks import BLOCK_SHIFT, POINT, has_blocks, point_block
from spatial_queries.kept import kept_categories
from spatial_queries.selection import Selection
from tiles import encode, statements
from tiles.address import BUFFER, EXTENT, TileAddress


def layer(source: Source, selection: Selection, address: TileAddress) -> bytes:
    """The register's layer: points with feature id and `c`."""
    kept = _from_blocks if _blocks_answer(selection) else _from_records
    mx, my, ids, category = kept(source, selection, address)
    x, y = encode.to_units(mx, my, address)
    return encode.points_layer(selection.register.name, x, y, {"c": category}, ids)


def _blocks_answer(selection: Selection) -> bool:
    return (
        has_blocks(selection.register) and not selection.query.position
        and kept_categories(selection) is not None
    )  # fmt: skip


def _from_blocks(source: Source, selection: Selection, address: TileAddress) -> Sequence[np.ndarray]:
    """Points of the blocks the tile touches, cut to the tile and the categories asked for."""
    west, east, north, south = _window(address)
    found = statements.statement("blocks", selection, lambda: _blocks(selection)).run(
        source, bx0=west >> BLOCK_SHIFT, bx1=east >> BLOCK_SHIFT,
        by0=north >> BLOCK_SHIFT, by1=south >> BLOCK_SHIFT,
    )  # fmt: skip
    points = np.frombuffer(statements.all_bytes(found), POINT)
    mx, my = points["mx"].astype(np.int32), points["my"].astype(np.int32)
    inside = (mx >= west) & (mx <= east) & (my >= north) & (my <= south)
    categories = kept_categories(selection)
    if categories:
        inside &= np.isin(points["category"], categories)
    here = np.flatnonzero(inside)
    return [mx[here], my[here], points["id"][here].astype(np.int64), points["category"][here].astype(np.int64)]


def _blocks(selection: Selection) -> Select:
    t = point_block.c
    # as a list, so that the index is entered once a column and not read from the first to the last
    across = select(func.generate_series(statements.number("bx0"), statements.number("bx1")))
    return select(t.points).where(
        t.register == selection.register.name, selection.scope.clause(t.region_key),
        t.bx == func.any(func.array(across.scalar_subquery())),
        t.by.between(statements.number("by0"), statements.number("by1")),
    )  # fmt: skip


def _from_records(source: Source, selection: Selection, address: TileAddress) -> Sequence[np.ndarray]:
    """Points of the records that answer the query."""
    found = statements.statement("points", selection, lambda: _records(selection))
    return statements.columns(found.run(source, **statements.degrees(address)))


def _records(selection: Selection) -> Select:
    register = selection.register
    assert register.cells is not None
    assert register.geometry is not None
    mx, my = register.cells
    category = cast(func.coalesce(register.category, literal(0)), SmallInteger)
    arrays = (func.array_agg(column) for column in (mx, my, register.id_column, category))
    return selection.select(*arrays).where(register.geometry.op("&&")(statements.box_degrees()))


def _window(address: TileAddress) -> tuple[int, int, int, int]:
    """The tile with its margin, whole numbers of the 2^30 world."""
    west, east, north, south = address.window
    margin = (east - west + 1) * BUFFER // EXTENT
    return west - margin, east + margin, north - margin, south + margin
