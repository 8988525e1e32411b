"""Households: join, leave, another number, another head, delete when empty (A3.10 to A3.13).

Callers open the transaction (`geoapp.changes.work.write`). Residents are locked before their household.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.clock import now
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.households import rules
from geoapp.households.codes import KINDS, MODULE
from geoapp.households.columns import columns_of
from geoapp.households.models import Household, Membership
from geoapp.modules.reads import is_on
from geoapp.people.codes import RELATIONS
from geoapp.people.models import Resident

household, membership, resident = table_of(Household), table_of(Membership), table_of(Resident)
HEAD, UNRELATED = rules.HEAD, "unrelated"


class NumberTaken(Conflict):
    """The number is another household's of the grid; `holder_id` is that one."""

    msgid = N_("编号“%(number)s”已被本网格另一户使用。")

    def __init__(self, number: str, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(field="number", number=number)


def enter(work: Writing, resident_id: int, version: int, kind: str, number: str, relation: str) -> int:
    """Somebody joins the household of that number in their grid, or begins it; returns its id.

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    rules.check_kind(kind, is_on(work.connection, MODULE))
    number = rules.normal_number(number)
    person = work.lock(resident, resident_id, version)
    rules.check_candidate(kind, _candidate(kind, person), 0, person.region_key)
    home = _found_or_begun(work, person, kind, number)
    home = _locked_with_former(work, person, home)
    _join(work, person, home, relation)
    return int(home.id)


def add_member(work: Writing, household_id: int, version: int, resident_id: int, relation: str) -> None:
    """A candidate joins; of the police register they leave their former household (A3.12).

    Raises NotFound, StaleForm, InvalidInput.
    """
    person = work.lock(resident, resident_id)
    home = _locked_with_former(work, person, work.find(household, household_id))
    if home.version != version:
        raise StaleForm()
    rules.check_kind(home.kind, is_on(work.connection, MODULE))
    _join(work, person, home, relation)


def relate(work: Writing, household_id: int, version: int, resident_id: int, relation: str) -> None:
    """Another relation of a member to the head, who stays the head (A3.11).

    Raises NotFound, StaleForm, InvalidInput.
    """
    person = work.lock(resident, resident_id)
    home = work.lock(household, household_id, version)
    attached, _relation = columns_of(home.kind)
    rules.check_relation(getattr(person, attached.name) == home.id, home.head_id == person.id, relation)
    _attach(work, person, home.kind, home.id, relation)
    theirs = (membership.c.household_id == home.id, membership.c.resident_id == person.id)
    work.connection.execute(update(membership).where(*theirs, membership.c.until.is_(None)).values(relation=relation))
    _stamp(work, home, {})
    work.log("relate", "households", home, ["members"])


def remove_member(work: Writing, household_id: int, version: int, resident_id: int) -> None:
    """A member leaves; a head leaves the household without one. Raises NotFound, StaleForm, InvalidInput."""
    person = work.lock(resident, resident_id)
    home = work.lock(household, household_id, version)
    attached, _relation = columns_of(home.kind)
    if getattr(person, attached.name) != home.id:
        raise InvalidInput(N_("该居民不是本户成员。"), field="resident")
    _leave(work, person, home.kind)
    _attach(work, person, home.kind, None, None)
    work.log("leave_household", "households", home, ["members"])


def renumber(work: Writing, household_id: int, version: int, number: str) -> None:
    """Another number (重置户号). Raises NotFound, StaleForm, InvalidInput, NumberTaken."""
    number = rules.normal_number(number)
    home = work.lock(household, household_id, version)
    if number == home.number:
        raise InvalidInput(N_("新编号与现编号相同。"), field="number")
    same = (household.c.county_code == home.county_code, household.c.region_key == home.region_key)
    work.connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"household.{home.region_key}"))))
    holder = work.connection.scalar(
        select(household.c.id).where(*same, household.c.kind == home.kind, household.c.number == number)
    )
    if holder is not None:
        raise NumberTaken(number, int(holder))
    _stamp(work, home, {"number": number})
    work.log("renumber", "households", home, ["household_number"])


def change_head(work: Writing, household_id: int, version: int, resident_id: int) -> None:
    """Another member is the head; the former one stays a member, their relation to be said anew.

    Raises NotFound, StaleForm, InvalidInput.
    """
    found = work.find(household, household_id)
    attached, relation = columns_of(found.kind)
    former = (resident.c.county_code == found.county_code, attached == found.id, relation == HEAD)
    heads = work.connection.scalars(select(resident.c.id).where(*former)).all()
    person = {one: work.lock(resident, one) for one in sorted({resident_id, *heads})}[resident_id]
    home = work.lock(household, household_id, version)
    rules.check_head({person.id} if getattr(person, attached.name) == home.id else set(), person.id)
    work.connection.execute(update(resident).where(*former).values({relation.name: UNRELATED}))
    work.connection.execute(update(resident).where(*_same(person)).values({relation.name: HEAD}))
    _stamp(work, home, {"head_id": person.id})
    work.log("change_head", "households", home, ["head"])


def delete_empty(work: Writing, household_id: int, version: int, reason: str) -> None:
    """A household without members goes, with reason and time (A3.11, A17).

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    home = work.lock(household, household_id, version)
    attached, relation = columns_of(home.kind)
    members = (resident.c.county_code == home.county_code, attached == home.id)
    count = select(func.count()).select_from(resident).where(*members, resident.c.state == rules.ACTIVE)
    rules.check_delete(work.connection.execute(count).scalar_one(), reason)
    gone = (*members, resident.c.state != rules.ACTIVE)
    work.connection.execute(update(resident).where(*gone).values({attached.name: None, relation.name: None}))
    work.log("delete", "households", home, ["household_number"], reason)
    same = (household.c.county_code == home.county_code, household.c.id == home.id)
    work.connection.execute(delete(household).where(*same))
    work.touch("households", home.region_key)


def leave_all(work: Writing, person: Row, *kinds: str) -> None:
    """Somebody who leaves the register, or a type, leaves their households; the record is the caller's to write."""
    for kind in kinds:
        _leave(work, person, kind)


def rejoin(work: Writing, person: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a record that is taken back says of its households, as far as these are still there; its
    memberships go on and it heads them again where nobody else does by now."""
    kept = dict(values)
    for kind in KINDS:
        attached, relation = columns_of(kind)
        house_id = kept[attached.name]
        if house_id is None or getattr(person, attached.name) == house_id:
            continue
        same = (household.c.county_code == person.county_code, household.c.id == house_id)
        home = work.connection.execute(select(household).where(*same).with_for_update()).one_or_none()
        if home is None:
            kept |= {attached.name: None, relation.name: None}
            continue
        _begin(work, person, home, kept[relation.name] or UNRELATED)
        heads = kept[relation.name] == HEAD and home.head_id is None
        _stamp(work, home, {"head_id": person.id} if heads else {})
    return kept


# -- parts ---------------------------------------------------------------------------------


def _found_or_begun(work: Writing, person: Row, kind: str, number: str) -> Row:
    """The household of the number, locked; begun where there is none."""
    values = {
        "county_code": person.county_code, "region_key": person.region_key, "kind": kind, "number": number,
        "origin": "entered", "id": work.connection.execute(text("SELECT nextval('household_id_seq')")).scalar_one(),
    }  # fmt: skip
    begun = pg_insert(household).values(values).on_conflict_do_nothing(
        index_elements=["county_code", "region_key", "kind", "number"]
    )  # fmt: skip
    row = work.connection.execute(begun.returning(household)).one_or_none()
    if row is not None:
        work.touch("households", row.region_key)
        work.log("create", "households", row, ["household_kind", "household_number"])
        return row
    same = {name: values[name] for name in ("county_code", "region_key", "kind", "number")}
    query = select(household).where(*(household.c[name] == value for name, value in same.items()))
    return work.connection.execute(query).one()


def _locked_with_former(work: Writing, person: Row, home: Row) -> Row:
    """The household to join, locked with the one that is left for it, in the order of their ids: of two people
    who change places neither waits for the other. Raises NotFound."""
    attached, _relation = columns_of(home.kind)
    ids = {home.id, getattr(person, attached.name)} - {None}
    return {one: work.lock(household, one) for one in sorted(ids)}[home.id]


def _candidate(kind: str, person: Row) -> rules.Candidate:
    attached, _relation = columns_of(kind)
    return rules.Candidate(person.type, person.state, person.region_key, getattr(person, attached.name))


def _join(work: Writing, person: Row, home: Row, relation: str) -> None:
    rules.check_candidate(home.kind, _candidate(home.kind, person), home.id, home.region_key)
    if relation not in RELATIONS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="relation")
    if relation == HEAD and home.head_id is not None:
        raise InvalidInput(N_("本户已有户主；请先入户，再变更户主。"), field="relation")
    _leave(work, person, home.kind)
    _attach(work, person, home.kind, home.id, relation)
    _begin(work, person, home, relation)
    _stamp(work, home, {"head_id": person.id} if relation == HEAD else {})
    work.log("join_household", "households", home, ["members"])


def _begin(work: Writing, person: Row, home: Row, relation: str) -> None:
    work.connection.execute(
        insert(membership).values(
            county_code=home.county_code, region_key=home.region_key, household_id=home.id, resident_id=person.id,
            relation=relation, since=now(),
        )
    )  # fmt: skip


def _leave(work: Writing, person: Row, kind: str) -> None:
    """End the membership of that kind the person has; a household they headed has no head."""
    attached, relation = columns_of(kind)
    former = getattr(person, attached.name)
    if former is None:
        return
    lasting = (membership.c.household_id == former, membership.c.resident_id == person.id, membership.c.until.is_(None))
    ended = work.connection.execute(update(membership).where(*lasting).values(until=now())).rowcount
    if not ended:  # they were a member before anything was written down here
        was = {
            "county_code": person.county_code, "region_key": person.region_key, "household_id": former,
            "resident_id": person.id, "relation": getattr(person, relation.name) or UNRELATED,
            "since": person.updated_at, "until": now(),
        }  # fmt: skip
        work.connection.execute(insert(membership).values(was))
    left = (household.c.county_code == person.county_code, household.c.id == former)
    head = case((household.c.head_id == person.id, None), else_=household.c.head_id)
    stamped = {"head_id": head, "version": household.c.version + 1, "updated_at": func.now()}
    work.connection.execute(update(household).where(*left).values(stamped))
    work.touch("households", person.region_key)


def _attach(work: Writing, person: Row, kind: str, household_id: int | None, relation: str | None) -> None:
    attached, named = columns_of(kind)
    values = {
        attached.name: household_id, named.name: relation, "version": person.version + 1, "updated_at": func.now(),
    }  # fmt: skip
    work.connection.execute(update(resident).where(*_same(person)).values(values))
    work.touch("residents", person.region_key)


def _same(person: Row) -> tuple:
    return resident.c.county_code == person.county_code, resident.c.id == person.id


def _stamp(work: Writing, home: Row, values: dict[str, object]) -> None:
    stamped = {**values, "version": household.c.version + 1, "updated_at": func.now()}
    same = (household.c.county_code == home.county_code, household.c.id == home.id)
    work.connection.execute(update(household).where(*same).values(stamped))
    work.touch("households", home.region_key)
