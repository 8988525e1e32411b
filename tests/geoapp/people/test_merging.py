"""Two records of one person become one (AZ-13: nobody merges what is not theirs)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select, text

from geoapp.changes.actions import StaleForm
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.people import merging, state_actions
from geoapp.people.identity import check_told
from geoapp.people.merging import Known, check_merge
from geoapp.people.models import Resident
from geoapp.people.registering import Home, add_person
from geoapp.web.factory import create_app
from tests.support.kept import kept_disagreements
from tests.support.people import number_of, told
from tests.support.web import csrf_of, sign_in

HERE, THERE = 110108001001001, 110108001001002


def person(resident_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(Resident.__table__).where(Resident.id == resident_id)).one()


def add(access, grid, order=1, **facts):
    with write(access) as work:
        who = check_told(told(number=number_of(order=order), **facts), today())
        return add_person(work, grid, who, Home(no_house_reason="other"))


def merge(access, kept, gone):
    with write(access) as work:
        merging.merge(work, (kept, person(kept).version), (gone, person(gone).version))


def audited(action):
    with owner_engine().connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM audit_event WHERE action = :action"), {"action": action})


@pytest.mark.parametrize(("facts", "error"), [
    ({"id": 1}, InvalidInput), ({"state": "deregistered"}, Conflict), ({"id_hash": b"y"}, Conflict),
    ({"sex": "M"}, Conflict), ({"born": date(1990, 1, 1)}, Conflict), ({"id_hash": None}, None), ({"born": None}, None),
])  # fmt: skip
def test_who_differs_in_number_sex_or_birth_is_another_person(facts, error):
    one = {"id": 1, "state": "active", "sex": "F", "id_hash": b"x", "born": date(1990, 2, 28)}
    first, second = Known(**one), Known(**(one | {"id": 2} | facts))
    if error is None:
        check_merge(first, second)
    else:
        with pytest.raises(error):
            check_merge(first, second)


def test_a32_a34_two_records_become_one_with_history_and_audit_and_apart_again(own_city):
    community, worker = own_city.access("community"), own_city.access("worker")
    one, two, stranger = add(community, HERE), add(community, THERE), add(community, THERE, 3, name="乙例秋")
    with pytest.raises(NotFound):
        merge(worker, one, two)
    with pytest.raises(Conflict):
        merge(community, one, stranger)
    with pytest.raises(StaleForm), write(community) as work:
        merging.merge(work, (one, 1), (two, 99))
    assert person(two).state == "active" and audited("merge") == 0
    merge(community, one, two)
    gone = person(two)
    assert (gone.state, gone.state_reason, gone.merged_into) == ("deregistered", "duplicate", one)
    assert person(one).state == "active" and audited("merge") == 1
    with pytest.raises(Conflict):
        merge(community, one, two)
    with write(community) as work:
        state_actions.take_back(work, two, person(two).version)
    back = person(two)
    assert (back.state, back.merged_into, back.no_house_reason, audited("unmerge")) == ("active", None, "other", 1)
    merge(community, two, one)
    with owner_transaction() as connection:
        connection.execute(text("UPDATE resident_step SET at = at - interval '11 minutes'"))
    with pytest.raises(Conflict), write(community) as work:
        state_actions.take_back(work, one, person(one).version)
    assert kept_disagreements() == []


def test_both_records_stand_side_by_side_masked_and_only_to_who_has_both_grids(own_city):
    app = create_app()
    community, worker = sign_in(app, "community"), sign_in(app, "worker")
    one, two = add(own_city.access("community"), HERE), add(own_city.access("community"), THERE, name="甲例夏")
    page = community.get(f"/residents/{one}/merge").text
    assert f"?other={two}" in page
    beside = community.get(f"/residents/{one}/merge?other={two}").text
    assert all(word in beside for word in ("甲例春", "甲例夏", "不同")) and number_of(order=1) not in beside
    assert f"?other={two}" not in worker.get(f"/residents/{one}/merge").text
    assert worker.get(f"/residents/{one}/merge?other={two}").status_code == 404
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', beside)) | {"csrf_token": csrf_of(community, "/map")}
    assert community.post(f"/residents/{one}/merge", data=sent).status_code == 400, "which one stays is said"
    stale = community.post(f"/residents/{one}/merge", data=sent | {"keep": "this", "other_version": "77"})
    assert stale.status_code == 409 and person(two).state == "active"
    done = community.post(f"/residents/{one}/merge", data=sent | {"keep": "other", "form_token": "ef" * 16})
    assert done.status_code == 303 and done.location.endswith(f"/residents/{two}")
    assert (person(one).merged_into, person(two).state) == (two, "active")
    former = community.get(f"/registers/residents/{one}").text
    assert f"/registers/residents/{two}" in former and "take-back" in former
