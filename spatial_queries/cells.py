"""Kept cells: how many records of each category lie in each cell, a packed row for a region and tile.

A cell is 1/32 of a tile's side. The tile of a whole city reads one row for each of its regions
that has records there, and adds up the numbers in them.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)  # fmt: skip

from geoapp.core.db import WORLD_BITS, Base
from grids_boundaries.scope import RowScope
from spatial_queries.fields import RegisterLike
from spatial_queries.packing import packed

KEPT_ZOOMS = range(8, 14)
"""Tile zooms with kept cells."""
CELL_BITS = 5
CELL = np.dtype([("cx", ">i4"), ("cy", ">i4"), ("category", ">i2"), ("n", ">i4")])
"""A count in `cells`: the cell's place in a world of 2^(zoom + 5), category, records; 14 bytes."""

cell_count = Table(
    "cell_count", Base.metadata,
    Column("register", Text, primary_key=True), Column("zoom", SmallInteger, primary_key=True),
    Column("tx", Integer, primary_key=True), Column("ty", Integer, primary_key=True),
    Column("region_key", BigInteger, primary_key=True),
    Column("n", Integer, nullable=False), Column("cells", LargeBinary, nullable=False),
)  # fmt: skip
"""`tx`, `ty`: the tile; `n`: records in all its cells of the region."""


def renew_cells(connection: Connection, register: RegisterLike, scope: RowScope) -> None:
    """Count the regions of the scope anew: the finest cells from the rows, each coarser from those."""
    t = cell_count
    connection.execute(delete(t).where(t.c.register == register.name, scope.clause(t.c.region_key)))
    finer = _finest(register, scope)
    packed = [_packed(register, finer, max(KEPT_ZOOMS))]
    for zoom in reversed(KEPT_ZOOMS[:-1]):
        finer = _coarser(finer, zoom)
        packed.append(_packed(register, finer, zoom))
    columns = ["register", "zoom", "tx", "ty", "region_key", "n", "cells"]
    connection.execute(insert(t).from_select(columns, union_all(*packed)))


def _finest(register: RegisterLike, scope: RowScope) -> CTE:
    assert register.cells is not None
    mx, my = register.cells
    zoom = max(KEPT_ZOOMS)
    shift = WORLD_BITS - zoom - CELL_BITS
    category = func.coalesce(register.category, 0)
    keys = (mx.op(">>")(shift), my.op(">>")(shift), register.scope_column, category)
    names = ("cx", "cy", "region_key", "category")
    labelled = (key.label(name) for key, name in zip(keys, names, strict=True))
    counted = (
        select(*labelled, func.count().label("n"))
        .where(scope.clause(register.scope_column), mx.is_not(None), *register.always).group_by(*keys)
    )  # fmt: skip
    return counted.cte(f"z{zoom}").prefix_with("MATERIALIZED")


def _coarser(finer: CTE, zoom: int) -> CTE:
    keys = (finer.c.cx.op(">>")(1), finer.c.cy.op(">>")(1))
    rest = (finer.c.region_key, finer.c.category)
    summed = select(keys[0].label("cx"), keys[1].label("cy"), *rest, func.sum(finer.c.n).label("n"))
    return summed.group_by(*keys, *rest).cte(f"z{zoom}").prefix_with("MATERIALIZED")


def _packed(register: RegisterLike, cells: CTE, zoom: int) -> Select:
    c = cells.c
    tile = (c.cx.op(">>")(CELL_BITS), c.cy.op(">>")(CELL_BITS), c.region_key)
    parts = (
        func.int4send(c.cx), func.int4send(c.cy), func.int2send(cast(c.category, SmallInteger)),
        func.int4send(cast(c.n, Integer)),
    )  # fmt: skip
    made = (literal(register.name), literal(zoom, SmallInteger), *tile)
    return select(*made, func.sum(c.n), packed(parts, (c.cy, c.cx, c.category))).group_by(*tile)
