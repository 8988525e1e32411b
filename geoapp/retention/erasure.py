"""Taking a person out of every table: what goes, what is anonymised, what stays (PR-3, PR-4, LG-7).

Works as the owner, since the serving role deletes nothing. Who is on the register today stays in
the counts as a row without a name; who was taken off it before goes entirely. Either leaves a
tombstone. Kept counts, search entries and tiles follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from geoapp.break_glass.models import BreakGlassRecord
from geoapp.changes.models import RecordChange
from geoapp.core.crypto import CannotDecrypt, decrypt, normalised
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import table_of
from geoapp.households.models import Household, Membership
from geoapp.houses.models import Building, House, Residence
from geoapp.importing.forgetting import forget_rows
from geoapp.people.children import NAME
from geoapp.people.models import Resident, number_check
from geoapp.people.name_tokens import drop_tokens
from geoapp.people.rules import CHILD
from geoapp.people.searches import saved_search
from geoapp.people.steps import resident_step
from geoapp.programmes.models import Enrolment, enrolment_event
from geoapp.protection.cells import cell_columns
from geoapp.retention.models import Tombstone
from geoapp.teams.models import Recipient, ServicePhoto, ServiceRecord

resident, residence, household = table_of(Resident), table_of(Residence), table_of(Household)
house, building, change = table_of(House), table_of(Building), table_of(RecordChange)
opened, belonging, enrolment = table_of(BreakGlassRecord), table_of(Membership), table_of(Enrolment)
recipient, served, photo = table_of(Recipient), table_of(ServiceRecord), table_of(ServicePhoto)
ALONE = {"household_id": None, "relation": None, "family_id": None, "family_relation": None}
NAMELESS = "—"
"""In place of a name; the column cannot be empty."""
STAYS_WITHOUT_HOUSE = "other"
Regions = dict[str, set[int]]
"""Register to regions whose kept counts must follow."""


def erase(connection: Connection, people: Sequence[Row], reason: str, moment: datetime) -> Regions:
    """Erase residents (rows of `resident`); returns what has to be counted again."""
    if not people:
        return {}
    ids = [person.id for person in people]
    touched = _leave_houses(connection, ids)
    for register in ("residents", "households"):
        touched.setdefault(register, set()).update(person.region_key for person in people)
    _forget_log(connection, ids)
    connection.execute(delete(residence).where(residence.c.resident_id.in_(ids)))
    keys = KeyRing.on(connection)
    drop_tokens(connection, ((person.id, person.region_key, _name(person, keys)) for person in people))
    connection.execute(delete(opened).where(opened.c.register == "residents", opened.c.record_id.in_(ids)))
    _forget_searches(connection, people)
    _leave_households(connection, people)
    forget_enrolments(connection, enrolment.c.resident_id.in_(ids))
    forget_rows(connection, "residents", [(person.id, _name(person, keys), _number(person, keys)) for person in people])
    _forget_services(connection, ids)
    counted = [person.id for person in people if person.state == "active"]
    connection.execute(update(resident).where(resident.c.id.in_(counted)).values(_nameless()))
    gone = [person.id for person in people if person.state != "active"]
    connection.execute(delete(resident).where(resident.c.id.in_(gone)))
    connection.execute(insert(Tombstone), [_tombstone(person, reason, moment) for person in people])
    return touched


def _forget_services(connection: Connection, ids: list[int]) -> None:
    """They are among nobody's recipients; what was written about the service goes with them."""
    theirs = select(recipient.c.record_id).where(recipient.c.resident_id.in_(ids))
    connection.execute(update(served).where(served.c.id.in_(theirs)).values(note_enc=None))
    connection.execute(delete(photo).where(photo.c.record_id.in_(theirs)))
    connection.execute(delete(recipient).where(recipient.c.resident_id.in_(ids)))


def people_of(connection: Connection, ids: Iterable[int]) -> Sequence[Row]:
    """The residents, locked in the order of their ids."""
    query = select(resident).where(resident.c.id.in_(list(ids)))
    return connection.execute(query.order_by(resident.c.id).with_for_update()).all()


def _nameless() -> dict[str, object]:
    """Every column that says who it was, emptied: whatever is a cell, a hash or may be null, and the name.

    What stays is what totals count: area, type, sex, origin.
    """
    keep = {"state", "no_house_reason", "placed"}
    empty = {
        column.name: null()
        for column in resident.columns
        if column.nullable and column.name not in keep and column.computed is None
    }
    return empty | {
        "name": NAMELESS, "no_house_reason": STAYS_WITHOUT_HOUSE, "placed": 0,
        "version": resident.c.version + 1, "updated_at": func.now(),
    }  # fmt: skip


