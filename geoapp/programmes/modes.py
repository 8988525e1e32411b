"""Enrolling by name and number: the three ways enrolments go with the register of residents (A2.6).

A number that is on the register under another name is told, in every mode; whose it is stays unsaid.

| mode          | the number is on the grid's register | it is not                                   |
|---------------|--------------------------------------|---------------------------------------------|
| `independent` | stands by itself                     | stands by itself                            |
| `existing`    | enrolled with the resident's record  | refused: first the resident, then this      |
| `create`      | enrolled with the resident's record  | the resident's record is made with it       |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, func, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import search_hashes
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.people.children import real_name
from geoapp.people.identity import Identity, Told, check_told
from geoapp.people.name_tokens import NUMBER
from geoapp.people.name_words import same_name
from geoapp.people.registering import Home, add_person, own_grid
from geoapp.people.rules import ACTIVE, CHILD, is_child
from geoapp.programmes import rules
from geoapp.programmes.actions import (
    AlreadyEnrolled,
    Entering,
    enrol,
    enrolment,
    figures,
    insert_enrolment,
    resident,
)
from geoapp.programmes.declared import Programme
from geoapp.programmes.reads import VOID, facts_in, opened

UNTIL_HOUSED = "unknown_address"


@dataclass(frozen=True)
class Wish:
    """Who is to be enrolled where, in what, with what."""

    region_key: int
    code: str
    told: Told
    begins: date
    given: Mapping[str, str]


class OtherName(InvalidInput):
    """The number is that of somebody of another name; `holder_id` is the resident's record."""

    msgid = N_("这个证件号码在本网格登记的是另一个姓名，请核对姓名和号码；居民记录有误的请先更正。")

    def __init__(self, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(field="name")


def enrol_by_number(work: Writing, wish: Wish) -> int:
    """Enrol somebody by their number, as the deployment's mode has it; the id of the enrolment.

    Raises NotFound for a grid or programme that is not the writer's, InvalidInput, OtherName,
    AlreadyEnrolled, and what adding a resident raises.
    """
    grid = own_grid(work, wish.region_key)
    programme = opened(work.connection, work.access).get(wish.code)
    if programme is None or (programme.closed and grid.key not in work.access.programme_scope(wish.code)):
        raise NotFound()
    person = check_told(wish.told, today())
    if person.number is None:
        raise InvalidInput(N_("请填写此项。"), field="id_number")
    mode, held = get_settings().programmes.mode, _resident_of(work, grid.key, person)
    if held is not None and same_name(real_name(held)) != same_name(person.name):
        raise OtherName(held.id)
    found = None if held is None else int(held.id)
    if mode == "independent":
        return _alone(work, wish, programme, grid.county_code, person, found)
    if found is None and mode == "existing":
        said = N_("这个证件号码不在本网格的实有人口之内。请先登记实有人口，再登记服务。")
        raise InvalidInput(said, field="id_number")
    if found is None:
        work.access.require(Permission.RESIDENT_WRITE)
        found = add_person(work, grid.key, person, Home(no_house_reason=UNTIL_HOUSED))
    return enrol(work, found, wish.code, wish.begins, wish.given)


# -- parts ---------------------------------------------------------------------------------


def _resident_of(work: Writing, region_key: int, person: Identity) -> Row | None:
    """The resident on the grid's register with the number: id and what says the name."""
    assert person.number is not None
    query = select(resident.c.id, resident.c.name, resident.c.name_enc).where(
        *work.own(resident), resident.c.region_key == region_key, resident.c.state == ACTIVE,
        resident.c.id_hash.in_(search_hashes(person.number.text, NUMBER)),
    )  # fmt: skip
    return work.connection.execute(query).first()


def _alone(
    work: Writing, wish: Wish, programme: Programme, county_code: str, person: Identity, known: int | None
) -> int:
    """An enrolment with the person inside it, and no resident's record."""
    assert person.number is not None
    _require_new(work, wish, person.number.text, known)
    born = person.birth_date
    rules.check_entry(programme, figures(), person.sex, born, today())
    rules.check_begins(wish.begins, today())
    facts = rules.check_facts(programme, wish.given, figures(), born, today())
    ends = rules.ends_on(programme, figures(), wish.begins, facts, born, today())
    inside = {
        "name": person.name, "id_number": person.number.text, "sex": person.sex,
        "born": born.isoformat() if born else "",
    }  # fmt: skip
    shown = None if programme.closed else CHILD if is_child(born, today()) else person.name
    where = (county_code, wish.region_key, None, programme, wish.begins, ends)
    return int(insert_enrolment(work, Entering(*where, {**facts, "person": inside}, shown)).id)


def _require_new(work: Writing, wish: Wish, number: str, known: int | None) -> None:
    """Each class has a number once in a grid (A4.0); who enters at the same moment waits.

    The numbers are compared opened: those of one programme in one grid are few. Raises AlreadyEnrolled.
    """
    work.connection.execute(select(func.pg_advisory_xact_lock(wish.region_key)))
    mine = (*work.own(enrolment), enrolment.c.region_key == wish.region_key, enrolment.c.programme == wish.code)
    rows = work.connection.execute(select(enrolment).where(*mine, enrolment.c.resident_id.is_(None))).all()
    same = (row for row in rows if facts_in(row).get("person", {}).get("id_number") == number)
    held = next((row.id for row in same if row.release_reason != VOID), None)
    if held is None and known is not None:
        held = work.connection.scalar(select(enrolment.c.id).where(*mine, enrolment.c.resident_id == known))
    if held is not None:
        raise AlreadyEnrolled("id_number", held)
