"""A publication takes effect as a whole or not at all, and is undone by publishing what was before (#5.5)."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import shapely
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.settings import get_settings
from geoapp.planning.boundaries import NewGrid
from geoapp.planning.publishing import Wish, restore, schedule, withdraw
from geoapp.planning.publishing_checks import DivisionRefused
from geoapp.planning.publishing_run import _carry_out, carry_out, carry_out_due
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import refresh_scope
from tests.geoapp.planning.test_publishing import (
    COMMUNITY,
    FIRST,
    OUTLINE,
    SECOND,
    THIRD,
    count,
    north_south,
    whole,
)

STATE = """
SELECT jsonb_build_object(
    'grids', (SELECT jsonb_agg(ROW(key, name, valid_from, md5(ST_AsBinary(geom))) ORDER BY key) FROM region WHERE parent_key = :community),
    'houses', (SELECT jsonb_object_agg(region_key, n) FROM (SELECT region_key, count(*) n FROM house GROUP BY 1) h),
    'residents', (SELECT jsonb_object_agg(region_key, n) FROM (SELECT region_key, count(*) n FROM resident GROUP BY 1) r),
    'kept', (SELECT jsonb_agg(ROW(register, region_key, category, placed, n) ORDER BY 1, 2, 3, 4) FROM
             (SELECT * FROM region_count WHERE register IN ('houses', 'residents') ORDER BY 1, 2, 3, 4) k),
    'users', (SELECT jsonb_object_agg(username, area_codes) FROM app_user),
    'past', (SELECT count(*) FROM past_grid), 'messages', (SELECT count(*) FROM message))::text"""


def state():
    with owner_engine().connect() as connection:
        return connection.scalar(text(STATE), {"community": COMMUNITY})


def ask(city, grids, day=None, username="planner", **more):
    with write(city.access(username)) as work:
        return schedule(work, Wish(COMMUNITY, grids, day or today(), **more))


def areas(username):
    with owner_engine().connect() as connection:
        return connection.scalar(text("SELECT area_codes FROM app_user WHERE username = :name"), {"name": username})


def test_publishing_changes_grids_records_users_counts_and_tells_everybody_and_is_undone(own_city):
    before = state()
    with owner_engine().connect() as connection:
        tiles = count(connection, "SELECT sum(version) FROM tile_version WHERE register = 'houses' AND region_key = :key", key=FIRST)
    number = ask(own_city, whole())
    assert carry_out(None, number) is not None
    assert carry_out(None, number) is None  # a second process finds nothing left to do
    assert areas("worker") == areas("neighbour") == [str(FIRST)]
    with owner_engine().connect() as connection:
        row = connection.execute(text("SELECT state, moved FROM publication WHERE id = :id"), {"id": number}).one()
        assert row.state == "published" and row.moved["house"] > 0
        assert count(connection, "SELECT count(*) FROM region WHERE parent_key = :c", c=COMMUNITY) == 1
        assert count(connection, "SELECT count(DISTINCT region_key) FROM house WHERE region_key BETWEEN :a AND :b", a=FIRST, b=THIRD) == 1
        kept = count(connection, "SELECT sum(n) FROM region_count WHERE register = 'houses' AND region_key = :key", key=FIRST)
        assert kept == count(connection, "SELECT count(*) FROM house WHERE region_key = :key", key=FIRST)
        assert count(connection, "SELECT sum(version) FROM tile_version WHERE register = 'houses' AND region_key = :key", key=FIRST) > tiles
        told = connection.scalars(text("SELECT u.username FROM message m JOIN app_user u ON u.id = m.user_id WHERE m.kind = 'grids_published'"))
        assert {"worker", "neighbour", "community", "officer", "planner"} == set(told)
        assert count(connection, "SELECT count(*) FROM audit_event WHERE body -> 'facts' ->> 'step' = 'publish'") >= 1
    with write(own_city.access("planner")) as work:
        back = restore(work, number, today())
    carry_out(None, back)
    after = state()
    for name in ("houses", "residents", "users"):
        assert part(after, name) == part(before, name), name
    assert [g["f1"] for g in part(after, "grids")] == [FIRST, SECOND]
    assert [g["f4"] for g in part(after, "grids")] == [g["f4"] for g in part(before, "grids")]
    with owner_transaction() as connection:
        kept = connection.execute(text("SELECT * FROM region_count WHERE n > 0 ORDER BY 1, 2, 3, 4")).all()
        for register in all_registers().values():
            refresh_scope(connection, register, RowScope.from_ranges([(COMMUNITY, COMMUNITY + 999)]))
        assert connection.execute(text("SELECT * FROM region_count WHERE n > 0 ORDER BY 1, 2, 3, 4")).all() == kept


def part(dump, name):
    import json

    return json.loads(dump)[name]


def test_workers_get_the_grids_the_planner_chose_and_nobody_else_can_be_given_one(own_city):
    worker, officer = own_city.users["worker"], own_city.users["officer"]
    with pytest.raises(InvalidInput, match=f" {officer} "):
        ask(own_city, north_south(), assignments={officer: [0]})
    with pytest.raises(InvalidInput):
        ask(own_city, north_south(), assignments={worker: []})
    with pytest.raises(InvalidInput):
        ask(own_city, north_south(), assignments={worker: [7]})
    carry_out(None, ask(own_city, north_south(), assignments={worker: [0, 1]}))
    assert areas("worker") == [str(FIRST), str(SECOND)] and areas("neighbour") == [str(SECOND)]


def teams():
    with owner_engine().connect() as connection:
        rows = connection.execute(text("""
            SELECT t.id, t.region_key, bool_and(m.region_key = t.region_key) AS members,
                   bool_and(ST_Intersects(r.geom, t.geom)) AS inside FROM team t JOIN region r ON r.key = t.region_key
            LEFT JOIN team_member m ON m.team_id = t.id WHERE t.region_key IN (:first, :second) GROUP BY t.county_code, t.id
            """), {"first": FIRST, "second": SECOND}).all()  # fmt: skip
    assert all(row.members is not False and row.inside for row in rows)
    return {row.id: row.region_key for row in rows}


def test_a1_2_teams_get_the_grid_the_planner_chose_and_have_their_own_again_when_it_is_undone(own_city):
    before = teams()
    one, other = sorted(before, key=before.get)
    for wrong in ({one: [0, 1]}, {one: []}, {one: [7]}, {10**6: [0]}):
        with pytest.raises(InvalidInput):
            ask(own_city, north_south(), teams=wrong)
    number = ask(own_city, north_south(), teams={one: [1], other: [0]})
    outcome = carry_out(None, number)
    assert teams() == {one: outcome.keys[1], other: outcome.keys[0]} != before
    with write(own_city.access("planner")) as work:
        back = restore(work, number, today())
    carry_out(None, back)
    assert teams() == before


def test_a_publication_waits_for_its_day_and_can_be_withdrawn(own_city, monkeypatch):
    tomorrow = today() + timedelta(days=1)
    before = state()
    number = ask(own_city, whole(), tomorrow)
    with pytest.raises(Conflict):
        ask(own_city, north_south())  # another one waits here
    assert carry_out_due(get_settings()) == 0 and state() == before
    with write(own_city.access("planner")) as work:
        withdraw(work, number)
    with pytest.raises(Conflict), write(own_city.access("planner")) as work:
        withdraw(work, number)
    number = ask(own_city, whole(), tomorrow)
    monkeypatch.setattr("geoapp.planning.publishing_run.today", lambda: tomorrow)
    assert carry_out_due(get_settings()) == 1
    with owner_engine().connect() as connection:
        assert count(connection, "SELECT valid_from FROM region WHERE key = :key", key=FIRST) == tomorrow
        assert count(connection, "SELECT max(valid_to) FROM past_grid") == tomorrow


def test_what_changed_since_is_not_overwritten_and_its_maker_is_told(own_city):
    number = ask(own_city, whole())
    with owner_transaction() as connection:
        connection.execute(text("UPDATE region SET geom = ST_Multi(ST_Buffer(geom, -0.0001)) WHERE key = :key"), {"key": SECOND})
    before = part(state(), "grids")
    assert carry_out_due(get_settings()) == 0
    assert part(state(), "grids") == before
    with owner_engine().connect() as connection:
        assert count(connection, "SELECT state FROM publication WHERE id = :id", id=number) == "failed"
        assert count(connection, "SELECT count(*) FROM message WHERE kind = 'grids_not_published'") == 1


def test_bad_input_is_told_with_its_place(own_city):
    west, south, east, north = OUTLINE.bounds
    half = (west + east) / 2
    left, right = shapely.box(west, south, half, north), shapely.box(half, south, east, north)
    knot = shapely.Polygon([(west, south), (half, north), (half, south), (west, north)])
    cases = {
        "gap": [NewGrid(0, COMMUNITY, left)],
        "overlap": [NewGrid(0, COMMUNITY, left), NewGrid(1, COMMUNITY, OUTLINE)],
        "outside": [NewGrid(0, COMMUNITY, shapely.box(west - 0.001, south, east, north))],
        "invalid": [NewGrid(0, COMMUNITY, knot), NewGrid(1, COMMUNITY, right)],
        "empty": [NewGrid(0, COMMUNITY, shapely.Polygon()), NewGrid(1, COMMUNITY, OUTLINE)],
        "code": [NewGrid(0, COMMUNITY, left, code=str(FIRST)), NewGrid(1, COMMUNITY, right, code=str(FIRST))],
        "foreign": [NewGrid(0, COMMUNITY, left, code=str(FIRST + 1000)), NewGrid(1, COMMUNITY, right)],
    }
    before = state()
    for kind, grids in cases.items():
        with pytest.raises(DivisionRefused) as refused:
            ask(own_city, grids)
        fault = refused.value.faults[0]
        assert fault.kind == kind
        assert "%(" not in refused.value.message("zh")
        if kind != "empty":
            assert west - 0.002 < fault.lon < east + 0.001 and south - 0.001 < fault.lat < north + 0.001
    with pytest.raises(InvalidInput):
        ask(own_city, whole(), today() - timedelta(days=1))
    with pytest.raises(InvalidInput):
        ask(own_city, whole(), today() + timedelta(days=400))
    assert state() == before


def test_killed_anywhere_the_old_boundaries_are_in_force_or_the_new_ones(own_city):
    """The database process is killed at different moments: the state is one of two, and the last run finishes.

    PLANNER_KILLS=30 kills it that often, at moments spread over all statements.
    """
    before = state()
    number = ask(own_city, whole())
    moments = ["pg_advisory_xact_lock", "moved_house", "UPDATE house t", "UPDATE resident t", "DELETE FROM region", "region_count"]
    if more := int(os.environ.get("PLANNER_KILLS", "6")) - len(moments):
        with Killer("never") as counter, owner_engine().connect() as connection, connection.begin() as transaction:
            _carry_out(connection, number)
            transaction.rollback()
        moments += [round(one * (counter.seen - 1) / more) for one in range(1, more + 1)]
    killed = 0
    for moment in moments:
        with Killer(moment) as killer, pytest.raises(OperationalError):
            carry_out(None, number)
        killed += killer.killed
        assert state() == before, moment
    assert killed == len(moments)
    assert carry_out_due(get_settings()) == 1
    assert len(part(state(), "grids")) == 1 and areas("neighbour") == [str(FIRST)]


class Killer:
    """Ends the owner's own database process when it is about to send a statement: that of a number, or that holds words."""

    def __init__(self, moment):
        self.moment, self.killed, self.seen = moment, 0, 0

    def __enter__(self):
        event.listen(owner_engine(), "before_cursor_execute", self.look)
        return self

    def __exit__(self, *_):
        event.remove(owner_engine(), "before_cursor_execute", self.look)

    def look(self, connection, _cursor, statement, *_):
        now = self.moment == self.seen if isinstance(self.moment, int) else self.moment in statement
        self.seen += 1
        if now and not self.killed:
            self.killed += 1
            with owner_engine().connect() as other:
                pid = connection.connection.driver_connection.info.backend_pid
                assert other.scalar(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})


def test_a_house_entered_while_grids_are_published_never_lands_in_a_grid_that_is_no_more(own_city):
    """A writer that has looked up its grid makes the publication wait; one that comes later waits for it."""
    number = ask(own_city, whole())
    with write(own_city.access("worker")), owner_engine().connect() as connection:
        connection.execute(text("SET lock_timeout = '300ms'"))
        from geoapp.planning.publishing_run import hold_writers

        with pytest.raises(Exception, match="lock timeout"):
            hold_writers(connection, [COMMUNITY // 10**9])
    carry_out(None, number)
    with app_engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM house")) == 0  # closed without a scope, as ever
