"""From a sent file to rows that wait to be claimed: read in a limited child, checked, placed, sent by COPY.

One process at a time deals with a batch (an advisory lock, which dies with it). Each piece of rows and
how far the batch is commit together, and a row's id is known from its number in the file: a run that
was killed goes on where the last commit was, and no row is lost or written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple

from sqlalchemy import Connection, Row, delete, func, text, update

from geoapp.core.bulk import copy_rows
from geoapp.core.db import owner_engine, owner_transaction, table_of
from geoapp.core.errors import GeoappError, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings, get_settings
from geoapp.importing import codes, files
from geoapp.importing.models import ImportBatch, ImportRow
from geoapp.importing.places import Places
from geoapp.importing.positions import Unclear
from geoapp.importing.rows import COLUMNS, STATE, Stage
from geoapp.importing.same import current_hashes, hash_of
from geoapp.loading.files import Source
from geoapp.loading.options import Limits, LoadOptions
from geoapp.loading.reader import Reader, ReaderKilled, Wish, reader_process
from geoapp.messages.actions import send
from grids_boundaries.scope import RowScope

__all__ = [
    "LIMITS", "AfterPiece", "Cancelled", "batch_table", "current_hashes", "drop_rows", "hash_of", "row_table",
    "run_batch", "waiting",
]  # fmt: skip
batch_table, row_table = table_of(ImportBatch), table_of(ImportRow)
LIMITS = Limits(memory_mb=512, cpu_seconds=600, silent_seconds=120, unpacked_mb=files.UNPACKED_MB)
"""What reading one file of 500,000 rows may cost."""
MOST_STARTS = 10
"""So often reading one file is begun without getting any further: it may be the file that ends its readers."""
AfterPiece = Callable[[int], object]


_LOCK = text("SELECT pg_try_advisory_lock(hashtext('geoapp.import'), CAST(:id AS integer))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('geoapp.import'), CAST(:id AS integer))")
_WAITING = text("""
SELECT id FROM import_batch WHERE (
    state IN ('waiting', 'running') OR state = 'asking' AND (crs IS NOT NULL OR cancel_asked)
) AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = import_batch.id::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = (hashtext('geoapp.import')::bigint & 4294967295)
) ORDER BY id
""")


class Cancelled(Exception):
    """Its sender has stopped the batch."""


def run_batch(settings: Settings, batch_id: int, after_piece: AfterPiece | None = None) -> bool:
    """Deal with a batch to its end; False where another process does, or it has ended.

    `after_piece(rows dealt with)` is called after each commit.
    """
    with _alone(settings, batch_id) as mine:
        if not mine:
            return False
        batch = _begin(settings, batch_id, (codes.WAITING, codes.RUNNING, codes.ASKING))
        if batch is None:
            return False
        try:
            while not _read(settings, batch, after_piece):
                batch = _begin(settings, batch_id, (codes.RUNNING,)) or batch
            _end(settings, batch, codes.DONE)
        except Cancelled:
            _end(settings, batch, codes.CANCELLED)
        except Unclear as unclear:
            _ask(settings, batch, unclear)
        except FileNotFoundError:
            missing = InvalidInput(N_("保存的文件已不在，请重新上传。"))
            _end(settings, batch, codes.FAILED, missing)
        except GeoappError as error:
            _end(settings, batch, codes.FAILED, error)
    return True


def _begin(settings: Settings, batch_id: int, states: tuple[str, ...]) -> Row | None:
    """The batch as it stands, once more begun."""
    t = batch_table
    begun = update(t).where(t.c.id == batch_id, t.c.state.in_(states))
    with owner_transaction(settings) as connection:
        said = begun.values(state=codes.RUNNING, starts=t.c.starts + 1).returning(t)
        return connection.execute(said).one_or_none()


def _read(settings: Settings, batch: Row, after_piece: AfterPiece | None) -> bool:
    """Read on from where the batch is; False where the reader was killed from outside.

    Raises Cancelled, Unclear, FileNotFoundError, InvalidInput for what is wrong with the file.
    """
    if batch.cancel_asked:
        raise Cancelled
    if batch.starts > MOST_STARTS:
        raise InvalidInput(
            N_("读到第 %(row)s 行之后，读取进程连续 %(times)s 次被终止，已停止。请检查后面的内容，或拆分文件。"),
            field="file", row=batch.done, times=MOST_STARTS,
        )  # fmt: skip
    try:
        with files.opened(settings, batch.stored) as path:
            _read_on(settings, batch, Source(path, "cells"), after_piece)
    except ReaderKilled:
        return False
    return True


def _read_on(settings: Settings, batch: Row, source: Source, after_piece: AfterPiece | None) -> None:
    layer = "csv" if batch.file_kind == "csv" else None
    options = LoadOptions(layer_name=layer, limits=LIMITS, settings=settings)
    with (
        reader_process() as process, owner_engine(settings).connect() as connection,
        _Writer(settings, batch, after_piece) as writer,
    ):  # fmt: skip
        reader = Reader(process, source, options, lambda: None)
        scope = RowScope.from_ranges(zip(batch.scope[::2], batch.scope[1::2], strict=True))
        stage = Stage(batch, Places(connection, scope, batch.region_key, batch.crs))
        connection.commit()
        for piece in reader.rows(Wish(())):
            if stage.known is None:
                stage.begin(piece)
            if piece.first + piece.size <= batch.done:
                continue
            rows = stage.rows(piece, batch.done)
            connection.commit()
            writer.write(piece.first + piece.size, rows)
        writer.end()
        if stage.known is None:
            raise InvalidInput(N_("文件中没有内容。"), field="file")
        if not batch.good + batch.bad + writer.rows:
            raise InvalidInput(N_("文件只有表头，没有数据。"), field="file")


class _Writer:
    """Writes one piece beside the making of the next; a piece and how far the batch is commit together."""

    def __init__(self, settings: Settings, batch: Row, after_piece: AfterPiece | None) -> None:
        self._batch, self._after, self._done = batch, after_piece, batch.done
        self._thread = ThreadPoolExecutor(1)
        self._connection = owner_engine(settings).connect()
        self._last: Future[int] | None = None
        self.rows = 0

    def __enter__(self) -> _Writer:
        types = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        with self._connection.begin():
            self._connection.execute(text(f"CREATE TEMP TABLE import_piece ({types}) ON COMMIT DELETE ROWS"))
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        self._connection.invalidate()  # the temporary table goes with the session
        self._connection.close()

    def write(self, done: int, rows: list[tuple]) -> None:
        """Store the rows up to number `done` of the file, once those before are stored. Raises Cancelled."""
        self.end()
        self.rows += len(rows)
        self._last = self._thread.submit(self._write, done, rows)

    def end(self) -> None:
        """Wait until all is stored. Raises Cancelled."""
        if self._last is None:
            return
        done = self._last.result()
        self._last = None
        if self._after:
            self._after(done)

    def _write(self, done: int, rows: list[tuple]) -> int:
        bad = sum(row[STATE] == codes.REFUSED for row in rows)
        t, connection = batch_table.c, self._connection
        with connection.begin():
            on = (t.id == self._batch.id, t.done == self._done, t.state == codes.RUNNING, ~t.cancel_asked)
            step = update(batch_table).where(*on).values(
                done=done, good=t.good + len(rows) - bad, bad=t.bad + bad, starts=0
            )
            if connection.execute(step).rowcount != 1:
                raise Cancelled
            # COPY does not go through row policies, an INSERT does
            names = ", ".join(COLUMNS)
            copy_rows(connection, "import_piece", COLUMNS, rows)
            connection.execute(text(f"INSERT INTO import_row ({names}) SELECT {names} FROM import_piece"))  # noqa: S608
        self._done = done
        return done


# -- parts ---------------------------------------------------------------------------------


def _ask(settings: Settings, batch: Row, unclear: Unclear) -> None:
    """The batch waits for its sender to choose a system of coordinates; it goes on where it is."""
    asked = update(batch_table).where(batch_table.c.id == batch.id)
    samples = [list(astuple(sample)) for sample in unclear.samples]
    with owner_transaction(settings) as connection:
        connection.execute(asked.values(state=codes.ASKING, unclear=samples, starts=0))
        facts, url = {"file": batch.file_name}, f"/imports/{batch.id}"
        send(connection, [batch.sent_by], f"import_asks:{batch.id}", "import_asks", facts, url)


def _end(settings: Settings, batch: Row, state: str, error: GeoappError | None = None) -> None:
    """The batch has ended; of one that was stopped go the rows nobody has claimed, and every file."""
    said = {locale: error.message(locale) for locale in ("zh", "en")} if error else None
    with owner_transaction(settings) as connection:
        if state != codes.DONE:
            drop_rows(connection, batch.id)
        ended = update(batch_table).where(batch_table.c.id == batch.id)
        connection.execute(ended.values(state=state, error=said, ended_at=func.now()))
    files.drop(settings, batch.stored)


def drop_rows(connection: Connection, batch_id: int) -> int:
    """The rows of a batch that nobody has claimed go."""
    mine = (row_table.c.batch_id == batch_id, row_table.c.state < codes.CLAIMED)
    return int(connection.execute(delete(row_table).where(*mine)).rowcount)


@contextmanager
def _alone(settings: Settings, batch_id: int) -> Iterator[bool]:
    """Whether this process alone deals with the batch."""
    with owner_engine(settings).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        words = {"id": batch_id}
        if not connection.scalar(_LOCK, words):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(_UNLOCK, words)


def waiting(settings: Settings) -> list[int]:
    """Batches that have not ended and that no process deals with, the oldest first."""
    with owner_transaction(settings) as connection:
        return list(connection.scalars(_WAITING))


def main() -> None:
    """`python -m geoapp.importing.staging`: deal with all batches that wait, then end."""
    settings = get_settings()
    for batch_id in waiting(settings):
        run_batch(settings, batch_id)


if __name__ == "__main__":
    main()