def _tombstone(person: Row, reason: str, moment: datetime) -> dict[str, object]:
    return {
        "register": "residents", "record_id": person.id, "county_code": person.county_code,
        "region_key": person.region_key, "category": person.type, "reason": reason, "erased_at": moment,
    }  # fmt: skip


def _leave_houses(connection: Connection, ids: list[int]) -> Regions:
    """Houses where they live are counted without them, and their buildings with these."""
    current = (residence.c.until.is_(None), residence.c.resident_id.in_(ids))
    ended = select(residence.c.house_id, func.count().label("n")).where(*current)
    lost = ended.group_by(residence.c.house_id).subquery()
    left = (
        update(house).where(house.c.id == lost.c.house_id)
        .values(residents=func.greatest(house.c.residents - lost.c.n, 0), updated_at=func.now())
        .returning(house.c.region_key, house.c.building_id, lost.c.n)
    )  # fmt: skip
    rows = connection.execute(left).all()
    for row in rows:
        if row.building_id is not None:
            fewer = func.greatest(building.c.residents - row.n, 0)
            connection.execute(update(building).where(building.c.id == row.building_id).values(residents=fewer))
    return {"houses": {row.region_key for row in rows}} if rows else {}


def _leave_households(connection: Connection, people: Sequence[Row]) -> None:
    """They head no household any more; one without members goes."""
    ids = [person.id for person in people]
    kept = {one for person in people for one in (person.household_id, person.family_id) if one is not None}
    connection.execute(delete(belonging).where(belonging.c.resident_id.in_(ids)))
    connection.execute(update(household).where(household.c.head_id.in_(ids)).values(head_id=None))
    connection.execute(update(resident).where(resident.c.id.in_(ids)).values(**ALONE))
    belongs = or_(resident.c.household_id == household.c.id, resident.c.family_id == household.c.id)
    members = select(resident.c.id).where(belongs)
    empty = delete(household).where(household.c.id.in_(kept), ~members.exists())
    connection.execute(empty)


def forget_enrolments(connection: Connection, which: ColumnElement[bool]) -> int:
    """Enrolments go with what the rules noted of them and the change log; how many."""
    ids = list(connection.scalars(delete(enrolment).where(which).returning(enrolment.c.id)))
    connection.execute(delete(enrolment_event).where(enrolment_event.c.enrolment_id.in_(ids)))
    named = change.c.register.in_(("enrolments", "cases"))
    connection.execute(delete(change).where(named, change.c.record_id.in_(ids)))
    return len(ids)


def _forget_log(connection: Connection, ids: list[int]) -> None:
    """Lines of the change log about them and their residences, steps to take back, numbers to compare."""
    connection.execute(delete(resident_step).where(resident_step.c.resident_id.in_(ids)))
    connection.execute(delete(number_check).where(number_check.c.resident_id.in_(ids)))
    connection.execute(delete(change).where(change.c.register == "residents", change.c.record_id.in_(ids)))
    stays = select(residence.c.id).where(residence.c.resident_id.in_(ids))
    connection.execute(delete(change).where(change.c.register == "residences", change.c.record_id.in_(stays)))


def _forget_searches(connection: Connection, people: Sequence[Row]) -> None:
    """Kept searches that hold a name or a number of theirs."""
    keys = KeyRing.on(connection)
    marks = {person.name for person in people} - {CHILD}
    for person in people:
        for cells in (one for one in cell_columns() if one.table is resident):
            sealed = person._mapping[cells.column.name]
            marks.add(_opened(sealed, cells.place(person.id), keys))
    marks = {normalised(mark) for mark in marks if mark}
    for row in connection.execute(select(saved_search.c.id, saved_search.c.text_enc)).all():
        said = normalised(_opened(row.text_enc, f"saved_search.text.{row.id}", keys))
        if any(mark in said or (len(said) > 1 and said in mark) for mark in marks):
            connection.execute(delete(saved_search).where(saved_search.c.id == row.id))


def _number(person: Row, keys: KeyRing) -> str:
    return _opened(person.id_enc, f"resident.id_number.{person.id}", keys)


def _name(person: Row, keys: KeyRing) -> str:
    return _opened(person.name_enc, f"{NAME}.{person.id}", keys) or person.name


def _opened(cell: bytes | None, place: str, keys: KeyRing) -> str:
    """The text of a cell; none where there is none or its key is gone."""
    try:
        return decrypt(bytes(cell), place, keys=keys) if cell is not None else ""
    except CannotDecrypt:
        return ""
