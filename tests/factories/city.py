"""A small city in a database, the same in every test: `build_small_city(connection)`.

Two counties, three streets, six communities, twelve grids (one of them empty), with buildings,
houses of every status, residents of every type, sites of every level and users of every role.
See `city_plan` for what stands where.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Table, insert, text

from geoapp.accounts.actions import create_user, ensure_roles
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.core.crypto import encrypt, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.households.homes import renew_homes
from geoapp.households.models import Household
from geoapp.houses.models import Building, House, HouseNumber, Residence
from geoapp.organisations.models import Organisation
from geoapp.people.children import stored
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER, PHONE, write_tokens
from geoapp.programmes.models import Enrolment
from geoapp.sites.models import Site
from geoapp.teams.models import Member, Team
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.models import BaseFeature, Region
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import refresh_scope
from tests.factories import city_plan as plan

PASSWORD = "correct horse 42"
USERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "director": ("city_director", ("1101",)),
    "officer": ("street_officer", ("110108001",)),
    "community": ("community_worker", ("110108001001",)),
    "worker": ("grid_worker", ("110108001001001",)),
    "neighbour": ("grid_worker", ("110108001001002",)),
    "roamer": ("community_worker", ("110108001002", "110105001001001")),
    "planner": ("planner", ("110108",)),
    "wall": ("wall_display", ("1101",)),
    "admin": ("administrator", ("1101",)),
    "auditor": ("auditor", ("1101",)),
    "county-auditor": ("auditor", ("110108",)),
}
"""User name to role and areas. The neighbour's grid touches the worker's; the roamer has two."""
MEMBERS = (("worker", 1, 110108001001001), ("neighbour", 2, 110108001001002), ("community", 13, 110108001001000))
"""User name, the team they belong to (`city_plan.teams`), its area."""


@dataclass(frozen=True)
class City:
    """What was built: codes of the regions, ids of the records in their order, users."""

    city: str
    counties: tuple[str, ...]
    streets: tuple[str, ...]
    communities: tuple[str, ...]
    grids: tuple[str, ...]
    buildings: tuple[int, ...]
    houses: tuple[int, ...]
    residents: tuple[int, ...]
    sites: tuple[int, ...]
    users: dict[str, int]
    password: str = PASSWORD

    def access(self, username: str) -> Access:
        """What the user of that name may see and do."""
        role, areas = USERS[username]
        permissions = frozenset(str(p) for p in DEFAULT_ROLES[role][1])
        scope = RowScope.of(parse_code(code) for code in areas)
        return Access(scope, permissions, self.users[username])


def build_small_city(connection: Connection) -> City:
    """Write the city as the owner of an empty, migrated database; counts are kept, too."""
    grids = plan.grids()
    for county in sorted({g.county for g in grids}):
        connection.execute(text("SELECT ensure_county(:code)"), {"code": county})
    _write(connection, Region.__table__, plan.regions(grids))
    connection.execute(insert(BaseFeature), plan.base_features(grids))
    _write_homes(connection, grids)
    _write(connection, Site.__table__, plan.sites(grids))
    _write(connection, Organisation.__table__, plan.organisations(grids))
    _write(connection, Team.__table__, plan.teams(grids))
    ensure_roles(connection)
    users = {
        name: create_user(connection, name, PASSWORD, name.title(), role, areas)
        for name, (role, areas) in USERS.items()
    }
    connection.execute(insert(Member), [
        {"county_code": "110108", "id": team, "region_key": key, "team_id": team, "user_id": users[name],
         "post": "grid_worker", "since": date(2025, 1, 1)}
        for name, team, key in MEMBERS
    ])  # fmt: skip
    for name in ("team", "team_member", "service_record", "service_photo"):
        connection.execute(text(f"SELECT setval('{name}_id_seq', 100000)"))
    connection.execute(text("UPDATE team SET members = (SELECT count(*) FROM team_member m WHERE m.team_id = team.id)"))
    _move_sequences(connection)
    refresh_all(connection)
    return small_city(users)


def fill_small_city(settings: Settings) -> None:
    """`build_small_city` as the filler of a database template."""
    with owner_transaction(settings) as connection:
        build_small_city(connection)


def small_city(users: dict[str, int] | None = None) -> City:
    """The handle of the city that `fill_small_city` built, without a database."""
    grids = plan.grids()
    regions, buildings = plan.regions(grids), plan.buildings(grids)
    houses = plan.houses(grids, buildings)
    residents, sites = plan.residents(grids, houses), plan.sites(grids)
    codes = (_codes(regions, level) for level in ("county", "street", "community", "grid"))
    ids = (tuple(row["id"] for row in rows) for rows in (buildings, houses, residents, sites))
    return City(plan.CITY, *codes, *ids, users or {n: i for i, n in enumerate(USERS, start=1)})


def refresh_all(connection: Connection) -> None:
    """Recount everything that is kept, after a test has changed rows by hand."""
    everything = RowScope.of([parse_code(plan.CITY)])
    renew_homes(connection, (grid.key for grid in plan.grids()))
    for register in all_registers().values():
        refresh_scope(connection, register, everything)


def _write_homes(connection: Connection, grids: list[plan.Grid]) -> None:
    buildings = plan.buildings(grids)
    houses = plan.houses(grids, buildings)
    residents = plan.residents(grids, houses)
    for building in buildings:
        inside = [h for h in houses if h["building_id"] == building["id"]]
        building["houses"] = len(inside)
        building["residents"] = sum(h["residents"] for h in inside)
    _write(connection, Building.__table__, buildings)
    _write(connection, House.__table__, houses)
    connection.execute(insert(HouseNumber), [
        {"house_id": h["id"], **{k: h[k] for k in ("number", "county_code", "region_key")}}
        for h in houses
    ])  # fmt: skip
    connection.execute(insert(Household), [
        {
            "county_code": h["county_code"], "id": h["id"], "region_key": h["region_key"],
            "number": f"H{h['id']:06d}", "origin": "synthetic",
        }
        for h in houses
        if h["residents"]
    ])  # fmt: skip
    keys = KeyRing.on(connection)
    connection.execute(insert(Resident.__table__), [_sealed(r, keys) for r in residents])
    write_tokens(connection, [(r["id"], r["region_key"], r["name"]) for r in residents])
    connection.execute(insert(Residence), [
        {
            "county_code": r["county_code"], "id": r["id"], "region_key": r["region_key"],
            "house_id": r["house_id"], "resident_id": r["id"], "since": date(2020, 1, 1),
            "tenure": "own", "origin": "synthetic",
        }
        for r in residents
        if r["house_id"]
    ])  # fmt: skip
    connection.execute(insert(Enrolment), plan.enrolments(residents))


def _sealed(resident: dict, keys: KeyRing) -> dict:
    row = {k: v for k, v in resident.items() if k != "id_number"}
    number = resident["id_number"]
    row["id_enc"] = encrypt(number, f"resident.id_number.{resident['id']}", keys=keys)
    row["id_hash"] = search_hash(number, NUMBER)
    phone, born = plan.phone_of(resident["id"]), plan.born(resident)
    row["phone_enc"] = encrypt(phone, f"resident.phone.{resident['id']}", keys=keys)
    row["phone_hash"] = search_hash(phone, PHONE)
    return row | stored(resident["id"], resident["name"], born, keys=keys)


def _write(connection: Connection, table: Table, rows: list[dict]) -> None:
    given = [c.name for c in table.columns if c.computed is None]  # what is computed, the plan may foretell
    located = [
        {k: v for k, v in row.items() if k in given}
        | {"geom": None if row["geom"] is None else f"SRID=4326;{row['geom'].wkt}"}
        for row in rows
    ]
    connection.execute(insert(table), located)


def _move_sequences(connection: Connection) -> None:
    for name in ("building", "house", "household", "resident", "residence", "enrolment", "site", "organisation", "site_inspection", "site_photo"):
        connection.execute(text(f"SELECT setval('{name}_id_seq', 100000)"))


def _codes(regions: list[dict], level: str) -> tuple[str, ...]:
    return tuple(row["code"] for row in regions if row["level"] == level)
