"""What the pages of households show, under the reader's scope and rights."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, and_, or_, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.households.codes import FAMILY, MODULE
from geoapp.households.models import Household, Membership
from geoapp.houses.reads import shown
from geoapp.modules.reads import is_on
from geoapp.people.models import Resident
from geoapp.people.states import GONE_FOR_GOOD
from grids_boundaries.access import Access

household, membership, resident = table_of(Household), table_of(Membership), table_of(Resident)
SHOWN = 50


def find_household(connection: Connection, access: Access, household_id: int) -> RowMapping:
    """One household of the reader's area, for whoever sees names. Raises NotFound,
    also for a local family while the module is off."""
    if not 0 < household_id <= LARGEST_ID or not access.may(Permission.RESIDENT_NAME):
        raise NotFound()
    query = select(household).where(*own_rows(access, household), household.c.id == household_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None or (row["kind"] == FAMILY and not is_on(connection, MODULE)):
        raise NotFound()
    return row


def read_past(connection: Connection, access: Access, household_id: int, locale: str) -> list[dict[str, Any]]:
    """Memberships that ended, the latest first: who, since, until."""
    same = and_(resident.c.id == membership.c.resident_id, resident.c.county_code == membership.c.county_code)
    mine = (*own_rows(access, membership), *own_rows(access, resident))
    here = or_(resident.c.state_reason.is_(None), resident.c.state_reason.not_in(sorted(GONE_FOR_GOOD)))
    query = select(resident, membership.c.since, membership.c.until).join(membership, same).where(
        *mine, here, membership.c.household_id == household_id, membership.c.until.is_not(None)
    )  # fmt: skip
    rows = connection.execute(query.order_by(membership.c.id.desc()).limit(SHOWN)).mappings()
    return [
        {"name": shown(access, "residents", "name", row, locale), "since": row["since"], "until": row["until"]}
        for row in rows
    ]
