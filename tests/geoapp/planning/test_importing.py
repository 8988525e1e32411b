"""Foreign polygons: what is wrong is listed with its place, mended as chosen, and becomes a draft plan (#5.6)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geoapp.changes.work import write
from geoapp.core.db import owner_transaction
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.planning import importing
from geoapp.planning.importing_faces import GAP, NEW, OUTSIDE, OVERLAP, faces_of, joined, mended
from geoapp.planning.importing_files import read_polygons
from geoapp.web.factory import create_app
from grids_boundaries.derive.coverage import partition_error
from tests.factories import geofiles
from tests.geoapp.planning.test_publishing import COMMUNITY, FIRST, OUTLINE, SECOND
from tests.support.web import csrf_of, sign_in

AREA = str(COMMUNITY)[:12]
SQUARE = shapely.box(0, 0, 100, 100)


def test_gaps_overlaps_and_what_reaches_out_are_found_with_their_width_and_mended_only_as_far_as_asked():
    left, right = shapely.box(-5, 0, 48, 100), shapely.box(50, 0, 100, 100)
    middle = shapely.box(40, 0, 48, 30)
    faces = faces_of([left, right, middle], SQUARE)
    found = {(f.kind, f.claims): f for f in faces.findings}
    assert set(found) == {(GAP, ()), (OVERLAP, (0, 2)), (OUTSIDE, (0,))}
    gap, overlap = found[GAP, ()], found[OVERLAP, (0, 2)]
    assert gap.area_m2 == pytest.approx(200) and gap.width == pytest.approx(2, abs=0.03)
    assert overlap.area_m2 == pytest.approx(240) and overlap.to == 0
    goes, still = mended(faces, 0, {})
    assert len(still) == 3
    goes, still = mended(faces, 2.05, {})
    assert [f.kind for f in still] == [OUTSIDE, OVERLAP] and GAP not in {f.kind for f in still}
    goes, still = mended(faces, 0, {gap.id: NEW, overlap.id: 2, found[OUTSIDE, (0,)].id: None})
    assert still == []
    shapes = joined(faces, goes)
    assert sorted(shapes) == [0, 1, 2, 3]
    assert shapes[2].area == pytest.approx(240) and shapes[3].area == pytest.approx(200)
    assert partition_error(np.array(list(shapes.values())), SQUARE) < 0.01


@given(st.lists(st.tuples(*[st.integers(-20, 120)] * 4), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_whatever_comes_a_mended_division_is_a_partition(corners):
    boxes = [shapely.box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1) for a, b, c, d in corners]
    faces = faces_of(boxes, SQUARE)
    goes, still = mended(faces, 1e9, {})
    assert still == []
    shapes = joined(faces, goes)
    assert partition_error(np.array(list(shapes.values()), dtype=object), SQUARE) < 0.01
    assert sum(shape.area for shape in shapes.values()) == pytest.approx(SQUARE.area, abs=0.01)


def halves(gap=0.0):
    """West and east of the community with a strip of `gap` degrees between them."""
    west, south, east, north = OUTLINE.bounds
    middle = west + (east - west) * 0.45
    return [
        (shapely.box(west, south, middle - gap, north), {"code": str(FIRST), "name": "西片"}),
        (shapely.box(middle, south, east, north), {"code": "", "name": "东片"}),
    ]


@pytest.mark.parametrize(("name", "crs"), [("a.gpkg", "EPSG:4490"), ("b.geojson", None), ("c.zip", "EPSG:4548")])
def test_d4_2_polygons_come_in_the_formats_and_crs_of_the_map(tmp_path, name, crs):
    rows, path = halves(), tmp_path / name
    if name.endswith("zip"):
        from pyproj import Transformer

        there = Transformer.from_crs(4326, crs, always_xy=True).transform
        rows = [(shapely.transform(s, lambda p: np.column_stack(there(p[:, 0], p[:, 1]))), facts) for s, facts in rows]
        geofiles.shape_zip(path, rows, crs)
    elif name.endswith("gpkg"):
        geofiles.vector(path, rows, crs)
    else:
        geofiles.geojson(path, rows)
    content = read_polygons(path, OUTLINE.bounds, None, None)
    assert [one.name for one in content.polygons] == ["西片", "东片"] and content.refused == []
    for one, (shape, _) in zip(content.polygons, halves(), strict=True):
        assert shapely.symmetric_difference(one.shape, shape).area < 1e-10


def test_bad_files_and_rows_are_told_with_their_place(tmp_path):
    west, south, east, north = OUTLINE.bounds
    knot = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    content = read_polygons(geofiles.geojson(tmp_path / "a.geojson", [*halves(), (knot, {"code": "x", "name": "结"})]), None, None, None)
    (refused,) = content.refused
    assert refused["line"] == 3 and {"lon", "lat", "reason"} <= set(refused["facts"])
    twice = [(shape, {**facts, "code": str(FIRST)}) for shape, facts in halves()]
    with pytest.raises(InvalidInput, match="1、2"):
        read_polygons(geofiles.geojson(tmp_path / "b.geojson", twice), None, None, None)
    with pytest.raises(InvalidInput):
        read_polygons(geofiles.geojson(tmp_path / "c.geojson", []), None, None, None)


def opened(city, tmp_path, rows, area=AREA, username="planner"):
    content = read_polygons(geofiles.geojson(tmp_path / "grids.geojson", rows), OUTLINE.bounds, None, None)
    with write(city.access(username)) as work:
        return importing.open_import(work.connection, work.access, area, "旧网格", "grids.geojson", content)


def test_an_import_is_mended_by_choice_and_becomes_a_draft_whose_units_fit_its_borders(own_city, tmp_path):
    import_id = opened(own_city, tmp_path, halves(gap=0.001))
    access = own_city.access("planner")
    with write(access) as work:
        row = importing.find_import(work.connection, access, import_id)
        (part,) = importing.look(work.connection, row)
        (finding,) = part.still
        assert finding.kind == GAP and 80 < finding.width < 100
        number, houses = importing.houses_outside(work.connection, row)
        strip = shapely.difference(OUTLINE, shapely.union_all([s for s, _ in halves(gap=0.001)]))
        assert number == len(houses) and all(strip.buffer(1e-9).contains(shapely.Point(h.lon, h.lat)) for h in houses)
        with pytest.raises(Conflict):
            importing.make_plan(work, import_id, row.version)
        # a preview stores nothing
        assert importing.look(work.connection, row, choices={finding.id: None})[0].still == []
        assert importing.find_import(work.connection, access, import_id).choices == {}
        with pytest.raises(InvalidInput):
            importing.store_choices(work, import_id, row.version, 0, {"nothing": 0})
        with pytest.raises(InvalidInput):
            importing.store_choices(work, import_id, row.version, 99, {})
        row = importing.store_choices(work, import_id, row.version, 0, {finding.id: 0})
        plan_id = importing.make_plan(work, import_id, row.version)
    with owner_transaction() as connection:
        cells = connection.execute(text("""
            SELECT c.grid, ST_AsBinary(u.geom) AS wkb FROM plan_cell c JOIN base_unit u ON u.set_id = c.set_id AND u.number = c.number
            WHERE c.plan_id = :id"""), {"id": plan_id}).all()  # fmt: skip
        grids = connection.execute(text("SELECT number, name, in_force FROM plan_grid WHERE plan_id = :id ORDER BY number"), {"id": plan_id}).all()
    assert [(g.name, g.in_force) for g in grids] == [("西片", FIRST), ("东片", None)]
    shapes = [shapely.union_all([shapely.from_wkb(bytes(c.wkb)) for c in cells if c.grid == g.number]) for g in grids]
    west, south, east, north = OUTLINE.bounds
    border = west + (east - west) * 0.45
    assert shapely.symmetric_difference(shapes[0], shapely.box(west, south, border, north)).area * 1e10 < 3  # some m²
    assert shapely.symmetric_difference(shapely.union_all(shapes), OUTLINE).area * 1e10 < 0.01


def test_polygons_elsewhere_are_told_and_other_areas_stay_closed(own_city, tmp_path):
    far = (shapely.box(10, 10, 10.01, 10.01), {"code": "", "name": "远"})
    import_id = opened(own_city, tmp_path, [*halves(), far])
    access = own_city.access("planner")
    with write(access) as work:
        row = importing.find_import(work.connection, access, import_id)
        assert [one["line"] for one in row.refused] == [3]
        assert [part.still for part in importing.look(work.connection, row)] == [[]]
    with pytest.raises(InvalidInput):
        opened(own_city, tmp_path, [far])
    with pytest.raises(NotFound):
        opened(own_city, tmp_path, halves(), username="worker")
    with pytest.raises(NotFound), write(own_city.access("roamer")) as work:
        importing.find_import(work.connection, work.access, import_id)
    assert SECOND != FIRST


def test_a_planner_sends_a_file_previews_mends_and_gets_a_draft(own_city, tmp_path):
    app = create_app()
    client = sign_in(app, "planner")
    token = csrf_of(client, "/planner/imports")
    path = geofiles.geojson(tmp_path / "grids.geojson", halves(gap=0.0001))

    def send(file, **facts):
        form = {"csrf_token": token, "area": AREA, "name": "旧网格", **facts, **({"file": (file.open("rb"), file.name)} if file else {})}
        return client.post("/planner/imports", data=form, content_type="multipart/form-data")

    for wrong in (send(None), send(path, area="999"), send(path, area="110105001001"), send(path, crs="EPSG:0")):
        assert wrong.status_code in (400, 404), wrong.text
    page = send(path).headers["Location"]
    facts = client.get(page + ".json").json
    (finding,) = facts["findings"]
    assert finding["kind"] == "gap" and finding["open"] and facts["open"] == 1
    assert "宽约" in client.get(page).text
    assert client.get(f"{page}.json?mend={finding['id']}").json["open"] == 0  # a preview
    assert client.get(f"{page}.json?tolerance=20").json["open"] == 0
    assert client.get(f"{page}?tolerance=999").status_code == 400
    assert client.get(page + ".json").json["open"] == 1
    sent = {"csrf_token": token, "version": facts["version"]}
    assert client.post(page, data={**sent, "do": "plan"}).status_code == 409
    assert client.post(page, data={**sent, "do": "mend", "tolerance": "20"}).status_code == 303
    assert client.post(page, data={**sent, "do": "mend"}).status_code == 409  # the form is stale
    made = client.post(page, data={**sent, "version": facts["version"] + 1, "do": "plan"})
    assert made.status_code == 303 and made.headers["Location"].startswith("/planner/plans/")
    plan = client.get("/planner/api/plans/" + made.headers["Location"].rsplit("/", 1)[1]).json
    assert len(plan["grids"]) == 2 and plan["state"] == "draft"
    assert sign_in(app, "worker").get(page).status_code in (403, 404)
