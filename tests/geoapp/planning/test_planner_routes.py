"""The planner through HTTP: open, edit, hold, propose, compare, take out, approve; and what is refused."""

from __future__ import annotations

import io
import itertools
import re
import sqlite3
import zipfile

import pytest
from sqlalchemy import text

from geoapp.accounts.identity import forget_kept
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.planning import jobs, runner
from geoapp.planning.plans import derive_missing
from geoapp.planning.workshop import workshop
from geoapp.web.factory import create_app
from tests.factories.planner_town import BUILDINGS, HOMES, build_town
from tests.support.web import csrf_of, sign_in


class Caller:
    """A signed-in browser that speaks JSON."""

    def __init__(self, app, username):
        self.client = sign_in(app, username)
        self.head = {"Accept": "application/json", "X-CSRF-Token": csrf_of(self.client, "/about")}

    def get(self, path):
        return self.client.get(f"/planner/api{path}", headers=self.head, buffered=True)

    def post(self, path, /, **sent):
        return self.client.post(f"/planner/api{path}", json=sent, headers=self.head)

    def edit(self, plan, version, op, **sent):
        return self.post(f"/plans/{plan}/edits", version=version, op=op, **sent)


@pytest.fixture
def town(own_city):
    workshop.forget()
    with owner_transaction() as connection:
        build_town(connection)
        connection.execute(text("UPDATE app_user SET area_codes = '{110108}', role_key = 'planner' WHERE username = 'roamer'"))
    yield own_city
    workshop.forget()


def opened(caller, area="110108001", **more):
    answer = caller.post("/plans", area=area, name="草案", low=20, high=200, **more)
    assert answer.status_code == 201, answer.text
    return answer.json["plan"]["id"], answer.json


def test_a_draft_from_open_to_approved(town):
    """One planner's way, with everything the editor asks for on it."""
    app = create_app()
    planner, officer, director = (Caller(app, name) for name in ("planner", "officer", "director"))
    plan, made = opened(planner)
    assert made["job"] is None and made["plan"]["ready"]
    shown = planner.get(f"/plans/{plan}").json
    assert [one["name"] for one in shown["communities"]] == ["第1社区", "第2社区"]
    houses = sum(one["houses"] for one in shown["grids"])
    with owner_engine().connect() as connection:
        assert houses == connection.scalar(text("SELECT count(*) FROM house WHERE region_key / 1000000 = 110108001"))
    assert houses > BUILDINGS * HOMES and len(shown["grids"]) == 4
    assert {one["code"] for one in shown["grids"]} == {f"11010800100{c}00{g}" for c in (1, 2) for g in (1, 2)}
    units = planner.get(f"/plans/{plan}/units").json["features"]
    assert len(units) > 60 and len(planner.get(f"/plans/{plan}/units?bbox=116.3,39.999,116.301,40").json["features"]) < 20
    assert planner.get(f"/plans/{plan}/units?bbox=1,2").status_code == 400
    packed_units_are_the_same(units, planner.get(f"/plans/{plan}/units?packed=1").json)
    first = [one for one in shown["grids"] if one["community"] == 110108001001000]
    left, right = (one["grid"] for one in sorted(first, key=lambda one: one["rank"]))

    line = {"type": "LineString", "coordinates": [[116.29, 39.9976], [116.32, 39.9976]]}
    split = planner.edit(plan, 1, "split", grid=left, line=line)
    assert split.status_code == 200, split.text
    new = max(one["id"] for one in split.json["grids"]["features"])
    assert len(split.json["grids"]["features"]) == 2 and split.json["undo"] == 1 and split.json["totals"]["grids"] == 5
    assert all(one["properties"]["contiguous"] for one in split.json["grids"]["features"])
    merged = planner.edit(plan, 2, "merge", into=right, other=new)
    assert merged.json["gone"] == [new] and len(merged.json["cells"]) > 5
    changes = planner.get(f"/plans/{plan}/changes").json
    assert changes["totals"]["houses"] == sum(row["houses"] for row in changes["by_grid"]) > 50
    listed = planner.client.get(changes["list_url"], headers={"Accept": "text/html"})
    assert listed.status_code == 200 and "data-total" in listed.text
    undone = planner.edit(plan, 3, "undo").json
    assert (undone["undo"], undone["redo"]) == (1, 1) and undone["gone"] == []
    workshop.forget()  # as after a restart
    assert planner.edit(plan, 4, "undo").json["gone"] == [new]
    assert planner.edit(plan, 5, "redo").status_code == planner.edit(plan, 6, "redo").status_code == 200
    assert planner.edit(plan, 7, "redo").json["code"] == "no_change"
    steps = planner.get(f"/plans/{plan}/history").json["steps"]
    assert [(one["kind"], one["applied"]) for one in steps] == [("merge", True), ("split", True)]

    files_leave(planner, plan)
    approved_by_another(planner, officer, director, plan)


