"""The daily rules of programmes ended again and again while they work: their process, or its database backend (#4).

Each run is a process of its own. It is ended at a statement of its own: while the database works on it, right after it,
or before the commit that follows, so that a blow falls within its work; it counts where the run had not ended before
and did end of it. The process is ended by SIGKILL, the backend by pg_terminate_backend, which the run notices as a lost
connection. A run that comes through is looked at (nobody missed, each told of once), and the work is laid out anew.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from geoapp.core import cluster_roles as roles
from geoapp.core.cluster_place import OWNER_ROLE, Place
from geoapp.core.settings import Settings

WAYS, MOMENTS = ("process", "backend"), ("in a statement", "after a statement", "before a commit")
BATCH, LATEST, SLOWEST = 200, 400, 0.02
"""Rows of a batch; the last statement a blow may follow; seconds that one in a statement waits at most."""
FINISHED, LOST = 0, 3
WORK = (
    "DELETE FROM enrolment_event WHERE region_key BETWEEN :lo AND :hi",
    "DELETE FROM enrolment WHERE region_key BETWEEN :lo AND :hi",
    "TRUNCATE message",
    "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, module, begins, ends, origin) "
    "SELECT r.county_code, r.region_key, r.id, p.code, p.closed, p.module, CAST(:day AS date) - 700, :day, 'synthetic' "
    "FROM resident r JOIN (VALUES ('resettlement', true, 'support', 0), ('hardship', false, NULL, 1)) "
    "AS p (code, closed, module, rest) ON r.id % 50 = p.rest "
    "WHERE r.state = 'active' AND r.region_key % 1000 > 0 AND r.region_key BETWEEN :lo AND :hi",
)
"""Nobody of the area is entered, some have their last day, nobody was told."""
LEFT = """
SELECT
    (SELECT count(*) FROM resident r WHERE r.state = 'active' AND r.birth_year < :year - 60 AND r.region_key % 1000 > 0
        AND r.region_key BETWEEN :lo AND :hi AND NOT EXISTS (SELECT FROM enrolment e
        WHERE e.county_code = r.county_code AND e.resident_id = r.id AND e.programme = 'elderly')) AS missed,
    (SELECT count(*) FROM enrolment e WHERE region_key BETWEEN :lo AND :hi AND (
        programme = 'resettlement' AND released_at IS NULL
        OR NOT EXISTS (SELECT FROM enrolment_event v WHERE v.enrolment_id = e.id))) AS without_event,
    (SELECT count(*) FROM enrolment_event WHERE region_key BETWEEN :lo AND :hi AND told_at IS NULL) AS untold,
    (SELECT count(*) FROM (SELECT enrolment_id FROM enrolment_event WHERE region_key BETWEEN :lo AND :hi
        GROUP BY 1 HAVING count(*) > 1) twice) AS events_twice,
    (SELECT count(*) FROM (
        SELECT 'programme:' || rule || ':' || programme || ':' || region_key || ':' || date(at) AS key, count(*) AS n
        FROM enrolment_event WHERE region_key BETWEEN :lo AND :hi GROUP BY 1
    ) happened FULL JOIN (
        SELECT key, count(*) AS times, max(CAST(facts->>'n' AS int)) AS n FROM message GROUP BY 1
    ) told USING (key)
    WHERE told.times IS DISTINCT FROM 1 OR told.n IS DISTINCT FROM happened.n) AS messages_wrong
