"""Writing the register of exports; asking for, deciding on and opening an export of many people.

Callers own the transaction. What a request may take out is looked up again when the file is made
(AZ-9), so a right that was taken away in between takes the file with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, text, update

from geoapp.accounts.identity import scope_of
from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Fact
from geoapp.core.clock import now
from geoapp.core.crypto import decrypt, encrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.exporting import rules
from geoapp.exporting.codes import BASES, OWN_USE, WORK
from geoapp.exporting.models import ExportLog, ExportRequest
from grids_boundaries.access import Access

log, request = table_of(ExportLog), table_of(ExportRequest)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('geoapp.export'), CAST(:user AS integer))")


@dataclass(frozen=True)
class Taken:
    """A file that was made: its register and columns, rows, people in it, SHA-256, region asked for."""

    register: str
    format: str
    columns: tuple[str, ...]
    rows: int
    people: int
    sha256: str
    area_key: int | None = None


@dataclass(frozen=True)
class Why:
    """On which basis, to whom; the request it goes back to, and until when the file is offered."""

    basis: str = WORK
    recipient: str = OWN_USE
    request_id: int | None = None
    expires_at: datetime | None = None

    @classmethod
    def of(cls, asked: Row) -> Why:
        """Of a request somebody else agreed to."""
        return cls(asked.basis, asked.recipient, asked.id, asked.expires_at)


@dataclass(frozen=True)
class Wish:
    """An export somebody asks for; `query` is its query string."""

    register: str
    format: str
    query: str
    people: int
    basis: str
    purpose: str
    recipient: str


def note_export(connection: Connection, access: Access, taken: Taken, why: Why | None = None) -> None:
    """Write the file into the register of exports and the audit log."""
    why = why or Why()
    connection.execute(insert(log).values(
        user_id=access.user_id, request_id=why.request_id, region_key=own_key(access),
        register=taken.register, format=taken.format, columns=list(taken.columns), rows=taken.rows,
        people=taken.people, basis=why.basis, recipient=why.recipient, sha256=taken.sha256,
        expires_at=why.expires_at,
    ))  # fmt: skip
    facts: dict[str, Fact] = {"format": taken.format, "sha256": taken.sha256, "people": taken.people}
    record(
        connection, access, Action.EXPORT, register=taken.register, fields=taken.columns,
        count=taken.rows, area_key=taken.area_key, reason=why.basis, facts=facts,
    )  # fmt: skip


def may_go_alone(connection: Connection, access: Access, people: int) -> bool:
    """Whether the reader may take this many people out without a second person.

    One file of people at a time for each reader: two at once would both count what was taken before.
    """
    if not people:
        return True
    connection.execute(_ONE_AT_A_TIME, {"user": access.user_id})
    since = now() - rules.DAY
    mine = (log.c.user_id == access.user_id, log.c.at > since, log.c.request_id.is_(None))
    # by row policy one sees the exports of one's own area; one's own are always there
    taken = connection.execute(select(func.coalesce(func.sum(log.c.people), 0)).where(*mine)).scalar_one()
    return rules.may_go_alone(people, int(taken), get_settings().keeping.export_alone)


def ask(connection: Connection, access: Access, wish: Wish) -> int:
    """Ask for an export of many people; the id of the request. Raises InvalidInput."""
    _check(wish)
    request_id: int = connection.execute(
        insert(request).values(
            state="waiting", register=wish.register, region_key=own_key(access), format=wish.format,
            people=wish.people, basis=wish.basis, purpose=wish.purpose, recipient=wish.recipient,
            asked_by=access.user_id, asked_at=now(),
        ).returning(request.c.id)
    ).scalar_one()  # fmt: skip
    sealed = encrypt(wish.query, f"export_request.query.{request_id}")
    connection.execute(update(request).where(request.c.id == request_id).values(query_enc=sealed))
    return request_id


def decide(connection: Connection, access: Access, request_id: int, version: int, *, agree: bool) -> None:
    """Say yes or no to somebody else's export.

    Raises NotFound, alike for absent and not one's to decide; Conflict where it is decided already.
    """
    row = connection.execute(
        select(request).where(request.c.id == request_id, *_in_scope(access)).with_for_update()
    ).one_or_none()
    if row is None or not may_decide(connection, access, row):
        raise NotFound()
    if row.state != "waiting" or row.version != version:
        raise Conflict(N_("此申请已有决定。"))
    until = now() + timedelta(hours=get_settings().keeping.export_keep_hours)
    connection.execute(update(request).where(request.c.id == request_id).values(
        state="approved" if agree else "refused", decided_by=access.user_id, decided_at=now(),
        expires_at=until if agree else None, version=version + 1,
    ))  # fmt: skip
    facts = {"request": request_id, "agree": agree}
    record(connection, access, Action.EXPORT, register=row.register, count=row.people, reason="decide", facts=facts)


def may_decide(connection: Connection, access: Access, row: Row) -> bool:
    """Somebody else, with the right, who reads that register and covers the asker's whole area."""
    rights = access.may(Permission.EXPORT_APPROVE) and access.may(f"register:{row.register}:read")
    if not rights or row.asked_by == access.user_id:
        return False
    areas = connection.scalar(select(User.area_codes).where(User.id == row.asked_by)) or []
    return rules.covers(access.scope.ranges, scope_of(areas).ranges)


def open_request(connection: Connection, access: Access, request_id: int) -> Row:
    """A request that may be downloaded now by the one who asked. Raises NotFound, Forbidden."""
    mine = (request.c.id == request_id, request.c.asked_by == access.user_id)
    row = connection.execute(select(request).where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    if rules.state_now(row.state, row.expires_at, now()) != "approved":
        raise Forbidden(N_("此导出未获批准或已过期。"))
    return row


def query_of(row: Row) -> str:
    """The query string a request was made with."""
    return decrypt(bytes(row.query_enc), f"export_request.query.{row.id}")


def own_key(access: Access) -> int:
    """The region a file of this reader is filed under: their first area. Raises Forbidden without one."""
    if not access.scope.ranges:
        raise Forbidden()
    return access.scope.ranges[0][0]


def _in_scope(access: Access) -> tuple[ColumnElement[bool], ...]:
    return (access.scope.clause(request.c.region_key),)


def _check(wish: Wish) -> None:
    if wish.basis not in BASES:
        raise InvalidInput(N_("请选择列表中的一项。"), field="basis")
    for name in ("purpose", "recipient"):
        said = getattr(wish, name).strip()
        if not rules.LEAST_TEXT <= len(said) <= rules.MOST_TEXT:
            raise InvalidInput(
                N_("请写 %(least)s 至 %(most)s 个字符。"), field=name, least=rules.LEAST_TEXT, most=rules.MOST_TEXT
            )
