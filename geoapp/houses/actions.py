"""What can be done with a house: add, correct, renumber, place, confirm (A6.2 to A6.8).

Callers open the transaction (`geoapp.changes.work.write`) and it commits as a whole or not at
all. Locks are taken in one order everywhere: residents, houses, buildings, then kept counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from geoalchemy2 import Geography
from sqlalchemy import ColumnElement, Row, Table, and_, cast, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from geoapp.changes.actions import Writing
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import check_chosen
from geoapp.houses import rules
from geoapp.houses.codes import HOUSE_USES
from geoapp.houses.models import Building, House, HouseNumber
from geoapp.people.models import Resident
from grids_boundaries.keys import from_key
from grids_boundaries.models import Region

house, building, resident = table_of(House), table_of(Building), table_of(Resident)
region, registry = table_of(Region), table_of(HouseNumber)
ENTERED = "entered"


class NumberTaken(Conflict):
    """The house number is in use (A6.3, A6.4). `holder_id`: the house, if the writer may see it."""

    msgid = N_("房屋编号“%(number)s”已被使用，不能重复。")

    def __init__(self, number: str, holder_id: int | None) -> None:
        self.holder_id = holder_id
        super().__init__(field="number", number=number)


@dataclass(frozen=True)
class HouseFacts:
    """What staff write down of a house; the number apart, which is changed on its own (A6.4)."""

    address: str
    entrance: int | None = None
    storey: int | None = None
    room: str | None = None
    use: str = "dwelling"
    rental: bool = False
    area_m2: Decimal | None = None

    def checked(self) -> dict[str, object]:
        """Column values. Raises InvalidInput for the first fact that breaks a rule."""
        rules.check_entrance(self.entrance)
        rules.check_storey(self.storey)
        rules.check_area(self.area_m2)
        address, room = rules.normal_address(self.address), rules.normal_room(self.room)
        area = rules.stored_area(self.area_m2) if self.area_m2 is not None else None
        return asdict(self) | {"address": address, "room": room, "area_m2": area}


@dataclass(frozen=True)
class Placing:
    """Where a house came to stand: `placed` as stored, and the grid around a point outside."""

    placed: int
    grid_name: str | None = None


def add_house(
    work: Writing, region_key: int, number: str, facts: HouseFacts, building_id: int | None = None
) -> int:
    """A new house in a grid of the writer's area; returns its id.

    A house of a known building takes a point inside the building until it is placed by hand.
    Raises NotFound for a region that is no grid of the area (A6.2), InvalidInput, NumberTaken.
    """
    grid = _own_grid(work, region_key)
    number = rules.normal_number(number)
    values = facts.checked() | {"number": number}
    check_chosen(HOUSE_USES, "use", facts.use)
    holder = _own_building(work, building_id, grid)
    house_id = work.connection.execute(text("SELECT nextval('house_id_seq')")).scalar_one()
    _take_number(work, number, grid.county_code, house_id, grid.key)
    values |= {
        "id": house_id, "county_code": grid.county_code, "region_key": grid.key,
        "building_id": building_id, "origin": ENTERED, "checked_at": func.now(),
    }  # fmt: skip
    if holder is not None and holder.geom is not None:
        point = func.ST_PointOnSurface(building.c.geom)
        spot = select(point).where(_same(building, holder)).scalar_subquery()
        values |= {"geom": spot, "position_source": "building"}
        values["placed"] = _placed(work, grid.key, spot)
    row = work.connection.execute(insert(house).values(values).returning(house)).one()
    if holder is not None:
        _change_building(work, holder.county_code, holder.id, houses=1)
    work.touch("houses", row.region_key)
    work.log("create", "houses", row, ["number", *(k for k, v in asdict(facts).items() if v)])
    return int(row.id)


def correct_house(work: Writing, house_id: int, version: int, facts: HouseFacts) -> list[str]:
    """Write corrected facts; returns the names of the fields that changed.

    Whether it is let is no fact but a step with reason and day (A6.10, `geoapp.houses.rentals`).
    Saving without a change confirms the record: it was looked at today (A6.11).
    Raises NotFound, StaleForm, InvalidInput.
    """
    before = work.lock(house, house_id, version)
    values = {name: value for name, value in facts.checked().items() if name != "rental"}
    check_chosen(HOUSE_USES, "use", facts.use, before.use)
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    save_house(work, before, values | ({"origin": ENTERED} if changed else {}))
    work.log("correct" if changed else "confirm", "houses", before, changed)
    return changed


def confirm_house(work: Writing, house_id: int, version: int) -> None:
    """Somebody was there and all is as written (A6.11). Raises NotFound, StaleForm."""
    before = work.lock(house, house_id, version)
    save_house(work, before, {})
    work.log("confirm", "houses", before, [])


def renumber_house(work: Writing, house_id: int, version: int, number: str) -> None:
    """Give a house another number; the old one is free again (A6.4).

    Raises NotFound, StaleForm, InvalidInput, NumberTaken.
    """
    before = work.lock(house, house_id, version)
    number = rules.normal_number(number)
    if number == before.number:
        raise InvalidInput(N_("新编号与现编号相同。"), field="number")
    _take_number(work, number, before.county_code, house_id, before.region_key)
    work.connection.execute(
        registry.delete().where(registry.c.number == before.number, registry.c.house_id == house_id)
    )
    save_house(work, before, {"number": number, "origin": ENTERED})
    work.log("renumber", "houses", before, ["number"])


def place_house(work: Writing, house_id: int, version: int, lon: float, lat: float) -> Placing:
    """Set the point of a house, degrees (EPSG:4326); its residents are placed as it is.

    Raises NotFound, StaleForm, InvalidInput for a point that is none or lies far away.
    """
    rules.check_position(lon, lat)
    before = work.lock(house, house_id, version)
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    placed = _placed(work, before.region_key, point)
    save_house(work, before, {"geom": point, "placed": placed, "position_source": "clicked"})
    work.connection.execute(
        update(resident)
        .where(resident.c.county_code == before.county_code, resident.c.house_id == house_id)
        .values(placed=placed)
    )
    work.touch("residents", before.region_key)
    work.log("place", "houses", before, ["position"])
    return Placing(placed, _grid_around(work, point) if placed == rules.PLACED_OUTSIDE else None)


def change_building(work: Writing, county_code: str, building_id: int, residents: int) -> None:
    """Add to a building's number of residents (its houses' residents changed by as many)."""
    _change_building(work, county_code, building_id, residents=residents)


# -- parts ---------------------------------------------------------------------------------


def _own_grid(work: Writing, region_key: int) -> Row:
    query = select(region.c.key, region.c.level, region.c.county_code).where(
        work.access.scope.clause(region.c.key), region.c.key == region_key
    )
    grid = work.connection.execute(query).one_or_none()
    if grid is None:
        raise NotFound()
    if grid.level != "grid":
        raise InvalidInput(N_("房屋只能登记在网格内，请选择网格。"), field="region")
    return grid


def _own_building(work: Writing, building_id: int | None, grid: Row) -> Row | None:
    """The building, locked; it must lie in the grid, or in the community where no grid is known."""
    if building_id is None:
        return None
    row = work.lock(building, building_id)
    lies_in = from_key(row.region_key)
    if row.county_code != grid.county_code or not lies_in.lo <= grid.key <= lies_in.hi:
        raise InvalidInput(N_("楼栋不在所选网格内。"), field="region")
    return row


def _take_number(
    work: Writing, number: str, county_code: str, house_id: int, region_key: int
) -> None:
    """Enter the number in the registry, or find it taken.

    INSERT INTO house_number … ON CONFLICT DO NOTHING: of many at once the first to commit wins,
    and the others wait for it.
    """
    entry = pg_insert(HouseNumber).values(
        number=number, county_code=county_code, house_id=house_id, region_key=region_key
    )
    taken = work.connection.execute(
        entry.on_conflict_do_nothing(index_elements=["number"]).returning(HouseNumber.house_id)
    )
    if taken.first() is None:
        query = select(HouseNumber.house_id).where(
            HouseNumber.number == number, work.access.scope.clause(registry.c.region_key)
        )
        raise NumberTaken(number, work.connection.scalar(query))


def _placed(work: Writing, region_key: int, point: ColumnElement) -> int:
    outline = region.c.geom
    metres = func.ST_Distance(cast(outline, Geography), cast(point, Geography))
    inside, distance = work.connection.execute(
        select(func.ST_Covers(outline, point), metres).where(region.c.key == region_key)
    ).one()
    return rules.placed_of(inside, distance)


def _grid_around(work: Writing, point: ColumnElement) -> str | None:
    """Name of the grid of the writer's area that holds the point; None where it is another's."""
    scope = work.access.scope
    query = select(region.c.full_name).where(
        scope.clause(region.c.key), region.c.level == "grid", func.ST_Covers(region.c.geom, point)
    )
    return work.connection.scalar(query.limit(1))


def save_house(work: Writing, before: Row, values: Mapping[str, object]) -> None:
    """Write columns of a locked house; whoever saves has looked at it (A6.11)."""
    stamped = {**values, "version": before.version + 1, "updated_at": func.now()}
    stamped["checked_at"] = func.now()
    work.connection.execute(update(house).where(_same(house, before)).values(stamped))
    work.touch("houses", before.region_key)


def _same(table: Table, row: Row) -> ColumnElement[bool]:
    return and_(table.c.county_code == row.county_code, table.c.id == row.id)


def _change_building(
    work: Writing, county_code: str, building_id: int, houses: int = 0, residents: int = 0
) -> None:
    counts = {
        "houses": building.c.houses + houses, "residents": building.c.residents + residents,
    }  # fmt: skip
    changed = work.connection.execute(
        update(building)
        .where(building.c.county_code == county_code, building.c.id == building_id)
        .values(counts).returning(building.c.region_key)
    ).all()  # fmt: skip
    if len(changed) != 1:  # it lies outside the writer's area: its counts would be wrong ever after
        raise Conflict(N_("房屋所属楼栋不在您的管辖范围内，无法更新楼栋人数。"))
    work.touch("buildings", changed[0].region_key)
