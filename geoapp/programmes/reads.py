"""Which programmes a reader may know of, and who is in them.

One condition, `visible`, stands in every query; the row policy repeats it. A closed programme that is
not opened to the reader is as if it did not exist (D3.3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    and_,
    false,
    func,
    or_,
    select,
)

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.clock import now, today
from geoapp.core.crypto import decrypt, encrypt
from geoapp.core.data_keys import KeyDestroyed
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.settings import get_settings
from geoapp.modules.reads import is_on
from geoapp.people.models import Resident
from geoapp.programmes.codes import ALL_REASONS
from geoapp.programmes.declared import OPEN, PROGRAMMES, Programme
from geoapp.programmes.models import Enrolment
from geoapp.programmes.rules import is_over, may_undo
from grids_boundaries.access import Access

enrolment, resident = table_of(Enrolment), table_of(Resident)
VOID = "correction"
"""Reason of an enrolment that was taken back: it was never there, no list shows it."""
MOST_SHOWN = 200
CLASSES = {True: ("details", "S4"), False: ("facts", "S3")}
"""Closed or not: the cell and the class of its key."""


@dataclass(frozen=True)
class Line:
    """One enrolment on a person's page, in the reader's words."""

    id: int
    url: str
    code: str
    title: str
    begins: date
    ends: date
    released_on: date | None
    reason: str
    over: bool
    version: int
    updated_at: datetime


def opened(connection: Connection, access: Access) -> dict[str, Programme]:
    """The programmes this reader may know of, by code: open ones by permission, closed ones by name.

    Nobody sees who is enrolled without seeing people by name.
    """
    if not access.may(Permission.RESIDENT_NAME):
        return {}
    found = dict(OPEN) if access.may(Permission.ENROLMENT_READ) else {}
    granted = {key for key, scope in access.programmes if scope}
    on: dict[str, bool] = {}
    for code, programme in PROGRAMMES.items():
        if programme.closed and code in granted:
            module = programme.module
            if module is not None and module not in on:
                on[module] = is_on(connection, module)
            if module is None or on[module]:
                found[code] = programme
    return found


def visible(access: Access, programmes: Iterable[Programme]) -> ColumnElement[bool]:
    """Rows of these programmes in the reader's area; of a closed one where it was opened to them."""
    parts: list[ColumnElement[bool]] = []
    wanted = list(programmes)
    if common := [one.code for one in wanted if not one.closed]:
        parts.append(and_(~enrolment.c.closed, enrolment.c.programme.in_(common)))
    for one in (one for one in wanted if one.closed):
        inside = access.programme_scope(one.code).clause(enrolment.c.region_key)
        parts.append(and_(enrolment.c.programme == one.code, inside))
    return and_(*own_rows(access, enrolment), or_(*parts)) if parts else false()


def find_enrolment(connection: Connection, access: Access, enrolment_id: int, *, lock: bool = False) -> Row:
    """One enrolment. Raises NotFound, alike for absent, out of scope and not opened."""
    if not 0 < enrolment_id <= LARGEST_ID:
        raise NotFound()
    programmes = opened(connection, access)
    query = select(enrolment).where(visible(access, programmes.values()), enrolment.c.id == enrolment_id)
    query = query.where(or_(enrolment.c.release_reason.is_(None), enrolment.c.release_reason != VOID))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def of_person(connection: Connection, access: Access, resident_id: int) -> list[Line]:
    """What a resident is or was enrolled in, as far as this reader may know; present ones first."""
    programmes = opened(connection, access)
    query = select(enrolment).where(visible(access, programmes.values()), enrolment.c.resident_id == resident_id)
    query = query.where(or_(enrolment.c.release_reason.is_(None), enrolment.c.release_reason != VOID))
    rows = connection.execute(query.order_by(enrolment.c.released_at.desc().nulls_first(), enrolment.c.id))
    return [line_of(dict(row)) for row in rows.mappings()]


def line_of(row: Mapping[str, Any]) -> Line:
    """A row as a line; titles and reasons are message ids."""
    programme, gone = PROGRAMMES[row["programme"]], row["released_at"]
    return Line(
        row["id"], url_of(row), programme.code, programme.title, row["begins"], row["ends"],
        gone.date() if gone else None, ALL_REASONS.get(row["release_reason"] or "", ""),
        gone is None and is_over(row["ends"], today()), row["version"], row["updated_at"],
    )  # fmt: skip


