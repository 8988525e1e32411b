"""The first fill of a city: an operator turns a file's rows into records without a claim of each grid (A8; D3.2).

The same file, template, checks and places as for claims; what follows is in bulk for people whose row
is plain (`geoapp.importing.people_at_once`), grid by grid and in several processes, and the claim itself for
all others. A row that became a record says so in the same transaction, so a run that was killed goes on
where it stood. A dry run does everything in one transaction and takes it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from sqlalchemy import Connection, Row, select, text

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.changes.work import write
from geoapp.core.bulk import read_rows
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings, get_settings
from geoapp.houses.models import House, Residence
from geoapp.importing import codes
from geoapp.importing import fill_statements as sql
from geoapp.importing.claiming import MOST_AT_ONCE, Outcome, claim
from geoapp.importing.fill_helpers import Span, helping, processes_for, share
from geoapp.importing.locking import row_table
from geoapp.importing.people_at_once import Piece, Waiting
from geoapp.importing.staging import batch_table
from geoapp.loading.after import analyze, refresh_kept
from geoapp.people.models import Resident
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from layers.registry import all_registers

PIECE = 10_000
"""Rows in a transaction: some tens of megabytes, a second of work to lose."""
WORTH_A_PROCESS = 20_000
"""Rows for which one more process has paid for its start."""
ALL = frozenset(str(one) for one in Permission)


@dataclass
class Filled:
    """What a fill did, or would do: rows that became records, that are as stored, and why others did not."""

    made: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, other: Filled | Piece) -> None:
        """What was done besides."""
        self.made += other.made
        self.unchanged += other.unchanged
        self.failed.update(other.failed)


@dataclass(frozen=True)
class How:
    """How a fill goes: rows in a transaction, in how many processes, who is told how far it is, who sees a dry run."""

    piece: int = PIECE
    progress: Callable[[int], object] | None = None
    processes: int | None = None
    look: Callable[[Connection], object] | None = None

    def tell(self, done: Filled) -> None:
        """So many rows were dealt with."""
        if self.progress:
            self.progress(done.made + done.unchanged + done.failed.total())


def fill(
    settings: Settings, batch_id: int, *, dry_run: bool = False, progress: Callable[[int], object] | None = None,
    piece: int = PIECE, processes: int | None = None, look: Callable[[Connection], object] | None = None,
) -> Filled:  # fmt: skip
    """Make records of a batch's rows that wait; what was done. Raises Conflict for one still being read.

    `progress(rows dealt with)` is called after each piece of `piece` rows. Of people many rows go in several
    processes, as many as there are processors, MOST at most, unless `processes` says how many. At the end of a
    dry run `look` sees what it has made, before that is taken back.
    """
    batch = _batch(settings, batch_id)
    access, done, how = _operator(batch), Filled(), How(piece, progress, processes, look)
    if dry_run:
        _rehearse(settings, batch, access, done, how)
        return done
    if batch.register == "residents":
        _people(settings, batch, access, done, how)
    _one_by_one(access, _waiting(partial(owner_transaction, settings), batch.id), done, how)
    _follow(settings, batch)
    return done


# -- parts ---------------------------------------------------------------------------------


def _batch(settings: Settings, batch_id: int) -> Row:
    with owner_transaction(settings) as connection:
        batch = connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one_or_none()
    if batch is None or batch.state != codes.DONE:
        raise Conflict(N_("这个文件还没有读完，或未能导入。"))
    return batch


def _operator(batch: Row) -> Access:
    """Who sent the file, allowed everything inside the file's area: an operator does it at the machine."""
    scope = RowScope.from_ranges(zip(batch.scope[::2], batch.scope[1::2], strict=True))
    return Access(scope, ALL, batch.sent_by, unit=batch.unit)


def _people(settings: Settings, batch: Row, access: Access, done: Filled, how: How) -> None:
    """All plain rows, span by span of grids, each piece a transaction; the others go on waiting."""
    with owner_transaction(settings) as connection:
        spans = _spans(connection, batch.id, how.piece)
    count = how.processes or processes_for(sum(span.rows for span in spans), WORTH_A_PROCESS)

    def told(filled: Filled | Piece) -> None:
        done.add(filled)
        how.tell(done)

    def mine(span: Span) -> None:
        for one in _span(partial(owner_transaction, settings), batch.id, access, span, how.piece):
            told(one)

    with helping(count - 1, _work, batch.id, how.piece) as helpers:
        share(spans, mine, told, helpers)


