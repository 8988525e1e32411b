"""What becomes of enrolments when a resident is registered, leaves, comes back or moves (A5.3, A18 (9)).

Whoever changes a resident need not know what they are enrolled in, and must not learn it of a closed
programme: the database functions of migration 0022 do it and answer nothing.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert

from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.settings import get_settings
from geoapp.people.rules import ACTIVE
from geoapp.programmes import rules
from geoapp.programmes.actions import born_of, figures, note
from geoapp.programmes.codes import LEFT_REGISTER
from geoapp.programmes.declared import OPEN, Programme
from geoapp.programmes.models import Enrolment
from grids_boundaries.keys import from_key

enrolment = table_of(Enrolment)
AGE_IN = "age_in"
SYNCHRONISED = "derived"
"""Origin of what a rule has entered."""


def leave(work: Writing, person: Row) -> None:
    """Off the register: every enrolment ends, whoever may know of it."""
    ended = text("SELECT enrolments_leave(:county, :person, :why)")
    work.connection.execute(ended, {"county": person.county_code, "person": person.id, "why": LEFT_REGISTER})
    work.touch("enrolments", person.region_key)


def come_back(work: Writing, person: Row) -> None:
    """Taken back: what had ended with the register goes on."""
    again = text("SELECT enrolments_return(:county, :person, :why)")
    work.connection.execute(again, {"county": person.county_code, "person": person.id, "why": LEFT_REGISTER})
    work.touch("enrolments", person.region_key)


def carry(work: Writing, person: Row, successor: Row) -> None:
    """The person goes on under another record: enrolments with their terms go along, and the programme's
    people of the new grid are told."""
    along = text("SELECT enrolments_carry(:county, :person, :to_county, :to_person, :to_region, :why)")
    facts = {
        "county": person.county_code, "person": person.id, "to_county": successor.county_code,
        "to_person": successor.id, "to_region": successor.region_key, "why": LEFT_REGISTER,
    }  # fmt: skip
    work.connection.execute(along, facts)
    work.touch("enrolments", person.region_key, successor.region_key)


def mark(work: Writing, person: Row) -> None:
    """Enrol in each open programme a birthday opens, as soon as the record qualifies (A5.3).

    A closed one is left to the daily job: the writer may not know of it.
    """
    if person.state != ACTIVE or from_key(person.region_key).level != "grid":
        return
    born = born_of(person)
    for code in get_settings().programmes.age_in:
        if code in OPEN and born is not None and _qualifies(OPEN[code], person.sex, born):
            _enter(work, person, OPEN[code])


def _qualifies(programme: Programme, sex: str, born: date) -> bool:
    sexes = (programme.entry.sex or sex,)
    return sex in sexes and rules.is_of_age(programme, figures(), born, today())


def _enter(work: Writing, person: Row, programme: Programme) -> None:
    same = (enrolment.c.county_code == person.county_code, enrolment.c.resident_id == person.id)
    there = select(enrolment.c.id).where(*work.own(enrolment), *same, enrolment.c.programme == programme.code)
    if work.connection.scalar(there) is not None:
        return
    ends = rules.ends_on(programme, figures(), today(), {}, born_of(person), today())
    values = {
        "county_code": person.county_code, "region_key": person.region_key, "resident_id": person.id,
        "programme": programme.code, "begins": today(), "ends": ends, "origin": SYNCHRONISED,
    }  # fmt: skip
    entered = insert(enrolment).values(values).on_conflict_do_nothing().returning(enrolment)
    row = work.connection.execute(entered).one_or_none()
    if row is None:
        return  # the daily job was there at this moment
    note(work, AGE_IN, row)
    work.touch("enrolments", person.region_key)
    work.log("create", "enrolments", row, ["programme"])
