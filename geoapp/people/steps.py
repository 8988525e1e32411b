"""Steps of a resident's state that can be taken back for some minutes: what was before is kept so long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    Integer,
    Row,
    Table,
    Text,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from geoapp.changes.actions import Writing, own_rows
from geoapp.core.clock import now
from geoapp.core.db import Base
from geoapp.core.settings import get_settings
from geoapp.people.states import may_take_back
from grids_boundaries.access import Access

resident_step = Table(
    "resident_step", Base.metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("county_code", Text, nullable=False), Column("region_key", BigInteger, nullable=False),
    Column("resident_id", BigInteger, nullable=False), Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False), Column("actor_id", BigInteger),
    Column("version", Integer, nullable=False), Column("before", JSONB, nullable=False),
    Column("ended", ARRAY(BigInteger), nullable=False), Column("linked_id", BigInteger),
    Column("linked_version", Integer),
)  # fmt: skip
KEPT = (
    "type", "state", "state_reason", "state_date", "house_id", "no_house_reason", "placed", "household_id", "relation",
    "family_id", "family_relation",
    "registered_place", "unregistered_reason", "overseas_kind", "merged_into",
)  # fmt: skip
"""Columns a step may change and taking back restores; none of them says who it is."""


def keep_step(
    work: Writing, kind: str, before: Row, version: int, ended: Iterable[int] = (),
    linked: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """Remember what was before; `version` is the record's afterwards, `linked` (id, version) a record it made.

    Steps too old to be taken back go.
    """
    old = now() - timedelta(minutes=get_settings().keeping.undo_minutes)
    mine = own_rows(work.access, resident_step)
    work.connection.execute(delete(resident_step).where(*mine, resident_step.c.at < old))
    values = {
        "county_code": before.county_code, "region_key": before.region_key, "resident_id": before.id, "kind": kind,
        "at": now(), "actor_id": work.access.user_id, "version": version, "ended": list(ended),
        "before": {name: _plain(getattr(before, name)) for name in KEPT},
        "linked_id": linked[0] if linked else None, "linked_version": linked[1] if linked else None,
    }  # fmt: skip
    work.connection.execute(insert(resident_step).values(values))


def last_step(connection: Connection, access: Access, person: Row | Mapping[str, Any]) -> Row | None:
    """The step that can be taken back: the person's last, made by no later change and young enough."""
    found = person if isinstance(person, Mapping) else person._mapping
    mine = (*own_rows(access, resident_step), resident_step.c.resident_id == found["id"])
    query = select(resident_step).where(*mine).order_by(resident_step.c.id.desc()).limit(1)
    step = connection.execute(query).one_or_none()
    if step is None or step.version != found["version"]:
        return None
    return step if may_take_back(step.at, now(), get_settings().keeping.undo_minutes) else None


def step_that_made(connection: Connection, access: Access, person: Mapping[str, Any]) -> int | None:
    """Whose step made this record, by settling or moving, while it can be taken back: that record's id.

    Both of them lie in the reader's area, else there is none.
    """
    made = (resident_step.c.linked_id == person["id"], resident_step.c.linked_version == person["version"])
    query = select(resident_step).where(*own_rows(access, resident_step), *made)
    step = connection.execute(query.order_by(resident_step.c.id.desc()).limit(1)).one_or_none()
    young = step is not None and may_take_back(step.at, now(), get_settings().keeping.undo_minutes)
    return int(step.resident_id) if step is not None and young else None


def drop_step(work: Writing, step: Row) -> None:
    """It has been taken back."""
    work.connection.execute(delete(resident_step).where(resident_step.c.id == step.id))


def restored(step: Row) -> dict[str, Any]:
    """Column values as they were before the step."""
    values = dict(step.before)
    day = values["state_date"]
    return values | {"state_date": date.fromisoformat(day) if day else None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
