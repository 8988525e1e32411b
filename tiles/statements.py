"""Statements made once for a query and a reader, then only given the tile's numbers.

Building and compiling a Select costs more than running it for a small tile, and a map asks for
dozens of tiles of one query. So the text is kept, all values but the tile's own written in it, and
its answer is read as PostgreSQL sent it: ready bytes and arrays of whole numbers, never a Python
object a row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from psycopg.pq.abc import PGresult
from psycopg.sql import Literal
from sqlalchemy import BindParameter, ColumnElement, Double, Integer, Select, bindparam, func
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from grids_boundaries.access import Source, ask
from spatial_queries.selection import Selection
from tiles.address import BUFFER, EXTENT, TileAddress

MOST = 1024
"""Statements kept in a process."""
_PLACE = "at__"
"""What the names of the tile's own numbers begin with in a statement."""
_DIALECT = PGDialect_psycopg()
_HEADER = 20
"""Bytes before the elements of an array of one dimension."""
_SIZES = {21: 2, 23: 4, 20: 8}
"""Bytes of a number by the object id of its PostgreSQL type: smallint, integer, bigint."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with %(name)r for each number of the tile and every other value written as a literal."""

    sql: str

    def text(self, **places: float) -> str:
        """The statement for one tile; numbers alone are let in."""
        return self.sql % {name: float(n) if isinstance(n, float) else int(n) for name, n in places.items()}

    def run(self, source: Source, **places: float) -> PGresult:
        """The answer in PostgreSQL's binary form."""
        return ask(source, self.text(**places).encode())


_kept: OrderedDict[tuple, Statement] = OrderedDict()
_lock = Lock()


def statement(kind: str, selection: Selection, build: Callable[[], Select]) -> Statement:
    """The statement `kind` of the selection, built where it is not kept.

    `build` must not depend on anything but the kind, the query and the reader.
    """
    key = (kind, selection.register.name, selection.query.token, selection.access.token)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = compiled(build())
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made


def compiled(select: Select) -> Statement:
    """The select as text; the tile's own numbers are left open."""
    made = select.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    written = {name: _written(made.binds.get(name), name, value) for name, value in made.params.items()}
    return Statement(str(made).replace("%%", "%%%%") % written)


def _written(bind: BindParameter | None, name: str, value: object) -> str:
    """A place as it stands in the text; per cent signs wait there for the tile's numbers."""
    if name.startswith(_PLACE):
        return f"(%({name.removeprefix(_PLACE)})r)"  # in brackets: "- -1" must not become a comment
    convert = None if bind is None else bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    value = convert(value) if convert and value is not None else value
    return Literal(value).as_string(None).replace("%", "%%")


# -- the tile's own places in a statement ---------------------------------------------------------


def edges(unit: str) -> list[ColumnElement]:
    """West, south, east and north of the tile in `degrees` or `metres`."""
    return [bindparam(f"{_PLACE}{unit}_{edge}", 0.0, Double) for edge in "wsen"]


def box_degrees() -> ColumnElement:
    """The tile with its margin, EPSG:4326: for the condition the index answers."""
    return func.ST_MakeEnvelope(*edges("degrees"), 4326)


def box_metres() -> ColumnElement:
    """The tile, EPSG:3857: for ST_AsMVTGeom."""
    return func.ST_MakeEnvelope(*edges("metres"), 3857)


def number(name: str) -> ColumnElement:
    """One more number of the tile."""
    return bindparam(f"{_PLACE}{name}", 0, Integer)


def degrees(address: TileAddress, margin: float = BUFFER / EXTENT) -> dict[str, float]:
    """Values of `box_degrees`."""
    return {f"degrees_{e}": v for e, v in zip("wsen", address.degrees(margin), strict=True)}


def metres(address: TileAddress) -> dict[str, float]:
    """Values of `box_metres`."""
    return {f"metres_{e}": v for e, v in zip("wsen", address.metres, strict=True)}


# -- answers --------------------------------------------------------------------------------------


def only_bytes(result: PGresult) -> bytes:
    """The one bytea of an answer; empty for none."""
    return result.get_value(0, 0) or b""


def all_bytes(result: PGresult) -> bytes:
    """The first column, a bytea, of all rows one after the other."""
    return b"".join([result.get_value(row, 0) or b"" for row in range(result.ntuples)])


def columns(result: PGresult) -> Sequence[np.ndarray]:
    """Every column of the one row, an array of whole numbers without NULL, as int64."""
    return [_numbers(result.get_value(0, place)) for place in range(result.nfields)]


def bigints(result: PGresult) -> list[int]:
    """The columns of the one row, bigints without NULL."""
    values = (result.get_value(0, place) for place in range(result.nfields))
    return [int.from_bytes(value or b"", "big", signed=True) for value in values]


def _numbers(array: bytes | None) -> np.ndarray:
    """PostgreSQL's binary array: a header with the type, then a length and a number in turn."""
    if array is None:
        return np.zeros(0, np.int64)
    size = _SIZES[int.from_bytes(array[8:12], "big")]
    element = np.dtype([("length", ">i4"), ("number", f">i{size}")])
    return np.frombuffer(array, element, offset=_HEADER)["number"].astype(np.int64)