def packed_units_are_the_same(units, packed):
    """The editor's short form: facts and every point, to a tenth of a metre (read back in tests/js/planner.test.js)."""
    facts = [[one["properties"][name] for name in packed["fields"]] for one in units]
    keys = packed["communities"]
    read = [packed["cells"][i : i + 6] for i in range(0, len(packed["cells"]), 6)]
    assert [[*row[:2], keys[row[2]], *row[3:]] for row in read] == facts
    rings = [ring for one in units for part in parts_of(one["geometry"]) for ring in part]
    assert packed["points"] == [len(ring) - 1 for ring in rings]
    points = [point for ring in rings for point in ring[:-1]]
    lons, lats = (list(itertools.accumulate(packed["deltas"][k::2])) for k in (0, 1))
    assert max(abs(lon / 1e6 - x) + abs(lat / 1e6 - y) for lon, lat, (x, y) in zip(lons, lats, points, strict=True)) < 2e-6


def parts_of(geometry):
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def files_leave(planner, plan):
    for ending, check in (("gpkg", gpkg_rows), ("xlsx", lambda data: len(zipfile.ZipFile(io.BytesIO(data)).namelist())),
                          ("geojson", len), ("html", len)):  # fmt: skip
        file = planner.get(f"/plans/{plan}/export.{ending}")
        assert file.status_code == 200 and check(file.data) >= 4, ending
    assert b"default-src 'none'" in file.data and not re.search(rb"<(?:script|link)[^>]+https?:", file.data), "offline"
    assert planner.get(f"/plans/{plan}/export.exe").status_code == 404


def approved_by_another(planner, officer, director, plan):
    assert officer.post(f"/plans/{plan}/approve", version=7).json["code"] == "state"
    sent = planner.post(f"/plans/{plan}/submit", version=7)
    assert sent.json["state"] == "submitted" and sent.json["can"]["withdraw"] and not sent.json["can"]["approve"]
    assert planner.edit(plan, 8, "undo").json["code"] == "state"
    assert planner.post(f"/plans/{plan}/approve", version=8).status_code == 404, "a planner has no right to"
    assert officer.post(f"/plans/{plan}/return", version=8).status_code == 400, "with a reason only"
    assert officer.post(f"/plans/{plan}/return", version=8, note="界线不合").json["state"] == "draft"
    assert planner.post(f"/plans/{plan}/submit", version=9).json["state"] == "submitted"
    assert director.post(f"/plans/{plan}/approve", version=10).json["state"] == "approved"
    assert planner.get("/plans?state=approved").json["plans"][0]["decided"]["by"] == "Director"


def gpkg_rows(data):
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    return connection.execute("SELECT count(*) FROM grids").fetchone()[0]


