"""Where a resident keeps the households they belong to."""

from __future__ import annotations

from sqlalchemy import Column

from geoapp.core.db import table_of
from geoapp.households.codes import FAMILY
from geoapp.people.models import Resident

resident = table_of(Resident)


def columns_of(kind: str) -> tuple[Column, Column]:
    """Where a resident keeps the household of that kind, and the relation to its head."""
    if kind == FAMILY:
        return resident.c.family_id, resident.c.family_relation
    return resident.c.household_id, resident.c.relation
