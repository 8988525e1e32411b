"""The daily rules over everybody: edges, once each, killed anywhere (A4.1, A4.2, A4.5, A5.1, A5.3, A18 (5), (7))."""

from __future__ import annotations

import os
import random
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine, event

from geoapp.core.clock import today
from geoapp.core.crypto import encrypt
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from geoapp.messages.codes import KINDS
from geoapp.programmes import jobs, telling
from geoapp.programmes.declared import PROGRAMMES
from geoapp.web.factory import create_app
from tests.geoapp.programmes.conftest import GRID
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

KILLS = int(os.environ.get("PROGRAMME_KILLS", "10"))
DAY = timedelta(days=1)


class Killed(Exception):
    """The process ends here."""


def born(office, resident_id, day):
    """Somebody was born on that day."""
    with owner_transaction():
        cell = encrypt(day.isoformat(), f"resident.birth_date.{resident_id}")
    office.sql("UPDATE resident SET birth_year = :y, birth_date_enc = :c, sex = 'F', name_enc = NULL, name = '甲示例' WHERE id = :id",
               y=day.year, c=cell, id=resident_id)  # fmt: skip


def enter(office, resident_id, code, begins, ends):
    """An enrolment as a page would have made it, long ago."""
    one = PROGRAMMES[code]
    office.sql(
        "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, module, begins, ends, origin) "
        "SELECT county_code, region_key, id, :code, :closed, :module, :begins, :ends, 'entered' FROM resident WHERE id = :id",
        code=code, closed=one.closed, module=one.module, begins=begins, ends=ends, id=resident_id,
    )  # fmt: skip


def active(office, resident_id, code):
    rows = office.rows("SELECT release_reason FROM enrolment WHERE resident_id = :id AND programme = :c", id=resident_id, c=code)
    return None if not rows else rows[0].release_reason or "active"


def run(day, **chosen):
    settings = get_settings()
    return jobs.run_rules(replace(settings, programmes=replace(settings.programmes, **chosen)), day)


def messages(office, kind):
    return office.rows("SELECT user_id, facts, url, key FROM message WHERE kind = :k ORDER BY id", k=f"programme_{kind}")


def test_a4_1_a4_2_a4_5_a5_1_a5_3_each_rule_does_its_work_on_its_day_and_not_before(office):
    people = office.residents()
    four = [*people, *office.residents(110108001001002)][:6]
    day = date(2026, 6, 15)
    free, correction, youth, entered, woman, old = four
    enter(office, free, "resettlement", date(2021, 6, 15), date(2026, 6, 15))
    enter(office, correction, "community_correction", date(2025, 1, 1), date(2026, 6, 15))
    born(office, youth, date(2001, 6, 15))
    enter(office, youth, "youth", date(2025, 1, 1), date(2026, 12, 31))
    born(office, entered, date(2000, 6, 16))
    enter(office, entered, "youth", date(2025, 7, 1), date(2026, 12, 31))
    born(office, woman, date(1976, 6, 15))
    enter(office, woman, "maternal_health", date(2025, 1, 1), date(2026, 12, 31))
    born(office, old, date(1966, 6, 15))
    asked = ((free, "resettlement"), (correction, "community_correction"), (youth, "youth"), (entered, "youth"), (old, "elderly"))

    def states():
        return [active(office, *one) for one in asked]

    run(day - DAY)
    assert states() == ["active", "active", "active", "active", None]
    run(day)
    assert states() == ["expired", "expired", "over_age", "active", "active"]
    assert active(office, woman, "maternal_health") == "active", "its rule is off by default (A18.7)"
    run(day + DAY)
    assert states() == ["expired", "expired", "over_age", "over_age", "active"]
    assert run(day + DAY) == 0, "a second run of a day finds nothing"
    run(day, age_out=("youth", "maternal_health"), age_in=("elderly", "maternal_health"))
    assert active(office, woman, "maternal_health") == "over_age"
    assert office.rows("SELECT count(*) > 0 AS some, bool_and(closed AND module IS NULL) AS shut FROM enrolment "
                       "WHERE programme = 'maternal_health' AND origin = 'derived'") == [(True, True)]  # fmt: skip
    assert office.rows("SELECT count(*) FROM enrolment e JOIN resident r ON r.id = e.resident_id WHERE e.programme = 'elderly' "
                       "AND (r.birth_year > 1966 OR r.state <> 'active' OR e.region_key <> r.region_key)") == [(0,)]  # fmt: skip
    assert office.rows("SELECT count(*) FROM resident r WHERE state = 'active' AND birth_year < 1966 AND NOT EXISTS "
                       "(SELECT FROM enrolment e WHERE e.resident_id = r.id AND e.programme = 'elderly')") == [(0,)]  # fmt: skip
    ends = {(row.ends.month, row.ends.day) for row in office.rows("SELECT ends FROM enrolment WHERE programme = 'elderly'")}
    assert ends == {(12, 31)}, "no end gives a birth date away (D3.1)"
    assert kept_disagreements() == []


