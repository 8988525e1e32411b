"""Running the clocks: what is due, and taking it away, in one transaction with its audit event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, func, null, select, update

from geoapp.audit.actions import forget, record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM, Actor
from geoapp.core.clock import now
from geoapp.core.db import owner_transaction
from geoapp.core.runs import note_run
from geoapp.core.settings import Settings
from geoapp.households.homes import follow
from geoapp.importing.forgetting import drop_files, drop_unclaimed, end_unanswered
from geoapp.retention.ended import ASKED, ENDED, IMPORTED, LANDLORDS, PERSON
from geoapp.retention.erasure import Regions, erase, house, people_of, resident
from geoapp.retention.models import Tombstone
from geoapp.retention.rules import CLOCKS, Clock, check_chosen, cutoff, days_of
from grids_boundaries.access import Access
from layers.registry import all_registers
from spatial_queries.kept import refresh

BATCH = 5_000
"""People erased in one transaction."""


@dataclass(frozen=True)
class Due:
    """A clock, its days here, and how many rows have run out."""

    clock: Clock
    days: int
    rows: int


def due(connection: Connection, settings: Settings, moment: datetime | None = None) -> list[Due]:
    """What a run at `moment` would take away; changes nothing."""
    chosen = settings.keeping.retention_days
    check_chosen(chosen)
    return [
        Due(clock, days_of(clock, chosen), _count(connection, clock, cutoff(clock, chosen, moment or now())))
        for clock in CLOCKS
    ]


def run(settings: Settings, moment: datetime | None = None) -> dict[str, int]:
    """Take away what has run out; rows by class. Each class is a transaction with its audit event.

    Sealed files of imports go with what they belonged to.
    """
    chosen, moment = settings.keeping.retention_days, moment or now()
    check_chosen(chosen)
    gone = {clock.name: _run_one(settings, clock, cutoff(clock, chosen, moment), moment) for clock in CLOCKS}
    drop_files(settings)
    note_run(settings.data_dir, "retention", rows=sum(gone.values()))
    return gone


def erase_people(
    connection: Connection, by: Access | Actor, ids: Iterable[int], reason: str, moment: datetime
) -> list[int]:
    """Erase residents and recount what counted them; the ids that were there. The caller notes them
    with `note_erased` once the transaction is committed."""
    people = people_of(connection, ids)
    recount(connection, erase(connection, people, reason, moment))
    found = [person.id for person in people]
    for one in found:
        forget(connection, by, "residents", one)
    if found:
        record(connection, by, Action.DELETE, register="residents", count=len(found), reason=reason)
    return found


def recount(connection: Connection, touched: Regions) -> None:
    """Kept counts, search blocks and tile versions follow."""
    follow(connection, touched)
    for name in sorted(touched):
        refresh(connection, all_registers()[name], sorted(touched[name]))


def erased_path(settings: Settings) -> Path:
    """Ids of the erased, beside the data: a backup of an earlier day is erased again after its restore."""
    return settings.data_dir / f"erased-{settings.database_name}.jsonl"


def note_erased(settings: Settings, ids: Iterable[int], reason: str, moment: datetime) -> None:
    """Remember whom a restored backup must lose again: ids only."""
    with erased_path(settings).open("a", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"id": one, "reason": reason, "at": moment.isoformat(timespec="seconds")}) + "\n"
            for one in ids
        )


def erase_again(settings: Settings, path: Path) -> int:
    """After a restore into the database of `settings`: erase those noted in `path` since the day of the
    backup. Returns how many were there."""
    if not path.exists():
        return 0
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    with owner_transaction(settings) as connection:
        ids = [line["id"] for line in lines]
        stones = _stones(connection, ids)
        again = [one for one in dict.fromkeys(ids) if one not in stones]
        return len(erase_people(connection, SYSTEM, again, "restored", now()))


def _stones(connection: Connection, ids: list[int]) -> set[int]:
    query = select(Tombstone.record_id).where(Tombstone.register == "residents", Tombstone.record_id.in_(ids))
    return set(connection.scalars(query))


def _count(connection: Connection, clock: Clock, before: datetime) -> int:
    table, ended = ENDED[clock.name]
    return connection.execute(select(func.count()).select_from(table).where(ended(before))).scalar_one()


def _run_one(settings: Settings, clock: Clock, before: datetime, moment: datetime) -> int:
    if clock.name == PERSON:
        return _run_people(settings, before, moment)
    table, ended = ENDED[clock.name]
    with owner_transaction(settings) as connection:
        if clock.name == LANDLORDS:
            n = _forget_landlords(connection, ended(before))
        elif clock.name == IMPORTED:
            n = drop_unclaimed(connection, ended(before))
        elif clock.name == ASKED:
            n = end_unanswered(connection, ended(before))
        else:
            n = connection.execute(delete(table).where(ended(before))).rowcount
        _note(connection, clock, n)
    return n


def _forget_landlords(connection: Connection, which: ColumnElement[bool]) -> int:
    """Name and phone go, the house and the steps of its letting stay; how many houses."""
    empty = {"landlord_name_enc": null(), "landlord_phone_enc": null()}
    stamped = {**empty, "version": house.c.version + 1, "updated_at": func.now()}
    keys = connection.scalars(update(house).where(which).values(stamped).returning(house.c.region_key)).all()
    if keys:
        recount(connection, {"houses": set(keys)})
    return len(keys)


def _run_people(settings: Settings, before: datetime, moment: datetime) -> int:
    _, ended = ENDED[PERSON]
    clock = next(one for one in CLOCKS if one.name == PERSON)
    total = 0
    while True:
        with owner_transaction(settings) as connection:
            next_ones = select(resident.c.id).where(ended(before)).order_by(resident.c.id).limit(BATCH)
            ids = list(connection.scalars(next_ones))
            erased = erase_people(connection, SYSTEM, ids, "retention", moment)
            _note(connection, clock, len(erased))
        note_erased(settings, erased, "retention", moment)
        total += len(erased)
        if len(ids) < BATCH:
            return total


def _note(connection: Connection, clock: Clock, n: int) -> None:
    if n:
        record(connection, SYSTEM, Action.RETENTION_RUN, count=n, reason=clock.name)
