"""Kept points: a register's points as packed numbers, a row for each region and square.

A tile of ten thousand points reads some dozen rows instead of ten thousand, and what it reads is
what the tile encoder wants. Like the other kept tables these rows are renewed with their region in
the transaction of a change; queries that ask for more than region and category read the records.
"""

from __future__ import annotations

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
)  # fmt: skip

from geoapp.core.db import WORLD_BITS, Base
from grids_boundaries.scope import RowScope
from spatial_queries.fields import RegisterLike
from spatial_queries.packing import packed

BLOCK_ZOOM = 18
"""A block is the square of a tile of this zoom: small beside the nearest tiles, since those read
whole blocks, their margin's too, and still few enough for a tile of zoom 14."""
BLOCK_SHIFT = WORLD_BITS - BLOCK_ZOOM
POINT = np.dtype([("mx", ">i4"), ("my", ">i4"), ("id", ">i8"), ("category", ">i2")])
"""A point in `points`: place in the 2^30 world, key of the record, category; 18 bytes."""

point_block = Table(
    "point_block", Base.metadata,
    Column("register", Text, primary_key=True),
    Column("bx", Integer, primary_key=True), Column("by", Integer, primary_key=True),
    Column("region_key", BigInteger, primary_key=True),
    Column("points", LargeBinary, nullable=False),
)  # fmt: skip


def has_blocks(register: RegisterLike) -> bool:
    """Whether the register's records are points whose blocks are kept."""
    return register.kept and register.cells is not None and register.geometry_type == "Point"


def renew_blocks(connection: Connection, register: RegisterLike, scope: RowScope) -> None:
    """Pack the points of the regions in the scope anew; near ones stand near each other."""
    t = point_block
    connection.execute(delete(t).where(t.c.register == register.name, scope.clause(t.c.region_key)))
    assert register.cells is not None
    mx, my = register.cells
    point = (
        func.int4send(mx), func.int4send(my), func.int8send(cast(register.id_column, BigInteger)),
        func.int2send(cast(func.coalesce(register.category, 0), SmallInteger)),
    )  # fmt: skip
    keys = (mx.op(">>")(BLOCK_SHIFT), my.op(">>")(BLOCK_SHIFT), register.scope_column)
    made = (
        select(literal(register.name), *keys, packed(point, (my, mx)))
        .where(scope.clause(register.scope_column), mx.is_not(None), *register.always).group_by(*keys)
    )  # fmt: skip
    connection.execute(insert(t).from_select(["register", "bx", "by", "region_key", "points"], made))
