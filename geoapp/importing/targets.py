"""What a claimed row becomes: a record of its register, made by that register's own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Row, Table, func, select, update

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import search_hashes
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.households.actions import enter, leave_all
from geoapp.households.codes import HUKOU, KINDS
from geoapp.houses.actions import HouseFacts, NumberTaken, add_house, place_house
from geoapp.houses.models import House
from geoapp.houses.reads import find_house
from geoapp.houses.rental_rules import RentalFacts
from geoapp.houses.rentals import let_house
from geoapp.importing import households, teams
from geoapp.importing.checking import read_number
from geoapp.importing.enrolling import DIED, add_enrolment, check_enrolment, remove_enrolment
from geoapp.importing.failing import Failed
from geoapp.loading.values import whole
from geoapp.organisations.actions import LicenceTaken, add_organisation
from geoapp.organisations.actions import deregister as deregister_organisation
from geoapp.organisations.models import Organisation
from geoapp.organisations.rules import OrganisationFacts
from geoapp.people.actions import close_stays
from geoapp.people.codes import TAKEN_BACK
from geoapp.people.identity import Identity, Told, check_told
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER, drop_tokens
from geoapp.people.registering import Home, NumberOnRegister, WasOnRegister, add_person
from geoapp.people.state_actions import WITHOUT_HOME, named
from geoapp.people.states import DEREGISTERED
from geoapp.programmes.actions import enrolment
from geoapp.programmes.reads import VOID
from geoapp.sites.actions import SiteFacts, add_site
from geoapp.sites.codes import TYPES
from geoapp.sites.models import Site

resident, organisation, site, house = (table_of(one) for one in (Resident, Organisation, Site, House))
Cells = Mapping[str, str]
CANCELLED = {"registered": "cancelled_registered", "floating": "cancelled_floating"}
"""Who left the register comes back first, each type in its own way (peers B1: general, 户籍, 流动)."""


_TOLD = tuple(name for name in Told.__dataclass_fields__ if name != "birth_date")


@dataclass(frozen=True)
class Target:
    """A register rows can be claimed into: its table, who may write, how a record is made and unmade.

    Places are unmade by the database (`unclaim_place`).
    """

    table: Table
    permission: Permission
    make: Callable[[Writing, Row, Cells], int]
    unmake: Callable[[Writing, Row], None] | None = None


def told_of(cells: Cells) -> Told:
    """A person as a form would tell them; who has a number and no kind of document has a citizen's."""
    text = {name: cells.get(name, "") for name in _TOLD}
    born = cells.get("birth_date")
    text["id_kind"] = text["id_kind"] or ("citizen" if text["id_number"] else "none")
    return Told(**text, birth_date=date.fromisoformat(born) if born else None)


def problem_of(register: str, row: Row, cells: Cells) -> InvalidInput | None:
    """What is wrong with a row by itself, as far as its texts tell."""
    try:
        _CHECKS[register](row, cells)
    except InvalidInput as error:
        return error
    return None


def _check_person(_row: Row, cells: Cells) -> Identity:
    return check_told(told_of(cells), today())


def _add_resident(work: Writing, row: Row, cells: Cells) -> int:
    person = _check_person(row, cells)
    _check_alive(work, row, person)
    number, reason = cells.get("house_number"), cells.get("no_house_reason")
    house_id = find_house(work.connection, work.access, number) if number else None
    home = Home(house_id, None, "own", None if house_id else reason or "unknown_address")
    try:
        return _into_household(work, add_person(work, row.region_key, person, home), cells)
    except NumberOnRegister as error:
        held = work.find(resident, error.holder_id)
        raise Failed("duplicate" if held.type == person.type else "other_type", held.id) from error
    except WasOnRegister as error:
        gone = work.find(resident, error.holder_id)
        raise Failed(CANCELLED.get(gone.type, "cancelled"), gone.id) from error


def _into_household(work: Writing, resident_id: int, cells: Cells) -> int:
    """Of a row that names a household the person joins it, or begins it (A3.10)."""
    if number_of := cells.get("household_number"):
        person = work.find(resident, resident_id)
        enter(work, resident_id, person.version, HUKOU, number_of, cells.get("relation") or "unrelated")
    return resident_id


def _check_alive(work: Writing, row: Row, person: Identity) -> None:
    """Somebody of that number died in this grid (peers B1). Raises Failed."""
    if person.number is None:
        return
    query = select(resident.c.id).where(
        *work.own(resident), resident.c.region_key == row.region_key, resident.c.state_reason == DIED,
        resident.c.id_hash.in_(search_hashes(person.number.text, NUMBER)),
    )  # fmt: skip
    dead = work.connection.scalar(query.limit(1))
    if dead is not None:
        raise Failed("dead", int(dead))


