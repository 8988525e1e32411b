"""Reads as events of the audit log, in the transaction of the read: no event, no answer (LG-3).

What shows people is written at once, with the records where one record is opened, and counts for the
reader's rate, whichever door it leaves by. Everything else is counted in the process, one event for
each reader, minute and layer (research/trust C5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from geoapp.accounts.limits import PEOPLE_READS, take
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.grouping import note
from geoapp.edge.access import current_access
from geoapp.people.reads import Person
from geoapp.unusual.actions import count_record
from layers.declare import Register
from spatial_queries.selection import Selection

SHOWING_PEOPLE = frozenset({"houses", "residents", "households", "enrolments", "cases"})
"""Registers whose pages of one record name residents."""
NAMING = frozenset({"households", "enrolments", "cases"})
"""Those of them whose record itself names one, so that it counts without a page around it, too."""


def list_seen(connection: Connection, selection: Selection, rows: int, action: Action = Action.LIST_VIEW) -> None:
    """A page of a list, or features of a door. Raises TooManyRequests."""
    register, access = selection.register, current_access()
    if not register.people:
        note(access, action, register.name, rows)
        return
    take(PEOPLE_READS, access.user_id)
    region = selection.query.region
    record(connection, access, action, register=register.name, count=rows, area_key=region.lo if region else None)


def tile_seen(register: Register, features: int = 0) -> None:
    """A tile; it holds no person (D3.4)."""
    note(current_access(), Action.TILE_VIEW, register.name, features)


def record_seen(connection: Connection, register: str, record_id: int, facts: Mapping[str, Any]) -> None:
    """The page of one record; `facts` is its template's context, with the people it names.

    Raises TooManyRequests, ReadingStopped.
    """
    access = current_access()
    if register not in SHOWING_PEOPLE:
        note(access, Action.DETAIL_VIEW, register, 1)
        return
    area, others = _area(facts), {one.id for one in people_in(facts)}
    if register == "residents" or others or (register in NAMING and not facts):
        take(PEOPLE_READS, access.user_id)
        count_record(connection, access)
    record(connection, access, Action.DETAIL_VIEW, register=register, record_ids=[record_id], count=1, area_key=area)
    others -= {record_id} if register == "residents" else set()
    if others:
        record(
            connection, access, Action.LIST_VIEW, register="residents", record_ids=sorted(others), count=len(others),
            area_key=area, facts={"page": register},
        )  # fmt: skip


def person_seen(connection: Connection, resident_id: int, area_key: int | None) -> None:
    """A resident named on a form. Raises ReadingStopped."""
    count_record(connection, current_access())
    record(
        connection, current_access(), Action.DETAIL_VIEW, register="residents", record_ids=[resident_id], count=1,
        area_key=area_key,
    )  # fmt: skip


def hits_seen(connection: Connection, resident_ids: Sequence[int], area_key: int | None = None) -> None:
    """Residents a search has found."""
    record(
        connection, current_access(), Action.LIST_VIEW, register="residents", record_ids=resident_ids,
        count=len(resident_ids), area_key=area_key, facts={"page": "search"},
    )  # fmt: skip


def people_in(value: Any) -> Iterable[Person]:
    """Every resident in a context, however deep in lists and mappings."""
    if isinstance(value, Person):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from people_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from people_in(one)


def _area(facts: Mapping[str, Any]) -> int | None:
    """The region of the record: the last of its trail of regions."""
    trail = facts["detail"].get("regions") if "detail" in facts else None
    return int(trail[-1][1].rsplit("/", 1)[-1]) if trail else None
