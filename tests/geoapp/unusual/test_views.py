"""Unusually many records read: told at three times, stopped at ten, gone on with after a confirmation (C5)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from geoapp.core import clock
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from geoapp.messages.actions import forget_count
from geoapp.retention.run import due
from geoapp.unusual.actions import usual_number
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in

GRIDS = plan.grids()
HERE = next(p for p in plan.residents(GRIDS, plan.houses(GRIDS, plan.buildings(GRIDS)))
            if p["region_key"] == GRIDS[0].key and p["state"] == "active" and p["house_id"])  # fmt: skip
PERSON = f"/registers/residents/{HERE['id']}"
NOTE = "全区入户核对，已经安排。"


@pytest.fixture
def app(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_READS_USUAL", "2")
    get_settings.cache_clear()
    forget_count()
    return create_app()


def sql(statement: str, **facts):
    with owner_transaction() as connection:
        found = connection.execute(text(statement), facts)
        return found.all() if found.returns_rows else []


def kinds(username: str) -> set[str]:
    query = "SELECT kind FROM message m JOIN app_user u ON u.id = m.user_id WHERE username = :name"
    return {row.kind for row in sql(query, name=username)}


def test_c5_three_times_is_told_ten_times_stops_and_a_supervisor_confirms(app, own_city):
    worker, user_id = sign_in(app, "worker"), own_city.users["worker"]
    token, page = csrf_of(worker, "/about"), f"/unusual-reading/{own_city.users['worker']}"
    for _ in range(5):
        assert worker.get(PERSON).status_code == 200
        assert worker.get("/registers/residents").status_code == 200, "a list is not counted here"
    assert kinds("worker") == kinds("officer") == set()
    assert worker.get(f"/registers/houses/{HERE['house_id']}").status_code == 200
    assert kinds("worker") == {"unusual_reading_own"}
    assert kinds("officer") == kinds("director") == kinds("admin") == {"unusual_reading"}
    assert kinds("community") == kinds("planner") == kinds("neighbour") == set()

    for _ in range(14):
        assert worker.get(PERSON).status_code == 200
    assert (kinds("worker"), kinds("officer")) == ({"reading_stopped_own"}, {"reading_stopped"})
    refused = worker.get(PERSON)
    assert refused.status_code == 403 and "已暂停查阅" in refused.text and HERE["name"] not in refused.text
    assert worker.get(f"/registers/houses/{HERE['house_id']}").status_code == 403
    asked = worker.post(f"{PERSON}/fields/phone", data={"csrf_token": token, "reason": "contact"})
    assert asked.status_code == 403 and plan.phone_of(HERE["id"]) not in asked.text
    assert worker.get("/registers/residents").status_code == worker.get("/map").status_code == 200
    assert sql("SELECT number, usual, level FROM read_count WHERE user_id = :u", u=user_id) == [(20, 2, 2)]

    sql("UPDATE read_count SET day = day - 40")
    assert worker.get(PERSON).status_code == 403, "a new day does not open it"
    with owner_transaction() as connection:
        assert {one.clock.name: one.rows for one in due(connection, get_settings())}["read_counts"] == 0

    officer = sign_in(app, "officer")
    for other in ("neighbour", "community", "worker"):
        assert sign_in(app, other).get(page).status_code == 404
    assert '<dd class="num">20</dd>' in officer.get(page).text
    assert "平常的 10 倍" in officer.get("/messages").text
    form = {"csrf_token": csrf_of(officer, "/about"), "reason": "campaign", "note": NOTE}
    assert officer.post(page, data={**form, "reason": ""}).status_code == 400
    assert officer.post(page, data={**form, "note": "短"}).status_code == 400
    assert worker.get(PERSON).status_code == 403
    assert officer.post(page, data=form).status_code == 303
    assert officer.get(page).status_code == 404
    assert worker.get(PERSON).status_code == 200
    shown = worker.post(f"{PERSON}/fields/phone", data={"csrf_token": token, "reason": "contact"})
    assert plan.phone_of(HERE["id"]) in shown.text
    assert "主管已确认" in worker.get("/messages").text
    events = sql("SELECT action, count(*) AS n FROM audit_event WHERE action LIKE 'reading%' GROUP BY 1 ORDER BY 1")
    assert events == [("reading_confirm", 1), ("reading_unusual", 2)]
    with owner_transaction() as connection:
        assert {one.clock.name: one.rows for one in due(connection, get_settings())}["read_counts"] == 1


def test_c5_usual_is_what_the_same_role_in_the_same_county_reads(app, own_city):
    def add(username, back, number):
        sql("INSERT INTO read_count (user_id, day, number) VALUES (:u, current_date - CAST(:back AS integer), :n)",
            u=own_city.users[username], back=back, n=number)  # fmt: skip

    def usual():
        with begin(own_city.access("worker")) as connection:
            return usual_number(connection, own_city.users["worker"], clock.today())

    for back, number in ((2, 9), (3, 11), (4, 900), (5, 8)):
        add("neighbour", back, number)
    add("community", 2, 500)
    add("worker", 40, 700)
    assert usual() == 2, "four days are no history; another role and last month say nothing"
    add("worker", 2, 12)
    assert usual() == 11
