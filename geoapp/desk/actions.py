"""Receiving and answering requests; a deletion that is granted is `geoapp.desk.erasing`."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Row, insert, select, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.actions import own_rows
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.desk import rules
from geoapp.desk.codes import KINDS, OPEN, OUTCOMES
from geoapp.desk.models import SubjectRequest
from geoapp.people.models import Resident
from grids_boundaries.access import Access

asked, resident = table_of(SubjectRequest), table_of(Resident)


def receive(
    connection: Connection, access: Access, resident_id: int, kind: str, text: str, received_on: date | None
) -> int:
    """Write a request down; its id. Raises NotFound for a resident of elsewhere, InvalidInput."""
    person = find_person(connection, access, resident_id)
    if kind not in KINDS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="kind")
    rules.check_received(received_on, today())
    assert received_on is not None
    request_id: int = connection.execute(
        insert(asked).values(
            kind=kind, state=OPEN, resident_id=person.id, county_code=person.county_code,
            region_key=person.region_key, asked=rules.check_text(text, "asked"), received_on=received_on,
            due_on=rules.due_on(received_on, get_settings().keeping.request_days), received_by=access.user_id,
        ).returning(asked.c.id)
    ).scalar_one()  # fmt: skip
    note_step(connection, access, person, "receive", kind)
    return request_id


def answer(access: Access, connection: Connection, request_id: int, version: int, outcome: str, text: str) -> None:
    """End a request with an answer. Raises NotFound, Conflict, InvalidInput."""
    row = lock_request(connection, access, request_id)
    said = rules.check_text(text, "answer")
    if outcome not in OUTCOMES:
        raise InvalidInput(N_("请选择列表中的一项。"), field="outcome")
    if row.state != OPEN or row.version != version:
        raise Conflict(N_("此请求已办结或被他人修改。"))
    person = find_person(connection, access, row.resident_id)
    values = {
        "state": outcome, "answer": said, "closed_by": access.user_id, "closed_at": now(), "version": version + 1,
    }  # fmt: skip
    connection.execute(update(asked).where(asked.c.id == request_id).values(values))
    note_step(connection, access, person, outcome, row.kind)


def lock_request(connection: Connection, access: Access, request_id: int) -> Row:
    """A request of the reader's area, locked. Raises NotFound."""
    mine = (asked.c.id == request_id, access.scope.clause(asked.c.region_key))
    row = connection.execute(select(asked).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound()
    return row


def find_person(connection: Connection, access: Access, resident_id: int | None) -> Row:
    """The resident, if in the reader's area. Raises NotFound."""
    query = select(resident).where(*own_rows(access, resident), resident.c.id == resident_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def note_step(connection: Connection, access: Access, person: Row | None, step: str, kind: str) -> None:
    """An event without the person where they are erased."""
    ids = [person.id] if person is not None else []
    record(
        connection, access, Action.SUBJECT_REQUEST, register="residents", record_ids=ids,
        area_key=person.region_key if person is not None else None, reason=kind, facts={"step": step},
    )  # fmt: skip