def test_two_planners_at_once(town):
    """Locks are seen and end by themselves; a stale edit is refused and told what changed; nobody approves alone."""
    app = create_app()
    one, two = Caller(app, "planner"), Caller(app, "roamer")
    plan, _ = opened(one)
    other, _ = opened(two, "110108001001")
    assert one.edit(plan, 1, "rename", grid=0, name="东区").status_code == 200
    held = two.edit(other, 1, "merge", into=0, other=1)
    assert held.status_code == 409 and held.json["code"] == "held" and held.json["locks"][0]["by"] == "Planner"
    seen = two.post(f"/plans/{other}/presence").json["locks"]
    assert [(lock["by"], lock["mine"], lock["plan"]) for lock in seen] == [("Planner", False, plan)]
    assert two.get(f"/plans/{other}").json["version"] == 1, "nothing was changed"
    one.post(f"/plans/{plan}/presence", release=True)
    assert two.edit(other, 1, "merge", into=0, other=1).status_code == 200
    with owner_transaction() as connection:
        connection.execute(text("UPDATE plan_lock SET until = now() - interval '1 second'"))
    assert one.edit(plan, 2, "dedicate", grid=0, dedicated=True).status_code == 200, "a lock ends by itself"
    stale = one.edit(plan, 2, "rename", grid=1, name="x")
    assert stale.status_code == 409 and stale.json["code"] == "stale"
    assert [line["kind"] for line in stale.json["since"]["log"]] == ["dedicate"]
    assert [found["id"] for found in stale.json["since"]["grids"]["features"]] == [0]
    assert one.get(f"/plans/{plan}/since?version=1").json["version"] == 3
    with owner_transaction() as connection:
        connection.execute(text("UPDATE role SET permissions = permissions || 'plan:draft:decide'::text WHERE key = 'planner'"))
    forget_kept()
    assert one.post(f"/plans/{plan}/submit", version=3).status_code == 200
    alone = one.post(f"/plans/{plan}/approve", version=4)
    assert alone.status_code == 403, "two different people"
    assert two.post(f"/plans/{plan}/approve", version=4).json["state"] == "approved"


def test_proposals_beside_the_requests(town):
    """Asked for, computed by the runner's own function, side by side, adopted as one step, cancelled."""
    app, settings = create_app(), get_settings()
    planner = Caller(app, "planner")
    plan, _ = opened(planner)
    planner.edit(plan, 1, "lock", grids=[2])
    for kind, more in (("propose", {"low": 100, "high": 250}), ("revise", {}), ("repair", {"grids": [0]})):
        asked = planner.post(f"/plans/{plan}/proposals", kind=kind, effort=0.1, **more)
        assert asked.status_code == 202 and asked.json["job"]["state"] == "queued", asked.text
    job = asked.json["job"]["id"]
    assert planner.post(f"/jobs/{job}/cancel").json["state"] == "cancelled"
    assert jobs.waiting(settings)
    assert [jobs.run_next(settings, runner.work) for _ in range(3)] == [True, True, False]
    found = planner.get(f"/plans/{plan}/proposals").json
    assert [one["kind"] for one in found["proposals"]] == ["revise", "propose"] and found["jobs"] == []
    chosen = found["proposals"][1]
    assert chosen["figures"]["in_pieces"] == 0 and chosen["figures"]["households_max"] <= 250
    assert all(one["description"] for one in chosen["reasons"])
    preview = planner.get(f"/plans/{plan}/proposals/{chosen['id']}/grids").json["features"]
    assert [one["properties"]["kept"] for one in preview if one["id"] == 2] == [True], "a locked grid stays"
    adopted = planner.post(f"/plans/{plan}/proposals/{chosen['id']}/adopt", version=2).json
    assert adopted["kind"] == "adopt" and adopted["totals"]["grids"] == len(preview)
    assert planner.edit(plan, 3, "undo").json["totals"]["grids"] == 4
    assert planner.post(f"/plans/{plan}/proposals/{chosen['id']}/adopt", version=4).json["code"] == "old"
    assert planner.post(f"/plans/{plan}/proposals/{chosen['id']}/drop").status_code == 200
    for wrong in ({"kind": "magic"}, {"profile": "x"}, {"site": -1}, {"low": 9, "high": 3}, {"kind": "repair"}, {"seed": "a"}):
        assert planner.post(f"/plans/{plan}/proposals", **wrong).status_code == 400, wrong


