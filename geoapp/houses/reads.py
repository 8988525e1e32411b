"""What the pages of buildings and houses show, read under the reader's scope and rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.edge.trail import region_trail
from geoapp.houses import rules
from geoapp.houses.models import House
from geoapp.people.models import Resident
from grids_boundaries.access import Access
from grids_boundaries.keys import from_key
from grids_boundaries.models import Region
from layers.declare import Register
from layers.registry import get_register
from spatial_queries.columns import Column, label_column
from spatial_queries.expressions import Compare
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection, compile_query

house, resident, region = table_of(House), table_of(Resident), table_of(Region)

Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True)
class Unit:
    """One house in the grid of its building; `residents` is None where the reader may not know."""

    id: int
    number: str
    address: str
    entrance: int | None
    storey: int | None
    room: str | None
    use: str
    status: int
    rental: bool
    residents: int | None
    placed: int
    origin: str
    updated_at: datetime

    @property
    def title(self) -> str:
        """What the cell is called: the room, else the end of the number."""
        return self.room or f"…{self.number[-6:]}"


@dataclass(frozen=True)
class Figures:
    """Counts of a building's houses by status, its residents and households, its last update."""

    houses: int
    residents: int | None
    households: int | None
    by_status: Mapping[int, int]
    updated_at: datetime | None


def all_of(register: Register, access: Access, query: SpatialQuery | None = None) -> Selection:
    """The rows of a register for this reader."""
    return compile_query(query or SpatialQuery(register.name), register, access=access)


def read_record(
    connection: Connection, access: Access, name: str, record_id: int, *more: ColumnElement
) -> RowMapping:
    """Every stored column of one record the reader may see, its point (p_lon, p_lat), and `more`.

    Raises NotFound, alike for absent, out of scope and closed registers.
    """
    register = get_register(name, access)
    if not 0 < record_id <= LARGEST_ID:
        raise NotFound()
    columns = [c for c in register.table.c if not c.name.startswith(("geom", "mx", "my"))]
    if register.geometry is not None:
        point = func.ST_PointOnSurface(register.geometry)
        more = (*more, func.ST_X(point).label("p_lon"), func.ST_Y(point).label("p_lat"))
    query = all_of(register, access).select(*columns, *more)
    row = connection.execute(query.where(register.id_column == record_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def read_head(
    connection: Connection, access: Access, name: str, row: Row, locale: str
) -> dict[str, Any]:
    """What the head of a record's page shows (see templates/registers/detail.html)."""
    register = get_register(name, access)
    label = label_column(register, access)
    return {
        "register": name, "id": row["id"], "url": f"/registers/{name}/{row['id']}",
        "label": label.text(row[label.label], row["id"], locale) or f"#{row['id']}",
        "lon": degrees(row.get("p_lon")), "lat": degrees(row.get("p_lat")), "placed": row["placed"],
        "regions": region_trail(connection, access, row["region_key"]),
        "region_key": row["region_key"], "origin": row["origin"], "source": row["source"],
        "updated_at": row["updated_at"], "version": row["version"],
    }  # fmt: skip


def degrees(value: float | None) -> float | None:
    """Seven decimals: a centimetre."""
    return None if value is None else round(value, 7)


def shown(access: Access, name: str, field_name: str, row: Row, locale: str) -> str:
    """One stored value as this reader sees it: masked, or by its label; empty for nothing."""
    field = get_register(name, access).field(field_name)
    if not field.readable(access):
        return ""
    column = Column(field, masked=not field.clear(access))
    return column.text(row[field_name], row["id"], locale)


def read_units(connection: Connection, access: Access, building: Row) -> list[Unit]:
    """The houses of a building (its row); its county opens the index of a wide scope too."""
    register = get_register("houses", access)
    query = SpatialQuery("houses", where=Compare(register.field("building_id"), "=", building["id"]))
    names = [n for n in Unit.__dataclass_fields__ if n != "residents"]
    columns: list[ColumnElement] = [house.c[n] for n in names]
    if access.may(Permission.RESIDENT_NAME):
        columns.append(house.c.residents)
    wanted = all_of(register, access, query).select(*columns)
    rows = connection.execute(wanted.where(house.c.county_code == building["county_code"])).mappings()
    return [Unit(**{"residents": None, **row}) for row in rows]


def read_figures(
    connection: Connection, access: Access, units: list[Unit], building: Row
) -> Figures:
    """The figures above the grid; people for those with person rights: a house is no area (D3.4)."""
    people = access.may(Permission.RESIDENT_NAME)
    by_status = {status: sum(u.status == status for u in units) for status in range(4)}
    return Figures(
        len(units), sum(u.residents or 0 for u in units) if people else None,
        _households(connection, access, building) if people else None, by_status,
        max((u.updated_at for u in units), default=None),
    )  # fmt: skip


def _households(connection: Connection, access: Access, building: Row) -> int:
    inside = all_of(get_register("houses", access), access).select(house.c.id)
    inside = inside.where(_in_building(building))
    people = all_of(get_register("residents", access), access)
    query = people.select(func.count(func.distinct(resident.c.household_id)))
    query = query.where(resident.c.county_code == building["county_code"])
    return connection.scalar(query.where(resident.c.house_id.in_(inside))) or 0


def _in_building(building: Row) -> ColumnElement[bool]:
    return and_(
        house.c.county_code == building["county_code"], house.c.building_id == building["id"]
    )


def read_grids(connection: Connection, access: Access, within: int | None = None) -> list[tuple[int, str]]:
    """(key, full name) of the grids of the reader's area, of one region's where `within` is given."""
    register = get_register("regions", access)
    query = SpatialQuery("regions", region=from_key(within) if within else None)
    rows = connection.execute(
        all_of(register, access, query).select(region.c.key, region.c.full_name)
        .where(region.c.level == "grid").order_by(region.c.key)
    )  # fmt: skip
    return [(row.key, row.full_name) for row in rows]


def offered_number(
    connection: Connection, access: Access, region_key: int, building_id: int | None,
    entrance: int | None, storey: int | None,
) -> str | None:  # fmt: skip
    """A free generated number for a place (standards C3), or None where none is left.

    The houses of a building share their first 19 digits; a building without generated numbers
    takes the next sequence of its grid.
    """
    register = get_register("houses", access)
    rows = connection.execute(
        all_of(register, access).select(house.c.number, house.c.building_id)
        .where(house.c.region_key == region_key)
    ).all()  # fmt: skip
    numbers = [row.number for row in rows]
    siblings = [r.number for r in rows if building_id and r.building_id == building_id]
    code = rules.shared_code(siblings)
    if code is None:
        grid_code = from_key(region_key).text
        start = rules.building_code(grid_code, 1)[: -rules.BUILDING_DIGITS]
        sequence = rules.next_building_sequence(n for n in numbers if n.startswith(start))
        code = rules.building_code(grid_code, sequence)
    return rules.free_number(code, entrance, storey, numbers)


def find_house(connection: Connection, access: Access, number: str) -> int:
    """Id of the house of that number. Raises InvalidInput where the reader sees none."""
    query = all_of(get_register("houses", access), access).select(house.c.id)
    found = connection.scalar(query.where(house.c.number == number))
    if found is None:
        raise InvalidInput(
            N_("没有编号为“%(number)s”的房屋，或不在您的管辖范围内。"), field="house_number", number=number
        )
    return int(found)
