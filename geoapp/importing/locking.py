"""Rows as claims lock and write them. Callers open the transaction (`geoapp.changes.work.write`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, tuple_, update

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


def locked(work: Writing, ids: Sequence[int]) -> dict[int, Row]:
    """The rows and those equal to them, locked in the order of their ids."""
    chosen = select(row_table.c.register, row_table.c.region_key, row_table.c.same).where(
        own(work), row_table.c.id.in_(ids), row_table.c.same.is_not(None)
    )
    groups = {tuple(row) for row in work.connection.execute(chosen)}
    whole: ColumnElement[bool] = row_table.c.id.in_(ids)
    if groups:
        whole = or_(whole, tuple_(row_table.c.register, row_table.c.region_key, row_table.c.same).in_(groups))
    query = select(row_table).where(own(work), whole).order_by(row_table.c.id).with_for_update()
    return {row.id: row for row in work.connection.execute(query)}


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
    row = locked(work, [row_id]).get(row_id)  # with its equals, in the one order of all who lock them
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


def save(work: Writing, row: Row, values: Mapping[str, Any]) -> None:
    """Write columns of a locked row; its version goes on."""
    stamped = {**values, "version": row_table.c.version + 1}
    work.connection.execute(update(row_table).where(row_table.c.id == row.id).values(stamped))
