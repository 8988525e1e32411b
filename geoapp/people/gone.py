"""People off the register: who may still see them, to bring them back (A3.4).

What left for another grid, or was taken back, is no longer seen by anybody here (AZ-13).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, or_, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.people.models import Resident
from geoapp.people.rules import ACTIVE
from geoapp.people.states import GONE_FOR_GOOD
from geoapp.people.steps import last_step
from grids_boundaries.access import Access

resident = table_of(Resident)
SHOWN = 200


def find_person(connection: Connection, access: Access, resident_id: int) -> RowMapping:
    """A resident on the register, or one who left it, for whoever may write residents. Raises NotFound."""
    if not 0 < resident_id <= LARGEST_ID or not access.may(Permission.RESIDENT_WRITE):
        raise NotFound()
    mine = (*own_rows(access, resident), resident.c.id == resident_id, or_(resident.c.state == ACTIVE, _may_return()))
    row = connection.execute(select(resident).where(*mine)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def find_stepping(connection: Connection, access: Access, resident_id: int) -> RowMapping:
    """Whoever `find_person` finds, and who moved to another grid that the reader sees too, for the minutes in
    which that can be taken back. Raises NotFound."""
    try:
        return find_person(connection, access, resident_id)
    except NotFound:
        access.require(Permission.RESIDENT_WRITE)
        mine = (*own_rows(access, resident), resident.c.id == min(resident_id, LARGEST_ID))
        row = connection.execute(select(resident).where(*mine)).mappings().one_or_none()
        step = last_step(connection, access, dict(row)) if row is not None else None
        if row is None or step is None or step.linked_id is None:
            raise
        beyond = select(resident.c.id).where(*own_rows(access, resident), resident.c.id == step.linked_id)
        if connection.scalar(beyond) is None:
            raise
        return row


def read_gone(connection: Connection, access: Access) -> Sequence[RowMapping]:
    """Who left the registers of the reader's area, the latest first. Raises Forbidden."""
    access.require(Permission.RESIDENT_WRITE)
    mine = (*own_rows(access, resident), resident.c.state != ACTIVE, _may_return())
    query = select(resident).where(*mine).order_by(resident.c.state_date.desc().nulls_last(), resident.c.id.desc())
    return connection.execute(query.limit(SHOWN)).mappings().all()


def _may_return() -> ColumnElement[bool]:
    return resident.c.state_reason.is_(None) | resident.c.state_reason.not_in(sorted(GONE_FOR_GOOD))
