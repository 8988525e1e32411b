"""What a use shows: masked hits of a search in its area, and the fields of a record it opens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from geoapp.break_glass.actions import open_record
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.houses.models import House
from geoapp.houses.reads import read_record, shown
from geoapp.people.models import Resident
from geoapp.people.name_tokens import has_name, has_number, is_number
from geoapp.people.rules import masked_name
from grids_boundaries.access import Access
from layers.registry import get_register

FIELDS = {"houses": ("number", "address", "use"), "residents": ("name", "sex", "type", "birth_year")}
"""Registers it opens, and what it shows of a record."""
MOST_HITS = 10
Hit = tuple[str, int, str]
"""Register, id, label (a name is masked until the record is opened)."""


def find_records(connection: Connection, access: Access, register: str, asked: str) -> list[Hit]:
    """Hits in the area of a widened access; MOST_HITS at most. Raises NotFound for another register."""
    if register not in FIELDS:
        raise NotFound()
    if register == "houses":
        house = table_of(House)
        escaped = asked.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = or_(*(c.ilike(f"%{escaped}%", escape="\\") for c in (house.c.number, house.c.address)))
        query = select(house.c.id, house.c.address).where(access.scope.clause(house.c.region_key), like)
        rows = connection.execute(query.order_by(house.c.id).limit(MOST_HITS))
        return [(register, row.id, row.address) for row in rows]
    wanted = has_number(asked) if is_number(asked) else has_name(asked, access.scope)
    return [] if wanted is None else _people(connection, access, wanted)


def read_opened(
    connection: Connection, access: Access, grant_id: int, register: str, record_id: int, locale: str
) -> dict[str, Any]:
    """Fields of a record, counted as opened; of a house also who lives there, masked.

    `access` is the widened one. Raises NotFound outside its area, Closed, Exhausted.
    """
    if register not in FIELDS:
        raise NotFound()
    row = read_record(connection, access, register, record_id)
    open_record(connection, access, grant_id, register, record_id, row["region_key"])
    declared = get_register(register, access)
    facts = [
        (translate(declared.field(name).title, locale), shown(access, register, name, row, locale))
        for name in FIELDS[register]
    ]
    living = _people(connection, access, table_of(Resident).c.house_id == record_id) if register == "houses" else []
    return {"register": register, "id": record_id, "facts": facts, "living": living, "house": row.get("house_id")}


def _people(connection: Connection, access: Access, wanted: ColumnElement[bool]) -> list[Hit]:
    resident = table_of(Resident)
    query = select(resident.c.id, resident.c.name).where(
        access.scope.clause(resident.c.region_key), resident.c.state == "active", wanted
    )
    rows = connection.execute(query.order_by(resident.c.id).limit(MOST_HITS))
    return [("residents", row.id, masked_name(row.name)) for row in rows]
