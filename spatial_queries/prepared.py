"""Statements whose text is kept: compiled once, sent in one message, planned when it pays.

Building and compiling a page's statement costs more than running it, and SQLAlchemy's and the
driver's own steps as much again (research/performance 4). `prepare` turns a statement into text
with $1, $2, … once; `run` sends values and waits in libpq, in one call.

Whole numbers (scope, limits, codes) stand in the text. So a plan made for every value of the
others still knows how wide the reader's scope is: given as values they would all look the same,
and a whole county's keys would be read for a box of 400 m.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError

KEPT_PLANS = 64
"""Statements kept planned on one connection."""
_BYTEA = 17
Sent = tuple[int, int, bytes | None]
"""Type (0: what the text's cast says), format (1: binary) and bytes of a value."""


@dataclass(frozen=True)
class Prepared:
    """`text` with $1, $2, …; `values` in that order, those named in `open` still to be given."""

    name: bytes
    text: bytes
    values: tuple[Sent, ...]
    open: tuple[tuple[str, int], ...]


def prepare(dialect: Dialect, statement: Select, open_names: Collection[str] = ()) -> Prepared:
    """The statement as text; `open_names` are the binds that get their values with each run."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values: list[Sent] = []
    places: dict[str, str] = {}
    free: list[tuple[str, int]] = []
    for name, value in compiled.params.items():
        if isinstance(value, int) and not isinstance(value, bool):
            places[name] = f"({value:d})"
            continue
        if name in open_names:
            free.append((name, len(values)))
        values.append(_sent(value))
        places[name] = f"${len(values)}"
    text = (str(compiled) % places).encode()
    name = hashlib.blake2b(text, digest_size=12).hexdigest().encode()
    return Prepared(name, text, tuple(values), tuple(free))


def run(connection: Connection, prepared: Prepared, given: Mapping[str, object], keep_plan: bool) -> PGresult:
    """Rows as text. `keep_plan`: plan once for all values, else for these.

    Raises what SQLAlchemy raises for an error of the database.
    """
    values = list(prepared.values)
    for name, place in prepared.open:
        values[place] = _sent(given[name])
    server: PGconn = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
    formats = [form for _, form, _ in values]
    sent: list[Any] = [data for _, _, data in values]  # None is NULL
    if keep_plan:
        _plan(connection, server, prepared)
        result = server.exec_prepared(prepared.name, sent, formats, 0)
    else:
        kinds = [kind for kind, _, _ in values]
        result = server.exec_params(prepared.text, sent, kinds, formats, 0)
    return _checked(result)


def _plan(connection: Connection, server: PGconn, prepared: Prepared) -> None:
    """Make the server know the statement; the one longest unused makes room."""
    known: OrderedDict[bytes, None] = connection.info.setdefault("prepared", OrderedDict())
    if prepared.name in known:
        known.move_to_end(prepared.name)
        return
    _checked(server.prepare(prepared.name, prepared.text, [kind for kind, _, _ in prepared.values]))
    known[prepared.name] = None
    if len(known) > KEPT_PLANS:
        oldest, _ = known.popitem(last=False)
        _checked(server.exec_(b'DEALLOCATE "%s"' % oldest))


def _checked(result: PGresult) -> PGresult:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    raise DBAPIError.instance(None, None, error_from_result(result), Exception)


def _sent(value: object) -> Sent:
    if value is None:
        return 0, 0, None
    if isinstance(value, bytes):
        return _BYTEA, 1, value
    if isinstance(value, bool):
        return 0, 0, b"true" if value else b"false"
    if isinstance(value, datetime | date):
        return 0, 0, value.isoformat().encode()
    return 0, 0, str(value).encode()
