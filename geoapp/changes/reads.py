"""The change log of one record, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from geoapp.accounts.models import User
from geoapp.changes.codes import ACTIONS, FIELDS
from geoapp.changes.models import RecordChange
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import translate
from grids_boundaries.access import Access
from layers.registry import all_registers

SHOWN = 20


@dataclass(frozen=True)
class Change:
    """One line: when, who (display name), what, which fields (titles, translated)."""

    at: datetime
    who: str | None
    what: str
    fields: tuple[str, ...]


def read_changes(
    connection: Connection, access: Access, locale: str, *records: tuple[str, Iterable[int]], most: int = SHOWN
) -> list[Change]:
    """The latest changes of records, given as (register, ids); newest first, `most` at most."""
    wanted: list[ColumnElement[bool]] = [
        and_(RecordChange.register == register, RecordChange.record_id.in_(list(ids)))
        for register, ids in records
    ]
    query = (
        select(RecordChange, User.display_name)
        .outerjoin(User, User.id == RecordChange.actor_id)
        .where(access.scope.clause(table_of(RecordChange).c.region_key), or_(*wanted))
        .order_by(RecordChange.id.desc()).limit(most)
    )  # fmt: skip
    return [
        Change(
            row.at, row.display_name, translate(ACTIONS.get(row.action, row.action), locale),
            tuple(translate(_title(row.register, name), locale) for name in row.fields),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _title(register: str, name: str) -> str:
    if name in FIELDS or register not in all_registers():
        return FIELDS.get(name, name)
    try:
        return all_registers()[register].field(name).title
    except InvalidInput:
        return name
