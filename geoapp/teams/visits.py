"""Today's visits of a grid worker: who is due, by house, and where a record is being made (A1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.houses.models import House
from geoapp.people.models import Resident
from geoapp.people.reads import Person, read_living_in, read_persons
from geoapp.people.rules import ACTIVE
from geoapp.teams.rules import MOST_PEOPLE
from grids_boundaries.access import Access

house, resident = table_of(House), table_of(Resident)
SHOWN = 50


@dataclass(frozen=True)
class DueHouse:
    """A house with people who are due: how many of how many, the day of the longest unserved (None: never)."""

    id: int
    address: str
    due: int
    people: int
    last: date | None


@dataclass(frozen=True)
class Place:
    """Where a record is being made: the house and the region of whoever it is for, as far as known."""

    house_id: int | None = None
    address: str | None = None
    region_key: int | None = None
    resident_id: int | None = None


def due_houses(connection: Connection, access: Access, days: int) -> tuple[list[DueHouse], int]:
    """Houses of the reader's area with people not served for `days` days, never first; and how many there are.

    SELECT house, count(*) FILTER (WHERE served_on IS NULL OR served_on <= :until) … GROUP BY house: SHOWN at
    most are given.
    """
    last = resident.c.served_on
    due = or_(last.is_(None), last <= today() - timedelta(days=days))
    lives = and_(house.c.county_code == resident.c.county_code, house.c.id == resident.c.house_id)
    never = func.bool_or(last.is_(None))
    query = (
        select(
            house.c.id, house.c.address, func.count().filter(due).label("due"), func.count().label("people"),
            func.min(last).label("last"), never.label("never"), func.count().over().label("total"),
        )
        .select_from(resident.join(house, lives))
        .where(*own_rows(access, resident), *own_rows(access, house), resident.c.state == ACTIVE)
        .group_by(house.c.id, house.c.address).having(func.count().filter(due) > 0)
        .order_by(never.desc(), func.min(last), house.c.address, house.c.id).limit(SHOWN)
    )  # fmt: skip
    rows = connection.execute(query).all()
    found = [DueHouse(row.id, row.address, row.due, row.people, None if row.never else row.last) for row in rows]
    return found, rows[0].total if rows else 0


def read_place(connection: Connection, access: Access, house_id: int | None, resident_id: int | None) -> Place:
    """The house that was asked for, or that of the person. Raises NotFound for what is not the reader's."""
    region_key = None
    if resident_id is not None:
        mine = (*own_rows(access, resident), resident.c.id == min(resident_id, LARGEST_ID), resident.c.state == ACTIVE)
        row = connection.execute(select(resident.c.region_key, resident.c.house_id).where(*mine)).one_or_none()
        if row is None:
            raise NotFound()
        region_key, house_id = row.region_key, house_id or row.house_id
    if house_id is None:
        return Place(region_key=region_key, resident_id=resident_id)
    found = select(house.c.id, house.c.address, house.c.region_key).where(*own_rows(access, house))
    home = connection.execute(found.where(house.c.id == min(house_id, LARGEST_ID))).one_or_none()
    if home is None and region_key is None:
        raise NotFound()
    if home is None or region_key not in (None, home.region_key):  # they live in another grid than their own
        return Place(region_key=region_key, resident_id=resident_id)
    return Place(home.id, home.address, home.region_key, resident_id)


def read_candidates(connection: Connection, access: Access, place: Place, locale: str) -> list[Person]:
    """Who may be ticked: those who live in the house, and who the form was opened for."""
    found = read_living_in(connection, access, place.house_id, locale) if place.house_id else []
    if place.resident_id is not None and place.resident_id not in {one.id for one in found}:
        found = [*read_persons(connection, access, [place.resident_id], locale), *found]
    return found[:MOST_PEOPLE]
