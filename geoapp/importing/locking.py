"""Rows as claims lock and write them. Callers open the transaction (`geoapp.changes.work.write`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, cast, column, func, select, tuple_, update

from geoapp.changes.actions import Writing
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from geoapp.importing import codes
from geoapp.importing.models import ImportRow

row_table = table_of(ImportRow)


def own(work: Writing) -> Any:
    """Rows of the writer's area."""
    return work.access.scope.clause(row_table.c.region_key)


def locked(work: Writing, ids: Sequence[int], *, wait: bool = True) -> dict[int, Row]:
    """The rows and those equal to them, locked: of each group its first row first, then the others.

    Who holds the first row of a group holds the group, so nobody ever has a part of one. Without `wait`
    groups that somebody else holds are left out.
    """
    leaders = _leaders(work, ids)
    first = select(row_table).where(own(work), row_table.c.id.in_(leaders)).order_by(row_table.c.id)
    found = {row.id: row for row in work.connection.execute(first.with_for_update(skip_locked=not wait))}
    groups = {(row.register, row.region_key, row.same) for row in found.values() if row.same is not None}
    if groups:
        equal = tuple_(row_table.c.register, row_table.c.region_key, row_table.c.same).in_(groups)
        others = select(row_table).where(own(work), equal, row_table.c.id.not_in(list(found)))
        rest = work.connection.execute(others.order_by(row_table.c.id).with_for_update())
        found |= {row.id: row for row in rest}
    return found


def _leaders(work: Writing, ids: Sequence[int]) -> list[int]:
    """Ids of the first rows of the groups these rows are in; a row without a group is its own."""
    chosen, other = row_table.alias("chosen"), row_table.alias("other")
    equal = (
        other.c.register == chosen.c.register, other.c.region_key == chosen.c.region_key, other.c.same == chosen.c.same
    )
    smallest = select(func.min(other.c.id)).where(*equal).correlate(chosen).scalar_subquery()
    query = select(func.coalesce(smallest, chosen.c.id)).where(
        work.access.scope.clause(chosen.c.region_key), chosen.c.id.in_(ids)
    )
    return sorted(set(work.connection.scalars(query)))


def visible(work: Writing, ids: Sequence[int]) -> set[int]:
    """Which of the rows there are in the writer's area, locked or not."""
    query = select(row_table.c.id).where(own(work), row_table.c.id.in_(ids))
    return set(work.connection.scalars(query)) if ids else set()


def are_equal(one: Row, other: Row) -> bool:
    """`one` is equal to the other in grid, name and number, and still to be claimed (A8.8, A18 (12))."""
    same = other.same is not None and one.same == other.same
    grid = (one.register, one.region_key) == (other.register, other.region_key)
    return same and grid and one.id != other.id and one.state in codes.OPEN


def equal_to(work: Writing, row: Row) -> list[Row]:
    """The rows that are claimed with this one, locked."""
    return [one for one in locked(work, [row.id]).values() if are_equal(one, row)]


def waiting_row(work: Writing, row_id: int, version: int) -> Row:
    """A row that is still to be claimed and as its page showed it, locked. Raises NotFound, Conflict."""
    row = locked(work, [row_id]).get(row_id)  # with its equals
    if row is None:
        raise NotFound()
    if row.version != version or row.state not in codes.OPEN:
        raise Conflict(N_("这一行已被他人处理，请刷新页面。"))
    return row


def take(
    work: Writing, row: Row, target: tuple[int, int | None], along: Sequence[Row], more: Mapping[str, Any] | None = None
) -> None:
    """The row is claimed as a record (id, version it has to have to be undone), others along with it."""
    claimed = {
        "target_id": target[0], "target_version": target[1], "claimed_by": work.access.user_id,
        "claimed_at": func.now(), "failure": None, "holder_id": None,
    }  # fmt: skip
    save(work, row, {**claimed, **(more or {}), "state": codes.CLAIMED})
    for one in along:
        save(work, one, claimed | {"state": codes.CLAIMED_ALONG})


def take_same(work: Writing, records: Mapping[int, int]) -> None:
    """Rows (id to record) that say what is stored are claimed as these records, all at once; nothing is undone."""
    if not records:
        return
    pairs = func.unnest(
        cast(list(records), ARRAY(BigInteger)), cast(list(records.values()), ARRAY(BigInteger))
    ).table_valued(column("row_id", BigInteger), column("record_id", BigInteger)).render_derived("same")  # fmt: skip
    claimed = {
        "target_id": pairs.c.record_id, "target_version": None, "claimed_by": work.access.user_id,
        "claimed_at": func.now(), "failure": None, "holder_id": None, "state": codes.CLAIMED,
        "version": row_table.c.version + 1,
    }  # fmt: skip
    work.connection.execute(update(row_table).where(row_table.c.id == pairs.c.row_id).values(claimed))


def save(work: Writing, row: Row, values: Mapping[str, Any]) -> None:
    """Write columns of a locked row; its version goes on."""
    stamped = {**values, "version": row_table.c.version + 1}
    work.connection.execute(update(row_table).where(row_table.c.id == row.id).values(stamped))
