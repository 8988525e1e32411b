"""Houses, sites and organisations in the words of their templates, and how these are written (A8.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from geoapp.changes.actions import Writing
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses.actions import HouseFacts, correct_house, place_house, renumber_house
from geoapp.houses.models import House
from geoapp.importing.checking import read_number
from geoapp.loading.values import whole
from geoapp.organisations.actions import correct_organisation
from geoapp.organisations.models import Organisation
from geoapp.organisations.rules import OrganisationFacts
from geoapp.sites.actions import SiteFacts, correct_site, place_site
from geoapp.sites.codes import TYPES
from geoapp.sites.models import Site
from geoapp.sites.rules import active_types
from grids_boundaries.keys import from_key

organisation, site, house = (table_of(one) for one in (Organisation, Site, House))
Texts = Mapping[str, str]
POSITION = "position"
"""Longitude and latitude as one fact, "116.303000,39.997000"."""
POSITION_TITLE = N_("位置")
LETTING = ("rental_use", "rental_kind")
FIXED_OF_HOUSES = frozenset({"rental", "landlord_name", "landlord_phone", *LETTING})
"""Letting a house is a step with a day of its own (A6.10)."""


def houses(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each house what its template asks for."""
    names = ("number", "address", "entrance", "storey", "room", "use", *LETTING)
    points = _points(connection, house, rows)
    return [
        {name: _text(getattr(row, name)) for name in names} | {
            "area_m2": "" if row.area_m2 is None else f"{row.area_m2:f}", "rental": "true" if row.rental else "false",
            **{name: _opened(row, name) for name in ("landlord_name", "landlord_phone")},
            POSITION: points.get(row.id, ""),
        }
        for row in rows
    ]  # fmt: skip


def write_house(work: Writing, row: Row, texts: Texts) -> None:
    """Write texts into a house. Raises what its actions raise."""
    try:
        entrance, storey = (whole(texts[name]) if texts.get(name) else None for name in ("entrance", "storey"))
    except ValueError as error:
        raise InvalidInput(N_("单元和楼层应为整数。"), field="storey") from error
    area = read_number(texts["area_m2"]) if texts.get("area_m2") else None
    facts = HouseFacts(
        texts.get("address", ""), entrance, storey, texts.get("room") or None, texts.get("use") or row.use, row.rental,
        None if area is None else Decimal(str(area)),
    )  # fmt: skip
    correct_house(work, row.id, row.version, facts)
    version = row.version + 1
    if texts.get("number", row.number) != row.number:
        renumber_house(work, row.id, version, texts["number"])
        version += 1
    if texts.get(POSITION, "") != _points(work.connection, house, [row]).get(row.id, ""):
        place_house(work, row.id, version, *point_of(texts))


def sites(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each site its name, address, category, and the level and kind of each type it has."""
    points = _points(connection, site, rows)
    found = []
    for row in rows:
        texts = {name: _text(getattr(row, name)) for name in ("name", "address", "category")}
        for key, entry in active_types(row.types).items():
            texts[key] = str(entry["level"])
            if entry.get("kind"):
                texts[f"{key}_kind"] = entry["kind"]
        found.append(texts | {POSITION: points.get(row.id, "")})
    return found


def write_site(work: Writing, row: Row, texts: Texts) -> None:
    """Write texts into a site. Raises what its actions raise."""
    types = {key: (int(texts[key]), texts.get(f"{key}_kind", "")) for key in TYPES if texts.get(key)}
    facts = SiteFacts(texts.get("name", ""), types, texts.get("address"), texts.get("category") or row.category)
    correct_site(work, row.id, row.version, facts)
    if texts.get(POSITION, "") != _points(work.connection, site, [row]).get(row.id, ""):
        place_site(work, row.id, row.version + 1, *point_of(texts))


def organisations(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each organisation what its template asks for."""
    names = ("kind", "name", "category", "licence_number", "address")
    points = _points(connection, organisation, rows)
    return [
        {name: _text(getattr(row, name)) for name in names}
        | {"registered": "true" if row.registered else "false", POSITION: points.get(row.id, "")}
        for row in rows
    ]


def write_organisation(work: Writing, row: Row, texts: Texts) -> None:
    """Write texts into an organisation. Raises what its actions raise."""
    words = {name: texts.get(name, "") for name in ("kind", "name", "category", "licence_number", "address")}
    level = from_key(row.region_key).level
    facts = OrganisationFacts(**words, registered=texts.get("registered") == "true", level=level)
    correct_organisation(work, row.id, row.version, facts, *point_of(texts))


def numbers_of(connection: Connection, table: Table, rows: Sequence[Row], name: str) -> dict[int | None, str]:
    """Numbers of the houses or households these rows point to by that column, by id."""
    ids = {getattr(row, name) for row in rows} - {None}
    if not ids:
        return {}
    there = (table.c.county_code.in_({row.county_code for row in rows}), table.c.id.in_(ids))
    return {row.id: row.number for row in connection.execute(select(table.c.id, table.c.number).where(*there))}


def position_text(lon: float, lat: float) -> str:
    """A position as one fact."""
    return f"{lon:.7f},{lat:.7f}"


def point_of(texts: Texts) -> tuple[float, float]:
    """The position among texts. Raises InvalidInput for none."""
    lon, _, lat = texts.get(POSITION, "").partition(",")
    if not lat:
        raise InvalidInput(N_("没有位置，请补充经度和纬度。"), field="lon")
    return float(lon), float(lat)


def near(one: str, other: str) -> bool:
    """Within a metre or so."""
    return all(abs(a - b) < 1e-5 for a, b in zip(point_of({POSITION: one}), point_of({POSITION: other}), strict=True))


# -- parts ---------------------------------------------------------------------------------


def _points(connection: Connection, table: Table, rows: Sequence[Row]) -> dict[int, str]:
    """Id to position, of the records that have one."""
    if not rows:
        return {}
    there = (table.c.county_code.in_({row.county_code for row in rows}), table.c.id.in_({row.id for row in rows}))
    points = select(table.c.id, func.ST_X(table.c.geom).label("lon"), func.ST_Y(table.c.geom).label("lat"))
    found = connection.execute(points.where(*there, table.c.geom.is_not(None)))
    return {row.id: position_text(row.lon, row.lat) for row in found}


def _opened(row: Row, name: str) -> str:
    cell = getattr(row, f"{name}_enc")
    return decrypt(bytes(cell), f"house.{name}.{row.id}") if cell else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)
