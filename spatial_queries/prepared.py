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

from psycopg.adapt import Transformer
from psycopg.errors import OperationalError
from psycopg.generators import execute
from psycopg.pq import Escaping, TransactionStatus, abc
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import wait
from sqlalchemy import Connection, Dialect, Select, TextClause
from sqlalchemy.exc import DBAPIError

from grids_boundaries.access import checked

KEPT_PLANS = 64
"""Statements kept planned on one connection."""
WAITED_SECONDS = 0.1
"""Between two looks for a signal while the server works."""
_PLAN_FOR_ALL = b"SET LOCAL plan_cache_mode = force_generic_plan"
_PLAN_FOR_VALUES = b"SET LOCAL plan_cache_mode = force_custom_plan"
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


def prepare(dialect: Dialect, statement: Select | TextClause, open_names: Collection[str] = ()) -> Prepared:
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
    """Rows as text. `keep_plan`: one plan for all values, made once for each connection; else one for these.

    Raises what SQLAlchemy raises for an error of the database.
    """
    if not connection.in_transaction():
        connection.begin()
    values = list(prepared.values)
    for name, place in prepared.open:
        values[place] = _sent(given[name])
    server: PGconn = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
    if keep_plan:
        _plan(connection, server, prepared)
        return _execute(server, prepared.name, values)
    sent: list[Any] = [data for _, _, data in values]  # None is NULL
    kinds = [kind for kind, _, _ in values]
    return checked(server, server.exec_params(prepared.text, sent, kinds, [form for _, form, _ in values], 0))


def typed(connection: Connection, result: PGresult) -> list[tuple[Any, ...]]:
    """The rows of a result with Python values, as the driver itself would give them."""
    reader = Transformer(connection.connection.driver_connection)
    reader.set_pgresult(result)
    return reader.load_rows(0, result.ntuples, tuple)


def _execute(server: PGconn, name: bytes, values: list[Sent]) -> PGresult:
    """Run a known statement with the plan that serves all values.

    Connections plan for each value otherwise (geoapp.core.db). The mode is set and set back in
    the same message: planning anew costs as much as reading a page of houses in a box. A transaction
    that SQLAlchemy has begun begins with it in the database too, as with the driver's own statements.
    """
    escaping = Escaping(server)
    given = b",".join(_literal(escaping, form, data) for _, form, data in values)
    call = b'EXECUTE "%s"(%s)' % (name, given) if values else b'EXECUTE "%s"' % name
    begin = b"BEGIN;" if server.transaction_status == TransactionStatus.IDLE else b""
    results = _asked(server, b"%s%s;%s;%s" % (begin, _PLAN_FOR_ALL, call, _PLAN_FOR_VALUES))
    checked(server, results[-1])  # an error ends the message, and is its last result
    return results[-2]


def _asked(server: PGconn, message: bytes) -> list[PGresult]:
    """All results of a message. Not by get_result, which keeps the other threads of the process from working."""
    try:
        server.send_query(message)
        results: list[PGresult] = wait(execute(server), server.socket, WAITED_SECONDS)
    except OperationalError as error:
        raise DBAPIError.instance(None, None, error, Exception) from error
    return results


def _literal(escaping: abc.Escaping, form: int, data: bytes | None) -> bytes:
    if data is None:
        return b"NULL"
    return b"'\\x%s'" % data.hex().encode() if form else bytes(escaping.escape_literal(data))


def _plan(connection: Connection, server: PGconn, prepared: Prepared) -> None:
    """Make the server know the statement; the one longest unused makes room."""
    known: OrderedDict[bytes, None] = connection.info.setdefault("prepared", OrderedDict())
    if prepared.name in known:
        known.move_to_end(prepared.name)
        return
    checked(server, server.prepare(prepared.name, prepared.text, [kind for kind, _, _ in prepared.values]))
    known[prepared.name] = None
    if len(known) > KEPT_PLANS:
        oldest, _ = known.popitem(last=False)
        checked(server, server.exec_(b'DEALLOCATE "%s"' % oldest))


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
