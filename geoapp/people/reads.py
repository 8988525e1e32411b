"""What the pages say about residents: who lives in a house, where one has lived, with whom.

Names pass the register's mask; what belongs to grid staff alone (relation, household, birth
year) is None for everybody else, and of children for whoever may not know them (research/trust C2,
C3; D3.1). Nobody is a point (D3.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select, true

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import own_rows
from geoapp.core.db import table_of
from geoapp.core.i18n import N_, translate
from geoapp.households.codes import HUKOU
from geoapp.households.columns import columns_of
from geoapp.households.models import Household
from geoapp.houses.codes import END_REASONS, TENURES
from geoapp.houses.models import House, Residence
from geoapp.houses.reads import all_of, shown
from geoapp.people.actions import last_steps
from geoapp.people.children import may_know_children
from geoapp.people.codes import RELATIONS
from geoapp.people.models import Resident
from geoapp.people.name_tokens import has_name, has_number, is_number
from geoapp.people.rules import undo_of
from geoapp.people.states import GONE_FOR_GOOD
from grids_boundaries.access import Access
from grids_boundaries.keys import from_key
from layers.registry import get_register
from spatial_queries.query import SpatialQuery

resident, residence = table_of(Resident), table_of(Residence)
house, household = table_of(House), table_of(Household)
MOST_FOUND, MOST_HISTORY = 20, 100
WHERE = frozenset({"address", "lives_in"})
"""Facts that say where somebody lives."""
MOVED_ON = N_("已迁往另一网格的居民")
"""In place of the name of somebody whose record went on in another grid (AZ-13)."""
_PERSON = (
    resident.c.id, resident.c.name, resident.c.name_enc, resident.c.sex, resident.c.type, resident.c.birth_year,
    resident.c.relation, resident.c.household_id, resident.c.version, resident.c.updated_at,
    household.c.number.label("household_number"), household.c.head_id,
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A resident in a list, as far as the reader may see them."""

    id: int
    name: str
    sex: str
    type: str
    birth_year: int | None
    relation: str | None
    household: str | None
    is_head: bool
    version: int
    updated_at: datetime
    facts: dict[str, Any]

    @property
    def url(self) -> str:
        """Address of their page."""
        return f"/registers/residents/{self.id}"


@dataclass(frozen=True)
class PastStay:
    """One residence of the history: of a house (`who`) or of a person (`address`)."""

    id: int
    who: str | None
    url: str | None
    address: str | None
    tenure: str
    since: date
    until: date | None
    reason: str | None
    void: bool
    resident_id: int


def read_living_in(connection: Connection, access: Access, house_id: int, locale: str) -> list[Person]:
    """Who lives in a house now (A6.5), by household, its head first."""
    stays = (residence.c.id.label("residence_id"), residence.c.tenure, residence.c.since)
    rows = connection.execute(
        _people(access, *stays)
        .where(residence.c.house_id == house_id)
        .order_by(resident.c.household_id.nulls_last(), resident.c.id)
    ).mappings()
    found = [_person(access, row, locale) for row in rows]
    return sorted(found, key=lambda p: (p.household is None, p.household or "", not p.is_head, p.id))


def read_household(
    connection: Connection, access: Access, household_id: int | None, locale: str
) -> list[Person]:
    """The members of a household, its head first (A2.4, A3.10)."""
    if household_id is None or not access.may(Permission.RESIDENT_NAME):
        return []
    query = _people(access, residence.c.house_id.label("lives_in"), house.c.address)
    rows = connection.execute(
        query.where(resident.c.household_id == household_id).order_by(resident.c.id)
    ).mappings()
    return sorted((_person(access, row, locale) for row in rows), key=lambda p: not p.is_head)


def read_members(connection: Connection, access: Access, kind: str, household_id: int, locale: str) -> list[Person]:
    """The members of a household of either kind, its head first (A3.10, A3.13)."""
    access.require(Permission.RESIDENT_NAME)
    attached, relation = columns_of(kind)
    query = _people(access, house.c.address, residence.c.house_id.label("lives_in"), relation.label("role"))
    rows = connection.execute(query.where(attached == household_id).order_by(resident.c.id)).mappings()
    members = [_person(access, {**row, "relation": row["role"]}, locale) for row in rows]
    return sorted(members, key=lambda p: p.facts["role"] != "head")


