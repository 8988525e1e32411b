"""Who lives where, since when: link, end, no fixed house, undo (A6.5, A6.7; 以房管人).

The history is never rewritten: what is taken back stays as a residence of no length, ended as a
correction. Callers open the transaction (`geoapp.changes.work.write`). Lock order: see
`geoapp.houses.actions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, func, insert, select, update

from geoapp.changes.actions import Writing
from geoapp.changes.models import RecordChange
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.houses.actions import change_building
from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.houses.models import House, Residence
from geoapp.people import rules
from geoapp.people.children import born_text
from geoapp.people.codes import NO_HOUSE_REASONS
from geoapp.people.models import Resident
from grids_boundaries.access import Access

house, residence, resident = table_of(House), table_of(Residence), table_of(Resident)
change = table_of(RecordChange)
CORRECTION = "correction"


@dataclass(frozen=True)
class Link:
    """A residence to begin. `end_reason` says why the present one, if there is one, ends."""

    house_id: int
    since: date
    tenure: str
    end_reason: str = "moved_within"


def link(work: Writing, resident_id: int, version: int, wish: Link) -> int:
    """The person lives in the house from `wish.since` on; the present residence ends before.

    Returns the id of the residence. Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    _choose("tenure", wish.tenure, TENURES)
    _choose("end_reason", wish.end_reason, END_REASONS)
    rules.check_day(wish.since, today(), "since")
    person = work.lock(resident, resident_id, version)
    stays = stays_of(work, person)
    houses = _lock_houses(work, {wish.house_id, *(s.house_id for s in _current(stays))})
    target = houses[wish.house_id]
    facts = person_facts(person)
    rules.check_link(facts, target.region_key, target.id, stays, wish.since)
    rules.check_born(wish.since, facts)
    for stay in _current(stays):
        _end(work, person, stay, rules.closing_day(stay, wish.since), wish.end_reason)
    row = work.connection.execute(
        insert(residence).values(
            county_code=target.county_code, region_key=target.region_key, house_id=target.id,
            resident_id=person.id, tenure=wish.tenure, since=wish.since, origin="entered",
        ).returning(residence)
    ).one()  # fmt: skip
    work.log("open", "residences", row, ["house", "since", "tenure"])
    _settle(work, person, target, None)
    _recount(work, houses.values())
    return int(row.id)


def leave(
    work: Writing, residence_id: int, version: int, until: date, end_reason: str, no_house: str
) -> int:
    """The residence ends and the person has no fixed house, for a reason (A6.7).

    `version` is the resident's. Returns the resident's id. Raises NotFound, StaleForm,
    InvalidInput, Conflict for a residence that ended before.
    """
    _choose("end_reason", end_reason, END_REASONS)
    _choose("no_house_reason", no_house, NO_HOUSE_REASONS)
    found = work.find(residence, residence_id)
    person = work.lock(resident, found.resident_id, version)
    stay = next((s for s in stays_of(work, person) if s.id == residence_id), None)
    if stay is None:
        raise NotFound()
    rules.check_ending(stay, until, today())
    houses = _lock_houses(work, {stay.house_id})
    _end(work, person, stay, until, end_reason)
    _settle(work, person, None, no_house)
    _recount(work, houses.values())
    return int(person.id)


def explain_no_house(work: Writing, resident_id: int, version: int, reason: str) -> None:
    """Say why a person without a house has none (A6.7).

    Raises NotFound, StaleForm, InvalidInput; Conflict while they live in a house.
    """
    _choose("no_house_reason", reason, NO_HOUSE_REASONS)
    person = work.lock(resident, resident_id, version)
    if _current(stays_of(work, person)):
        raise Conflict(N_("该居民现有住处，请先结束现住处。"), field="no_house_reason")
    _settle(work, person, None, reason)


def undo(work: Writing, resident_id: int, version: int, no_house: str | None = None) -> None:
    """Take back the last link or unlink: what it began is void, what it ended goes on.

    `no_house` is asked for where the person is without a house again. Raises NotFound, StaleForm,
    InvalidInput, Conflict where there is nothing to take back.
    """
    person = work.lock(resident, resident_id, version)
    stays = {s.id: s for s in stays_of(work, person)}
    steps = last_steps(work.connection, work.access, stays)
    if not rules.undo_of(step.action for step in steps):
        raise Conflict(N_("没有可以撤销的操作。"))
    begun = {s.record_id for s in steps if s.action == "open"}
    ended = {s.record_id for s in steps if s.action == "end"}
    houses = _lock_houses(work, {stays[i].house_id for i in begun | ended})
    for stay_id in begun:
        _end(work, person, stays[stay_id], stays[stay_id].since, CORRECTION, "void")
    for stay_id in ended:
        _reopen(work, stay_id)
    back = next((houses[stays[i].house_id] for i in ended), None)
    if back is None:
        _choose("no_house_reason", no_house or "", NO_HOUSE_REASONS)
    _settle(work, person, back, None if back is not None else no_house)
    _recount(work, houses.values())


# -- what the pages ask too ----------------------------------------------------------------


