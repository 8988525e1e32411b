"""Statements made once for a query and a reader, then only given the tile's numbers.

Building and compiling a Select costs more than running it for a small tile, and a map asks for
dozens of tiles of one query. So the text is kept, and its answer is read as PostgreSQL sent it:
ready bytes and arrays of whole numbers, never a Python object a row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from psycopg import Cursor
from psycopg.pq.abc import PGresult
from sqlalchemy import ColumnElement, Connection, Double, Integer, Select, bindparam, func

from spatial_queries.selection import Selection
from tiles.address import BUFFER, EXTENT, TileAddress

MOST = 1024
"""Statements kept in a process."""
_HEADER = 20
"""Bytes before the elements of an array of one dimension."""
_SIZES = {21: 2, 23: 4, 20: 8}
"""Bytes of a number by the object id of its PostgreSQL type: smallint, integer, bigint."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with named places, and the values of those that belong to the query."""

    sql: str
    values: dict[str, object]

    def run(self, connection: Connection, **places: object) -> Cursor:
        """Execute in the connection's transaction; results stay in PostgreSQL's binary form."""
        driver = connection.connection.driver_connection
        assert driver is not None
        cursor: Cursor = driver.cursor(binary=True)
        return cursor.execute(self.sql, self.values | places)


_kept: OrderedDict[tuple, Statement] = OrderedDict()
_lock = Lock()


def statement(
    connection: Connection, kind: str, selection: Selection, build: Callable[[], Select]
) -> Statement:
    """The statement `kind` of the selection, built where it is not kept.

    `build` must not depend on anything but the kind, the query and the reader.
    """
    key = (kind, selection.register.name, selection.query.token, selection.access.token)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = compiled(connection, build())
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made


def compiled(connection: Connection, select: Select) -> Statement:
    """The select as psycopg takes it."""
    dialect = connection.dialect
    text = select.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = {}
    for name, value in text.params.items():
        bind = text.binds.get(name)
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect) if bind is not None else None
        values[name] = convert(value) if convert and value is not None else value
    return Statement(str(text), values)


# -- the tile's own places in a statement ---------------------------------------------------------


def edges(unit: str) -> list[ColumnElement]:
    """West, south, east and north of the tile in `degrees` or `metres`."""
    return [bindparam(f"{unit}_{edge}", 0.0, Double) for edge in "wsen"]


def box_degrees() -> ColumnElement:
    """The tile with its margin, EPSG:4326: for the condition the index answers."""
    return func.ST_MakeEnvelope(*edges("degrees"), 4326)


def box_metres() -> ColumnElement:
    """The tile, EPSG:3857: for ST_AsMVTGeom."""
    return func.ST_MakeEnvelope(*edges("metres"), 3857)


def number(name: str) -> ColumnElement:
    """One more number of the tile."""
    return bindparam(name, 0, Integer)


def degrees(address: TileAddress, margin: float = BUFFER / EXTENT) -> dict[str, float]:
    """Values of `box_degrees`."""
    return {f"degrees_{e}": v for e, v in zip("wsen", address.degrees(margin), strict=True)}


def metres(address: TileAddress) -> dict[str, float]:
    """Values of `box_metres`."""
    return {f"metres_{e}": v for e, v in zip("wsen", address.metres, strict=True)}


# -- answers --------------------------------------------------------------------------------------


def only_bytes(cursor: Cursor) -> bytes:
    """The one bytea of an answer; empty for none."""
    return _result(cursor).get_value(0, 0) or b""


def all_bytes(cursor: Cursor) -> bytes:
    """The first column, a bytea, of all rows one after the other."""
    result = _result(cursor)
    return b"".join([result.get_value(row, 0) or b"" for row in range(result.ntuples)])


def columns(cursor: Cursor) -> Sequence[np.ndarray]:
    """Every column of the one row, an array of whole numbers without NULL, as int64."""
    result = _result(cursor)
    return [_numbers(result.get_value(0, place)) for place in range(result.nfields)]


def _result(cursor: Cursor) -> PGresult:
    """What PostgreSQL sent; there is always something once a statement has run."""
    assert cursor.pgresult is not None
    return cursor.pgresult


def _numbers(array: bytes | None) -> np.ndarray:
    """PostgreSQL's binary array: a header with the type, then a length and a number in turn."""
    if array is None:
        return np.zeros(0, np.int64)
    size = _SIZES[int.from_bytes(array[8:12], "big")]
    element = np.dtype([("length", ">i4"), ("number", f">i{size}")])
    return np.frombuffer(array, element, offset=_HEADER)["number"].astype(np.int64)
