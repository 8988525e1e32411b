"""The first fill of a city: an operator turns a file's rows into records without a claim of each grid (A8; D3.2).

The same file, template, checks and places as for claims; what follows is in bulk for people whose row
is plain (`geoapp.importing.people_at_once`) and the claim itself for all others. A row that became a
record says so in the same transaction, so a run that was killed goes on where it stood. A dry run does
everything and takes it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.work import write
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.houses.models import House, Residence
from geoapp.importing import codes
from geoapp.importing.claiming import MOST_AT_ONCE, claim
from geoapp.importing.locking import row_table
from geoapp.importing.people_at_once import Piece
from geoapp.importing.staging import batch_table
from geoapp.loading.after import analyze, refresh_kept
from geoapp.people.models import Resident
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope

PIECE = 5_000
ALL = frozenset(str(one) for one in Permission)


@dataclass
class Filled:
    """What a fill did, or would do: rows that became records, that are as stored, and why others did not."""

    made: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class How:
    """How a fill goes: taken back at its end or not, rows in a transaction, who is told how far it is."""

    dry_run: bool
    piece: int = PIECE
    progress: Callable[[int], object] | None = None

    def tell(self, done: Filled) -> None:
        """So many rows were dealt with."""
        if self.progress:
            self.progress(done.made + done.unchanged + done.failed.total())


class _TakenBack(Exception):
    """A dry run ends."""


def fill(
    settings: Settings, batch_id: int, *, dry_run: bool = False, progress: Callable[[int], object] | None = None,
    piece: int = PIECE,
) -> Filled:  # fmt: skip
    """Make records of a batch's rows that wait; what was done. Raises Conflict for one still being read.

    `progress(rows dealt with)` is called after each piece of `piece` rows.
    """
    with owner_transaction(settings) as connection:
        batch = connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one_or_none()
    if batch is None or batch.state != codes.DONE:
        raise Conflict(N_("这个文件还没有读完，或未能导入。"))
    access = _operator(batch)
    done = Filled()
    how = How(dry_run, piece, progress)
    slow = _people(settings, batch, access, done, how) if batch.register == "residents" else None
    _one_by_one(access, _waiting(settings, batch) if slow is None else iter(slow), done, how)
    if not dry_run:
        _follow(settings, batch)
    return done


# -- parts ---------------------------------------------------------------------------------


def _operator(batch: Row) -> Access:
    """Who sent the file, allowed everything inside the file's area: an operator does it at the machine."""
    scope = RowScope.from_ranges(zip(batch.scope[::2], batch.scope[1::2], strict=True))
    return Access(scope, ALL, batch.sent_by, unit=batch.unit)


def _people(settings: Settings, batch: Row, access: Access, done: Filled, how: How) -> list[int]:
    """All plain rows in pieces, each a transaction; ids of the rows that go one by one."""
    slow: list[int] = []
    last = 0
    with _pieces(settings, how.dry_run) as begin:
        while True:
            with begin() as connection:
                rows = _next(connection, batch.id, last, how.piece)
                if not rows:
                    return slow
                piece = Piece(connection, access, rows)
                piece.store()
                slow += piece.slow
            done.made += piece.made
            done.unchanged += piece.unchanged
            done.failed.update(piece.failed)
            last = rows[-1].id
            how.tell(done)


@contextmanager
def _pieces(settings: Settings, dry_run: bool) -> Iterator[Callable]:
    """Opens the transaction of each piece; in a dry run all are one, which is taken back."""
    if not dry_run:
        yield lambda: owner_transaction(settings)
        return
    with owner_engine(settings).connect() as connection:
        @contextmanager
        def the_one() -> Iterator[Connection]:
            yield connection

        yield the_one
        connection.rollback()


def _next(connection: Connection, batch_id: int, last: int, most: int = PIECE) -> Sequence[Row]:
    mine = (row_table.c.batch_id == batch_id, row_table.c.id > last, row_table.c.state.in_(codes.OPEN))
    query = select(row_table).where(*mine, row_table.c.failure.is_(None)).order_by(row_table.c.id).limit(most)
    return connection.execute(query.with_for_update()).all()


def _waiting(settings: Settings, batch: Row) -> Iterator[int]:
    """Ids of a batch's rows that have not failed, read piece by piece."""
    last = 0
    while True:
        with owner_transaction(settings) as connection:
            ids = [row.id for row in _next(connection, batch.id, last)]
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _one_by_one(access: Access, ids: Iterator[int], done: Filled, how: How) -> None:
    """By the rules of a claim, MOST_AT_ONCE in a transaction; in a dry run each of them is taken back."""
    while chosen := [row_id for _, row_id in zip(range(MOST_AT_ONCE), ids, strict=False)]:
        try:
            with write(access) as work:
                outcome = claim(work, chosen)
                if how.dry_run:
                    raise _TakenBack
        except _TakenBack:
            pass
        done.made += len(outcome.claimed)
        done.unchanged += len(outcome.along) + len(outcome.unchanged)
        done.failed.update(outcome.failed.values())
        how.tell(done)


def _follow(settings: Settings, batch: Row) -> None:
    """Kept counts, search blocks and statistics of what was filled, also by a run that was killed before."""
    with owner_transaction(settings) as connection:
        mine = (row_table.c.batch_id == batch.id, row_table.c.state >= codes.CLAIMED)
        keys = list(connection.scalars(select(row_table.c.region_key).where(*mine).distinct()))
        names = ("buildings", "houses", "residents") if batch.register == "residents" else (batch.register,)
        refresh_kept(connection, dict.fromkeys(names, keys))
    if batch.register == "residents":
        with owner_engine(settings).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (Resident, Residence, House):
                counties = sorted({f"{table.__tablename__}_{key // 10**9:06d}" for key in keys})
                if counties:
                    analyze(connection, table.__table__, counties)  # type: ignore[arg-type]
