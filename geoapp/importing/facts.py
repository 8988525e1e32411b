"""A stored record in the words of its register's template, and how such words are written into it (A8.13).

What may be chosen when a row is merged is exactly what `stored` gives; `write` goes through the
register's own actions, so its rules, its change log and its search entries follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from geoapp.changes.actions import Writing
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses.actions import HouseFacts, correct_house, place_house
from geoapp.houses.models import House
from geoapp.importing.checking import read_number
from geoapp.importing.targets import told_of
from geoapp.loading.values import whole
from geoapp.organisations.actions import correct_organisation
from geoapp.organisations.models import Organisation
from geoapp.organisations.rules import OrganisationFacts
from geoapp.people.correcting import Corrections, correct
from geoapp.people.models import Resident
from geoapp.people.name_words import same_name
from geoapp.people.numbers import same_number
from geoapp.people.state_actions import change_type, identity_of
from geoapp.sites.actions import SiteFacts, correct_site, place_site
from geoapp.sites.codes import TYPES
from geoapp.sites.models import Site
from geoapp.sites.rules import active_types
from grids_boundaries.keys import from_key

resident, organisation, site, house = (table_of(one) for one in (Resident, Organisation, Site, House))
Texts = Mapping[str, str]
POSITION = "position"
"""Longitude and latitude as one fact, "116.303000,39.997000"."""
POSITION_TITLE = N_("位置")


@dataclass(frozen=True)
class Facts:
    """How a register's records are read and written as texts; `stored` gives {name of a column: text}."""

    stored: Callable[[Connection, Row], dict[str, str]]
    write: Callable[[Writing, Row, Texts], None]


def of_row(row: Row, cells: Texts) -> dict[str, str]:
    """What a row says of these facts, without what it leaves open."""
    found = {name: text for name, text in cells.items() if text}
    if row.register == "residents" and found.get("id_number"):
        found.setdefault("id_kind", "citizen")
    if row.lon is not None:
        found[POSITION] = _position(row.lon, row.lat)
    return found


def equal(name: str, one: str, other: str) -> bool:
    """Whether two texts of a fact say the same, however they were typed."""
    if name == POSITION:
        return bool(one and other) and _near(one, other)
    if name in ("id_number", "licence_number", "phone"):
        return same_number(one) == same_number(other)
    if name == "name":
        return same_name(one) == same_name(other)
    return "".join(one.split()) == "".join(other.split())


# -- parts ---------------------------------------------------------------------------------


def _person(_connection: Connection, row: Row) -> dict[str, str]:
    person = identity_of(row)
    number, born = person.number, person.birth_date
    told = {name: getattr(person, name) or "" for name in told_of({}).__dataclass_fields__ if hasattr(person, name)}
    return told | {"id_number": number.text if number else "", "birth_date": born.isoformat() if born else ""}


def _write_person(work: Writing, row: Row, texts: Texts) -> None:
    told, version, number = told_of(texts), row.version, identity_of(row).number
    if told.type != row.type:
        change_type(work, row.id, version, told)
        version += 1
    if same_number(told.id_number) == (number.text if number else ""):
        told = replace(told, id_number="", id_kind=row.id_kind)
    correct(work, row.id, version, Corrections(told, no_phone=not told.phone))


def _house(connection: Connection, row: Row) -> dict[str, str]:
    names = ("address", "entrance", "storey", "room", "use", "area_m2")
    return {name: _text(getattr(row, name)) for name in names} | _placed(connection, house, row)


def _write_house(work: Writing, row: Row, texts: Texts) -> None:
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
    if texts.get(POSITION, "") != _placed(work.connection, house, row)[POSITION]:
        place_house(work, row.id, row.version + 1, *_point(texts))


def _site(connection: Connection, row: Row) -> dict[str, str]:
    texts = {name: _text(getattr(row, name)) for name in ("name", "address", "category")}
    for key, entry in active_types(row.types).items():
        texts[key] = str(entry["level"])
        if entry.get("kind"):
            texts[f"{key}_kind"] = entry["kind"]
    return texts | _placed(connection, site, row)


def _write_site(work: Writing, row: Row, texts: Texts) -> None:
    types = {key: (int(texts[key]), texts.get(f"{key}_kind", "")) for key in TYPES if texts.get(key)}
    facts = SiteFacts(texts.get("name", ""), types, texts.get("address"), texts.get("category") or row.category)
    correct_site(work, row.id, row.version, facts)
    if texts.get(POSITION, "") != _placed(work.connection, site, row)[POSITION]:
        place_site(work, row.id, row.version + 1, *_point(texts))


def _organisation(connection: Connection, row: Row) -> dict[str, str]:
    texts = {name: _text(getattr(row, name)) for name in ("kind", "name", "category", "licence_number", "address")}
    return texts | {"registered": "true" if row.registered else "false"} | _placed(connection, organisation, row)


def _write_organisation(work: Writing, row: Row, texts: Texts) -> None:
    words = {name: texts.get(name, "") for name in ("kind", "name", "category", "licence_number", "address")}
    level = from_key(row.region_key).level
    facts = OrganisationFacts(**words, registered=texts.get("registered") == "true", level=level)
    correct_organisation(work, row.id, row.version, facts, *_point(texts))


def _placed(connection: Connection, table: Table, row: Row) -> dict[str, str]:
    if "p_lon" in row._mapping:
        return {POSITION: "" if row.p_lon is None else _position(row.p_lon, row.p_lat)}
    here = (table.c.county_code == row.county_code, table.c.id == row.id)
    lon, lat = connection.execute(select(func.ST_X(table.c.geom), func.ST_Y(table.c.geom)).where(*here)).one()
    return {POSITION: "" if lon is None else _position(lon, lat)}


def _position(lon: float, lat: float) -> str:
    return f"{lon:.7f},{lat:.7f}"


def _point(texts: Texts) -> tuple[float, float]:
    lon, _, lat = texts.get(POSITION, "").partition(",")
    if not lat:
        raise InvalidInput(N_("没有位置，请补充经度和纬度。"), field="lon")
    return float(lon), float(lat)


def _near(one: str, other: str) -> bool:
    """Within a metre or so."""
    return all(abs(a - b) < 1e-5 for a, b in zip(_point({POSITION: one}), _point({POSITION: other}), strict=True))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


FACTS: Mapping[str, Facts] = {
    "residents": Facts(_person, _write_person), "houses": Facts(_house, _write_house),
    "sites": Facts(_site, _write_site), "organisations": Facts(_organisation, _write_organisation),
}  # fmt: skip
