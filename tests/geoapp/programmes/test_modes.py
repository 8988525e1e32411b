"""The three association modes, one setting (A2.6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.settings import get_settings
from geoapp.people.identity import check_told
from geoapp.people.registering import Home, add_person
from geoapp.web.factory import create_app
from tests.geoapp.programmes.conftest import GRID
from tests.support.forms import send
from tests.support.people import number_of, told
from tests.support.web import sign_in

FORM = "/enrolments/new?programme=hardship"


@pytest.fixture
def in_mode(office, monkeypatch):
    """A worker's client in a mode."""

    def start(mode):
        monkeypatch.setenv("GEOAPP_ASSOCIATION_MODE", mode)
        get_settings.cache_clear()
        return sign_in(create_app(), "worker")

    yield start
    monkeypatch.undo()
    get_settings.cache_clear()


def enter(client, number, form=FORM, **more):
    facts = {"reason": "medical"} | more
    return send(client, form, region=str(GRID), name="甲例春", id_number=number, **facts)


def last(office):
    return office.rows("SELECT id, resident_id, name, programme FROM enrolment ORDER BY id DESC LIMIT 1")[0]


def test_a2_6_existing_takes_only_who_is_on_the_register(office, in_mode):
    worker, number = in_mode("existing"), number_of()
    refused = enter(worker, number)
    assert refused.status_code == 400 and "请先登记实有人口" in refused.text
    with write(office.city.access("worker")) as work:
        who = add_person(work, GRID, check_told(told(number=number), today()), Home(no_house_reason="other"))
    done = enter(worker, number)
    assert done.status_code == 303 and last(office).resident_id == who
    assert enter(worker, number).status_code == 409
    told_off = send(worker, FORM, region=str(GRID), name="乙例春", id_number=number, reason="medical")
    assert told_off.status_code == 400 and "另一个姓名" in told_off.text and "甲例春" not in told_off.text
    assert send(worker, FORM, region=str(GRID), name="甲 例．春", id_number=number, reason="medical").status_code == 409, "the same name"
    wrong = enter(worker, number[:-1] + ("0" if number[-1] != "0" else "1"))
    assert wrong.status_code == 400
    assert sign_in(create_app(), "neighbour").get(f"/registers/enrolments/{last(office).id}").status_code == 404
    assert sign_in(create_app(), "director").get(FORM).status_code == 404


def test_a2_6_create_puts_who_is_missing_on_the_register(office, in_mode):
    worker, number = in_mode("create"), number_of(order=3)
    before = office.rows("SELECT count(*) AS n FROM resident")[0].n
    done = enter(worker, number)
    assert done.status_code == 303, done.text
    one = last(office)
    assert office.rows("SELECT count(*) AS n FROM resident")[0].n == before + 1
    assert office.rows("SELECT name, type, state, no_house_reason FROM resident WHERE id = :id", id=one.resident_id) == [
        ("甲例春", "registered", "active", "unknown_address")]  # fmt: skip
    assert enter(worker, number, FORM.replace("hardship", "unemployed"), reason="closed_down", situation="seeking").status_code == 303
    assert last(office).resident_id == one.resident_id, "the second programme finds the record of the first"
    assert office.rows("SELECT count(*) AS n FROM resident")[0].n == before + 1
    refused = enter(worker, number_of("20200101"), FORM.replace("hardship", "unemployed"), reason="closed_down", situation="seeking")
    assert refused.status_code == 400
    assert office.rows("SELECT count(*) AS n FROM resident")[0].n == before + 1, "what is refused leaves no resident behind"


def test_a2_6_independent_stands_by_itself(office, in_mode):
    worker, number = in_mode("independent"), number_of(order=5)
    before = office.rows("SELECT count(*) AS n FROM resident")[0].n
    done = enter(worker, number)
    assert done.status_code == 303, done.text
    one = last(office)
    assert (one.resident_id, one.name) == (None, "甲例春") and office.rows("SELECT count(*) AS n FROM resident")[0].n == before
    page = worker.get(done.headers["Location"]).text
    assert "甲例春" in page and "医疗支出过大" in page and number not in page
    assert "甲例春" in worker.get("/registers/enrolments?limit=500").text
    assert enter(worker, number).status_code == 409, "a number once in each programme of a grid"
    assert enter(worker, number[:6] + number[8:17]).status_code in (400, 409)
    office.module()
    office.grant("worker", "resettlement")
    shut = enter(worker, number, FORM.replace("hardship", "resettlement"), released_from="prison", need="work", reason="")
    assert shut.status_code == 400, "a name the form does not have is refused"
    shut = send(worker, FORM.replace("hardship", "resettlement"), region=str(GRID), name="乙例春", id_number=number_of(order=7),
                released_from="prison", need="work")  # fmt: skip
    assert shut.status_code == 303 and last(office).name is None, "of a closed one not even the name is plain"
    assert "乙例春" in worker.get(shut.headers["Location"]).text
    form = worker.get(f"/enrolments/{one.id}/edit")
    assert form.status_code == 200 and send(worker, f"/enrolments/{one.id}/edit", reason="sudden").status_code == 303
    assert "甲例春" in worker.get(f"/registers/enrolments/{one.id}").text, "who it is stays when it is corrected"


def test_a2_6_there_is_exactly_one_mode():
    assert get_settings().programmes.mode == "existing"
    assert replace(get_settings().programmes, mode="create").mode == "create"