def stays_of(work: Writing, person: Row) -> list[rules.Stay]:
    """All residences of a person, in the order they were entered."""
    query = select(residence.c.id, residence.c.house_id, residence.c.since, residence.c.until)
    mine = (residence.c.county_code == person.county_code, residence.c.resident_id == person.id)
    rows = work.connection.execute(
        query.where(work.access.scope.clause(residence.c.region_key), *mine).order_by(residence.c.id)
    )
    return [rules.Stay(*row) for row in rows]


def last_steps(connection: Connection, access: Access, ids: Iterable[int]) -> list[Row]:
    """(record_id, action) of the last change of these residences; one transaction's."""
    logged = select(change.c.at, change.c.record_id, change.c.action).where(
        access.scope.clause(change.c.region_key), change.c.register == "residences",
        change.c.record_id.in_(list(ids)),
    )  # fmt: skip
    last = logged.order_by(change.c.id.desc()).limit(1).subquery()
    return list(connection.execute(logged.where(change.c.at == select(last.c.at).scalar_subquery())))


def person_facts(row: Row) -> rules.Person:
    """The person as the rules see them; the birth date is read to compare it, never to show it."""
    born = born_text(row)
    if len(born) > rules.YEAR_DIGITS:
        return rules.Person(row.state, row.region_key, date.fromisoformat(born))
    return rules.Person(row.state, row.region_key, None, int(born) if born else None)


def close_stays(work: Writing, person: Row, until: date, reason: str, *, void: bool = False) -> list[int]:
    """End where the person lives now, on that day; ids of the residences. The houses are counted again.

    `void` takes them back instead: they end on the day they began, as a correction.
    """
    ending = _current(stays_of(work, person))
    houses = _lock_houses(work, {stay.house_id for stay in ending})
    for stay in ending:
        if void:
            _end(work, person, stay, stay.since, CORRECTION, "void")
        else:
            _end(work, person, stay, max(until, stay.since), reason)
    _recount(work, houses.values())
    return [stay.id for stay in ending]


def reopen_stays(work: Writing, person: Row, residence_ids: Iterable[int]) -> None:
    """What was ended goes on; the houses are counted again."""
    wanted = set(residence_ids)
    stays = [stay for stay in stays_of(work, person) if stay.id in wanted]
    houses = _lock_houses(work, {stay.house_id for stay in stays})
    for stay in stays:
        _reopen(work, stay.id)
    _recount(work, houses.values())


# -- parts ---------------------------------------------------------------------------------


def _choose(field: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise InvalidInput(N_("请选择列表中的一项。"), field=field)


def _current(stays: Iterable[rules.Stay]) -> list[rules.Stay]:
    return [s for s in stays if s.until is None]


def _lock_houses(work: Writing, house_ids: Iterable[int]) -> dict[int, Row]:
    """The houses, locked in the order of their ids."""
    return {house_id: work.lock(house, house_id) for house_id in sorted(house_ids)}


def _end(
    work: Writing, person: Row, stay: rules.Stay, until: date, reason: str, action: str = "end"
) -> None:
    row = work.connection.execute(
        update(residence)
        .where(residence.c.county_code == person.county_code, residence.c.id == stay.id)
        .values(until=until, end_reason=reason).returning(residence)
    ).one()  # fmt: skip
    work.log(action, "residences", row, ["until", "end_reason"])


def _reopen(work: Writing, residence_id: int) -> None:
    row = work.connection.execute(
        update(residence)
        .where(*work.own(residence), residence.c.id == residence_id)
        .values(until=None, end_reason=None).returning(residence)
    ).one()  # fmt: skip
    work.log("reopen", "residences", row, ["until", "end_reason"])


def _settle(work: Writing, person: Row, target: Row | None, no_house: str | None) -> None:
    """Write where the person lives now; `placed` follows the house."""
    values = {
        "house_id": target.id if target is not None else None, "no_house_reason": no_house,
        "placed": target.placed if target is not None else 0, "version": person.version + 1,
        "updated_at": func.now(),
    }  # fmt: skip
    work.connection.execute(
        update(resident)
        .where(resident.c.county_code == person.county_code, resident.c.id == person.id)
        .values(values)
    )
    work.touch("residents", person.region_key)
    work.log("settle", "residents", person, ["house" if target is not None else "no_house_reason"])


def _recount(work: Writing, houses: Iterable[Row]) -> None:
    """Count the residents of changed houses again and carry the difference to their buildings."""
    differences: dict[tuple[str, int], int] = {}
    for row in houses:
        lives = (residence.c.county_code == row.county_code, residence.c.house_id == row.id)
        count = select(func.count()).select_from(residence).where(
            work.access.scope.clause(residence.c.region_key), *lives, residence.c.until.is_(None)
        )  # fmt: skip
        n = work.connection.execute(count).scalar_one()
        counted = {"residents": n, "updated_at": func.now(), "checked_at": func.now()}
        same = (house.c.county_code == row.county_code, house.c.id == row.id)
        work.connection.execute(update(house).where(*same).values(counted))
        work.touch("houses", row.region_key)
        if row.building_id is not None:
            key = (row.county_code, row.building_id)
            differences[key] = differences.get(key, 0) + n - row.residents
    for (county_code, building_id), difference in sorted(differences.items()):
        change_building(work, county_code, building_id, residents=difference)
