"""Who a service may be recorded for, and whose records a reader may see (A1.4, A1.8, D3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import own_rows
from geoapp.core.db import table_of
from geoapp.people.models import Resident
from geoapp.people.rules import ACTIVE
from geoapp.teams.codes import RESIDENTS
from grids_boundaries.access import Access

resident = table_of(Resident)


def open_kinds(access: Access) -> tuple[str, ...]:
    """Kinds of person this reader sees services of, in the order of their declaration."""
    return (RESIDENTS,) if access.may(Permission.RESIDENT_NAME) else ()


def ids_of_kind(connection: Connection, access: Access, kind: str, ids: Iterable[int]) -> set[int]:
    """Those of the residents who are on the register of the reader's area and of that kind today (A1.8)."""
    mine = (*own_rows(access, resident), resident.c.id.in_(list(ids)), resident.c.state == ACTIVE)
    return set(connection.scalars(select(resident.c.id).where(*mine)))
