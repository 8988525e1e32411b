"""The daily rules of programmes beside the same selection in plain SQL, and kills while they work (#4, figures).

    python -m bench.programmes [--houses 1000000] [--kills 50]

Works in a copy of a measured city, which is dropped at the end. The first day enters everybody of age; then that day
is measured again: nothing to do, as many birthdays as a day has, a month's worth of terms at their end. Plain SQL
selects whom the rules concern, by one statement for each rule and no more.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from statistics import median

from sqlalchemy import text

from bench import kills, place
from bench.fill import READER
from bench.place import HOME, say
from geoapp.core import cluster_roles as roles
from geoapp.core.settings import Settings

DATABASE, LIMIT, ROUNDS = "bench_programmes", 2.0, 3
CORNER = 20_000
"""People of the part of the city in which the rules are killed."""
PLAIN = (
    "SELECT r.id, r.region_key, CASE WHEN r.birth_year = :year - 60 THEN r.birth_date_enc END FROM resident r "
    "WHERE r.state = 'active' AND r.birth_year <= :year - 60 AND NOT EXISTS (SELECT FROM enrolment e "
    "WHERE e.county_code = r.county_code AND e.resident_id = r.id AND e.programme = 'elderly')",
    "SELECT id, region_key, programme FROM enrolment WHERE released_at IS NULL AND ends <= :day",
    "SELECT e.id FROM enrolment e JOIN resident r ON r.county_code = e.county_code AND r.id = e.resident_id "
    "WHERE e.released_at IS NULL AND r.state <> 'active'",
)
DAYS = {
    "without anything to do": (),
    "on which some come of age": (
        "DELETE FROM enrolment_event v USING enrolment e WHERE v.enrolment_id = e.id AND e.programme = 'elderly' AND "
        "e.resident_id % 5000 = 0", "DELETE FROM enrolment WHERE programme = 'elderly' AND resident_id % 5000 = 0",
    ),
    "on which a month's terms end": (
        "DELETE FROM enrolment_event WHERE programme = 'resettlement'",
        "DELETE FROM enrolment WHERE programme = 'resettlement'",
        "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, begins, ends, origin) "
        "SELECT county_code, region_key, id, 'resettlement', true, :begins, :day, 'synthetic' FROM resident "
        "WHERE state = 'active' AND id % 3000 = 0 AND region_key % 1000 > 0",
    ),
}  # fmt: skip
"""What a day finds, laid out before each turn."""
MANAGED = (
    "UPDATE app_user SET active = username = :reader",
    "DELETE FROM programme_role",
    "INSERT INTO programme_role (user_id, programme, area_code, ends_at) "
    "SELECT id, 'resettlement', '9999', '2099-01-01' FROM app_user WHERE username = :reader",
    "INSERT INTO module (key, is_on, changed_at) VALUES ('support', true, now()) "
    "ON CONFLICT (key) DO UPDATE SET is_on = true",
    "UPDATE enrolment_event SET told_at = now()",
)
"""One user manages everything, so that there is somebody to tell."""
A_CORNER = text(
    "SELECT min(region_key), max(region_key) FROM (SELECT region_key FROM resident ORDER BY region_key LIMIT :n) first"
)


def main() -> int:
    """Measure, print; 1 where a figure is missed."""
    parser = argparse.ArgumentParser("bench.programmes", description=__doc__)
    parser.add_argument("--houses", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    asked = parser.parse_args()
    with place.cluster() as cluster:
        source = place.city(cluster, asked.houses).database
        say("  a copy to work in")
        roles.drop_database(cluster.place, DATABASE)
        roles.create_database(cluster.place, DATABASE, source, strategy="FILE_COPY")
        os.environ |= {"GEOAPP_DATA_DIR": str(HOME), "GEOAPP_DATABASE_NAME": DATABASE, "GEOAPP_LOG_LEVEL": "ERROR"}
        from geoapp.core.db import owner_engine
        from geoapp.core.settings import get_settings

        try:
            missed = _measured(get_settings()) + _struck(cluster, get_settings(), asked.kills)
        finally:
            owner_engine().dispose()
            roles.drop_database(cluster.place, DATABASE)
    return 1 if missed else 0


def _measured(settings: Settings) -> list[str]:
    from geoapp.core.clock import today
    from geoapp.core.db import owner_transaction
    from geoapp.programmes.jobs import run_rules

    with owner_transaction() as connection:
        people = connection.scalar(text("SELECT count(*) FROM resident"))
        connection.execute(text("TRUNCATE enrolment, enrolment_event"))
    day = today()

    def plain() -> None:
        with owner_transaction() as connection:
            for statement in PLAIN:
                connection.execute(text(statement), {"year": day.year, "day": day}).all()

    first = _timed(lambda: run_rules(settings, day))
    with owner_transaction() as connection:
        entered = connection.scalar(text("SELECT count(*) FROM enrolment"))
        connection.execute(text("ANALYZE enrolment, enrolment_event"))
    print(f"{people:,} residents; the first day enters {entered:,} in {first:.1f} s", flush=True)
    missed = []
    for what, statements in DAYS.items():
        def lay_out(these: Sequence[str] = statements) -> None:
            with owner_transaction() as connection:
                for statement in these:
                    connection.execute(text(statement), {"begins": day - timedelta(days=700), "day": day})

        ours, theirs, n = _turns(lay_out, lambda: run_rules(settings, day), plain)
        missed += _told(f"a day {what} ({n:,})", ours, theirs)
    return missed


def _told(what: str, ours: float, theirs: float) -> list[str]:
    reached = ours <= LIMIT * theirs
    said = f"{what}: {ours:.2f} s, plain SQL {theirs:.2f} s, ratio {ours / theirs:.2f}"
    print(f"{said}, <= {LIMIT}: {'reached' if reached else 'MISSED'}", flush=True)
    return [] if reached else [what]


def _turns(
    lay_out: Callable[[], object], ours: Callable[[], int], theirs: Callable[[], object]
) -> tuple[float, float, int]:
    """Middle seconds of both, done in turns, and what ours changed; one of each goes before, so that nobody reads from
    disk for the other."""
    spent, changed = [], 0
    for _ in range(ROUNDS + 1):
        lay_out()
        plain, start = _timed(theirs), time.perf_counter()
        changed = ours()
        spent.append((time.perf_counter() - start, plain))
    return median(one for one, _ in spent[1:]), median(one for _, one in spent[1:]), changed


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _struck(found: place.Cluster, settings: Settings, wanted: int) -> list[str]:
    """Kills while the rules work on a corner of the city; what was wrong."""
    from geoapp.core.clock import today
    from geoapp.core.db import owner_transaction

    if not wanted:
        return []
    with owner_transaction() as connection:
        for statement in MANAGED:
            connection.execute(text(statement), {"reader": READER})
        lo, hi = connection.execute(A_CORNER, {"n": CORNER}).one()
    day: date = today()
    start = time.perf_counter()
    blows = kills.strike(found.place, settings, day, wanted, (lo, hi))
    print(f"{blows.words}; {time.perf_counter() - start:.0f} s", flush=True)
    return [blows.wrong] if blows.wrong else []


if __name__ == "__main__":
    say("the daily rules of programmes")
    sys.exit(main())
