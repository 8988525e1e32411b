"""Putting somebody on the register of a grid (A3.1 to A3.3, A6.6, A6.7).

Whether the number stands in another grid makes no difference here, neither in what is answered nor in
the time it takes: every new number is written down to be looked for later (`geoapp.people.doubles`).
Callers open the transaction (`geoapp.changes.work.write`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert

from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import encrypt, search_hash, search_hashes
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.index_keys import index_ring
from geoapp.houses.codes import TENURES
from geoapp.people import rules, states
from geoapp.people.actions import Link, link
from geoapp.people.children import stored
from geoapp.people.codes import NO_HOUSE_REASONS, SETTLED
from geoapp.people.identity import Identity
from geoapp.people.models import Resident, number_check
from geoapp.people.name_tokens import NUMBER, PHONE, write_tokens
from geoapp.programmes import following
from grids_boundaries.models import Region

resident, region = table_of(Resident), table_of(Region)
NO_WAY_BACK = states.GONE_FOR_GOOD | {SETTLED}
UNTIL_HOUSED = "unknown_address"
"""Reason of a moment: a new record has it until, in the same transaction, its residence begins."""
WRITTEN = (
    "sex", "id_kind", "type", "registered_place", "unregistered_reason", "overseas_kind",
)  # fmt: skip
"""Facts that are columns as they are."""


@dataclass(frozen=True)
class Home:
    """Where somebody lives: a house since a day, or none and why (A6.6, A6.7)."""

    house_id: int | None = None
    since: date | None = None
    tenure: str = "own"
    no_house_reason: str | None = None


class NumberOnRegister(Conflict):
    """The number is on the grid's register (A3.2); `holder_id` is the record that has it."""

    msgid = N_("本网格已有使用这个证件号码的在册居民，不能重复登记。")

    def __init__(self, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(field="id_number")


class WasOnRegister(Conflict):
    """The number is that of somebody who left the grid's register: they are brought back (A3.4; peers B1)."""

    msgid = N_("使用这个证件号码的居民曾登记在本网格，现已注销。请打开原记录，点“取消注销”。")

    def __init__(self, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(field="id_number")


def add_person(work: Writing, region_key: int, person: Identity, home: Home) -> int:
    """A new resident of a grid of the writer's area; returns the id.

    Raises NotFound for a region that is not the writer's, InvalidInput for one that is no grid (A3.1)
    and for a home that is none, NumberOnRegister (A3.2), WasOnRegister, and what `link` raises.
    """
    grid = own_grid(work, region_key)
    check_home(home)
    _check_not_gone(work, grid, person)
    row = insert_person(work, grid, person, home.no_house_reason or UNTIL_HOUSED)
    work.log("create", "residents", row, facts_given(person))
    following.mark(work, row)
    if home.house_id is not None:
        link(work, row.id, row.version, Link(home.house_id, home.since or today(), home.tenure))
    work.touch("residents", row.region_key)
    return int(row.id)


def insert_person(work: Writing, grid: Row, person: Identity, no_house_reason: str) -> Row:
    """The row, without a house, with its search entries. Raises NumberOnRegister.

    INSERT … ON CONFLICT (county_code, region_key, id_hash) WHERE state = 'active' DO NOTHING: of many
    at once the first to commit wins, and the others wait for it.
    """
    resident_id = work.connection.execute(text("SELECT nextval('resident_id_seq')")).scalar_one()
    values = columns_of(resident_id, person) | {
        "id": resident_id, "county_code": grid.county_code, "region_key": grid.key, "origin": "entered",
        "no_house_reason": no_house_reason, "checked_at": func.now(),
    }  # fmt: skip
    if index_ring().keys().changing:  # the unique index tells equal hashes only
        _require_free(work, grid, person)
    entry = pg_insert(resident).values(values).on_conflict_do_nothing(
        index_elements=["county_code", "region_key", "id_hash"], index_where=text("state = 'active'")
    )  # fmt: skip
    row = work.connection.execute(entry.returning(resident)).one_or_none()
    if row is None:
        raise NumberOnRegister(holder_of(work, grid.county_code, grid.key, values["id_hash"]))
    write_tokens(work.connection, [(row.id, row.region_key, person.name)])
    if person.number is not None:
        work.connection.execute(insert(number_check).values(resident_id=row.id, region_key=row.region_key))
    return row


def columns_of(resident_id: int, person: Identity) -> dict[str, object]:
    """Column values of a person's facts; what is sensitive is sealed for this record (D3.2)."""
    values: dict[str, object] = {name: getattr(person, name) for name in WRITTEN}
    born, number = person.birth_date, person.number
    values |= stored(resident_id, person.name, born.isoformat() if born else str(person.birth_year or ""))
    values["id_enc"] = _sealed(resident_id, "id_number", number.text if number else None)
    values["id_hash"] = search_hash(number.text, NUMBER) if number else None
    values["phone_enc"] = _sealed(resident_id, "phone", person.phone)
    values["phone_hash"] = search_hash(person.phone, PHONE) if person.phone else None
    return values


def check_home(home: Home) -> None:
    """Raises InvalidInput unless it names a house, or a reason for having none, and not both."""
    if home.house_id is None and not home.no_house_reason:
        raise InvalidInput(N_("请填写房屋编号；确无住处的，选择无房原因。"), field="house_number")
    if home.house_id is not None and home.no_house_reason:
        raise InvalidInput(N_("有住处就不要再选无房原因。"), field="no_house_reason")
    if home.house_id is None and home.no_house_reason not in NO_HOUSE_REASONS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="no_house_reason")
    if home.tenure not in TENURES:
        raise InvalidInput(N_("请选择列表中的一项。"), field="tenure")
    if home.since is not None:
        rules.check_day(home.since, today(), "since")


def own_grid(work: Writing, region_key: int) -> Row:
    """Key, level and county of a grid of the writer's area. Raises NotFound, InvalidInput (A3.1)."""
    query = select(region.c.key, region.c.level, region.c.county_code).where(
        work.access.scope.clause(region.c.key), region.c.key == region_key
    )
    grid = work.connection.execute(query).one_or_none()
    if grid is None:
        raise NotFound()
    if grid.level != "grid":
        raise InvalidInput(N_("居民只能登记在网格内，请选择网格。"), field="region")
    return grid


def facts_given(person: Identity) -> list[str]:
    """Names of the facts that are known of a person, for the logs."""
    named = [name for name in ("name", *WRITTEN, "birth_date", "phone") if getattr(person, name)]
    return [*named, "id_number"] if person.number else named


def holder_of(work: Writing, county_code: str, region_key: int, id_hash: object) -> int:
    """Id of the record on a grid's register that has the number."""
    return _holders(work, county_code, region_key, [id_hash])[0]


def _require_free(work: Writing, grid: Row, person: Identity) -> None:
    hashes = search_hashes(person.number.text, NUMBER) if person.number else []
    if found := _holders(work, grid.county_code, grid.key, hashes):
        raise NumberOnRegister(found[0])


def _holders(work: Writing, county_code: str, region_key: int, hashes: Sequence[object]) -> list[int]:
    mine = (resident.c.county_code == county_code, resident.c.region_key == region_key)
    query = select(resident.c.id).where(*mine, resident.c.id_hash.in_(hashes), resident.c.state == "active")
    return list(work.connection.scalars(query))


def _check_not_gone(work: Writing, grid: Row, person: Identity) -> None:
    if person.number is None:
        return
    mine = (resident.c.county_code == grid.county_code, resident.c.region_key == grid.key)
    gone = (resident.c.state != "active", resident.c.state_reason.not_in(sorted(NO_WAY_BACK)))
    same = resident.c.id_hash.in_(search_hashes(person.number.text, NUMBER))
    beside = resident.alias("beside")
    there = select(beside.c.id).where(
        beside.c.county_code == grid.county_code, beside.c.region_key == grid.key, beside.c.state == "active",
        beside.c.id_hash == resident.c.id_hash,
    )  # fmt: skip
    query = select(resident.c.id).where(*mine, *gone, same, ~there.exists()).order_by(resident.c.id.desc()).limit(1)
    found = work.connection.scalar(query)
    if found is not None:
        raise WasOnRegister(int(found))


def _sealed(resident_id: int, name: str, value: str | None) -> bytes | None:
    return encrypt(value, f"resident.{name}.{resident_id}") if value else None