def read_candidates(
    connection: Connection, access: Access, kind: str, household_id: int, region_key: int, locale: str
) -> list[Person]:
    """Who may join a household (A3.12, A3.13), those who live with a member first; MOST_FOUND at most."""
    access.require(Permission.RESIDENT_NAME)
    attached, _relation = columns_of(kind)
    beside = resident.alias("beside")
    homes = select(beside.c.house_id).where(beside.c[attached.name] == household_id, beside.c.house_id.is_not(None))
    free = (
        and_(resident.c.type == "registered", or_(attached.is_(None), attached != household_id))
        if kind == HUKOU else attached.is_(None)
    )  # fmt: skip
    query = _people(access, house.c.address, residence.c.house_id.label("lives_in"))
    rows = connection.execute(
        query.where(resident.c.region_key == region_key, free)
        .order_by(resident.c.house_id.in_(homes).desc().nulls_last(), resident.c.name, resident.c.id).limit(MOST_FOUND)
    ).mappings()  # fmt: skip
    return [_person(access, row, locale) for row in rows]


def read_persons(connection: Connection, access: Access, ids: Iterable[int], locale: str) -> list[Person]:
    """Those of the residents who are on the register of the reader's area, by name."""
    query = _people(access).where(resident.c.id.in_(list(ids))).order_by(resident.c.name, resident.c.id)
    return [_person(access, row, locale) for row in connection.execute(query).mappings()]


def find_people(
    connection: Connection, access: Access, text: str, region_key: int, locale: str
) -> tuple[list[Person], int]:
    """Residents of a grid by a part of their name, its initials, or their exact number or phone; how many.

    Asks for RESIDENT_NAME: who sees masks cannot search through them.
    """
    access.require(Permission.RESIDENT_NAME)
    scope = access.scope.intersect(from_key(region_key))
    wanted = has_number(text) if is_number(text) else has_name(text, scope, children=may_know_children(access))
    if wanted is None:
        return [], 0
    where = (resident.c.region_key == region_key, wanted)
    query = _people(access, house.c.address, residence.c.house_id.label("lives_in")).where(*where)
    rows = connection.execute(
        query.add_columns(func.count().over().label("found"))
        .order_by(resident.c.name, resident.c.id).limit(MOST_FOUND)
    ).mappings().all()  # fmt: skip
    return [_person(access, row, locale) for row in rows], rows[0]["found"] if rows else 0


def read_present_stay(connection: Connection, access: Access, resident_id: int) -> RowMapping | None:
    """Where a resident lives now: residence, house_id, address, since, tenure; None without."""
    query = select(
        residence.c.id, residence.c.house_id, residence.c.since, residence.c.tenure, house.c.address
    )
    return connection.execute(
        query.select_from(residence.join(house, _same_house()))
        .where(
            *own_rows(access, residence), residence.c.resident_id == resident_id,
            residence.c.until.is_(None),
        )
    ).mappings().one_or_none()  # fmt: skip


def read_history(
    connection: Connection, access: Access, locale: str, *,
    house_id: int | None = None, resident_id: int | None = None,
) -> list[PastStay]:  # fmt: skip
    """Residences of a house that ended, or all of a resident; the latest first."""
    ended = residence.c.until.is_not(None) if resident_id is None else true()
    return read_all_stays(connection, access, locale, ended, house_id=house_id, resident_id=resident_id)