def test_bad_input_is_told_with_its_place(town):
    """Bad input of #5: a sentence each, cells and a place where there is one; never a server error."""
    app = create_app()
    planner = Caller(app, "planner")
    for wrong in ({"area": "11", "name": "x"}, {"area": "x", "name": "x"}, {"area": "110108001", "name": " "},
                  {"area": "110108001", "name": "x", "low": 0}, {"area": 5, "name": "x"}, {"name": "x"}):  # fmt: skip
        assert planner.post("/plans", **wrong).status_code == 400, wrong
    assert planner.post("/plans", area="110105001", name="别处").status_code == 404
    plan, _ = opened(planner)
    knot = {"type": "LineString", "coordinates": [[116.3, 39.99], [116.31, 40.0], [116.31, 39.99], [116.3, 40.0]]}
    away = {"type": "LineString", "coordinates": [[10, 10], [11, 11]]}
    all_left = [one["id"] for one in planner.get(f"/plans/{plan}/units").json["features"] if one["properties"]["grid"] == 0]
    expected = (
        ("self_crossing", {"op": "split", "grid": 0, "line": knot}), ("no_cut", {"op": "split", "grid": 0, "line": away}),
        ("emptied", {"op": "paint", "cells": all_left, "to": 1}), ("community", {"op": "paint", "cells": [0], "to": 3}),
        ("unknown_grid", {"op": "paint", "cells": [0], "to": 77}), ("unknown_cell", {"op": "paint", "cells": [99_999], "to": 0}),
        ("apart", {"op": "merge", "into": 0, "other": 3}), ("no_change", {"op": "paint", "cells": all_left[:1], "to": 0}),
        ("no_change", {"op": "undo"}),
    )  # fmt: skip
    for code, sent in expected:
        answer = planner.post(f"/plans/{plan}/edits", version=1, **sent)
        assert (answer.status_code, answer.json["code"]) == (422, code), (sent, answer.text)
        placed = answer.json["at"] is not None
        assert answer.json["description"] and placed == (code not in ("unknown_grid", "unknown_cell", "no_change")), code
        if code == "self_crossing":
            assert answer.json["at"]["coordinates"] == [pytest.approx([116.305, 39.995], abs=1e-4)]
        if code == "apart":
            assert "网格 002 与网格 001 " in answer.json["description"], "as the table names them"
    for wrong in ({"op": "fly"}, {}, {"op": "paint", "cells": "x", "to": 1}, {"op": "paint", "cells": [0], "to": "1"},
                  {"op": "paint", "cells": [10**12], "to": 1}, {"op": "lasso", "area": {"type": "Point"}, "to": 1},
                  {"op": "split", "grid": 0, "line": {"type": "LineString", "coordinates": [["a", 1]]}},
                  {"op": "drag", "gaining": 0, "losing": 1, "path": away, "reach": -5}, {"op": "rename", "grid": 0, "name": "\n"},
                  {"op": "lock", "grids": [True]}, {"op": "block", "block": 10**6, "to": 0}):  # fmt: skip
        answer = planner.post(f"/plans/{plan}/edits", version=1, **wrong)
        assert answer.status_code == 400, (wrong, answer.text)
    assert planner.client.post(f"/planner/api/plans/{plan}/edits", data="{", headers=planner.head).status_code == 400
    assert planner.get(f"/plans/{plan}").json["version"] == 1
    around_buildings(planner, plan)
    lacking(planner)


def around_buildings(planner, plan):
    """A cut drawn through buildings goes around them and says which; it divides small blocks where asked."""
    column = {"type": "LineString", "coordinates": [[116.3022, 39.99], [116.3022, 40.01]]}
    answer = planner.edit(plan, 1, "split", grid=0, line=column, snap=False)
    assert answer.status_code == 200, answer.text
    done = answer.json
    assert done["through"]["buildings"] == 8 and done["through"]["description"], "a column of the town"
    assert all(116.302 < x < 116.303 and 39.995 < y < 40 for x, y in done["through"]["at"]["coordinates"])
    with owner_engine().connect() as connection:
        in_two = connection.scalar(text("""
            SELECT count(*) FROM (SELECT b.id FROM building b JOIN base_unit u ON ST_Area(ST_Intersection(u.geom, b.geom)) > 3e-10
            JOIN plan_cell c ON c.set_id = u.set_id AND c.number = u.number AND c.plan_id = :plan
            WHERE b.source = 'town' AND ST_X(ST_Centroid(b.geom)) < 116.304 GROUP BY b.id HAVING count(DISTINCT c.grid) > 1) x"""),
            {"plan": plan})  # fmt: skip
    assert in_two == 0