def _remove_resident(work: Writing, person: Row) -> None:
    """The record was never there: its number is free again, its row stays as a correction.

    Raises Conflict where somebody has served or enrolled them since.
    """
    if not work.connection.scalar(select(func.unclaim_person(person.county_code, person.id, VOID))):
        raise Conflict(N_("认领后已有别的登记或服务，不能撤销。"))
    work.touch("enrolments", person.region_key)
    close_stays(work, person, today(), TAKEN_BACK, void=True)
    leave_all(work, person, *KINDS)
    gone = {"state": DEREGISTERED, "state_reason": TAKEN_BACK, "state_date": today(), "no_house_reason": None}
    same = (resident.c.county_code == person.county_code, resident.c.id == person.id)
    stamped = {**WITHOUT_HOME, **gone, "version": person.version + 1, "updated_at": func.now()}
    work.connection.execute(update(resident).where(*same).values(stamped))
    drop_tokens(work.connection, [named(person)])
    work.touch("residents", person.region_key)
    work.log("take_back", "residents", person, ["state"])


def _position(row: Row) -> tuple[float, float]:
    if row.lon is None:
        raise InvalidInput(N_("没有位置，请补充经度和纬度。"), field="lon")
    return row.lon, row.lat


def _check_organisation(row: Row, cells: Cells) -> OrganisationFacts:
    words = {name: cells.get(name, "") for name in ("kind", "name", "category", "licence_number", "address")}
    facts = OrganisationFacts(**words, registered=cells.get("registered", "true") == "true")
    facts.checked()
    _position(row)
    return facts


def _add_organisation(work: Writing, row: Row, cells: Cells) -> int:
    facts = _check_organisation(row, cells)
    try:
        return add_organisation(work, facts, *_position(row))
    except LicenceTaken as error:
        if error.holder_id is None:
            raise Failed("duplicate") from error
        held = work.find(organisation, error.holder_id)
        raise Failed("duplicate" if held.state == "active" else "cancelled", held.id) from error


def _remove_organisation(work: Writing, row: Row) -> None:
    deregister_organisation(work, row.id, row.version, "mistaken", today())


def _check_site(row: Row, cells: Cells) -> SiteFacts:
    types = {key: (int(cells[key]), cells.get(f"{key}_kind", "")) for key in TYPES if cells.get(key)}
    facts = SiteFacts(cells.get("name", ""), types, cells.get("address"), cells.get("category") or "other")
    facts.checked({})
    _position(row)
    return facts


def _add_site(work: Writing, row: Row, cells: Cells) -> int:
    return add_site(work, _check_site(row, cells), *_position(row))


def _check_house(_row: Row, cells: Cells) -> HouseFacts:
    if not cells.get("number"):
        raise InvalidInput(N_("请填写房屋编号。"), field="number")
    try:
        entrance, storey = (whole(cells[name]) if cells.get(name) else None for name in ("entrance", "storey"))
    except ValueError as error:
        raise InvalidInput(N_("单元和楼层应为整数。"), field="storey") from error
    area = read_number(cells.get("area_m2", "")) if cells.get("area_m2") else None
    facts = HouseFacts(
        cells.get("address", ""), entrance, storey, cells.get("room"), cells.get("use") or "dwelling",
        cells.get("rental") == "true", Decimal(str(area)) if area is not None else None,
    )  # fmt: skip
    facts.checked()
    return facts


def _letting(cells: Cells) -> RentalFacts | None:
    """How a house is let, where the row says more than that it is (A6.9)."""
    use, kind = cells.get("rental_use", ""), cells.get("rental_kind", "")
    if cells.get("rental") != "true" or not (use or kind):
        return None
    return RentalFacts(use, kind, cells.get("landlord_name", ""), cells.get("landlord_phone", ""))


def _add_house(work: Writing, row: Row, cells: Cells) -> int:
    facts, letting = _check_house(row, cells), _letting(cells)
    try:
        plain = replace(facts, rental=facts.rental and letting is None)
        house_id = add_house(work, row.region_key, cells["number"], plain)
    except NumberTaken as error:
        mine = (*work.own(house), house.c.number == cells["number"].strip())
        held = work.connection.execute(select(house.c.id, house.c.rental).where(*mine)).one_or_none()
        code = "rental_claimed" if held is not None and held.rental and facts.rental else "duplicate"
        raise Failed(code, held.id if held is not None else None) from error
    version = 1
    if row.lon is not None:
        place_house(work, house_id, version, *_position(row))
        version += 1
    if letting is not None:
        let_house(work, house_id, version, letting, today())
    return house_id


TARGETS: Mapping[str, Target] = {
    "residents": Target(resident, Permission.RESIDENT_WRITE, _add_resident, _remove_resident),
    "organisations": Target(organisation, Permission.ORGANISATION_WRITE, _add_organisation, _remove_organisation),
    "sites": Target(site, Permission.SITE_WRITE, _add_site),
    "houses": Target(house, Permission.HOUSE_WRITE, _add_house),
    "enrolments": Target(enrolment, Permission.ENROLMENT_WRITE, add_enrolment, remove_enrolment),
    "households": Target(households.household, Permission.RESIDENT_WRITE, households.add, households.remove),
    "teams": Target(teams.team, Permission.TEAM_WRITE, teams.add, teams.remove),
}
_CHECKS: Mapping[str, Callable[[Row, Cells], object]] = {
    "residents": _check_person, "organisations": _check_organisation, "sites": _check_site, "houses": _check_house,
    "enrolments": check_enrolment, "households": households.check, "teams": teams.check,
}  # fmt: skip
