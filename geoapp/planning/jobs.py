"""Work outside the requests: a queue in the database, done by a process of its own (`runner`)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select, text, update

from geoapp.core.clock import now
from geoapp.core.db import owner_engine, owner_transaction, table_of
from geoapp.core.errors import GeoappError, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings
from geoapp.planning import documents, plans
from geoapp.planning.models import PlanJob, PlanProposal
from grids_boundaries.access import Access

log = logging.getLogger("geoapp.planning")
job, proposal = table_of(PlanJob), table_of(PlanProposal)
OPEN = ("queued", "running")
_CLASS = 0x706C
"""First half of the advisory locks that running jobs hold, so that they are nobody else's."""
MOST_OPEN = 10
"""Jobs of one plan that wait or run."""
_NEXT = text("""
UPDATE plan_job SET state = 'running', started_at = now(), done = 0
WHERE id = (SELECT id FROM plan_job WHERE state = 'queued' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING *
""")
_LOST = text(
    "UPDATE plan_job SET state = 'queued' WHERE state = 'running' AND pg_try_advisory_xact_lock(:class, id::integer)"
)
"""A job whose process is gone: its lock went with its connection."""
_HOLD = text("SELECT pg_advisory_lock(:class, CAST(:id AS integer))")
_LET_GO = text("SELECT pg_advisory_unlock(:class, CAST(:id AS integer))")
_BEAT = text("UPDATE plan_job SET done = :done, total = :total WHERE id = :id AND state = 'running' RETURNING id")
Work = Callable[[Settings, Row[Any], Callable[[int, int], bool]], None]
"""Does a job; the function it is given tells progress and answers whether to go on."""


def document(connection: Connection, access: Access, job_id: int, locale: str) -> dict[str, Any]:
    """One job of the reader's area. Raises NotFound."""
    row = connection.execute(
        select(job).where(access.scope.clause(job.c.region_key), job.c.id == job_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    made = connection.scalar(select(proposal.c.id).where(proposal.c.job_id == job_id))
    return documents.job_document(row, made, locale)


def open_jobs(connection: Connection, plan_id: int, locale: str) -> list[dict[str, Any]]:
    """Jobs of a plan that wait or run."""
    query = select(job).where(job.c.plan_id == plan_id, job.c.state.in_(OPEN)).order_by(job.c.id)
    return [documents.job_document(row, None, locale) for row in connection.execute(query)]


def cancel(connection: Connection, access: Access, job_id: int) -> None:
    """End a job that waits or runs; what runs hears of it within a second. Raises NotFound."""
    mine = (access.scope.clause(job.c.region_key), job.c.id == job_id)
    row = connection.execute(select(job).where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    plans.find_plan(connection, access, row.plan_id)
    values = {"state": "cancelled", "ended_at": now()}
    connection.execute(update(job).where(*mine, job.c.state.in_(OPEN)).values(values))


def waiting(settings: Settings) -> bool:
    """Whether there is work, or somebody in an editor who may soon ask for some."""
    with owner_transaction(settings) as connection:
        return bool(connection.scalar(text(
            "SELECT EXISTS (SELECT FROM plan_job WHERE state IN ('queued', 'running')) "
            "OR EXISTS (SELECT FROM plan_lock WHERE until > now())"
        )))  # fmt: skip


def run_next(settings: Settings, work: Work) -> bool:
    """Do the next job, if there is one; what fails is told in its row."""
    with owner_engine(settings).connect() as connection:
        with connection.begin():
            connection.execute(_LOST, {"class": _CLASS})
        with connection.begin():
            row = connection.execute(_NEXT).one_or_none()
            if row is None:
                return False
            held = {"class": _CLASS, "id": row.id}
            connection.execute(_HOLD, held)
        try:
            _do(settings, row, work)
        finally:
            with connection.begin():
                connection.execute(_LET_GO, held)
    return True


def _do(settings: Settings, row: Row[Any], work: Work) -> None:
    def beat(done: int, total: int) -> bool:
        with owner_transaction(settings) as connection:
            return connection.execute(_BEAT, {"id": row.id, "done": done, "total": total}).rowcount == 1

    error: dict[str, Any] | None = None
    try:
        work(settings, row, beat)
    except GeoappError as failed:
        error = {"msgid": failed.msgid, "facts": {name: str(value) for name, value in failed.facts.items()}}
    except Exception as failed:
        log.error("planning job failed", exc_info=failed)
        error = {"msgid": N_("生成失败，已记录。"), "facts": {}}
    _end(settings, row.id, error)


def _end(settings: Settings, job_id: int, error: dict[str, Any] | None) -> None:
    values = {"state": "failed" if error else "done", "error": error, "ended_at": now()}
    with owner_transaction(settings) as connection:
        connection.execute(update(job).where(job.c.id == job_id, job.c.state == "running").values(values))
