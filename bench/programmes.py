"""The daily rules of programmes beside the same selection in plain SQL, and 50 kills (#4, "Figures to reach").

    python -m bench.programmes [--houses 100000] [--kills 50]

Works in a copy of a measured city, which is dropped at the end. Three days are measured: the first, which
enters everybody of age; the same day again, which finds nothing; and that day with a month's worth of
terms at their end. Plain SQL selects whom the rules concern, by one statement for each rule and no more.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from bench import place
from bench.place import HOME, say
from geoapp.core import cluster_roles as roles

DATABASE, LIMIT, ROUNDS = "bench_programmes", 2.0, 3
PLAIN = (
    "SELECT r.id, r.region_key, CASE WHEN r.birth_year = :year - 60 THEN r.birth_date_enc END FROM resident r "
    "WHERE r.state = 'active' AND r.birth_year <= :year - 60 AND NOT EXISTS (SELECT FROM enrolment e "
    "WHERE e.county_code = r.county_code AND e.resident_id = r.id AND e.programme = 'elderly')",
    "SELECT id, region_key, programme FROM enrolment WHERE released_at IS NULL AND ends <= :day",
    "SELECT e.id FROM enrolment e JOIN resident r ON r.county_code = e.county_code AND r.id = e.resident_id "
    "WHERE e.released_at IS NULL AND r.state <> 'active'",
)


class Killed(Exception):
    """The process ends here."""


def main() -> int:
    """Measure, print; 1 where a figure is missed."""
    parser = argparse.ArgumentParser("bench.programmes", description=__doc__)
    parser.add_argument("--houses", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    asked = parser.parse_args()
    with place.cluster() as cluster:
        source = f"bench_{asked.houses}"
        roles.drop_database(cluster.place, DATABASE)
        roles.create_database(cluster.place, DATABASE, source)
        os.environ |= {"GEOAPP_DATA_DIR": str(HOME), "GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_LOG_LEVEL": "ERROR"}
        try:
            return _measured(asked.kills)
        finally:
            from geoapp.core.db import owner_engine

            owner_engine().dispose()
            roles.drop_database(cluster.place, DATABASE)


def _measured(kills: int) -> int:
    from sqlalchemy import text

    from geoapp.core.clock import today
    from geoapp.core.db import owner_transaction
    from geoapp.core.migrate import upgrade
    from geoapp.core.settings import get_settings
    from geoapp.programmes.jobs import run_rules

    settings = get_settings()
    upgrade(settings)
    with owner_transaction() as connection:
        people = connection.scalar(text("SELECT count(*) FROM resident"))
        connection.execute(text("TRUNCATE enrolment, enrolment_event"))
    day = today()

    def plain() -> None:
        with owner_transaction() as connection:
            for statement in PLAIN:
                connection.execute(text(statement), {"year": day.year, "day": day}).all()

    missed = []
    first = _timed(lambda: run_rules(settings, day))
    with owner_transaction() as connection:
        entered = connection.scalar(text("SELECT count(*) FROM enrolment"))
        connection.execute(text("ANALYZE"))
    print(f"{people:,} residents; the first day enters {entered:,} in {first:.1f} s", flush=True)
    ours, theirs = _turns(lambda: run_rules(settings, day), plain)
    missed += _told("a day without anything to do", ours, theirs)
    with owner_transaction() as connection:
        connection.execute(_DUE, {"begins": day - timedelta(days=700), "ends": day})
        due = connection.scalar(text("SELECT count(*) FROM enrolment WHERE programme = 'resettlement'"))
    theirs, ours = _timed(plain), _timed(lambda: run_rules(settings, day))
    missed += _told(f"a day that releases {due:,}", ours, theirs)
    wrong = _killed(settings, day, kills)
    print(f"{kills} kills: {wrong}" if wrong else f"{kills} kills: nobody missed, nobody told twice")
    return 1 if missed or wrong else 0


def _told(what: str, ours: float, theirs: float) -> list[str]:
    reached = ours <= LIMIT * theirs
    said = f"{what}: {ours:.2f} s, plain SQL {theirs:.2f} s, ratio {ours / theirs:.2f}"
    print(f"{said}, <= {LIMIT}: {'reached' if reached else 'MISSED'}", flush=True)
    return [] if reached else [what]


def _due() -> object:
    from sqlalchemy import text

    return text(
        "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, begins, ends, origin) "
        "SELECT county_code, region_key, id, 'resettlement', true, :begins, :ends, 'synthetic' FROM resident "
        "WHERE state = 'active' AND id % 3000 = 0 AND region_key % 1000 > 0"
    )


_DUE = _due()


def _turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    spent = [(_timed(ours), _timed(theirs)) for _ in range(ROUNDS)]
    return median(one for one, _ in spent), median(one for _, one in spent)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _killed(settings: object, day: object, kills: int) -> str:
    """Enrolments and messages of one street anew, ended before a random statement again and again."""
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction
    from geoapp.programmes import jobs, telling

    with owner_transaction() as connection:
        connection.execute(text("TRUNCATE enrolment, enrolment_event, message"))
        wanted = connection.scalar(text(f"SELECT count(*) FROM ({PLAIN[0]}) found WHERE true"), {"year": day.year - 1})
    chance, done = random.Random(4), 0
    while done < kills:
        try:
            with _ending_at(chance.randint(1, 400)):
                for _ in jobs.steps(jobs.run_of(settings, day, batch=500)):
                    telling.tell_waiting(settings)
                break
        except Killed:
            done += 1
    for _ in jobs.steps(jobs.run_of(settings, day)):
        pass
    telling.tell_waiting(settings)
    with owner_transaction() as connection:
        found = connection.execute(text(
            "SELECT (SELECT count(*) FROM enrolment) AS entered, (SELECT count(*) FROM enrolment_event) AS events, "
            "(SELECT count(*) FROM enrolment_event WHERE told_at IS NULL) AS untold, "
            "(SELECT count(*) FROM (SELECT 1 FROM message GROUP BY user_id, key HAVING count(*) > 1) twice) AS twice"
        )).one()  # fmt: skip
    right = found.entered == found.events and found.entered >= wanted and not found.untold and not found.twice
    return "" if right and done == kills else f"{done} done, {tuple(found)}, at least {wanted} expected"


@contextmanager
def _ending_at(fatal: int) -> Iterator[None]:
    from sqlalchemy import Engine, event

    count = [0]

    def end(*_args: object) -> None:
        count[0] += 1
        if count[0] == fatal:
            raise Killed

    event.listen(Engine, "before_cursor_execute", end)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", end)


if __name__ == "__main__":
    say("the daily rules of programmes")
    sys.exit(main())