def lacking(planner):
    """No building, no home, a house far from its community, a band that cannot be met: told with the place."""
    with owner_transaction() as connection:
        connection.execute(text("""
            INSERT INTO region (key, hi, code, level, name, full_name, parent_key, county_code, origin, geom)
            SELECT 110108002009000, 110108002009999, '110108002009', 'community', '空地', '空地', parent_key, county_code, 'synthetic',
                   ST_Multi(ST_MakeEnvelope(116.5, 40.1, 116.51, 40.11, 4326)) FROM region WHERE code = '110108002001'"""))
        connection.execute(text("""
            UPDATE house SET geom = ST_SetSRID(ST_MakePoint(116.45, 40.05), 4326), placed = 2
            WHERE id = (SELECT min(id) FROM house WHERE region_key = 110108001001001)"""))
    empty, _ = opened(planner, "110108002009")
    shown = planner.get(f"/plans/{empty}").json
    assert {note["code"] for note in shown["notes"]} == {"without_grid", "no_buildings"}
    assert shown["notes"][-1]["at"]["coordinates"] == [116.505, 40.105] and shown["grids"][0]["households"] == 0
    workshop.forget()
    plan, _ = opened(planner, "110108001001")
    notes = {note["code"]: note for note in planner.get(f"/plans/{plan}").json["notes"]}
    assert notes["astray"]["at"]["coordinates"] == [[116.45, 40.05]] and "1" in notes["astray"]["description"]
    for area, code in ((empty, "empty"), (plan, "too_few")):
        planner.post(f"/plans/{area}/proposals", low=90_000, high=99_000, effort=0.1)
        assert jobs.run_next(get_settings(), runner.work)
        (proposal,) = planner.get(f"/plans/{area}/proposals").json["proposals"]
        reason = next(one for one in proposal["reasons"] if one["code"] == code)
        assert reason["description"] and reason["cells"] and reason["at"]["type"] in ("Polygon", "MultiPolygon")


def test_az1_plans_are_of_an_area_and_people_are_an_average(town):
    """Another area's plan looks like none; who sees no people gets the community's average."""
    app = create_app()
    planner, officer, worker = (Caller(app, name) for name in ("planner", "officer", "worker"))
    plan, _ = opened(planner, "110108002")
    asked = planner.post(f"/plans/{plan}/proposals").json["job"]["id"]
    for path in (f"/plans/{plan}", f"/plans/{plan}/units", f"/plans/{plan}/grids", f"/plans/{plan}/changes", f"/jobs/{asked}",
                 f"/plans/{plan}/since", f"/plans/{plan}/history", f"/plans/{plan}/proposals", "/areas/110108002/state"):  # fmt: skip
        assert planner.get(path).status_code == 200, path
        assert officer.get(path).status_code == 404, path
        assert worker.get(path).status_code == 404, path
    assert officer.get("/plans").json["plans"] == []
    assert officer.post(f"/plans/{plan}/approve", version=1).status_code == 404
    plan, _ = opened(planner, "110108001001")
    assert officer.edit(plan, 1, "undo").status_code == 404, "an officer has no right to edit"
    grids = officer.get(f"/plans/{plan}").json["grids"]
    ratio = {round(one["residents"] / one["households"], 1) for one in grids}
    assert len(ratio) == 1, "homes times one average"


def test_units_are_derived_once_and_again_only_where_they_no_longer_fit(town):
    """`geoapp planning derive` is repeatable; a grid in force with another border gets units of its own."""
    assert derive_missing(get_settings(), "110108001") == (2, 0)
    assert derive_missing(get_settings(), "110108001") == (0, 2)
    with owner_transaction() as connection:
        for key, box in ((110108001001001, "116.3, 39.995, 116.305, 40"), (110108001001002, "116.305, 39.995, 116.312, 40")):
            connection.execute(
                text(f"UPDATE region SET geom = ST_Multi(ST_MakeEnvelope({box}, 4326)) WHERE key = :key"), {"key": key}
            )
    assert derive_missing(get_settings(), "110108001") == (1, 1)
    planner = Caller(create_app(), "planner")
    plan, _ = opened(planner, "110108001001")
    notes = planner.get(f"/plans/{plan}").json["notes"]
    assert [note["code"] for note in notes] == ["cut"] and len(notes[0]["at"]["coordinates"]) > 0, "buildings on the new border"


