"""One protected value at a time: for a reason, counted, logged, gone after a while (D3.2)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from geoapp.core.data_keys import ring
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.protection import rotation
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in

GRIDS = plan.grids()
PEOPLE = plan.residents(GRIDS, plan.houses(GRIDS, plan.buildings(GRIDS)))
HERE = next(p for p in PEOPLE if p["region_key"] == GRIDS[0].key and p["state"] == "active")
THERE = next(p for p in PEOPLE if p["region_key"] == GRIDS[1].key)
VALUES = {"id_number": HERE["id_number"], "phone": plan.phone_of(HERE["id"]), "birth_date": plan.born(HERE)}


def url(person, field):
    return f"/registers/residents/{person['id']}/fields/{field}"


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def ask(client, person, field, **form):
    return client.post(url(person, field), data={"csrf_token": csrf_of(client, "/about"), **form})


@pytest.mark.parametrize("field", VALUES)
def test_a_value_is_masked_until_a_reason_is_given(worker, field):
    page = worker.get(f"/registers/residents/{HERE['id']}").text
    assert VALUES[field] not in page and f'id="protected-{field}"' in page
    for reason in ({}, {"reason": ""}, {"reason": "curiosity"}):
        refused = ask(worker, HERE, field, **reason)
        assert refused.status_code == 400 and VALUES[field] not in refused.text
    shown = ask(worker, HERE, field, reason="contact")
    assert shown.status_code == 200 and VALUES[field] in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert f"load delay:{get_settings().reveal_seconds}s" in shown.text
    assert VALUES[field] not in worker.get(url(HERE, field)).text


def test_each_is_logged_with_its_reason_and_without_its_value(worker):
    ask(worker, HERE, "phone", reason="emergency")
    with owner_engine().connect() as connection:
        bodies = [json.loads(json.dumps(b)) for b in connection.scalars(text("SELECT body FROM audit_event"))]
    events = [b for b in bodies if b["action"] == "reveal"]
    assert len(events) == 1
    said = json.dumps(events[0])
    assert "emergency" in said and "phone" in said and VALUES["phone"] not in said


def test_c3_a_day_of_birth_and_four_digits_are_never_shown_together(worker):
    """Six digits of region, eight of birth and four shown are all eighteen."""
    shown = ask(worker, HERE, "birth_date", reason="identity_check").text
    assert VALUES["birth_date"] in shown
    assert 'id="protected-id_number" hx-swap-oob="true"' in shown
    assert HERE["id_number"][-4:] not in shown.replace(VALUES["birth_date"], "")
    assert VALUES["birth_date"] not in worker.get(f"/registers/residents/{HERE['id']}").text


def test_what_may_not_be_shown_looks_like_what_is_not_there(own_city):
    app = create_app()
    worker, officer, director = (sign_in(app, name) for name in ("worker", "officer", "director"))
    absent = {"id": 999_999_999}
    answers = [ask(worker, person, "phone", reason="contact") for person in (THERE, absent)]
    assert {a.status_code for a in answers} == {404}
    for field in ("name", "sex", "nothing", "birth_year"):
        assert ask(worker, HERE, field, reason="contact").status_code == 404
    for client in (officer, director):
        assert ask(client, HERE, "phone", reason="contact").status_code == 404
    with owner_engine().connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_event WHERE body->>'action' = 'reveal'")) == 0


def test_only_so_many_a_day(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_REVEALS_PER_DAY", "3")
    get_settings.cache_clear()
    client = sign_in(create_app(), "worker")
    statuses = [ask(client, HERE, "phone", reason="contact").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_numbers_are_searched_for_only_so_often(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_NUMBER_SEARCHES_PER_DAY", "2")
    get_settings.cache_clear()
    client = sign_in(create_app(), "worker")
    token = csrf_of(client, "/about")
    found = [
        client.post("/registers/residents/search", data={"q": number, "csrf_token": token}).status_code
        for number in (HERE["id_number"], VALUES["phone"], VALUES["phone"])
    ]
    assert found == [303, 303, 429]
    assert client.post("/registers/residents/search", data={"q": "示例", "csrf_token": token}).status_code == 303


def test_an_erased_year_leaves_pages_that_say_so(own_city):
    client = sign_in(create_app(), "worker")
    with owner_transaction() as connection:
        year = connection.scalar(text("SELECT year FROM data_key"))
        rotation.erase_year(connection, get_settings().key_dir, "S3", year)
    ring().forget()
    for address in (f"/registers/residents/{HERE['id']}", "/registers/residents", "/registers/residents?view=x"):
        page = client.get(address)
        assert page.status_code == 200 and "已按期销毁" in page.text
    assert ask(client, HERE, "phone", reason="contact").status_code < 500
