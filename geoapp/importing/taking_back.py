"""What somebody has just claimed, and taking all of it back at once (A8; ten minutes, as other steps have)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, cast, func, select

from geoapp.changes.actions import Writing
from geoapp.core.errors import Conflict, NotFound
from geoapp.importing import claiming, codes
from geoapp.importing.standing import row_table
from grids_boundaries.access import Access

OFFERED = timedelta(minutes=10)
"""How long taking back is offered for all that was claimed at once; each row keeps its own (`claiming.undo`)."""
_MOMENT: ColumnElement[int] = cast(func.extract("epoch", row_table.c.claimed_at) * 1_000_000, BigInteger)


@dataclass(frozen=True)
class Run:
    """Rows of one register their reader claimed since `moment` (microseconds of the epoch)."""

    moment: int
    rows: int


def now_of(connection: Connection) -> int:
    """The moment that claims of this transaction carry."""
    return int(connection.scalar(select(cast(func.extract("epoch", func.now()) * 1_000_000, BigInteger))) or 0)


def last_run(connection: Connection, access: Access, register: str, since: int = 0) -> Run | None:
    """What the reader claimed at the last moment, or since `since` where that is given; None after ten minutes."""
    mine = _mine(access, register)
    newest = connection.scalar(mine.with_only_columns(func.max(_MOMENT)))
    if newest is None:
        return None
    moment = min(since, newest) if since > 0 else newest
    rows = connection.scalar(mine.with_only_columns(func.count()).where(moment <= _MOMENT))
    return Run(moment, int(rows or 0))


def take_back(work: Writing, register: str, since: int) -> tuple[int, int]:
    """Undo what the writer claimed since then, the newest first, at most `claiming.MOST_AT_ONCE` rows.

    How many rows wait again, and how many stay claimed because something was done with their records since.
    """
    query = _mine(work.access, register).where(since <= _MOMENT).order_by(row_table.c.id.desc())
    ids, done = list(work.connection.scalars(query.limit(claiming.MOST_AT_ONCE))), 0
    for row_id in ids:
        touched = {name: set(keys) for name, keys in work.touched.items()}
        try:
            with work.connection.begin_nested():
                claiming.undo(work, row_id)
            done += 1
        except (Conflict, NotFound):
            work.touched = touched  # what it touched is as it was
    return done, len(ids) - done


def _mine(access: Access, register: str) -> Select:
    return select(row_table.c.id).where(
        access.scope.clause(row_table.c.region_key), row_table.c.register == register,
        row_table.c.state == codes.CLAIMED, row_table.c.claimed_by == access.user_id,
        row_table.c.claimed_at >= func.now() - OFFERED,
    )  # fmt: skip
