"""The map and its region layer on a day (D4.3, #5.5)."""

from __future__ import annotations

import gzip
from datetime import timedelta

import mapbox_vector_tile

from geoapp.core.clock import today
from geoapp.core.db import owner_transaction
from geoapp.planning.boundaries import replace_grids
from geoapp.web.factory import create_app
from tests.geoapp.planning.test_publishing import COMMUNITY, FIRST, OUTLINE, SECOND, whole
from tests.support.tiles import place_of
from tests.support.web import csrf_of, sign_in


def test_as_of_a_day_the_map_the_list_and_the_tree_show_the_boundaries_of_that_day(own_city):
    with owner_transaction() as connection:
        replace_grids(connection, whole(), today() - timedelta(days=3))
    client = sign_in(create_app(), "planner")
    before, after = today() - timedelta(days=4), today() - timedelta(days=3)
    for day, codes in ((before, [FIRST, SECOND]), (after, [FIRST]), (None, [FIRST]), (today() + timedelta(days=9), [FIRST])):
        page = client.get(f"/registers/regions?region={str(COMMUNITY)[:12]}&level=grid" + (f"&as_of={day}" if day else "")).text
        assert [code for code in (FIRST, SECOND) if str(code) in page] == codes, day
        z, x, y = place_of(OUTLINE.centroid.x, OUTLINE.centroid.y, 15)
        tile = client.get(f"/tiles/regions/{z}/{x}/{y}.mvt" + (f"?as_of={day}" if day else ""))
        layers = mapbox_vector_tile.decode(gzip.decompress(tile.data) if tile.data[:2] == b"\x1f\x8b" else tile.data)
        names = {f["properties"].get("name") for f in layers["regions"]["features"]}
        assert ("大网格" in names) == (len(codes) == 1), day
    assert client.get("/registers/regions?as_of=yesterday").status_code == 400
    worker = sign_in(create_app(), "worker")
    page = worker.get(f"/registers/regions?level=grid&as_of={before}").text
    assert str(FIRST) in page and str(SECOND) not in page  # the scope holds on every day


def post(client, path, token, **document):
    return client.post(f"/planner/api{path}", json=document, headers={"X-CSRF-Token": token})


def test_a_plan_is_published_and_taken_back_through_the_doors_of_the_planner(own_city):
    app = create_app()
    planner, director, worker = (sign_in(app, name) for name in ("planner", "director", "worker"))
    token, other = csrf_of(planner, "/map"), csrf_of(director, "/map")
    area = str(COMMUNITY)[:12]
    opened = post(planner, "/plans", token, area=area, name="合并")
    assert opened.status_code == 201, opened.text
    plan = opened.json["plan"]
    path = f"/plans/{plan['id']}"
    numbers = sorted(g["grid"] for g in planner.get(f"/planner/api{path}").json["grids"])
    assert len(numbers) == 2
    edited = post(planner, f"{path}/edits", token, version=plan["version"], op="merge", into=numbers[0], other=numbers[1])
    assert edited.status_code == 200, edited.text
    version = edited.json["version"]
    assert post(planner, f"{path}/publish", token, version=version).status_code in (409, 422)  # nobody has approved it
    submitted = post(planner, f"{path}/submit", token, version=version)
    assert submitted.status_code == 200, submitted.text
    approved = post(director, f"{path}/approve", other, version=submitted.json["version"])
    assert approved.status_code == 200, approved.text
    seen = planner.get(f"/planner/api{path}/publication").json
    assert [g["code"] for g in seen["grids"]] == [str(FIRST)] and [g["code"] for g in seen["gone"]] == [str(SECOND)]
    assert {w["username"]: w["grids"] for w in seen["workers"]} == {"worker": [numbers[0]], "neighbour": [numbers[0]], None: [numbers[0]]}
    assert len(seen["workers"]) == 4 and {w["codes"][0] for w in seen["workers"] if w["id"] in ("team:1", "team:2")} <= {str(FIRST), str(SECOND)}
    assert worker.get(f"/planner/api{path}/publication").status_code in (403, 404)
    version = approved.json["version"]
    for wrong in ({"effective_on": "soon"}, {"effective_on": "2020-01-01"}, {"assignments": [1]}, {"assignments": {"x": [1]}},
                  {"assignments": {str(own_city.users["officer"]): [numbers[0]]}}):  # fmt: skip
        assert post(planner, f"{path}/publish", token, version=version, **wrong).status_code == 400, (wrong, post(planner, f"{path}/publish", token, version=version, **wrong).text)
    later = post(planner, f"{path}/publish", token, version=version, effective_on=str(today() + timedelta(days=5)))
    assert later.json["publication"]["state"] == "scheduled", later.text
    number = later.json["publication"]["id"]
    assert post(planner, f"/publications/{number}/withdraw", token).json["state"] == "withdrawn"
    now = planner.get(f"/planner/api{path}").json
    assert now["state"] == "approved"
    done = post(planner, f"{path}/publish", token, version=now["version"])
    assert done.status_code == 200 and done.json["publication"]["state"] == "published", done.text
    assert planner.get(f"/planner/api{path}").json["state"] == "published"
    number = done.json["publication"]["id"]
    assert worker.get(f"/planner/api/publications/{number}").status_code in (403, 404)
    back = post(planner, f"/publications/{number}/restore", token)
    assert back.status_code == 200 and back.json["publication"]["state"] == "published", back.text
    page = planner.get(f"/registers/regions?region={area}&level=grid").text
    assert str(FIRST) in page and str(SECOND) in page
    assert next(p["id"] for p in planner.get("/planner/api/publications").json["publications"]) == back.json["publication"]["id"]
