"""First fills are tried out and written beside the requests, one at a time, in a process of their own.

`python -m geoapp.importing.fill_run` is started by the server (`geoapp.importing.background`) while one waits. Each
piece of a writing is a transaction, so a process that was killed is followed by another, which goes on behind the last
one; a dry run begins anew. Only one process deals with fills (an advisory lock, which dies with it).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, event, func, select, text, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.db import app_engine, owner_engine, owner_transaction, table_of
from geoapp.core.errors import Conflict, GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings, get_settings
from geoapp.importing import codes
from geoapp.importing.fill_report import WAITING, Report, dry_report_of, faults_of, report_of
from geoapp.importing.filling import PIECE, fill
from geoapp.importing.models import FirstFill, ImportBatch
from geoapp.importing.staging import drop_rows, row_table
from geoapp.messages.actions import send
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope

fill_table, batch_table = table_of(FirstFill), table_of(ImportBatch)
MOST_STARTS = 5
"""A fill that ends its process so often without getting on is given up."""
TOLD_EVERY = 1.0
"""Seconds between two notes of how far it is."""
_LOCK = text("SELECT pg_try_advisory_lock(hashtext('geoapp.first_fill'), 0)")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('geoapp.first_fill'), 0)")
_WAITING = text("""
SELECT f.batch_id FROM first_fill f JOIN import_batch b ON b.id = f.batch_id WHERE (
    f.state = 'checking' AND b.state IN ('done', 'failed', 'cancelled')
    OR f.state = 'writing'
    OR f.state IN ('checked', 'stopped') AND (f.asked_at IS NOT NULL OR f.stop_asked)
) AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = 0
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = (hashtext('geoapp.first_fill')::bigint & 4294967295)
) ORDER BY f.batch_id
""")
AfterPiece = Callable[[int], object]


class Stopped(Exception):
    """An administrator has stopped it, between two pieces."""


def waiting(settings: Settings) -> list[int]:
    """First fills with something to be done, the oldest first; none while a process deals with one."""
    with owner_transaction(settings) as connection:
        return list(connection.scalars(_WAITING))


def run_fill(settings: Settings, batch_id: int, *, piece: int = PIECE, after_piece: AfterPiece | None = None) -> bool:
    """Carry out the next step of a fill to its end; False where another process deals with fills.

    `after_piece(rows dealt with)` is called when a piece of `piece` rows was noted.
    """
    with _alone(settings) as mine:
        if not mine:
            return False
        with _seeing(settings, batch_id):
            _step(settings, batch_id, piece, after_piece)
    return True


def main() -> None:
    """Deal with all first fills that wait, then end."""
    settings = get_settings()
    for batch_id in waiting(settings):
        run_fill(settings, batch_id)


# -- parts ---------------------------------------------------------------------------------


def _step(settings: Settings, batch_id: int, piece: int, after_piece: AfterPiece | None) -> None:
    with owner_transaction(settings) as connection:
        asked = select(batch_table, *(c.label(f"fill_{c.name}") for c in fill_table.columns if c.name != "batch_id"))
        joined = asked.join(fill_table, fill_table.c.batch_id == batch_table.c.id)
        one = connection.execute(joined.where(batch_table.c.id == batch_id)).one()
        if one.fill_stop_asked and one.fill_asked_at is not None and one.fill_state != "writing":
            _set(connection, batch_id, asked_at=None, stop_asked=False)  # the writing had not begun
            return
        if _drops(one):
            drop_rows(connection, batch_id)
            state = "dropped" if one.fill_report is None else "written"
            _set(connection, batch_id, state=state, stop_asked=False, ended_at=func.now())
            return
        if one.fill_starts >= MOST_STARTS:
            _give_up(connection, one, Conflict(N_("处理这个文件的进程多次中断，已不再尝试。")))
            return
        writing = one.fill_dry is not None
        _begin(connection, one, "writing" if writing else "checking")
    noting = _Noting(settings, batch_id, writing, after_piece)
    seen: Report = {}
    try:
        fill(
            settings, batch_id, dry_run=not writing, progress=noting, piece=piece,
            look=lambda connection: seen.update(dry_report_of(connection, batch_id)),
        )  # fmt: skip
    except Stopped:
        _stopped(settings, one)
    except GeoappError as error:
        with owner_transaction(settings) as connection:
            _give_up(connection, one, error)
    else:
        _written(settings, one) if writing else _checked(settings, one, seen)


def _drops(one: Row) -> bool:
    """Nothing was written, and nothing shall be: the file could not be read, or it was stopped before its writing."""
    if one.fill_state == "checking" and one.state != codes.DONE:
        return True
    return bool(one.fill_stop_asked) and one.fill_state in ("checking", "checked", "stopped")


def _begin(connection: Connection, one: Row, state: str) -> None:
    """Rows that became records or could not were dealt with by a run before."""
    mine = row_table.c.batch_id == one.id
    left = int(connection.scalar(select(func.count()).select_from(row_table).where(mine, WAITING)) or 0)
    before = one.good - left if state == "writing" else 0
    _set(
        connection, one.id, state=state, starts=one.fill_starts + 1, total=one.good, begun_done=before, done=before,
        begun_at=func.now(), moved_at=func.now(), error=None,
    )  # fmt: skip


class _Noting:
    """Notes how far a fill is, at most once in TOLD_EVERY seconds, and sees whether it was stopped."""

    def __init__(self, settings: Settings, batch_id: int, writing: bool, after_piece: AfterPiece | None) -> None:
        self._settings, self._id, self._after, self._last = settings, batch_id, after_piece, 0.0
        self._more: dict[str, int] = {"starts": 0} if writing else {}  # a dry run begins anew and gets nowhere

    def __call__(self, rows: int) -> None:
        """So many rows of this run were dealt with. Raises Stopped."""
        moment = time.monotonic()
        if moment - self._last >= TOLD_EVERY or self._after:
            self._last = moment
            far = fill_table.c.begun_done + rows
            with owner_transaction(self._settings) as connection:
                note = update(fill_table).where(fill_table.c.batch_id == self._id)
                moved = note.values(done=func.least(far, fill_table.c.total), moved_at=func.now(), **self._more)
                stopped = connection.scalar(moved.returning(fill_table.c.stop_asked))
            if self._after:
                self._after(rows)
            if stopped:
                raise Stopped


def _checked(settings: Settings, one: Row, seen: Report) -> None:
    """The dry run has ended; its report is what may be asked for."""
    with owner_transaction(settings) as connection:
        more = {"sha256": one.sha256, "faults": faults_of(connection, one.id)}
        _end(connection, one, "checked", "fill_checked", dry=seen | more)


def _written(settings: Settings, one: Row) -> None:
    with owner_transaction(settings) as connection:
        _end(connection, one, "written", "fill_written", report=report_of(connection, one.id))


def _stopped(settings: Settings, one: Row) -> None:
    """What was written stays; a dry run that was stopped leaves nothing."""
    with owner_transaction(settings) as connection:
        if one.fill_dry is None:
            drop_rows(connection, one.id)
            _set(connection, one.id, state="dropped", stop_asked=False, ended_at=func.now())
            return
        _end(connection, one, "stopped", "fill_stopped", report=report_of(connection, one.id))


def _give_up(connection: Connection, one: Row, error: GeoappError) -> None:
    """It cannot go on: a dry run has ended with nothing, a writing may be asked for again."""
    said = {locale: error.message(locale) for locale in ("zh", "en")}
    if one.fill_dry is None:
        drop_rows(connection, one.id)
        _end(connection, one, "dropped", "fill_failed", error=said)
    else:
        _end(connection, one, "stopped", "fill_failed", error=said, report=report_of(connection, one.id))


def _end(connection: Connection, one: Row, state: str, told: str, **values: Any) -> None:
    """A step has ended: its state, an event, a message to who started it."""
    report: Report = values.get("report") or values.get("dry") or {}
    values |= {"state": state, "asked_at": None, "starts": 0, "ended_at": func.now()}
    if state != "checked":  # who stopped a dry run in its last moment wants nothing of it
        values["stop_asked"] = False
    _set(connection, one.id, **values)
    scope = RowScope.from_ranges(zip(one.scope[::2], one.scope[1::2], strict=True))
    who = Access(scope, user_id=one.fill_asked_by or one.sent_by, unit=one.unit)
    made, bad = int(report.get("made", 0)), sum(report.get("failed", {}).values()) + one.bad
    record(
        connection, who, Action.CHANGE, register=one.register, count=made, area_key=one.region_key,
        facts={"step": told, "failed": bad},
    )  # fmt: skip
    readers = {one.sent_by, who.user_id or one.sent_by}
    send(connection, readers, f"fill:{one.id}", told, {"file": one.file_name}, f"/fills/{one.id}")


def _set(connection: Connection, batch_id: int, **values: Any) -> None:
    connection.execute(update(fill_table).where(fill_table.c.batch_id == batch_id).values(**values))


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether this process alone deals with first fills."""
    with owner_engine(settings).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(_LOCK):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(_UNLOCK)


@contextmanager
def _seeing(settings: Settings, batch_id: int) -> Iterator[None]:
    """Connections of this process see the rows of a file that is not written yet (migration 0048)."""
    engine = app_engine(settings)

    def opened(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET app.fill = '{batch_id:d}'")
        connection.commit()

    event.listen(engine, "connect", opened)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", opened)
        engine.dispose()


if __name__ == "__main__":
    main()
