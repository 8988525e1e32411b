"""Claims of many processes against each other, some of them killed: each row once (A8.9; races CO-1, CO-2; reliability)."""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing import get_context

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from geoapp.core.db import app_engine, owner_engine
from geoapp.importing import codes
from tests.geoapp.importing.test_claiming import PLAIN, claimed, number, people, staged

FORK = get_context("fork")
RIVALS, RACES, GROUPS, OF_EACH, WORKERS, KILLS = 4, 10, 10, 4, 4, 5


def alone():
    """A forked process has no connection of its parent's."""
    for engine in (app_engine(), owner_engine()):
        engine.dispose(close=False)


def waiting():
    with owner_engine().connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM import_row WHERE state IN (0, 1)"))


def race(city, ids, start, won):
    alone()
    for row_id in ids:
        start.wait(60)
        if claimed(city, [row_id]).claimed:
            won.put(row_id)
    won.put(None)


def work_off(city, ids, seed):
    """Claim a few at random until none is left."""
    alone()
    order = random.Random(seed)
    while waiting():
        try:
            claimed(city, order.sample(ids, 6))
        except OperationalError:
            continue  # told to try again


def test_co1_of_processes_that_claim_one_row_at_a_moment_one_has_it(own_city):
    ids = staged(own_city, "residents", *({**PLAIN, "name": "某人", "id_number": number(at)} for at in range(RACES)))
    start, won = FORK.Barrier(RIVALS), FORK.Queue()
    rivals = [FORK.Process(target=race, args=(own_city, ids, start, won)) for _ in range(RIVALS)]
    for one in rivals:
        one.start()
    wins, ended = [], 0
    while ended < RIVALS:
        found = won.get(timeout=120)
        ended, wins = (ended + 1, wins) if found is None else (ended, [*wins, found])
    for one in rivals:
        one.join(60)
    assert sorted(wins) == ids
    assert people(name="某人", state="active") == RACES


def test_co2_workers_that_are_killed_leave_no_row_half_claimed_and_none_twice(own_city):
    rows = [{**PLAIN, "name": "某人", "id_number": number(at % GROUPS)} for at in range(GROUPS * OF_EACH)]
    ids, order = staged(own_city, "residents", *rows), random.Random(7)
    seeds, killed = iter(range(100)), 0

    def begun():
        one = FORK.Process(target=work_off, args=(own_city, ids, next(seeds)))
        one.start()
        return one

    crowd = [begun() for _ in range(WORKERS)]
    while killed < KILLS and waiting():
        time.sleep(order.uniform(0.02, 0.15))
        victim = crowd.pop(order.randrange(WORKERS))
        if victim.is_alive():
            os.kill(victim.pid, signal.SIGKILL)
            killed += 1
        victim.join(30)
        crowd.append(begun())
    for one in crowd:
        one.join(120)
        assert one.exitcode == 0
    assert killed >= 2, "some died while there was work"
    with owner_engine().connect() as connection:
        states = dict(connection.execute(text("SELECT state, count(*) FROM import_row WHERE register = 'residents' GROUP BY 1")).all())
        twice = connection.scalar(text("SELECT count(*) FROM (SELECT target_id FROM import_row WHERE state = 10 GROUP BY 1 HAVING count(*) > 1) x"))
        lost = connection.scalar(text(
            "SELECT count(*) FROM import_row r WHERE NOT EXISTS (SELECT FROM resident p WHERE p.id = r.target_id AND p.state = 'active')"
        ))  # fmt: skip
    assert (states, twice, lost) == ({codes.CLAIMED: GROUPS, codes.CLAIMED_ALONG: GROUPS * (OF_EACH - 1)}, 0, 0)
    assert people(name="某人", state="active") == GROUPS
