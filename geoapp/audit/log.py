"""What an auditor reads: events of their own area, newest first, and who opened one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, literal, or_, select, tuple_

from geoapp.accounts.models import Role, User
from geoapp.audit.models import AuditCheck, AuditEvent, AuditObject, AuditSeal
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode, from_key

PAGE = 50
MOST_ROWS = 50_000
"""Lines of one CSV file."""


@dataclass(frozen=True)
class Filters:
    """What is looked for; `after` is the place of the last event of the page before."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    register: str = ""
    record_id: int | None = None
    after: str = ""


@dataclass(frozen=True)
class Line:
    """One event as a page shows it; `number` is None until it is sealed."""

    id: UUID
    at: datetime
    number: int | None
    actor: str | None
    kind: str
    role: str | None
    action: str
    register: str | None
    fields: tuple[str, ...]
    n: int | None
    area: int
    reason: str | None
    facts: dict[str, Any]
    records: tuple[int, ...]

    @property
    def place(self) -> str:
        """Where the next page begins."""
        return f"{self.at.isoformat()}|{self.id}"


def read_events(connection: Connection, access: Access, filters: Filters, most: int = PAGE) -> tuple[list[Line], str]:
    """Events of the reader's area and the place after them ("" at the end). Raises InvalidInput."""
    query = (
        _query(access, *_conditions(filters))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(most + 1)
    )  # fmt: skip
    lines = [_line(row) for row in connection.execute(query)]
    lines = _with_records(connection, lines)
    return lines[:most], lines[most - 1].place if len(lines) > most else ""


def events_of_record(connection: Connection, access: Access, register: str, record_id: int) -> list[Line]:
    """Every event that names the record, newest first."""
    return read_events(connection, access, Filters(register=register, record_id=record_id), MOST_ROWS)[0]


def exports_around(connection: Connection, access: Access, region_key: int) -> list[Line]:
    """Files of residents of an area that holds this region: they may have held the record."""
    keys: list[int] = []
    code: RegionCode | None = from_key(region_key)
    while code is not None:
        keys.append(code.lo)
        code = code.parent()
    event = AuditEvent
    query = _query(access, event.action == "export", event.register == "residents", event.region_key.in_(keys))
    return [_line(row) for row in connection.execute(query.order_by(event.at.desc()).limit(PAGE))]


def read_state(connection: Connection) -> dict[str, Any]:
    """Head of the chain and the last verification: number, hash, check."""
    head = connection.execute(
        select(AuditSeal.number, AuditSeal.hash, AuditSeal.sealed_at).order_by(AuditSeal.number.desc()).limit(1)
    ).one_or_none()
    check = connection.execute(select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1)).one_or_none()
    return {
        "number": head.number if head else 0, "hash": bytes(head.hash).hex() if head else "",
        "sealed_at": head.sealed_at if head else None, "check": check,
    }  # fmt: skip


def _query(access: Access, *conditions: ColumnElement[bool]) -> Any:
    event = AuditEvent
    mine = or_(event.region_key == 0, access.scope.clause(table_of(AuditEvent).c.region_key))
    return (
        select(
            event.id, event.at, event.kind, event.action, event.register, event.n, event.region_key, event.reason,
            event.body, AuditSeal.number, User.display_name, Role.title,
        )
        .outerjoin(AuditSeal, AuditSeal.event_id == event.id)
        .outerjoin(User, User.id == event.actor_id)
        .outerjoin(Role, Role.key == event.role)
        .where(mine, *conditions)
    )  # fmt: skip


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    event = AuditEvent
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(event.at >= filters.since)
    if filters.until:
        found.append(event.at < filters.until)
    if filters.actor:
        user = select(User.id).where(User.username == filters.actor).scalar_subquery()
        found.append(event.actor_id == user)
    if filters.action:
        found.append(event.action == filters.action)
    if filters.record_id is not None:
        named = (AuditObject.register == filters.register, AuditObject.record_id == filters.record_id)
        found.append(event.id.in_(select(AuditObject.event_id).where(*named)))
    elif filters.register:
        found.append(event.register == filters.register)
    if filters.after:
        found.append(tuple_(event.at, event.id) < tuple_(*_place(filters.after)))
    return found


def _place(token: str) -> tuple[Any, Any]:
    moment, _, own_id = token.partition("|")
    try:
        return literal(datetime.fromisoformat(moment)), literal(UUID(own_id))
    except ValueError as error:
        raise InvalidInput(N_("页码标记无效，请从第一页开始。"), field="after") from error


def _line(row: Any) -> Line:
    return Line(
        row.id, row.at, row.number, row.display_name, row.kind, row.title, row.action, row.register,
        tuple(row.body["fields"]), row.n, row.region_key, row.reason, row.body["facts"], (),
    )  # fmt: skip


def _with_records(connection: Connection, lines: Sequence[Line]) -> list[Line]:
    """The records each event still names."""
    query = select(AuditObject.event_id, AuditObject.record_id).where(
        AuditObject.event_id.in_([line.id for line in lines])
    )
    named: dict[UUID, list[int]] = {}
    for row in connection.execute(query.order_by(AuditObject.event_id, AuditObject.position)):
        named.setdefault(row.event_id, []).append(row.record_id)
    return [replace(line, records=tuple(named.get(line.id, ()))) for line in lines]
