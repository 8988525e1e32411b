"""What is offered where an area or a colleague is named: nothing the person could not give."""

from __future__ import annotations

import pytest

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


def test_colleagues_are_offered_whom_the_administrator_may_change(app):
    admin = sign_in(app, "admin")
    assert codes(admin, "/admin/users.json?q=work") == ["worker"]
    assert "admin" not in codes(admin, "/admin/users.json?q=")
    assert sign_in(app, "planner").get("/admin/users.json?q=work").status_code == 404