def _work(batch_id: int, piece: int) -> Callable[[Span], Filled]:
    """What a helper does, in its own process, with the settings of its environment."""
    settings = get_settings()
    access = _operator(_batch(settings, batch_id))

    def do(span: Span) -> Filled:
        done = Filled()
        for one in _span(partial(owner_transaction, settings), batch_id, access, span, piece):
            done.add(one)
        return done

    return do


def _spans(connection: Connection, batch_id: int, piece: int) -> list[Span]:
    """Grids with rows that wait, put together until they are a piece; then regions that are none."""
    spans: list[Span] = []
    for key, rows in connection.execute(text(sql.SPANS), {"batch": batch_id}):
        if spans and spans[-1].rows + rows <= piece and (spans[-1].lo % 1000 == 0) == (key % 1000 == 0):
            spans[-1] = Span(spans[-1].lo, key, spans[-1].rows + rows)
        else:
            spans.append(Span(key, key, rows))
    return spans


def _span(begin: Callable, batch_id: int, access: Access, span: Span, most: int) -> Iterator[Filled]:
    """The plain rows of a span stored, each piece in a transaction that `begin` opens; what each did."""
    facts = {"batch": batch_id, "lo": span.lo, "hi": span.hi, "key": span.lo, "last": 0, "most": most}
    while True:
        with begin() as connection:
            connection.execute(text(sql.BY_INDEX))
            connection.execute(text(sql.NOT_WAITED_FOR))
            rows = [Waiting(*one) for one in read_rows(connection, sql.ROWS, facts)]
            if not rows:
                return
            piece = Piece(connection, access, rows)
            piece.store()
        yield Filled(piece.made, piece.unchanged, piece.failed)
        if len(rows) < most:
            return
        facts |= {"key": rows[-1].region_key, "last": rows[-1].id}


def _rehearse(settings: Settings, batch: Row, access: Access, done: Filled, how: How) -> None:
    """Everything a fill does, in one transaction that sees what it did before, and is taken back."""
    with owner_engine(settings).connect() as connection:
        begin = partial(_the_same, connection)
        if batch.register == "residents":
            for span in _spans(connection, batch.id, how.piece):
                for one in _span(begin, batch.id, access, span, how.piece):
                    done.add(one)
                    how.tell(done)
            connection.execute(text(sql.AS_EVER))
        connection.execute(text(access.settings_sql(sorted(all_registers()))))
        ids = _waiting(begin, batch.id)
        while chosen := list(islice(ids, MOST_AT_ONCE)):
            _add_claims(done, claim(Writing(connection, access), chosen))
            how.tell(done)
        if how.look:
            how.look(connection)
        connection.rollback()


@contextmanager
def _the_same(connection: Connection) -> Iterator[Connection]:
    yield connection


def _waiting(begin: Callable, batch_id: int) -> Iterator[int]:
    """Ids of a batch's rows that have not failed, read piece by piece."""
    mine = (row_table.c.batch_id == batch_id, row_table.c.state.in_(codes.OPEN), row_table.c.failure.is_(None))
    last = 0
    while True:
        query = select(row_table.c.id).where(*mine, row_table.c.id > last).order_by(row_table.c.id).limit(PIECE)
        with begin() as connection:
            ids = list(connection.scalars(query))
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _one_by_one(access: Access, ids: Iterator[int], done: Filled, how: How) -> None:
    """By the rules of a claim, MOST_AT_ONCE in a transaction."""
    while chosen := list(islice(ids, MOST_AT_ONCE)):
        with write(access) as work:
            outcome = claim(work, chosen)
        _add_claims(done, outcome)
        how.tell(done)


def _add_claims(done: Filled, outcome: Outcome) -> None:
    unchanged = len(outcome.along) + len(outcome.unchanged)
    done.add(Filled(len(outcome.claimed), unchanged, Counter(outcome.failed.values())))


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
