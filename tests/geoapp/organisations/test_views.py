"""Organisations registered, corrected, left and back, as browsers send them (A7.1, A7.8, A7.9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from geoapp.changes.work import write
from geoapp.core.db import owner_engine
from geoapp.organisations import actions
from geoapp.organisations.models import Organisation
from geoapp.organisations.rules import OrganisationFacts
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

GRID, NEXT = plan.grids()[0], plan.grids()[1]
OWN, BESIDE = GRID.square.centroid, NEXT.square.centroid
NUMBER = "91350100M000100Y43"
NEW = {"kind": "unit", "name": "示例单位", "licence_number": NUMBER, "lon": str(OWN.x), "lat": str(OWN.y)}
SOCIAL = {"kind": "social", "category": "activity_team", "name": "示例舞队", "licence_number": ""}


def row(record_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(Organisation.__table__).where(Organisation.id == record_id)).one()


def added(client, **changes):
    answer = send(client, "/organisations/new", **(NEW | changes))
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a71_unique_in_a_grid_by_number_and_the_holder_is_shown(worker):
    record_id = added(worker)
    assert (row(record_id).region_key, row(record_id).licence_number, row(record_id).placed) == (GRID.key, NUMBER, 1)
    assert f'data-id="{record_id}"' in worker.get("/registers/organisations?kind=unit&q=示例单位").text
    again = send(worker, "/organisations/new", **(NEW | {"licence_number": NUMBER.lower(), "name": "另一家"}))
    assert again.status_code == 409 and "已登记在本区划" in again.text
    assert f'href="/organisations/{record_id}"' in again.text and 'value="另一家"' in again.text
    community = sign_in(create_app(), "community")
    assert added(community, lon=str(BESIDE.x), lat=str(BESIDE.y)) != record_id, "another grid may hold it as well"
    other = added(worker, licence_number="110108000000016")
    assert send(worker, f"/organisations/{other}/edit", licence_number=NUMBER).status_code == 409
    assert send(worker, f"/organisations/{other}/edit", licence_number="440301103097413").status_code == 303
    moved = send(community, f"/organisations/{record_id}/edit", lon=str(BESIDE.x), lat=str(BESIDE.y))
    assert moved.status_code == 409, "the neighbour's grid holds that number"
    assert kept_disagreements() == []


def test_a79_a_social_organisation_at_the_level_of_whoever_adds_it(worker):
    officer = sign_in(create_app(), "officer")
    record_id = added(officer, **SOCIAL, level="street", registered="")
    assert (row(record_id).region_key, row(record_id).registered) == (110108001000000, False)
    refused = send(worker, "/organisations/new", **(NEW | SOCIAL | {"level": "street"}))
    assert refused.status_code == 400 and "这一级区划" in refused.text
    refused = send(officer, "/organisations/new", **(NEW | {"level": "street"}))
    assert refused.status_code == 400 and "只能登记在网格一级" in refused.text
    assert worker.get(f"/organisations/{record_id}").status_code == 404, "the street's own record is above the grid"
    assert kept_disagreements() == []


def test_a17_deregistered_undone_deregistered_reinstated(worker):
    record_id = added(worker)
    assert send(worker, f"/organisations/{record_id}/deregister").status_code == 400, "a reason is a must"
    assert send(worker, f"/organisations/{record_id}/deregister", reason="closed").status_code == 303
    assert row(record_id).state == "deregistered"
    assert f'data-id="{record_id}"' not in worker.get("/registers/organisations").text
    assert f'href="/organisations/{record_id}"' in worker.get("/organisations/former").text
    action, values = form_on(worker.get(f"/organisations/{record_id}").text)
    assert action.endswith("/undo") and worker.post(action, data=values).status_code == 303
    assert (row(record_id).state, row(record_id).state_reason) == ("active", None)
    assert send(worker, f"/organisations/{record_id}/deregister", reason="moved").status_code == 303
    early = send(worker, f"/organisations/{record_id}/reinstate", reason="returned", day="2020-02-29")
    assert early.status_code == 400 and "不能早于" in early.text
    assert send(worker, f"/organisations/{record_id}/reinstate", reason="returned").status_code == 303
    assert row(record_id).state == "active"
    with owner_engine().connect() as connection:
        steps = connection.scalars(text(
            "SELECT body -> 'facts' ->> 'step' FROM audit_event WHERE register = 'organisations' AND action IN ('create', 'change') ORDER BY at"
        )).all()  # fmt: skip
    assert steps == ["create", "deregister", "undo", "deregister", "reinstate"]
    assert kept_disagreements() == []


def test_two_people_correct_one_organisation_and_see_the_difference(worker):
    record_id = added(worker)
    action, mine = form_on(worker.get(f"/organisations/{record_id}/edit").text)
    assert send(worker, f"/organisations/{record_id}/edit", name="新名称").status_code == 303
    answer = worker.post(action, data=mine | {"name": "我的名称"})
    assert answer.status_code == 409
    table = answer.text.split('class="stale"')[1].split("</section>")[0]
    assert table.count("<strong>") == 1 and "我的名称" in table and "新名称" in table
    assert row(record_id).name == "新名称"
    position = row(record_id).geom
    assert send(worker, f"/organisations/{record_id}/edit", address="示例路10号").status_code == 303
    assert row(record_id).geom == position, "a correction of words moves nothing"


def test_a71_of_many_at_once_one_is_registered_and_all_others_are_told(own_city):
    facts = OrganisationFacts("unit", "示例单位", licence_number=NUMBER)

    def try_it(_turn):
        try:
            with write(own_city.access("worker")) as work:
                return actions.add_organisation(work, facts, OWN.x, OWN.y)
        except actions.LicenceTaken:
            return None

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(try_it, range(40)))
    assert len([one for one in found if one]) == 1
    assert kept_disagreements() == []
