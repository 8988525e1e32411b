"""One change in progress: its transaction, who makes it, what it touches.

Actions of every feature receive a `Writing`, lock what they change through it, log it, and name
the registers and regions whose kept counts must follow. `geoapp.changes.work` opens and ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, insert, select

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.models import RecordChange
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from grids_boundaries.access import Access

KEY_OF_COUNTY = 10**9
"""A region key divided by this is its county (`grids_boundaries.keys`)."""
MOST_COUNTIES = 16
LARGEST_ID = 2**63 - 1
NEW = frozenset({"create", "open"})
"""Steps after which there is a record that was not there before."""


class StaleForm(Conflict):
    """The record was saved by somebody else after this form was opened."""

    msgid = N_("在您填写期间，这条记录已被他人修改。请比较后再保存。")


@dataclass
class Writing:
    """A transaction that changes records. `url` is where its sender goes afterwards."""

    connection: Connection
    access: Access
    url: str | None = None
    touched: dict[str, set[int]] = field(default_factory=dict)

    def touch(self, register: str, *region_keys: int) -> None:
        """The register's rows in these regions changed: counts and tiles must follow."""
        self.touched.setdefault(register, set()).update(region_keys)

    def log(self, action: str, register: str, row: Row, fields: Iterable[str], reason: str | None = None) -> None:
        """Write one line of the change log and of the audit log; `row` has id, county_code, region_key.

        `reason`, a code, is for what leaves no record that could hold it.
        """
        names = sorted(fields)
        what = Action.CREATE if action in NEW else Action.CHANGE
        record(
            self.connection, self.access, what, register=register, record_ids=[row.id], fields=names,
            area_key=row.region_key, reason=reason, facts={"step": action},
        )  # fmt: skip
        self.connection.execute(
            insert(RecordChange).values(
                actor_id=self.access.user_id, action=action, register=register, record_id=row.id,
                county_code=row.county_code, region_key=row.region_key, fields=names,
            )
        )  # fmt: skip

    def lock(self, table: Table, record_id: int, version: int | None = None) -> Row:
        """The record, locked until the end of the transaction.

        SELECT … WHERE region_key in scope AND county in its counties AND id = :id FOR UPDATE
        Raises NotFound, alike for absent and out of scope; StaleForm when `version`, the one the
        form was opened with, is no longer the record's.
        """
        row = self._one(select(table).with_for_update(), table, record_id)
        if version is not None and row.version != version:
            raise StaleForm()
        return row

    def find(self, table: Table, record_id: int) -> Row:
        """The record, not locked. Raises NotFound, alike for absent and out of scope."""
        return self._one(select(table), table, record_id)

    def _one(self, query: Select, table: Table, record_id: int) -> Row:
        if not 0 < record_id <= LARGEST_ID:
            raise NotFound()
        mine = query.where(*self.own(table), table.c.id == record_id)
        row = self.connection.execute(mine).one_or_none()
        if row is None:
            raise NotFound()
        return row

    def own(self, table: Table) -> list[ColumnElement[bool]]:
        """Rows of the writer's area (see `own_rows`)."""
        return own_rows(self.access, table)


def own_rows(access: Access, table: Table) -> list[ColumnElement[bool]]:
    """region_key in the reader's scope AND county_code IN its counties.

    The counties choose partitions and open the indexes that begin with them.
    """
    ranges = access.scope.ranges
    counties = {lo // KEY_OF_COUNTY for lo, _ in ranges}
    whole = all(lo // KEY_OF_COUNTY == hi // KEY_OF_COUNTY for lo, hi in ranges)
    conditions = [access.scope.clause(table.c.region_key)]
    if whole and len(counties) <= MOST_COUNTIES:
        conditions.append(table.c.county_code.in_(f"{county:06d}" for county in sorted(counties)))
    return conditions