def url_of(row: Mapping[str, Any]) -> str:
    """Address of its page: of a closed one outside the registers."""
    return f"/cases/{row['id']}" if row["closed"] else f"/registers/enrolments/{row['id']}"


def free_for(connection: Connection, access: Access, person: Mapping[str, Any]) -> list[Programme]:
    """The programmes a resident may still be enrolled in by this writer, in the order of their declaration."""
    taken = {line.code for line in of_person(connection, access, person["id"])}
    mine = opened(connection, access)
    return [
        one for code, one in mine.items()
        if code not in taken and (not one.closed or person["region_key"] in access.programme_scope(code))
    ]  # fmt: skip


def may_take_back(row: Row) -> bool:
    """Whether the last step of an enrolment is still young enough."""
    before = row.previous
    at = datetime.fromisoformat(before["at"]) if before else None
    return may_undo(at, now(), get_settings().keeping.undo_minutes)


def facts_in(row: Row | RowMapping) -> dict[str, Any]:
    """What the enrolment's cell holds; nothing where its key is destroyed."""
    found = row._mapping if isinstance(row, Row) else row
    name, _ = CLASSES[found["closed"]]
    sealed = found[f"{name}_enc"]
    try:
        return dict(json.loads(decrypt(bytes(sealed), f"enrolment.{name}.{found['id']}"))) if sealed is not None else {}
    except KeyDestroyed:
        return {}


def sealed_facts(enrolment_id: int, programme: Programme, facts: Mapping[str, Any]) -> dict[str, bytes | None]:
    """The two columns of an enrolment's cells."""
    name, key_class = CLASSES[programme.closed]
    text = json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)
    sealed = encrypt(text, f"enrolment.{name}.{enrolment_id}", key_class=key_class) if facts else None
    return {"facts_enc": None, "details_enc": None, f"{name}_enc": sealed}


def read_cases(
    connection: Connection, access: Access, programme: str = "", state: str = "active", older: int = 0
) -> tuple[Sequence[RowMapping], dict[str, int]]:
    """(rows, totals by programme) of the closed programmes opened to the reader, in their areas there.

    `state`: active, over (their day has come) or released; `older`: not updated for so many days. Rows
    are MOST_SHOWN at most, those that end first on top; the totals count all.
    """
    mine = {code: one for code, one in opened(connection, access).items() if one.closed}
    if programme and programme not in mine:
        raise NotFound()
    wanted = [mine[programme]] if programme else list(mine.values())
    conditions = [visible(access, wanted), *_in_state(state)]
    if older:
        conditions.append(enrolment.c.updated_at < func.now() - func.make_interval(0, 0, 0, older))
    counted = select(enrolment.c.programme, func.count()).where(*conditions).group_by(enrolment.c.programme)
    totals = {code: int(n) for code, n in connection.execute(counted)}
    person = and_(resident.c.county_code == enrolment.c.county_code, resident.c.id == enrolment.c.resident_id)
    rows = connection.execute(
        select(enrolment, resident.c.name.label("resident_name")).outerjoin(resident, person).where(*conditions)
        .order_by(enrolment.c.ends, enrolment.c.id).limit(MOST_SHOWN)
    ).mappings().all()  # fmt: skip
    return rows, totals


def read_released(connection: Connection, access: Access, programme: str = "") -> Sequence[RowMapping]:
    """Who left an open programme in the reader's area, the latest first; MOST_SHOWN at most."""
    mine = {code: one for code, one in opened(connection, access).items() if not one.closed}
    wanted = [one for code, one in mine.items() if not programme or code == programme]
    person = and_(resident.c.county_code == enrolment.c.county_code, resident.c.id == enrolment.c.resident_id)
    rows = (
        select(enrolment, resident.c.name.label("resident_name")).outerjoin(resident, person)
        .where(visible(access, wanted), *_in_state("released"))
        .order_by(enrolment.c.released_at.desc(), enrolment.c.id.desc()).limit(MOST_SHOWN)
    )  # fmt: skip
    return connection.execute(rows).mappings().all()


def _in_state(state: str) -> list[ColumnElement[bool]]:
    if state == "released":
        return [enrolment.c.released_at.is_not(None), enrolment.c.release_reason != VOID]
    active: list[ColumnElement[bool]] = [enrolment.c.released_at.is_(None)]
    return [*active, enrolment.c.ends <= today()] if state == "over" else active
