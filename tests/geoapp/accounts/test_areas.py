"""What is offered where an area or a colleague is named: nothing the person could not give."""

from __future__ import annotations

import pytest

from geoapp.core.db import owner_engine
from geoapp.planning.plans import choosable
from geoapp.web.factory import create_app
from tests.support.web import sign_in


@pytest.fixture
def app(city):
    return create_app()


def codes(client, address):
    return [one["code"] for one in client.get(address).json]


def test_areas_are_offered_inside_ones_own_alone(app):
    planner, roamer = sign_in(app, "planner"), sign_in(app, "roamer")
    assert codes(planner, "/account/areas.json") == ["110108"]
    assert set(codes(planner, "/account/areas.json?parent=110108")) == {"110108001", "110108002"}
    assert codes(planner, "/account/areas.json?parent=1101") == ["110108"]
    assert codes(planner, "/account/areas.json?q=110105") == []
    assert codes(planner, "/account/areas.json?codes=110105+110108001") == ["110108001"]
    assert set(codes(roamer, "/account/areas.json")) == {"110108001002", "110105001001001"}
    found = planner.get("/account/areas.json?q=11010800100100").json
    assert found and all(one["code"].startswith("11010800100100") and one["may"] for one in found)
    name = found[0]["name"]
    assert found[0]["code"] in codes(planner, f"/account/areas.json?q={name}")
    assert codes(planner, "/account/areas.json?q=%25") == [], "a wildcard is a letter like any other"
    assert planner.get("/account/areas.json?parent=x").status_code == 400


def test_break_glass_offers_communities_and_grids_anywhere_and_only_to_who_may_use_it(app):
    worker = sign_in(app, "worker")
    assert sign_in(app, "planner").get("/break-glass/areas.json").status_code == 404
    found = worker.get("/break-glass/areas.json?q=110105").json
    assert found and {len(one["code"]) for one in found} == {12, 15}
    tops = worker.get("/break-glass/areas.json").json
    assert tops and not any(one["may"] for one in tops) and all(one["children"] for one in tops)
    assert codes(worker, "/account/areas.json?q=110105") == []


def test_a_plan_is_offered_areas_it_can_be_of_and_no_grid(app):
    planner = sign_in(app, "planner")
    assert codes(planner, "/planner/areas.json") == ["110108"]
    inside = planner.get("/planner/areas.json?q=110108001001").json
    assert [(one["code"], one["may"], one["children"]) for one in inside] == [("110108001001", True, False)]
    assert codes(planner, "/planner/areas.json?parent=110108001001") == []
    assert codes(planner, "/planner/areas.json?codes=110108001001001+110108001+110105") == ["110108001"]
    with owner_engine().connect() as connection:
        bare = [{"code": "110199", "children": True}, {"code": "110108", "children": True}]
        assert choosable(connection, bare) == bare[1:], "no community with an outline, no plan"


def test_colleagues_are_offered_whom_the_administrator_may_change(app):
    admin = sign_in(app, "admin")
    assert codes(admin, "/admin/users.json?q=work") == ["worker"]
    assert "admin" not in codes(admin, "/admin/users.json?q=")
    assert sign_in(app, "planner").get("/admin/users.json?q=work").status_code == 404