"""
"""All of it is to be 0; one user manages the area, so each group of events is one message with its number."""


@dataclass
class Blows:
    """What struck, by way and moment; runs that came through; what one of them left wrong."""

    struck: Counter[str] = field(default_factory=Counter)
    through: int = 0
    wrong: str = ""

    @property
    def words(self) -> str:
        """One line."""
        by = ", ".join(f"{way} {n}" for way, n in sorted(self.struck.items()))
        right = self.wrong or "nobody missed, nobody told twice"
        return f"{self.struck.total()} kills struck the work ({by}); {self.through} runs came through: {right}"


@dataclass(frozen=True)
class Blow:
    """When and how: at the n-th statement, in `moment` of it; `delay` in seconds."""

    way: str
    moment: str
    statement: int
    delay: float


def strike(place: Place, settings: Settings, day: date, kills: int, area: tuple[int, int]) -> Blows:
    """End the rules of a day over the area so many times, in turns by all ways and moments."""
    chance, blows = random.Random(4), Blows()
    turns = [(way, moment) for moment in MOMENTS for way in WAYS]
    _lay_out(settings, day, area)
    while blows.struck.total() < kills and not blows.wrong:
        turn = turns[blows.struck.total() % len(turns)]
        if _one_run(place, settings, day, Blow(*turn, chance.randint(1, LATEST), chance.uniform(0, SLOWEST))):
            blows.struck[f"{turn[0]} {turn[1]}"] += 1
        else:
            blows.through += 1
            blows.wrong = _left(settings, day, area)
            _lay_out(settings, day, area)
    _one_run(place, settings, day, None)
    blows.through += 1
    blows.wrong = blows.wrong or _left(settings, day, area)
    return blows


# -- parts ---------------------------------------------------------------------------------


def _one_run(place: Place, settings: Settings, day: date, blow: Blow | None) -> bool:
    """Whether the blow ended it while it worked; without one it runs in peace."""
    forked = multiprocessing.get_context("fork")
    done = forked.Value("b", 0)
    run = forked.Process(target=_work, args=(place, settings, day, blow, done))
    _let_go(settings)
    run.start()
    run.join()
    if run.exitcode not in (FINISHED, LOST, -signal.SIGKILL):
        raise RuntimeError(f"the rules ended with {run.exitcode}")
    _wait_for_backends(place, settings)
    return run.exitcode != FINISHED and not done.value


def _work(place: Place, settings: Settings, day: date, blow: Blow | None, done: Any) -> None:
    """In the child: the rules with their messages, as the daily job runs them."""
    from sqlalchemy.exc import DBAPIError

    from geoapp.programmes import jobs, telling

    if blow:
        _fall(place, settings, blow)
    try:
        for _ in jobs.steps(jobs.run_of(settings, day, batch=BATCH)):
            telling.tell_waiting(settings)
        telling.tell_waiting(settings)
        done.value = 1
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        os._exit(LOST)
    os._exit(FINISHED)


def _fall(place: Place, settings: Settings, blow: Blow) -> None:
    """Listen to the statements of this process; at the one that is meant the blow falls."""
    from sqlalchemy import Engine, event

    hand = roles.connect(place, settings.database_name, OWNER_ROLE) if blow.way == "backend" else None
    begun = [0]

    def strike_now(backend: int) -> None:
        if hand is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            hand.execute("SELECT pg_terminate_backend(%s)", [backend])

    def strike_soon(backend: int) -> None:
        time.sleep(blow.delay)
        strike_now(backend)

    def before(_connection: Any, cursor: Any, *_more: Any) -> None:
        begun[0] += 1
        if begun[0] == blow.statement and blow.moment == MOMENTS[0]:
            threading.Thread(target=strike_soon, args=(_backend(cursor.connection),), daemon=True).start()

    def after(_connection: Any, cursor: Any, *_more: Any) -> None:
        if begun[0] == blow.statement and blow.moment == MOMENTS[1]:
            strike_now(_backend(cursor.connection))

    def commit(connection: Any) -> None:
        if begun[0] >= blow.statement and blow.moment == MOMENTS[2]:
            strike_now(_backend(connection.connection.dbapi_connection))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    event.listen(Engine, "commit", commit)


def _backend(connection: Any) -> int:
    """The process of the database that serves a connection."""
    return int(connection.info.backend_pid)


def _let_go(settings: Settings) -> None:
    """A process that is forked off must find no open connection."""
    from geoapp.core.db import owner_engine

    owner_engine(settings).dispose()


def _wait_for_backends(place: Place, settings: Settings) -> None:
    """Until the database has noticed that the process is gone, and has let its locks go."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    with roles.connect(place) as connection:
        while connection.execute(others, [settings.database_name]).fetchone()[0]:
            time.sleep(0.02)


def _lay_out(settings: Settings, day: date, area: tuple[int, int]) -> None:
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction

    with owner_transaction(settings) as connection:
        for statement in WORK:
            connection.execute(text(statement), {"lo": area[0], "hi": area[1], "day": day})


def _left(settings: Settings, day: date, area: tuple[int, int]) -> str:
    """What is wrong after a run that came through; empty where nothing is."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction

    with owner_transaction(settings) as connection:
        facts = {"lo": area[0], "hi": area[1], "year": day.year}
        found = connection.execute(text(LEFT), facts).one()._mapping
    return ", ".join(f"{name} {n}" for name, n in found.items() if n)
