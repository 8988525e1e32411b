"""The auditor's pages: own area, filters, files, who looked at a record (A10.8, A11.5, A15.1)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from geoapp.audit import reads
from geoapp.audit.actions import forget, record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.audit.sealing import Sealer
from geoapp.core import clock
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in


@pytest.fixture
def number(own_city):
    """The identity number of the first resident."""
    grids = plan.grids()
    return plan.residents(grids, plan.houses(grids, plan.buildings(grids)))[0]["id_number"]


def look(city, username, action=Action.REVEAL, **facts):
    access = city.access(username)
    with begin(access) as connection:
        record(connection, access, action, **{"register": "residents", "fields": ["name"], **facts})


def test_a11_5_an_auditor_sees_what_was_done_in_their_own_area(own_city):
    look(own_city, "worker", record_ids=[own_city.residents[0]], reason="visit")
    look(own_city, "roamer", area_key=110105001001001)
    Sealer().run()
    app = create_app()
    page = sign_in(app, "county-auditor").get("/audit").text
    assert "显示完整值" in page and "Worker" in page and f"#{own_city.residents[0]}" in page and "姓名" in page
    assert "Roamer" not in page
    assert "Roamer" in sign_in(app, "auditor").get("/audit").text
    english = sign_in(app, "auditor").get("/audit?lang=en").text
    assert "Worker" in english


@pytest.mark.parametrize("username", ["worker", "officer", "director", "planner", "wall", "admin"])
def test_az1_nobody_else_opens_the_log(city, username):
    client = sign_in(create_app(), username)
    for address in ("/audit", "/audit/export.csv", "/audit/subject", "/audit/subject/1", "/audit/subject/1.csv"):
        assert client.get(address).status_code == 404


def test_filters_choose_by_time_person_action_register_and_record(own_city):
    for turn in range(3):
        look(own_city, "worker", record_ids=[own_city.residents[turn]])
    look(own_city, "community", Action.PRINT, register="houses")
    client = sign_in(create_app(), "auditor")

    def found(query):
        return client.get(f"/audit/export.csv?{query}").text.strip().splitlines()[1:]

    day, resident = clock.today().isoformat(), own_city.residents[1]
    assert len(found("action=reveal")) == 3
    assert len(found("actor=community&action=print")) == 1
    assert len(found(f"register=residents&record={resident}")) == 1
    assert len(found("register=houses&action=print")) == 1
    assert len(found(f"since={day}&until={day}&action=reveal")) == 3
    assert found(f"since={(clock.today() + timedelta(days=1)).isoformat()}&action=reveal") == []
    assert "没有符合条件的事件" in client.get("/audit?actor=nobody-here").text


@pytest.mark.parametrize("query", ["since=yesterday", "record=abc&register=houses", "record=5", "action=nothing", "after=x", "record=99999999999999999999&register=houses", f"register=houses&record={'9' * 5_000}"],
                         ids=lambda query: query[:40])  # fmt: skip
def test_a_filter_that_cannot_be_read_is_named(city, query):
    client = sign_in(create_app(), "auditor")
    response = client.get(f"/audit?{query}")
    assert response.status_code == 400
    assert "请更正以下内容" in response.text or "页码标记无效" in response.text


def test_pages_follow_each_other_without_a_gap(own_city):
    for turn in range(60):
        look(own_city, "worker", count=turn)
    client = sign_in(create_app(), "auditor")
    page, seen = client.get("/audit?action=reveal").text, []
    while True:
        seen += re.findall(r"(\d+) 条</td>", page)
        following = re.search(r'href="(/audit\?[^"]*after=[^"]*)"', page)
        if not following:
            break
        page = client.get(following.group(1).replace("&amp;", "&")).text
    assert [int(n) for n in seen] == list(range(59, -1, -1))


def test_looking_at_the_log_is_in_the_log(own_city):
    client = sign_in(create_app(), "auditor")
    client.get("/audit")
    client.get("/audit/export.csv")
    with owner_transaction() as connection:
        done = connection.execute(text("SELECT action FROM audit_event WHERE register = 'audit' ORDER BY id")).scalars().all()
    assert done == ["audit_view", "export"]


def test_lg6_the_page_says_that_sealing_is_late_and_that_the_chain_is_broken(own_city, monkeypatch):
    Sealer(get_settings()).run()  # the copied city was made at the start of the run
    client = sign_in(create_app(), "auditor")
    assert "没有封存" not in client.get("/audit").text
    later = clock.now() + timedelta(minutes=6)
    with monkeypatch.context() as patch:
        patch.setattr(reads, "now", lambda: later)
        assert "没有封存" in client.get("/audit").text
    with owner_transaction() as connection:
        connection.execute(text("INSERT INTO audit_check (first, last, good, bad_number, trouble) VALUES (1, 9, false, 7, 'cut')"))
    page = client.get("/audit").text
    assert "末尾被截断" in page and "第一个有问题的编号：7" in page


def test_a15_1_who_looked_at_my_record(own_city, number):
    resident = own_city.residents[0]
    look(own_city, "worker", record_ids=[resident], reason="visit")
    look(own_city, "community", Action.EXPORT, fields=[], area_key=110108001001000, count=30)
    look(own_city, "roamer", Action.EXPORT, fields=[], area_key=110105001001001, count=30)
    client = sign_in(create_app(), "auditor")
    form = {"csrf_token": csrf_of(client, "/audit"), "number": number}
    sent = client.post("/audit/subject", data=form)
    assert sent.status_code == 303 and sent.location.endswith(f"/audit/subject/{resident}")
    page = client.get(sent.location).text
    assert "Worker" in page and "Community" in page and "Roamer" not in page
    assert number not in page
    rows = client.get(f"/audit/subject/{resident}.csv").text.strip().splitlines()
    assert any("visit" in row for row in rows)
    assert "Worker" not in "\n".join(rows)
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'subject_request'")) == 2


def test_a_number_that_is_not_in_the_area_is_not_found_and_not_shown(own_city, number):
    client = sign_in(create_app(), "county-auditor")
    token = csrf_of(client, "/audit")
    for sent in ("999999199901019999", "", "x" * 41):
        response = client.post("/audit/subject", data={"csrf_token": token, "number": sent})
        assert response.status_code == 400
        assert not sent or sent not in response.text
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'search_number'")) == 1
    grids = plan.grids()
    people = plan.residents(grids, plan.houses(grids, plan.buildings(grids)))
    outside = next(p["id"] for p in people if p["region_key"] // 10**9 != 110108)
    assert client.get(f"/audit/subject/{outside}").status_code == 404


def test_lg7_after_a_person_was_forgotten_the_page_names_them_no_more(own_city):
    resident = own_city.residents[0]
    look(own_city, "worker", record_ids=[resident])
    with owner_transaction() as connection:
        forget(connection, SYSTEM, "residents", resident)
    page = sign_in(create_app(), "auditor").get("/audit").text
    assert f">#{resident}<" not in page and "从日志中抹去个人" in page
