"""Access: who reads, where and what. The one door to the database for everything a user sees.

An `Access` is made from the signed-in user (or token), never from a URL. `begin` opens a
transaction in which row-level security knows the scope and the readable registers, so a query
that forgot its own scope clause still returns nothing from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from geoapp.core.db import app_engine
from geoapp.core.errors import Forbidden
from geoapp.core.settings import Settings
from grids_boundaries.scope import RowScope

_AS_OF = "; SET LOCAL app.as_of = '{}'; SET LOCAL search_path = as_of, public"
"""The schema as_of holds a view `region` of that day, which stands before the table (migration 0027)."""
_READ = re.compile(r"register:([a-z]+):read")


@dataclass(frozen=True, slots=True)
class Access:
    """A reader: scope, permissions (text values of the enum), identity for the change and audit logs.

    `kind` is "user" or "token" (`geoapp.audit.codes.KINDS`), `unit` the code of the department.
    `programmes` are the programmes opened to this person, each in its own part of the scope (D3.3).
    With `as_of` regions are read as their boundaries were at the end of that day (D4.3).
    """

    scope: RowScope
    permissions: frozenset[str] = field(default_factory=frozenset)
    user_id: int | None = None
    locale: str = "zh"
    role: str | None = None
    unit: str | None = None
    kind: str = "user"
    programmes: tuple[tuple[str, RowScope], ...] = ()
    as_of: date | None = None

    def may(self, permission: str | None) -> bool:
        """Whether `permission` is granted; None asks for nothing."""
        return permission is None or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise Forbidden unless granted."""
        if not self.may(permission):
            raise Forbidden()

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the registers the permissions open, sorted."""
        matches = (_READ.fullmatch(p) for p in self.permissions)
        return tuple(sorted(m.group(1) for m in matches if m))

    @property
    def token(self) -> str:
        """Equal for readers who see the same rows and fields; part of every cache key."""
        programmes = ",".join(f"{key}@{scope.token}" for key, scope in self.programmes)
        day = "" if self.as_of is None else f"|{self.as_of.isoformat()}"
        return f"{self.scope.token}|{','.join(sorted(self.permissions))}|{programmes}{day}"

    def programme_scope(self, key: str) -> RowScope:
        """Where a programme is opened to this person; nowhere unless it was granted."""
        return dict(self.programmes).get(key, RowScope.nothing())

    def settings_sql(self, reads: Iterable[str] | None = None) -> str:
        """The transaction's settings for row-level security, as literals."""
        opened = [*(self.reads if reads is None else reads), *(("cases",) if self.programmes else ())]
        granted = "".join(
            f"; SET LOCAL app.programme_{key} = '{scope.multirange}'" for key, scope in self.programmes if scope
        )
        day = "" if self.as_of is None else _AS_OF.format(self.as_of.isoformat())
        return f"{self.scope.settings_sql()}; SET LOCAL app.reads = '{','.join(opened)}'{granted}{day}"


@contextmanager
def begin(
    access: Access, settings: Settings | None = None, *, reads: Iterable[str] | None = None
) -> Iterator[Connection]:
    """One transaction of the app role under `access`; commits unless an exception leaves it.

    `reads` opens other registers than the reader's own: a write has to keep counts right that its
    writer may not see. What it answers with goes by `access` as ever.
    """
    with app_engine(settings).connect() as connection, connection.begin():
        # opened and set up in one message; the driver then finds the transaction already begun
        opened = f"BEGIN; {access.settings_sql(reads)}".encode()
        driver = connection.connection.driver_connection
        assert driver is not None
        checked(driver.pgconn, driver.pgconn.exec_(opened))
        yield connection


Source = Connection | Access
"""Whom to ask: a connection that `begin` opened, or a reader, for a transaction of its own."""


def ask(source: Source, statement: bytes) -> PGresult:
    """The rows of one SELECT in PostgreSQL's binary form.

    For an access alone its settings and the statement go in one message, which PostgreSQL carries
    out as one transaction; only a cursor's rows come in binary form that way.
    """
    if isinstance(source, Connection):
        server: PGconn = source.connection.driver_connection.pgconn  # type: ignore[union-attr]
        return checked(server, server.exec_params(statement, None, result_format=1))
    connection = app_engine().raw_connection()
    try:
        server = connection.driver_connection.pgconn  # type: ignore[union-attr]
        result = server.exec_(b"%b%b; FETCH ALL FROM asked" % (_before(source), statement))
        if server.status == ConnStatus.BAD:
            connection.invalidate()
        return checked(server, result)
    finally:
        connection.close()


@lru_cache(maxsize=4096)
def _before(access: Access) -> bytes:
    return f"{access.settings_sql()}; DECLARE asked BINARY CURSOR FOR ".encode()


def checked(server: PGconn, result: PGresult) -> PGresult:
    """The result, or its error as SQLAlchemy raises it; a connection that was lost is operational."""
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    error = error_from_result(result)
    if server.status == ConnStatus.BAD:
        error = OperationalError(str(error))
    raise DBAPIError.instance(None, None, error, Exception)