def read_all_stays(
    connection: Connection, access: Access, locale: str, *more: ColumnElement[bool],
    house_id: int | None = None, resident_id: int | None = None,
) -> list[PastStay]:  # fmt: skip
    """Residences of a house or a resident, of which `more` holds; the latest first."""
    people = get_register("residents", access)
    mine = residence.c.house_id == house_id if resident_id is None else residence.c.resident_id == resident_id
    wanted = (mine, *more)
    same = and_(resident.c.county_code == residence.c.county_code, resident.c.id == residence.c.resident_id)
    query = (
        select(
            residence, resident.c.name, resident.c.state, resident.c.state_reason,
            house.c.address, house.c.id.label("lived_in"),
        )
        .select_from(residence.join(resident, same).join(house, _same_house()))
        .where(*own_rows(access, residence), *wanted)
        .order_by(residence.c.since.desc(), residence.c.id.desc()).limit(MOST_HISTORY)
    )  # fmt: skip
    name = people.field("name")
    return [
        PastStay(
            row["id"], translate(MOVED_ON, locale) if row["state_reason"] in GONE_FOR_GOOD
            else shown(access, "residents", name.name, {**row, "id": row["resident_id"]}, locale),
            _stay_url(row, by_house=resident_id is None), row["address"],
            translate(TENURES.get(row["tenure"], row["tenure"]), locale), row["since"], row["until"],
            translate(END_REASONS[row["end_reason"]], locale) if row["end_reason"] in END_REASONS else None,
            row["end_reason"] == "correction" and row["until"] == row["since"], row["resident_id"],
        )
        for row in connection.execute(query).mappings()
    ]  # fmt: skip


def residence_ids(
    connection: Connection, access: Access, *, house_id: int | None = None, resident_id: int | None = None
) -> list[int]:
    """Ids of all residences of a house or a resident, for their change log."""
    wanted = residence.c.house_id == house_id if resident_id is None else residence.c.resident_id == resident_id
    query = select(residence.c.id).where(*own_rows(access, residence), wanted)
    return list(connection.scalars(query))


def read_undo(
    connection: Connection, access: Access, resident_id: int, locale: str
) -> dict[str, list[PastStay]] | None:
    """What taking back the last step does: residences that are void and that go on; None for nothing."""
    stays = {s.id: s for s in read_history(connection, access, locale, resident_id=resident_id)}
    steps = last_steps(connection, access, stays)
    if not undo_of(step.action for step in steps):
        return None
    chosen = {a: [stays[s.record_id] for s in steps if s.action == a] for a in ("open", "end")}
    return {"void": chosen["open"], "again": chosen["end"]}


# -- parts ---------------------------------------------------------------------------------


def _same_house() -> ColumnElement[bool]:
    return and_(house.c.county_code == residence.c.county_code, house.c.id == residence.c.house_id)


def _people(access: Access, *more: ColumnElement) -> Select:
    """Residents with their household, present residence and house."""
    selection = all_of(get_register("residents", access), access, SpatialQuery("residents"))
    now = and_(
        residence.c.county_code == resident.c.county_code, residence.c.resident_id == resident.c.id,
        residence.c.until.is_(None), access.scope.clause(residence.c.region_key),
    )  # fmt: skip
    kept = and_(
        household.c.county_code == resident.c.county_code, household.c.id == resident.c.household_id
    )
    joined = resident.outerjoin(household, kept).outerjoin(residence, now).outerjoin(house, _same_house())
    return select(*_PERSON, *more).select_from(joined).where(*selection.conditions())


def _person(access: Access, row: Mapping[str, Any] | RowMapping, locale: str) -> Person:
    child = row["name_enc"] is not None
    near = may_know_children(access) if child else access.may(Permission.RESIDENT_NAME)
    relation = RELATIONS.get(row["relation"]) if near else None
    facts = {k: v for k, v in row.items() if k not in Person.__dataclass_fields__ and k != "name_enc"}
    if not near:
        facts |= dict.fromkeys(facts.keys() & WHERE)
    if "tenure" in facts:
        facts["tenure"] = translate(TENURES.get(facts["tenure"], facts["tenure"]), locale)
    return Person(
        row["id"], shown(access, "residents", "name", row, locale),
        shown(access, "residents", "sex", row, locale), shown(access, "residents", "type", row, locale),
        row["birth_year"] if near else None, translate(relation, locale) if relation else None,
        row["household_number"] if near else None, near and row["head_id"] == row["id"],
        row["version"], row["updated_at"], facts,
    )  # fmt: skip


def _stay_url(row: RowMapping, *, by_house: bool) -> str | None:
    if not by_house:
        return f"/registers/houses/{row['lived_in']}"
    return f"/registers/residents/{row['resident_id']}" if row["state"] == "active" else None
