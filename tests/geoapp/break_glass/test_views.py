"""LG-8: break-glass through its pages: refused, counted, told, reviewed (A15.1, A15.2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from geoapp.break_glass import actions, views
from geoapp.break_glass.overdue import remind_overdue
from geoapp.core import clock
from geoapp.core.db import owner_transaction
from geoapp.core.errors import Conflict, Forbidden
from geoapp.core.settings import get_settings
from geoapp.messages.actions import forget_count
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from grids_boundaries.keys import parse_code
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in

AREA = "110105001001001"
"""A grid of another county than the worker's."""
NOTE = "三单元起火，需要疏散住户。"


class Worker:
    """A grid worker's browser; `people`, `houses` are ids of the other area."""

    def __init__(self, app):
        self.client = sign_in(app, "worker")
        self.token = csrf_of(self.client, "/about")
        grids = plan.grids()
        built = plan.houses(grids, plan.buildings(grids))
        self.houses = [h["id"] for h in built if h["region_key"] == int(AREA)]
        self.people = [p for p in plan.residents(grids, built) if p["region_key"] == int(AREA)]

    def post(self, address, **form):
        return self.client.post(address, data={"csrf_token": self.token, **form})

    def start(self, **form):
        return self.post("/break-glass", **{"reason": "fire", "note": NOTE, "area": AREA, **form})

    def begin(self):
        sent = self.start()
        assert sent.status_code == 303, sent.text
        return sent.location

    def open(self, use, register, record):
        return self.post(f"{use}/open", register=register, record=record)


@pytest.fixture
def app(own_city):
    forget_count()
    return create_app()


@pytest.fixture
def worker(app):
    return Worker(app)


def events(action):
    with owner_transaction() as connection:
        query = text("SELECT body, region_key FROM audit_event WHERE action = :a ORDER BY id")
        return connection.execute(query, {"a": action}).all()


@pytest.mark.parametrize("form", [{"reason": ""}, {"reason": "curious"}, {"note": "起火"}, {"note": ""}, {"area": "110105"}, {"area": "x"},
                                  {"area": "110105001001999"}, {"area": ""}])  # fmt: skip
def test_lg8_without_reason_or_area_it_does_not_begin(worker, form):
    sent = worker.start(**form)
    assert sent.status_code == 400 and "请更正以下内容" in sent.text
    assert events("break_glass_start") == []


def test_lg8_records_of_the_area_are_opened_and_every_one_is_told(app, worker):
    person, house = worker.people[0], worker.houses[0]
    assert worker.client.get(f"/registers/residents/{person['id']}").status_code == 404
    use = worker.begin()
    found = worker.post(f"{use}/search", register="residents", q=person["id_number"]).text
    assert f'value="{person["id"]}"' in found and person["name"] not in found and person["id_number"] not in found
    shown = worker.open(use, "residents", person["id"])
    assert shown.status_code == 200 and person["name"] in shown.text and person["id_number"] not in shown.text
    assert worker.open(use, "houses", house).status_code == 200
    assert worker.open(use, "houses", house).status_code == 200
    assert "已打开 2 条" in worker.client.get(use).text
    assert [e.body["facts"]["grant"] for e in events("break_glass_use")] == [1, 1, 1]
    assert all(e.region_key == int(AREA) for e in events("break_glass_start") + events("break_glass_use"))
    director = sign_in(app, "director")
    assert director.get("/messages/unread.json").json == {"unread": 1}
    assert 'class="topbar__unread"' in director.get("/about").text
    inbox = director.get("/messages").text
    assert "Worker" in inbox and "已打开 2 条记录" in inbox and AREA in inbox
    director.post("/messages/read", data={"csrf_token": csrf_of(director, "/about")})
    assert 'class="topbar__unread"' not in director.get("/about").text


def test_lg8_what_lies_outside_its_area_stays_closed(own_city, worker):
    use = worker.begin()
    other = next(h for h in own_city.houses if h not in worker.houses)
    assert worker.open(use, "houses", other).status_code == 404
    for register in ("sites", "buildings", "regions", "audit"):
        assert worker.open(use, register, 1).status_code == 404
    with begin(actions.widened(own_city.access("worker"), parse_code(AREA))) as connection:
        keys = connection.execute(text("SELECT DISTINCT region_key FROM house")).scalars().all()
        assert keys == [int(AREA)]


def test_lg8_above_the_limit_no_record_is_opened(worker):
    use = worker.begin()
    with owner_transaction() as connection:
        connection.execute(text("UPDATE break_glass SET most = 2"))
    assert [worker.open(use, "residents", p["id"]).status_code for p in worker.people[:3]] == [200, 200, 403]
    assert worker.open(use, "residents", worker.people[0]["id"]).status_code == 200
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM break_glass_record")) == 2


