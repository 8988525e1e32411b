"""Each reason a claim fails for, with its way out walked to the end through the pages (A8.10 to A8.13; peers B1)."""

from __future__ import annotations

import re

import pytest

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.settings import get_settings
from geoapp.importing import codes
from geoapp.organisations import actions as organisations
from geoapp.people.models import Resident
from geoapp.people.registering import Home
from geoapp.people.state_actions import reinstate
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claim_failures import GRADE, HOUSE, KIND, gone
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, people, row, staged
from tests.support.web import csrf_of, sign_in

WHERE = {"lon": "116.303", "lat": "39.997", "crs": "WGS84"}
UNIT = {"name": "示例单位", "kind": "实有单位", "licence_number": "91350100M000100Y43", **WHERE}


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def sent(client, address, **facts):
    return client.post(address, data={"csrf_token": csrf_of(client, "/imports/claims"), **facts})


def claim(client, register, *ids, **more):
    answer = sent(client, "/imports/claims/claim", register=register, row=[str(one) for one in ids], **more)
    assert answer.status_code == 303, answer.text[-600:]
    return answer.location.rpartition("=")[2]


def merged(client, row_id, *take):
    """Compare, choose the record in the way, tick facts, save; where that leads."""
    assert row(row_id).holder_id is not None
    to = sent(client, f"/imports/rows/{row_id}/same", version=row(row_id).version, answer=row(row_id).holder_id).location
    page = client.get(to).text
    versions = {name: re.search(rf'name="{name}" value="(\d+)"', page)[1] for name in ("version", "record", "record_version")}
    answer = sent(client, f"/imports/rows/{row_id}/merge", **versions, take=[f"row:{name}" for name in take])
    assert answer.status_code == 303, answer.text[-600:]
    return answer.location.rpartition("=")[2]


def test_a812_a813_people(own_city, worker):
    one, dies, leaves = staged(own_city, "residents", *(
        {**PLAIN, "name": f"某{name}", "id_number": number(at)} for at, name in enumerate("甲乙丙", start=1)
    ))  # fmt: skip
    assert claim(worker, "residents", one, dies, leaves) == "done", "(A8.10)"
    ids = [gone(own_city, who, why) for who, why in ((dies, "died"), (leaves, "moved_away"))]
    double, type_, dead, left, strange, short, same = staged(
        own_city, "residents", {**PLAIN, "name": "某甲甲", "id_number": number(1), "phone": "13800138000"},
        {**PLAIN, "name": "某甲", "id_number": number(1), "type": "流动人口"}, {**PLAIN, "name": "某乙", "id_number": number(2)},
        {**PLAIN, "name": "某丙", "id_number": number(3)}, {**PLAIN, "name": "某丁", "id_number": number(4), "record": "99"},
        {**PLAIN, "name": "某戊"}, {**PLAIN, "name": "某己", "id_number": number(6)},
    )  # fmt: skip
    assert claim(worker, "residents", "", whole="1") == "failed", "(A8.11): all at once"
    said = {double: "duplicate", type_: "other_type", dead: "dead", left: "cancelled_registered", strange: "no_record", short: "incomplete"}
    assert {row_id: row(row_id).failure for row_id in said} == said
    assert row(same).state == codes.CLAIMED, "the others succeed"
    page = worker.get("/imports/claims?list=failed").text
    assert all(f'href="/registers/residents/{one}"' in page and worker.get(f"/registers/residents/{one}").status_code == 200 for one in ids)

    assert merged(worker, double, "phone") == merged(worker, type_, "type") == "done"
    with write(own_city.access("worker")) as work:
        for record in ids:
            reinstate(work, record, work.find(Resident.__table__, record).version, Home(no_house_reason="unknown_address"))
    assert claim(worker, "residents", dead, left) == "failed"
    assert (row(dead).failure, row(left).failure) == ("duplicate", "duplicate")
    assert merged(worker, dead) == merged(worker, left) == "done"
    facts = {"type": "registered", "id_kind": "citizen"}
    assert sent(
        worker, f"/imports/rows/{strange}/complete", version=row(strange).version, name="某丁", id_number=number(4), record="", **facts
    ).location.endswith("done")  # fmt: skip
    wrong = sent(worker, f"/imports/rows/{short}/complete", version=row(short).version, name="某戊", id_number=number(5)[:-2], **facts)
    assert wrong.location.endswith("failed") and row(short).failure == "incomplete"
    right = sent(worker, f"/imports/rows/{short}/complete", version=row(short).version, name="某戊", id_number=number(5), **facts)
    assert right.location.endswith("done")
    assert people(region_key=int(GRID), state="active", origin="entered") == 6
    failed = worker.get("/imports/claims?list=failed").text
    assert not any(f"/imports/rows/{one}/" in failed for one in (*said, same))


def test_a812_a813_places(own_city, worker):
    home = {"number": HOUSE, "address": "示例路9号", "grid": GRID, "rental": "是"}
    unit, let = staged(own_city, "organisations", UNIT)[0], staged(own_city, "houses", home)[0]
    assert claim(worker, "organisations", unit) == claim(worker, "houses", let) == "done"
    with write(own_city.access("worker")) as work:
        organisations.deregister(work, row(unit).target_id, 1, "closed", today())
    (again,) = staged(own_city, "organisations", {**UNIT, "name": "示例新单位"})
    (twice,) = staged(own_city, "houses", {**home, "address": "示例路10号"})
    assert claim(worker, "organisations", again) == claim(worker, "houses", twice) == "failed"
    assert (row(again).failure, row(twice).failure) == ("cancelled", "rental_claimed")
    assert f'href="/registers/organisations/{row(unit).target_id}"' in worker.get("/imports/claims?register=organisations&list=failed").text
    with write(own_city.access("worker")) as work:
        organisations.reinstate(work, row(unit).target_id, 2, "mistaken", today())
    assert claim(worker, "organisations", again) == "failed" and row(again).failure == "duplicate"
    assert merged(worker, again, "name") == merged(worker, twice, "address") == "done"
    assert "示例路10号" in worker.get(f"/registers/houses/{row(let).target_id}").text


@pytest.mark.parametrize("mode", ["create", "independent"])
def test_a2_6_rows_of_programmes_in_the_other_modes(own_city, monkeypatch, mode):
    monkeypatch.setenv("GEOAPP_ASSOCIATION_MODE", mode)
    get_settings.cache_clear()
    asked = {"grid": GRID, "programme": "残疾人", "begins": "2026-01-02", "disabled_kind": KIND, "disabled_grade": GRADE}
    one, again = staged(own_city, "enrolments", *({**asked, "name": name, "id_number": number(1)} for name in ("某甲", "某甲")))
    outcome = claimed(own_city, [one, again])
    assert (outcome.claimed, outcome.failed) == ([one], {again: "duplicate"})
    assert people(name="某甲", state="active") == (mode == "create")
    client = sign_in(create_app(), "worker")
    assert row(again).holder_id == row(one).target_id
    page = client.get("/imports/claims?register=enrolments&list=failed").text
    assert f'href="/imports/rows/{again}/compare"' in page
    assert merged(client, again) == "done"
    assert sent(client, f"/imports/rows/{one}/undo").status_code == 409, "another row is that record by now"
    assert sent(client, f"/imports/rows/{again}/undo").status_code == 303
    assert sent(client, f"/imports/rows/{one}/undo").status_code == 303
    assert claimed(own_city, [again]).claimed == [again]
