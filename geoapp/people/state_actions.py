"""A resident leaves the register, comes back, settles, changes type, moves, or that is taken back.

Each is one transaction of the caller (`geoapp.changes.work.write`) and can be taken back for some
minutes (`geoapp.people.steps`). Lock order: see `geoapp.houses.actions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.households.actions import leave_all, rejoin
from geoapp.households.codes import HUKOU, KINDS
from geoapp.houses.models import Residence
from geoapp.people import states
from geoapp.people.actions import Link, close_stays, link, person_facts, reopen_stays, stays_of
from geoapp.people.carried import bring_back, check_last, lock_other
from geoapp.people.children import real_name
from geoapp.people.codes import MOVED_GRID, SETTLED, TAKEN_BACK
from geoapp.people.identity import Identity, Told, check_document, with_type
from geoapp.people.models import Resident
from geoapp.people.name_tokens import drop_tokens, write_tokens
from geoapp.people.numbers import Number
from geoapp.people.registering import (
    UNTIL_HOUSED,
    Home,
    NumberOnRegister,
    check_home,
    holder_of,
    insert_person,
    own_grid,
)
from geoapp.people.rules import ACTIVE, Person
from geoapp.people.steps import drop_step, keep_step, last_step, restored
from geoapp.programmes import following

resident, residence = table_of(Resident), table_of(Residence)
WITHOUT_HOME = {
    "house_id": None, "placed": 0, "household_id": None, "relation": None, "family_id": None, "family_relation": None,
}  # fmt: skip


def deregister(work: Writing, resident_id: int, version: int, reason: str, day: date) -> None:
    """Off the register with reason and day (A3.4); residence and membership end with it.

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    person = work.lock(resident, resident_id, version)
    states.check_deregister(person_facts(person), reason, day, stays_of(work, person), today())
    ended = _leave(work, person, reason, day)
    following.leave(work, person)
    _write_log(work, "deregister", person)
    keep_step(work, "deregister", person, person.version + 1, ended)


def reinstate(work: Writing, resident_id: int, version: int, home: Home) -> None:
    """On the register again (取消注销), in a house or for a reason in none.

    Raises NotFound, StaleForm, InvalidInput, Conflict; NumberOnRegister where somebody has the number now.
    """
    person = work.lock(resident, resident_id, version)
    states.check_reinstate(person.state, person.state_reason)
    check_home(home)
    back = {"state": ACTIVE, "state_reason": None, "state_date": None, "merged_into": None}
    activate(work, person, back | {"no_house_reason": home.no_house_reason or UNTIL_HOUSED})
    _write_log(work, "reinstate", person)
    version = _house(work, person, person.version + 1, home)
    keep_step(work, "reinstate", person, version)


def settle(work: Writing, resident_id: int, version: int, number: Number, day: date) -> int:
    """Somebody unregistered settles in this grid (A3.8): that record is deregistered with the reason
    "settled" and the day, and a registered one takes its place in the same house. Returns its id.

    Raises NotFound, StaleForm, InvalidInput, Conflict, NumberOnRegister.
    """
    person = work.lock(resident, resident_id, version)
    states.check_settle(person.type, person.state)
    facts, stays = person_facts(person), stays_of(work, person)
    states.check_state_day(facts, day, stays, today())
    check_document("registered", number.kind)
    told = replace(identity_of(person), type="registered", id_kind=number.kind, number=number, unregistered_reason=None)
    if not _tells_of(number, facts, person.sex):
        raise InvalidInput(N_("身份证号码与登记的出生日期或性别不符，请先更正。"), field="id_number")
    home = Home(person.house_id, day, _tenure(work, person), person.no_house_reason)
    return _succeed(work, person, told, person.region_key, home, SETTLED, day, "settle_here")


def move(work: Writing, resident_id: int, version: int, region_key: int, home: Home) -> int:
    """To another grid of the writer's area in one transaction (A18 (9)): deregistered there with the
    reason "moved", a new record here, linked; search entries go along. Returns the new record's id.

    Raises NotFound, StaleForm, InvalidInput, Conflict, NumberOnRegister.
    """
    person = work.lock(resident, resident_id, version)
    states.check_on_register(person.state)
    if region_key == person.region_key:
        raise InvalidInput(N_("该居民已登记在这个网格。"), field="region")
    check_home(home)
    day = home.since or today()
    states.check_state_day(person_facts(person), day, stays_of(work, person), today())
    return _succeed(work, person, identity_of(person), region_key, home, MOVED_GRID, day, "move_grid")


def change_type(work: Writing, resident_id: int, version: int, told: Told) -> None:
    """Another of the four types, with what it asks for (A3.3); who is registered no more leaves the
    police household. Raises NotFound, StaleForm, InvalidInput, Conflict."""
    person = work.lock(resident, resident_id, version)
    states.check_on_register(person.state)
    states.check_type_change(person.type, told.type)
    check_document(told.type, person.id_kind, told.overseas_kind)
    found = with_type(identity_of(person), told)
    values = {name: getattr(found, name) for name in ("registered_place", "unregistered_reason", "overseas_kind")}
    if person.type == "registered":
        values |= {"household_id": None, "relation": None}
        leave_all(work, person, HUKOU)
    _save(work, person, values | {"type": told.type})
    _write_log(work, "change_type", person, ["type"])
    keep_step(work, "change_type", person, person.version + 1)