def test_a5_3_of_a_leap_day_the_job_marks_on_the_first_of_march(office):
    (who, *_) = office.residents()
    born(office, who, date(1964, 2, 29))
    for day, found in ((date(2024, 2, 28), None), (date(2024, 2, 29), "active")):
        run(day)
        assert active(office, who, "elderly") == found
    office.sql("DELETE FROM enrolment WHERE programme = 'elderly'")
    born(office, who, date(1967, 3, 1))
    run(date(2027, 2, 28))
    assert active(office, who, "elderly") is None
    run(date(2027, 3, 1))
    assert active(office, who, "elderly") == "active"


def test_a4_1_the_managers_of_the_grid_are_told_once_by_grid_with_a_link_to_the_list(office):
    app = create_app()
    first, second, *_ = office.residents()
    for who in (first, second):
        enter(office, who, "resettlement", date(2021, 1, 1), today())
    office.grant("worker", "resettlement")
    office.module(on=False)
    office.sql("UPDATE resident SET birth_year = 2000, birth_date_enc = NULL WHERE state = 'active' AND name_enc IS NULL")
    run(today())
    telling.tell_waiting()
    assert messages(office, "expired") == [], "nobody is told while the module is off"
    office.module()
    assert telling.tell_waiting() == 1 and telling.tell_waiting() == 0
    (one,) = messages(office, "expired")
    assert one.user_id == office.city.users["worker"] and one.facts["n"] == 2 and not set("甲乙") & set(str(one.facts))
    worker = sign_in(app, "worker")
    page = worker.get("/messages").text
    assert "2 人的“安置帮教”期满" in page and "/cases?programme=resettlement&amp;state=released" in page
    assert worker.get(one.url).text.count("/cases/") >= 2
    community = sign_in(app, "community")
    assert "安置帮教" not in community.get("/messages").text
    for rule in ("age_in", "expired", "over_age", "review", "ask", "arrived"):
        assert f"programme_{rule}" in KINDS
    born(office, first, date(1950, 1, 1))
    run(today())
    telling.tell_waiting()
    (one,) = messages(office, "age_in")
    assert f"region={GRID}" in one.url and worker.get(one.url).status_code == 200
    born(office, second, date(1950, 1, 2))
    run(today())
    telling.tell_waiting()
    (renewed,) = messages(office, "age_in")
    assert (renewed.facts["n"], renewed.key) == (2, one.key), "later on the same day the message says how many by now"


def test_it_may_be_killed_anywhere_nobody_is_missed_and_nobody_told_twice(office):
    """After each statement may come the end of the process: what was not committed is gone, what was is told once."""
    day, chance = today(), random.Random(4)
    office.module()
    office.grant("worker", "resettlement", area=str(GRID))
    for who in office.residents():
        enter(office, who, "resettlement", date(2021, 1, 1), day)
    wanted = run_wanted(office, day)
    assert len(wanted) > 60
    done = 0
    while done < KILLS:
        try:
            with killed_at(chance.randint(1, 120)):
                for _ in jobs.steps(jobs.run_of(get_settings(), day, batch=7)):
                    telling.tell_waiting()
                telling.tell_waiting()
                break
        except Killed:
            done += 1
    for _ in jobs.steps(jobs.run_of(get_settings(), day, batch=7)):
        pass
    telling.tell_waiting()
    assert done >= min(KILLS, 5), "it was killed again and again"
    events = office.rows("SELECT rule, enrolment_id, count(*) AS n FROM enrolment_event GROUP BY 1, 2")
    assert {(row.n) for row in events} == {1}
    assert run_wanted(office, day) == set()
    assert office.rows("SELECT count(*) FROM enrolment_event WHERE told_at IS NULL") == [(0,)]
    told = office.rows("SELECT kind, key, max((facts->>'n')::int) AS n, count(DISTINCT facts->>'n') AS said FROM message "
                       "WHERE kind LIKE 'programme%' GROUP BY 1, 2")  # fmt: skip
    counted = office.rows("SELECT 'programme:' || rule || ':' || programme || ':' || region_key || ':' || date(at) AS key, count(*) AS n "
                          "FROM enrolment_event GROUP BY 1")  # fmt: skip
    by_key = {row.key: row.n for row in counted}
    assert {row.key: row.n for row in told} == {k: n for k, n in by_key.items() if k in {row.key for row in told}}
    assert office.rows("SELECT count(*) FROM (SELECT user_id, key FROM message GROUP BY 1, 2 HAVING count(*) > 1) twice") == [(0,)]
    assert kept_disagreements() == []


def run_wanted(office, day):
    """Whom the rules still have to enter or release, in plain SQL by the year."""
    ends = office.rows("SELECT id FROM enrolment WHERE released_at IS NULL AND programme = 'resettlement' AND ends <= :d", d=day)
    old = office.rows("SELECT id FROM resident r WHERE state = 'active' AND birth_year < :y AND NOT EXISTS (SELECT FROM enrolment e "
                      "WHERE e.resident_id = r.id AND e.programme = 'elderly')", y=day.year - 60)  # fmt: skip
    return {("ends", row.id) for row in ends} | {("old", row.id) for row in old}


@contextmanager
def killed_at(fatal):
    """The process ends before its n-th statement, in the middle of a transaction or between two."""
    count = [0]

    def end(*_args):
        count[0] += 1
        if count[0] == fatal:
            raise Killed

    event.listen(Engine, "before_cursor_execute", end)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", end)
