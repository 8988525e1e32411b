"""Two records of one person become one: found, compared, merged, taken back for some minutes.

One record stays as it is and takes over enrolments and services; the other leaves the register as a duplicate
and points to it, its history with it. Whoever merges has both grids in their area: a record that is not
theirs is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, or_, select, update

from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.actions import Writing, own_rows
from geoapp.core.clock import today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.people import state_actions
from geoapp.people.actions import person_facts
from geoapp.people.carried import carry_over
from geoapp.people.models import Resident
from geoapp.people.rules import ACTIVE
from grids_boundaries.access import Access

resident = table_of(Resident)
DUPLICATE = "duplicate"
MOST = 20


@dataclass(frozen=True)
class Known:
    """What tells whether two records may be one person's; `id_hash` is None without a number."""

    id: int
    state: str
    sex: str
    id_hash: bytes | None
    born: date | None


def check_merge(one: Known, other: Known) -> None:
    """Whether two records may be merged. Raises InvalidInput, Conflict.

    A number that differs, another sex or another day of birth is another person; a mistake in one of them is
    corrected first, by somebody who has looked.
    """
    if one.id == other.id:
        raise InvalidInput(N_("请选择另一条记录。"), field="other")
    if (one.state, other.state) != (ACTIVE, ACTIVE):
        raise Conflict(N_("只有两条都在册的记录才能合并。"))
    if one.id_hash is not None and other.id_hash is not None and one.id_hash != other.id_hash:
        raise Conflict(N_("两条记录的证件号码不同，不是同一人；登记有误的请先更正。"))
    if one.sex != other.sex or (one.born and other.born and one.born != other.born):
        raise Conflict(N_("两条记录的性别或出生日期不同，不是同一人；登记有误的请先更正。"))


def merge(work: Writing, kept: tuple[int, int], gone: tuple[int, int]) -> None:
    """The record `gone` (id, version) leaves the register for `kept` (id, version), in one transaction.

    Both are locked, the one with the smaller id first. Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    if kept[0] == gone[0]:
        raise InvalidInput(N_("请选择另一条记录。"), field="other")
    rows = {number: work.lock(resident, number, version) for number, version in sorted((kept, gone))}
    stays, leaves = rows[kept[0]], rows[gone[0]]
    check_merge(known(stays), known(leaves))
    carry_over(work, leaves, stays)
    state_actions.deregister(work, leaves.id, leaves.version, DUPLICATE, today())
    same = (resident.c.county_code == leaves.county_code, resident.c.id == leaves.id)
    work.connection.execute(update(resident).where(*same).values(merged_into=stays.id))
    work.log("merge", "residents", stays, ["state"])
    record(
        work.connection, work.access, Action.MERGE, register="residents", record_ids=sorted((stays.id, leaves.id)),
        area_key=stays.region_key, count=2,
    )  # fmt: skip


def known(row: Row) -> Known:
    """A stored record, as `check_merge` wants it."""
    return Known(row.id, row.state, row.sex, row.id_hash, person_facts(row).birth_date)


def read_candidates(connection: Connection, access: Access, row: Mapping[str, Any] | RowMapping) -> list[RowMapping]:
    """Records of the reader's area that may be the same person: the same number, or name and year of birth.

    Children have no name to compare; they are found by their number. MOST at most.
    """
    access.require(Permission.RESIDENT_WRITE)
    alike = []
    if row["id_hash"] is not None:
        alike.append(resident.c.id_hash == row["id_hash"])
    if row["name_enc"] is None and row["birth_year"] is not None:
        named = (resident.c.name == row["name"], resident.c.birth_year == row["birth_year"])
        alike.append(and_(*named, resident.c.name_enc.is_(None), resident.c.sex == row["sex"]))
    if not alike:
        return []
    mine = (*own_rows(access, resident), resident.c.id != row["id"], resident.c.state == ACTIVE, or_(*alike))
    query = select(resident).where(*mine).order_by(resident.c.id).limit(MOST)
    return list(connection.execute(query).mappings())
