"""Pages and forms of key sites, as browsers send them, in a real database (A7.2, A7.3)."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

import pytest
from sqlalchemy import select, text

from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.sites import rules
from geoapp.sites.models import Site
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

OWN = plan.grids()[0].square.centroid
BESIDE = plan.grids()[1].square.centroid
NEW = {
    "name": "示例市场", "level_fire_safety": "3", "kind_fire_safety": "market", "level_school": "1",
    "address": "示例路9号", "category": "market", "lon": str(OWN.x), "lat": str(OWN.y),
}  # fmt: skip


def row(site_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(Site.__table__).where(Site.id == site_id)).one()


def added(client, **changes):
    answer = send(client, "/sites/new", **(NEW | changes))
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


@lru_cache(maxsize=1)
def city_worker():
    """Signed in once for the tests that only read."""
    return sign_in(create_app(), "worker")


@pytest.fixture
def worker(own_city):
    return sign_in(create_app(), "worker")


def test_a72_a73_a_site_of_two_types_is_one_red_record_in_list_map_and_totals(worker):
    site_id = added(worker)
    site = row(site_id)
    assert (site.region_key, site.placed, site.attention_level, site.active) == (int(plan.grids()[0].code), 1, 3, True)
    assert site.types == {"fire_safety": {"level": 3, "kind": "market"}, "school": {"level": 1}}
    assert site.attention_level == rules.worst_level(site.types)
    page = worker.get(f"/sites/{site_id}").text
    assert "消防安全重点" in page and "市场" in page and "学校" in page and page.count("shape-octagon") == 2
    for query in ("fire_safety=3", "school=1&fire_safety_kind=market", "attention_level=3&q=示例市场"):
        assert f'data-id="{site_id}"' in worker.get(f"/registers/sites?{query}").text
    assert f'data-id="{site_id}"' not in worker.get("/registers/sites?fire_safety=1").text
    assert kept_disagreements() == []


def test_a72_only_a_point_in_ones_own_grid_is_taken(worker):
    for point in (BESIDE, plan.grids()[-1].square.centroid):
        answer = send(worker, "/sites/new", **(NEW | {"lon": str(point.x), "lat": str(point.y)}))
        assert answer.status_code == 400 and "不在您的网格内" in answer.text
        assert 'value="示例市场"' in answer.text, "what was typed is not lost"
    community = sign_in(create_app(), "community")
    assert row(added(community, lon=str(BESIDE.x), lat=str(BESIDE.y))).region_key == int(plan.grids()[1].code)
    site_id = added(worker)
    assert send(worker, f"/sites/{site_id}/position", lon=str(BESIDE.x), lat=str(BESIDE.y)).status_code == 400
    assert send(community, f"/sites/{site_id}/position", lon=str(BESIDE.x), lat=str(BESIDE.y)).status_code == 303
    assert row(site_id).region_key == int(plan.grids()[1].code)
    assert worker.get(f"/sites/{site_id}").status_code == 404, "it is the neighbour's now"
    assert kept_disagreements() == []


@pytest.mark.parametrize(("changes", "said"), [
    ({"level_fire_safety": "", "level_school": ""}, "请至少选择一种重点场所类型"), ({"level_school": "0"}, "关注等级"),
    ({"kind_fire_safety": ""}, "种类"), ({"name": " "}, "请填写名称"), ({"lon": "x"}, "请填写数字"), ({"lat": "91"}, "纬度"),
    ({"level_school": "9"}, "请选择列表中的一项"), ({"category": "castle"}, "请选择列表中的一项"),
])  # fmt: skip
def test_what_breaks_a_rule_comes_back_with_its_reason(city, changes, said):
    client = city_worker()
    answer = send(client, "/sites/new", **(NEW | changes))
    assert answer.status_code == 400 and said in answer.text


def test_a72_released_with_reason_and_day_undone_enrolled_again(worker):
    site_id = added(worker)
    gone = send(worker, f"/sites/{site_id}/release", types=["fire_safety"], reason="rectified")
    assert gone.status_code == 303
    assert (row(site_id).attention_level, row(site_id).active) == (1, True), "the school alone is left"
    assert "隐患已消除" in worker.get(f"/sites/{site_id}").text
    undo = re.search(r'action="(/sites/\d+/undo)"', worker.get(f"/sites/{site_id}").text)
    assert undo
    action, values = form_on(worker.get(f"/sites/{site_id}").text)
    assert action == undo[1]
    assert worker.post(action, data=values).status_code == 303
    assert row(site_id).attention_level == 3 and "released" not in row(site_id).types["fire_safety"]
    assert "/undo" not in worker.get(f"/sites/{site_id}").text

    yesterday = (today() - timedelta(days=1)).isoformat()
    assert send(worker, f"/sites/{site_id}/release", types=["fire_safety", "school"], reason="closed", day=yesterday).status_code == 303
    assert not row(site_id).active
    assert f'data-id="{site_id}"' not in worker.get("/registers/sites").text
    assert f'href="/sites/{site_id}"' in worker.get("/sites/former").text
    refused = send(worker, f"/sites/{site_id}/enrol", types=["school"], reason="reopened", day="2020-01-01")
    assert refused.status_code == 400 and "不能早于" in refused.text
    assert send(worker, f"/sites/{site_id}/enrol", types=["school"], reason="reopened").status_code == 303
    assert (row(site_id).attention_level, row(site_id).active) == (1, True)
    with owner_engine().begin() as connection:
        connection.execute(text(
            "UPDATE site SET previous = jsonb_set(previous, '{at}', to_jsonb((now() - interval '601 seconds')::text)) WHERE id = :id"
        ), {"id": site_id})  # fmt: skip
    assert "/undo" not in worker.get(f"/sites/{site_id}").text
    assert worker.post(f"/sites/{site_id}/undo", data=values | {"form_token": "a" * 32, "version": row(site_id).version}).status_code == 409
    with owner_engine().connect() as connection:
        steps = connection.scalars(text(
            "SELECT body -> 'facts' ->> 'step' FROM audit_event WHERE register = 'sites' AND action IN ('create', 'change') ORDER BY at"
        )).all()  # fmt: skip
    assert steps == ["create", "release", "undo", "release", "enrol"]
    assert kept_disagreements() == []


def test_two_people_correct_one_site_and_see_the_difference(worker):
    site_id = added(worker)
    action, mine = form_on(worker.get(f"/sites/{site_id}/edit").text)
    community = sign_in(create_app(), "community")
    assert send(community, f"/sites/{site_id}/edit", name="新名称", level_school="2").status_code == 303
    answer = worker.post(action, data=mine | {"name": "我的名称"})
    assert answer.status_code == 409
    table = answer.text.split('class="stale"')[1].split("</section>")[0]
    assert "我的名称" in table and "新名称" in table and "中等" in table
    assert row(site_id).name == "新名称"
    again = form_on(answer.text)
    assert worker.post(again[0], data=again[1]).status_code == 303
    assert row(site_id).name == "我的名称"
    before = row(site_id).updated_at
    assert send(worker, f"/sites/{site_id}/edit").status_code == 303
    assert row(site_id).updated_at > before, "saving without a change confirms the record"


def test_a_form_sent_twice_is_one_site(worker):
    action, values = form_on(worker.get("/sites/new").text)
    answers = [worker.post(action, data=values | NEW) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_who_may_not_write_is_offered_nothing(city):
    officer = sign_in(create_app(), "officer")
    assert "/sites/new" not in officer.get("/registers/sites").text
    assert officer.get("/sites/new").status_code == 404
    assert "/edit" not in officer.get("/sites/1").text
    assert city_worker().get("/sites/2").status_code == 404, "the neighbour's site is not there"


def test_a_grid_on_the_map_offers_to_register_in_it(city):
    page = city_worker().get(f"/registers/regions/{plan.grids()[0].code}", headers={"HX-Request": "true"}).text
    assert 'hx-get="/sites/new"' in page
    community = sign_in(create_app(), "community")
    assert "/sites/new" not in community.get("/registers/regions/110108001001000").text
