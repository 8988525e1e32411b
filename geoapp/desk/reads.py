"""What the desk's pages show, and everything that is held about a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, select, text

from geoapp.accounts.models import User
from geoapp.changes.actions import own_rows
from geoapp.changes.models import RecordChange
from geoapp.core.crypto import KeyDestroyed, decrypt
from geoapp.core.db import owner_engine, table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.desk.actions import asked, find_person, resident
from geoapp.desk.codes import OPEN
from geoapp.households.models import Household
from geoapp.houses.models import House, Residence
from geoapp.programmes.models import Enrolment
from geoapp.programmes.reads import facts_in
from geoapp.retention.rules import CLOCKS
from geoapp.teams.models import Recipient, ServiceRecord
from grids_boundaries.access import Access
from grids_boundaries.keys import from_key
from spatial_queries.region_names import full_region_name

residence, house, household = table_of(Residence), table_of(House), table_of(Household)
change, user, enrolment = table_of(RecordChange), table_of(User), table_of(Enrolment)
recipient, served = table_of(Recipient), table_of(ServiceRecord)
MOST = 200
_LOOKS = text("""
    SELECT e.at, e.action, e.role, e.unit, e.reason FROM audit_object o JOIN audit_event e ON e.id = o.event_id
    WHERE o.register = 'residents' AND o.record_id = :id ORDER BY e.at
""")


def read_requests(connection: Connection, access: Access) -> Sequence[Row]:
    """Open ones first, by the day they are due; then the latest closed."""
    mine = access.scope.clause(asked.c.region_key)
    order = ((asked.c.state != OPEN), asked.c.due_on, asked.c.id)
    return connection.execute(select(asked).where(mine).order_by(*order).limit(MOST)).all()


def read_request(connection: Connection, access: Access, request_id: int) -> Row:
    """One of them. Raises NotFound."""
    mine = (asked.c.id == request_id, access.scope.clause(asked.c.region_key))
    row = connection.execute(select(asked).where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def everything_about(connection: Connection, access: Access, resident_id: int, locale: str) -> dict[str, Any]:
    """All that is held of a resident, cells opened, and who looked at it; ready for JSON.

    Raises NotFound for a resident of elsewhere. The keys are the names of the tables.
    """
    person = find_person(connection, access, resident_id)
    return {
        "resident": _open(resident, person),
        "area": full_region_name(connection, access, from_key(person.region_key)),
        "household": _household(connection, access, person),
        "residences": _residences(connection, access, person.id),
        "enrolments": _enrolments(person),
        "services": _services(person),
        "changes": _changes(connection, access, person.id),
        "requests": _requests(connection, access, person.id),
        "looked_at": _looks(person.id),
        "kept_for": {translate(c.title, locale): translate(c.why, locale) for c in CLOCKS},
    }


def as_file(held: dict[str, Any]) -> bytes:
    """The copy as it is handed out: JSON, UTF-8."""
    return json.dumps(held, ensure_ascii=False, indent=2, default=_plain).encode()


def _open(table: Table, row: Row) -> dict[str, Any]:
    """Every column of the row; a sealed one under its plain name, which a child's name has too; hashes
    left out."""
    found: dict[str, Any] = {}
    for column in table.columns:
        value, name = row._mapping[column.name], column.info.get("cell")
        if name and value is not None:
            found[name] = _opened(bytes(value), f"{table.name}.{name}.{row.id}")
        elif name:
            found.setdefault(name, None)
        elif not isinstance(value, bytes | memoryview):
            found[column.name] = value
    return found


def _opened(cell: bytes, place: str) -> str | None:
    """What was erased with its key is no longer held."""
    try:
        return decrypt(cell, place)
    except KeyDestroyed:
        return None


def _household(connection: Connection, access: Access, person: Row) -> dict[str, Any] | None:
    mine = (*own_rows(access, household), household.c.id == person.household_id)
    query = select(household.c.kind, household.c.number, household.c.head_id).where(*mine)
    row = connection.execute(query).one_or_none()
    return {"kind": row.kind, "number": row.number, "is_head": row.head_id == person.id} if row else None


def _residences(connection: Connection, access: Access, resident_id: int) -> list[dict[str, Any]]:
    same = and_(house.c.county_code == residence.c.county_code, house.c.id == residence.c.house_id)
    query = (
        select(
            house.c.number, house.c.address, residence.c.tenure, residence.c.since, residence.c.until,
            residence.c.end_reason, residence.c.origin, residence.c.created_at,
        )
        .select_from(residence.join(house, same))
        .where(access.scope.clause(residence.c.region_key), residence.c.resident_id == resident_id)
        .order_by(residence.c.since)
    )  # fmt: skip
    return [dict(row._mapping) for row in connection.execute(query)]


def _enrolments(person: Row) -> list[dict[str, Any]]:
    """What they are or were enrolled in, closed programmes too: who hands the copy out need not be of the
    programme's people, but the person may know all of it. Read past the reader."""
    names = ("programme", "begins", "ends", "served_on", "released_at", "release_reason", "origin", "updated_at")
    theirs = (enrolment.c.county_code == person.county_code, enrolment.c.resident_id == person.id)
    query = select(enrolment).where(*theirs).order_by(enrolment.c.begins, enrolment.c.id)
    with owner_engine().connect() as connection:
        rows = connection.execute(query).all()
    return [{name: row._mapping[name] for name in names} | {"facts": facts_in(row)} for row in rows]


def _services(person: Row) -> list[dict[str, Any]]:
    """What they were served with. The note only where nobody else was served: it may be about the others."""
    same = and_(served.c.county_code == recipient.c.county_code, served.c.id == recipient.c.record_id)
    shown = (served.c.team_name, served.c.kind, served.c.service, served.c.served_on, served.c.created_at)
    query = select(*shown, served.c.id, served.c.people, served.c.note_enc).select_from(recipient.join(served, same))
    query = query.where(recipient.c.resident_id == person.id).order_by(served.c.served_on, served.c.id)
    with owner_engine().connect() as connection:
        rows = connection.execute(query).all()
    return [{column.name: row._mapping[column.name] for column in shown} | {"note": _note(row)} for row in rows]


def _note(row: Row) -> str | None:
    if row.note_enc is None or row.people > 1:
        return None
    return _opened(bytes(row.note_enc), f"service_record.note.{row.id}")


def _changes(connection: Connection, access: Access, resident_id: int) -> list[dict[str, Any]]:
    query = (
        select(change.c.at, change.c.action, change.c.fields, user.c.role_key.label("by"))
        .outerjoin(user, user.c.id == change.c.actor_id)
        .where(access.scope.clause(change.c.region_key))
        .where(change.c.register == "residents", change.c.record_id == resident_id)
        .order_by(change.c.at)
    )  # fmt: skip
    return [dict(row._mapping) for row in connection.execute(query)]


def _requests(connection: Connection, access: Access, resident_id: int) -> list[dict[str, Any]]:
    query = select(asked.c.kind, asked.c.state, asked.c.asked, asked.c.answer, asked.c.received_on, asked.c.due_on)
    mine = (access.scope.clause(asked.c.region_key), asked.c.resident_id == resident_id)
    return [dict(row._mapping) for row in connection.execute(query.where(*mine))]


def _looks(resident_id: int) -> list[dict[str, Any]]:
    """Who looked: when, in which role, for which reason. Read past the reader, who is no auditor: it
    is the person's own to know (PIPL 44)."""
    with owner_engine().connect() as connection:
        return [dict(row._mapping) for row in connection.execute(_LOOKS, {"id": resident_id})]


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