def take_back(work: Writing, resident_id: int, version: int) -> str:
    """Undo the person's last step while it is young: all is as it was before. Returns the step's kind.

    Raises NotFound, StaleForm, Conflict where nothing can be taken back any more.
    """
    other = lock_other(work, resident_id)
    person = work.lock(resident, resident_id, version)
    step = last_step(work.connection, work.access, person)
    if step is None:
        raise Conflict(N_("没有可以撤销的操作，或已超过可撤销的时间。"))
    check_last(work, step, other)
    if step.linked_id is not None:
        _void_successor(work, step, person)
    if step.kind == "reinstate":
        close_stays(work, person, today(), TAKEN_BACK, void=True)
    values = rejoin(work, person, restored(step))
    activate(work, person, values) if values["state"] == ACTIVE else _save(work, person, values)
    if other is not None and values["merged_into"] is None:
        bring_back(work, person, other)
    if step.kind == "deregister":
        following.come_back(work, person)
    elif step.kind == "reinstate":
        following.leave(work, person)
    reopen_stays(work, person, step.ended)
    if step.kind == "move_grid":
        write_tokens(work.connection, [named(person)])
    _write_log(work, "take_back", person)
    drop_step(work, step)
    if other is not None:
        ids = sorted((person.id, other.id))
        record(work.connection, work.access, Action.UNMERGE, register="residents", record_ids=ids, count=2)
    return str(step.kind)


def identity_of(person: Row) -> Identity:
    """Who a stored person is, opened: to write another record of theirs, never to show it."""
    def opened(name: str, cell: bytes | None) -> str | None:
        return decrypt(bytes(cell), f"resident.{name}.{person.id}") if cell is not None else None

    text, facts = opened("id_number", person.id_enc), person_facts(person)
    born = facts.birth_date
    number = Number(person.id_kind, text, born, person.sex) if text else None
    return Identity(
        person.type, real_name(person), person.id_kind, number, person.sex, born, opened("phone", person.phone_enc),
        person.registered_place, person.unregistered_reason, person.overseas_kind, None if born else facts.birth_year,
    )  # fmt: skip


def named(person: Row) -> tuple[int, int, str]:
    """Id, region and name, as the search entries want them."""
    return person.id, person.region_key, real_name(person)


def activate(work: Writing, person: Row, values: Mapping[str, object]) -> None:
    """Write values of a record that is on the register afterwards. Raises NumberOnRegister."""
    try:
        with work.connection.begin_nested():
            _save(work, person, values)
    except IntegrityError as error:
        if "id_hash" not in str(error.orig):  # each county has an index of its own name
            raise
        raise NumberOnRegister(holder_of(work, person.county_code, person.region_key, person.id_hash)) from error
    following.mark(work, work.find(resident, person.id))


# -- parts ---------------------------------------------------------------------------------


def _leave(work: Writing, person: Row, reason: str, day: date) -> list[int]:
    """Deregister the record; ids of the residences that end."""
    ended = close_stays(work, person, day, "deregistered")
    leave_all(work, person, *KINDS)
    gone = {"state": states.DEREGISTERED, "state_reason": reason, "state_date": day, "no_house_reason": None}
    _save(work, person, WITHOUT_HOME | gone)
    return ended


def _succeed(
    work: Writing, person: Row, told: Identity, region_key: int, home: Home, reason: str, day: date, kind: str
) -> int:
    """The record ends and another one of the person goes on; the new one's id."""
    grid = own_grid(work, region_key)
    ended = _leave(work, person, reason, day)
    if kind == "move_grid":
        drop_tokens(work.connection, [named(person)])
    row = insert_person(work, grid, told, home.no_house_reason or UNTIL_HOUSED)
    work.log("create", "residents", row, ["type", "state"])
    following.carry(work, person, row)
    following.mark(work, row)
    version = _house(work, row, row.version, home)
    work.touch("residents", row.region_key)
    _write_log(work, kind, person)
    keep_step(work, kind, person, person.version + 1, ended, (row.id, version))
    return int(row.id)


def _tells_of(number: Number, facts: Person, sex: str) -> bool:
    """Whether a number says what is known of the person: sex, and day of birth or at least its year."""
    same_day = facts.birth_date in (None, number.born)
    same_year = facts.birth_year is None or (number.born is not None and number.born.year == facts.birth_year)
    return same_day and same_year and number.sex == sex


def _void_successor(work: Writing, step: Row, person: Row) -> None:
    """The record that took a person's place was never there. Raises Conflict where it has changed since."""
    row = work.lock(resident, step.linked_id)
    if row.version != step.linked_version or row.state != ACTIVE:
        raise Conflict(N_("新记录此后已有改动，不能撤销。"))
    close_stays(work, row, today(), TAKEN_BACK, void=True)
    gone = {"state": states.DEREGISTERED, "state_reason": TAKEN_BACK, "state_date": today(), "no_house_reason": None}
    _save(work, row, WITHOUT_HOME | gone)
    following.carry(work, row, person)
    drop_tokens(work.connection, [named(row)])
    _write_log(work, "take_back", row)


def _house(work: Writing, person: Row, version: int, home: Home) -> int:
    """Begin the residence; the record's version afterwards."""
    if home.house_id is None:
        return version
    link(work, person.id, version, Link(home.house_id, home.since or today(), home.tenure))
    return version + 1


def _save(work: Writing, person: Row, values: Mapping[str, object]) -> None:
    stamped = {**values, "version": person.version + 1, "updated_at": func.now(), "checked_at": func.now()}
    same = (resident.c.county_code == person.county_code, resident.c.id == person.id)
    work.connection.execute(update(resident).where(*same).values(stamped))
    work.touch("residents", person.region_key)


def _tenure(work: Writing, person: Row) -> str:
    mine = (residence.c.county_code == person.county_code, residence.c.resident_id == person.id)
    return work.connection.scalar(select(residence.c.tenure).where(*mine, residence.c.until.is_(None))) or "own"


def _write_log(work: Writing, kind: str, person: Row, fields: Iterable[str] = ("state",)) -> None:
    work.log(kind, "residents", person, fields)
