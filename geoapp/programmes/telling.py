"""Messages of what the rules did: one for a grid, a programme, a rule and a day, with a link to the list (A4.1).

An event and that it was told of change in one transaction with the message; so however often this is
killed, nobody is told twice of the same person and nobody is left out. What happens later on the same
day renews that day's message with the new number. A message has a count and no name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, any_, func, literal, select, text, update

from geoapp.accounts.models import ProgrammeRole, Role, User
from geoapp.accounts.permissions import Permission
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.settings import Settings
from geoapp.messages.actions import send
from geoapp.modules.reads import is_on
from geoapp.programmes.declared import PROGRAMMES
from geoapp.programmes.models import enrolment_event as event
from grids_boundaries.keys import from_key
from grids_boundaries.models import Region

region = table_of(Region)
MOST_TOLD, BATCH = 5, 500
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('geoapp.programmes.tell'))")
_day = func.date(event.c.at)
LISTS = {
    "age_in": "/registers/enrolments?programme={code}&region={area}&sort=-updated_at",
    "arrived": "/registers/enrolments?programme={code}&region={area}&sort=-updated_at",
    "review": "/registers/enrolments?programme={code}&region={area}&sort=ends",
    "expired": "/enrolments/released?programme={code}",
    "over_age": "/enrolments/released?programme={code}",
}
CASES = {"expired": "released", "over_age": "released", "review": "over"}
"""Where a message leads: rule to the list of an open programme, or to the state of a closed one's cases."""


@dataclass(frozen=True)
class Told:
    """Who manages what: areas (digits) to users, by programme; "" stands for all open ones."""

    users: dict[str, dict[str, list[int]]]

    def of(self, code: str, region_key: int) -> list[int]:
        """Those with the smallest area that holds the grid, MOST_TOLD at most."""
        digits, mine = from_key(region_key).digits, self.users.get(code if PROGRAMMES[code].closed else "", {})
        for length in range(len(digits), 1, -1):
            if found := mine.get(digits[:length]):
                return sorted(set(found))[:MOST_TOLD]
        return []


def tell_waiting(settings: Settings | None = None) -> int:
    """Send what waits to be told; how many messages' groups. One process at a time."""
    told = 0
    while True:
        with owner_transaction(settings) as connection:
            if not connection.scalar(_LOCK):
                return told
            groups = _waiting(connection)
            if groups:
                managers = _managers(connection)
                names = _names(connection, [one.region_key for one in groups])
                for one in groups:
                    _tell(connection, one, managers, names)
        told += len(groups)
        if len(groups) < BATCH:
            return told


# -- parts ---------------------------------------------------------------------------------


def _waiting(connection: Connection) -> Sequence[Row]:
    """Groups with something untold, of programmes whose module is on."""
    on = [c for c, p in PROGRAMMES.items() if p.module is None or is_on(connection, p.module)]
    query = (
        select(event.c.rule, event.c.programme, event.c.region_key, _day.label("day"))
        .where(event.c.told_at.is_(None), event.c.programme.in_(on))
        .group_by(event.c.rule, event.c.programme, event.c.region_key, _day)
        .order_by(event.c.region_key, event.c.programme, event.c.rule, _day).limit(BATCH)
    )  # fmt: skip
    return connection.execute(query).all()


def _tell(connection: Connection, group: Row, managers: Told, names: dict[int, str]) -> None:
    """Count the whole day, mark it as told, send: in this order, so that what comes in between waits."""
    same = (
        event.c.rule == group.rule, event.c.programme == group.programme, event.c.region_key == group.region_key,
        _day == group.day,
    )  # fmt: skip
    connection.execute(update(event).where(*same, event.c.told_at.is_(None)).values(told_at=func.now()))
    n = connection.scalar(select(func.count()).select_from(event).where(*same, event.c.told_at.is_not(None))) or 0
    facts: dict[str, str | int] = {
        "grid": names.get(group.region_key, from_key(group.region_key).digits), "n": n,
        "programme": PROGRAMMES[group.programme].title,
    }  # fmt: skip
    send(
        connection, managers.of(group.programme, group.region_key), _key(group), f"programme_{group.rule}", facts,
        _url(group),
    )  # fmt: skip


def _key(group: Row) -> str:
    day: date = group.day
    return f"programme:{group.rule}:{group.programme}:{group.region_key}:{day.isoformat()}"


def _url(group: Row) -> str:
    if PROGRAMMES[group.programme].closed:
        return f"/cases?programme={group.programme}&state={CASES.get(group.rule, 'active')}"
    return LISTS[group.rule].format(code=group.programme, area=from_key(group.region_key).digits)


def _managers(connection: Connection) -> Told:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    writes = literal(str(Permission.ENROLMENT_WRITE)) == any_(Role.permissions)
    mine = select(User.id, User.area_codes).join(Role, Role.key == User.role_key).where(User.active, writes)
    for row in connection.execute(mine.order_by(User.id)):
        for area in row.area_codes:
            found[""][area].append(row.id)
    granted = (
        select(ProgrammeRole.user_id, ProgrammeRole.programme, ProgrammeRole.area_code)
        .join(User, User.id == ProgrammeRole.user_id).where(User.active, ProgrammeRole.ends_at > func.now())
    )  # fmt: skip
    for user_id, programme, area in connection.execute(granted.order_by(ProgrammeRole.user_id)):
        found[programme][area].append(user_id)
    return Told(found)


def _names(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    query = select(region.c.key, region.c.full_name).where(region.c.key.in_(set(keys)))
    return {row.key: row.full_name for row in connection.execute(query)}