def test_lg8_after_its_time_and_after_its_end_nothing_is_opened(worker, monkeypatch):
    use, person = worker.begin(), worker.people[0]["id"]
    later = clock.now() + timedelta(minutes=31)
    with monkeypatch.context() as patch:
        for module in (actions, views):
            patch.setattr(module, "now", lambda: later)
        assert worker.open(use, "residents", person).status_code == 403
        assert worker.post(f"{use}/search", register="houses", q="路").status_code == 403
        assert "已经结束" in worker.client.get(use).text
    assert worker.post(f"{use}/end").status_code == 303
    assert worker.open(use, "residents", person).status_code == 403
    assert len(events("break_glass_end")) == 1


def test_lg8_no_export_no_writing_no_list(own_city, worker):
    worker.begin()
    access = actions.widened(own_city.access("worker"), parse_code(AREA))
    assert not any(p for p in access.permissions if "write" in p or "export" in p or "token" in p or "reveal" in p)
    person = worker.people[0]
    assert worker.client.get("/registers/residents/export.csv").status_code == 404
    assert person["name"] not in worker.client.get("/registers/residents").text
    with pytest.raises(Exception, match="row-level security"), begin(replace(access, scope=own_city.access("worker").scope)) as connection:
        connection.execute(text("UPDATE resident SET name = name WHERE region_key = :k"), {"k": int(AREA)})
        connection.execute(text("INSERT INTO house (county_code, region_key, number, address, origin) VALUES ('110105', :k, 'x', 'x', 'x')"), {"k": int(AREA)})


def test_lg8_a_token_and_a_role_without_the_right_do_not_begin(own_city, app):
    token = replace(own_city.access("worker"), kind="token")
    with pytest.raises(Forbidden):
        actions.start(token, "fire", NOTE, AREA)
    for username in ("planner", "wall", "auditor", "director"):
        assert sign_in(app, username).get("/break-glass").status_code == 404


def test_lg8_with_nobody_to_review_it_does_not_begin(own_city):
    with owner_transaction() as connection:
        connection.execute(text("UPDATE app_user SET active = false WHERE role_key IN ('city_director', 'auditor', 'street_officer')"))
    with pytest.raises(Conflict):
        actions.start(own_city.access("worker"), "fire", NOTE, AREA)


def test_a_use_is_its_owners_alone(app, worker):
    use = worker.begin()
    neighbour = sign_in(app, "neighbour")
    assert neighbour.get(use).status_code == 404
    token = csrf_of(neighbour, "/about")
    form = {"csrf_token": token, "register": "residents", "record": worker.people[0]["id"]}
    assert neighbour.post(f"{use}/open", data=form).status_code == 404


def test_a_use_is_reviewed_by_another_and_counted_by_the_month(app, worker):
    use = worker.begin()
    worker.open(use, "houses", worker.houses[0])
    director = sign_in(app, "director")
    assert "待复核" in director.get("/break-glass/overview").text
    page = director.get(f"{use}/review").text
    assert NOTE in page and f"#{worker.houses[0]}" in page
    form = {"csrf_token": csrf_of(director, "/about"), "outcome": "justified", "note": "情况属实，处置得当。完毕"}
    assert director.post(f"{use}/review", data=form | {"note": "好"}).status_code == 400
    assert director.post(f"{use}/review", data=form).status_code == 303
    assert director.post(f"{use}/review", data=form).status_code == 400
    page = director.get("/break-glass/overview").text
    assert "理由成立" in page and re.search(r"\d{4}-\d\d</th><td class=\"num\">1<", page)
    assert sign_in(app, "county-auditor").get(f"{use}/review").status_code == 404
    assert len(events("break_glass_review")) == 1
    assert director.get("/break-glass/overview?lang=en").status_code == 200


def test_an_overdue_review_and_an_unusual_number_are_told(own_city, app, worker):
    worker.begin()
    with owner_transaction() as connection:
        others = """INSERT INTO break_glass (user_id, region_key, reason, note, started_at, ends_at, most, review_due, told)
                    SELECT :u, region_key, reason, note, started_at, ends_at, most, now() - interval '1 day', told FROM break_glass LIMIT 1"""
        for username in ("neighbour", "community", "roamer"):
            connection.execute(text(others), {"u": own_city.users[username]})
    for _ in range(2):
        worker.begin()
    director = sign_in(app, "director")
    page = director.get("/break-glass/overview").text
    assert "已逾期" in page and "Worker 本月的紧急查看次数超过中位数的 2 倍" in page
    assert "超过中位数" in director.get("/messages").text


def test_a_late_review_is_told_every_day_until_it_is_made(app, worker):
    """C5: review within three working days."""
    use = worker.begin()
    settings = get_settings()
    assert remind_overdue(settings) == 0
    with owner_transaction() as connection:
        connection.execute(text("UPDATE break_glass SET review_due = now() - interval '1 hour'"))
        connection.execute(text("UPDATE message SET read_at = now()"))
    assert remind_overdue(settings) == remind_overdue(settings) == 1
    forget_count()
    director = sign_in(app, "director")
    assert "已经逾期" in director.get("/messages").text
    grant = use.rsplit("/", 1)[-1]
    said = {"outcome": "justified", "note": "火情属实，已核对出警记录。", "csrf_token": csrf_of(director, "/about")}
    assert director.post(f"/break-glass/{grant}/review", data=said).status_code == 303
    assert remind_overdue(settings) == 0
