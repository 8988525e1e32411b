"""Features: the rows a list would show, in pages, boxes, systems and times; nothing out of scope."""

from __future__ import annotations

import re

import orjson
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import Point, box, shape

from geoapp.core.clock import today
from layers.registry import all_registers, listed_registers
from tests.factories import city_plan as plan

GRIDS = plan.grids()
BUILT = plan.buildings(GRIDS)
HOUSES = plan.houses(GRIDS, BUILT)
PEOPLE = plan.residents(GRIDS, HOUSES)
WINDOW = (116.3005, 39.9955, 116.3075, 39.9995)
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
USERS = ("director", "officer", "community", "worker", "neighbour", "roamer")


def rows(city, user: str, table: list[dict]) -> list[dict]:
    scope = city.access(user).scope
    return [row for row in table if row["region_key"] in scope and row.get("state", "active") == "active"]


def within(window: tuple, row: dict) -> bool:
    return row["geom"] is not None and row["geom"].intersects(box(*window))


@pytest.mark.parametrize("user", USERS)
def test_each_reader_gets_exactly_their_own_rows(reader, city, user):
    tables = {"houses": HOUSES, "buildings": BUILT, "residents": PEOPLE, "sites": plan.sites(GRIDS),
              "organisations": plan.organisations(GRIDS)}
    for register in listed_registers(city.access(user)):
        if register.name in tables:
            expected = sorted(row["id"] for row in rows(city, user, tables[register.name]))
            assert sorted(reader(user).ids(register.name, limit=100)) == expected


@pytest.mark.parametrize("limit", [1, 7, 100, 10_000])
def test_pages_of_any_size_give_every_row_once(reader, limit):
    officer = reader("officer")
    found = officer.ids("houses", limit=limit)
    assert len(found) == len(set(found)) == officer.json("/collections/houses/items")["numberMatched"]


def test_a_page_says_how_many_match_and_when(reader):
    page = reader("director").json("/collections/houses/items", limit=3)
    assert page["numberReturned"] == len(page["features"]) == 3
    assert page["numberMatched"] == len(HOUSES)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", page["timeStamp"])


def test_an_empty_answer_is_a_collection_too(reader):
    page = reader("director").json("/collections/houses/items", filter="FALSE")
    assert (page["features"], page["numberMatched"], page["numberReturned"]) == ([], 0, 0)
    assert "next" not in {link["rel"] for link in page["links"]}


def test_more_than_the_largest_page_is_answered_with_the_largest(reader):
    """OGC 17-069r4, fc-limit-response-1: not an error."""
    assert reader("director").json("/collections/houses/items", limit=10_001)["numberReturned"] == len(HOUSES)


def test_next_keeps_the_question(reader):
    director = reader("director")
    asked = {"bbox": ",".join(map(str, WINDOW)), "filter": "storey >= 2", "sortby": "-updated_at", "properties": "number"}
    found = director.ids("houses", limit=5, **asked)
    chosen = [h for h in HOUSES if within(WINDOW, h) and (h["storey"] or 0) >= 2]
    assert found == [h["id"] for h in sorted(chosen, key=lambda h: h["updated_at"], reverse=True)]
    assert len(found) > 5


def test_a_page_token_of_another_question_is_refused(reader):
    director = reader("director")
    page = director.json("/collections/houses/items", limit=5)
    link = next(link["href"] for link in page["links"] if link["rel"] == "next")
    token = link.partition("after=")[2]
    assert director.get("/collections/houses/items", after=token, filter="storey = 1").status_code == 400
    assert director.get("/collections/houses/items", after="xyz").status_code == 400


def test_a_feature_carries_what_the_schema_says_and_codes_as_stored(reader):
    feature = reader("community").json("/collections/houses/items", filter="number = '" + HOUSES[0]["number"] + "'")["features"][0]
    house = HOUSES[0]
    assert feature["type"] == "Feature"
    assert feature["id"] == house["id"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [round(house["geom"].x, 7), round(house["geom"].y, 7)]}
    properties = feature["properties"]
    assert (properties["rental"], properties["use"], properties["area_m2"]) == (False, "dwelling", house["area_m2"])
    assert properties["region"] == GRIDS[0].code
    assert properties["updated_at"] == "2026-03-02T17:31:00+08:00"


@pytest.mark.parametrize("crs", [CRS84, f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4548"])
def test_positions_come_in_the_system_asked_for_with_its_axes(reader, crs):
    director = reader("director")
    response = director.get("/collections/houses/items", crs=crs, limit=100, sortby="number")
    assert response.headers["Content-Crs"] == f"<{crs}>"
    plain = director.json("/collections/houses/items", limit=100, sortby="number")["features"]
    code = 4326 if crs == CRS84 else int(crs.rpartition("/")[2])
    there = Transformer.from_crs(4326, code, always_xy=crs == CRS84)
    for feature, wanted in zip(orjson.loads(response.data)["features"], plain, strict=True):
        if wanted["geometry"] is None:
            assert feature["geometry"] is None
            continue
        lon, lat = wanted["geometry"]["coordinates"]
        expected = (lon, lat) if crs == CRS84 else there.transform(lat, lon)
        near = 1e-6 if code in (4326, 4490) else 0.02
        assert feature["geometry"]["coordinates"] == pytest.approx(expected, abs=near)
    one = director.get(f"/collections/houses/items/{HOUSES[0]['id']}", crs=crs)
    assert one.headers["Content-Crs"] == f"<{crs}>"


@pytest.mark.parametrize("crs", [CRS84, f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4548"])
def test_boxes_may_be_written_in_any_offered_system(reader, crs):
    there = Transformer.from_crs("OGC:CRS84", "OGC:CRS84" if crs == CRS84 else f"EPSG:{crs.removeprefix(EPSG)}")
    window = [n for corner in (WINDOW[:2], WINDOW[2:]) for n in there.transform(*corner)]
    expected = sorted(
        h["id"] for h in HOUSES
        if h["geom"] is not None and box(*window).intersects(Point(there.transform(h["geom"].x, h["geom"].y)))
    )  # fmt: skip
    assert sorted(reader("director").ids("houses", bbox=",".join(map(str, window)), bbox_crs=crs)) == expected
    assert len(expected) > 10


def test_boxes_with_heights_without_width_and_across_the_antimeridian(reader):
    director = reader("director")
    west, south, east, north = WINDOW
    plain = sorted(director.ids("houses", bbox=f"{west},{south},{east},{north}"))
    assert sorted(director.ids("houses", bbox=f"{west},{south},-5,{east},{north},5")) == plain
    point = HOUSES[0]["geom"]
    assert director.ids("houses", bbox=f"{point.x!r},{point.y!r},{point.x!r},{point.y!r}") == [HOUSES[0]["id"]]
    assert sorted(director.ids("houses", bbox=f"{west},-10,-170,60")) == sorted(
        h["id"] for h in HOUSES if h["geom"] is not None and h["geom"].x >= west
    )


def test_boxes_of_buildings_touch_their_outlines(reader):
    window = (116.3012, 39.9970, 116.3015, 39.9980)
    expected = [b["id"] for b in BUILT if within(window, b)]
    assert reader("director").ids("buildings", bbox=",".join(map(str, window))) == expected != []


@pytest.mark.parametrize(("text", "test"), [
    ("2026-03-02T09:35:00Z", lambda m: m == 5), ("2026-03-02T17:35:00+08:00", lambda m: m == 5),
    ("2026-03-02T09:35:00Z/2026-03-02T09:40:00Z", lambda m: 5 <= m <= 10), ("../2026-03-02T09:40:00Z", lambda m: m <= 10),
    ("2026-03-02T09:40:00Z/..", lambda m: m >= 10), ("/2026-03-02T09:40:00Z", lambda m: m <= 10), ("2026-03-02", lambda m: True),
    ("2026-03-03/..", lambda m: False),
    # offsets and years PostgreSQL has not
    ("0374-12-08T11:17:28-21:26/..", lambda m: True), ("0001-01-01T00:00:00+23:00/..", lambda m: True),
    ("9999-12-31T23:00:00-23:00/..", lambda m: False),
])  # fmt: skip
def test_datetime_asks_when_a_record_was_last_changed(reader, text, test):
    expected = [h["id"] for h in HOUSES if test((h["updated_at"] - plan.CHECKED).total_seconds() / 60)]
    assert sorted(reader("director").ids("houses", datetime=text)) == expected


def test_fields_region_and_filters_combine(reader):
    director = reader("director")
    found = director.ids("houses", status=[2, 3], region="110108001", filter="storey > 1", datetime="2026-03-02")
    assert sorted(found) == [
        h["id"] for h in HOUSES
        if h["id"] % 4 in (2, 3) and str(h["region_key"]).startswith("110108001") and (h["storey"] or 0) > 1
    ]  # fmt: skip
    assert found


def test_cql2_json_and_filter_crs(reader):
    director = reader("director")
    west, south, east, north = WINDOW
    text = f"S_INTERSECTS(geometry, BBOX({south},{west},{north},{east}))"
    document = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [west, south, east, north]}]}
    expected = sorted(director.ids("houses", bbox=f"{west},{south},{east},{north}"))
    assert sorted(director.ids("houses", filter=text, filter_crs=f"{EPSG}4326")) == expected
    found = director.ids("houses", filter=orjson.dumps(document).decode(), filter_lang="cql2-json")
    assert sorted(found) == expected


def test_properties_choose_columns_and_their_order(reader):
    feature = reader("director").json("/collections/houses/items", properties="status,number", limit=1)["features"][0]
    assert list(feature["properties"]) == ["status", "number"]
    one = reader("director").json(f"/collections/houses/items/{HOUSES[0]['id']}", properties="number")
    assert one["properties"] == {"number": HOUSES[0]["number"]}


def test_one_feature_has_its_links_and_what_is_not_ours_is_not_there(reader):
    worker = reader("worker")
    mine, other = HOUSES[0]["id"], next(h["id"] for h in HOUSES if h["region_key"] == GRIDS[1].key)
    feature = worker.json(f"/collections/houses/items/{mine}")
    assert feature["id"] == mine
    assert {link["rel"] for link in feature["links"]} == {"self", "alternate", "collection"}
    answers = [worker.get(f"/collections/houses/items/{n}") for n in (other, 10**9, 2**63, 10**40)]
    assert {a.status_code for a in answers} == {404}
    assert len({a.data for a in answers}) == 1


def test_people_are_never_points_not_even_alone(reader):
    """D3.4."""
    worker = reader("worker")
    page = worker.json("/collections/residents/items", limit=100, crs=f"{EPSG}3857")
    assert len(page["features"]) > 40
    assert {feature["geometry"] for feature in page["features"]} == {None}
    assert worker.json(f"/collections/residents/items/{page['features'][0]['id']}")["geometry"] is None


def test_people_in_a_box_are_those_whose_house_is_in_it(reader, city):
    homes = {h["id"] for h in HOUSES if within(WINDOW, h)}
    expected = sorted(p["id"] for p in rows(city, "community", PEOPLE) if p["house_id"] in homes)
    assert sorted(reader("community").ids("residents", bbox=",".join(map(str, WINDOW)))) == expected != []


def test_names_and_numbers_are_masked_by_the_readers_rights(reader):
    """research/trust C3: nobody sees a whole number here, of a child no name, and who only counts no rows (D3.4)."""
    stored = {p["id"]: p for p in PEOPLE}
    children = {p["id"] for p in PEOPLE if f"{int(plan.born(p)[:4]) + 14}{plan.born(p)[4:]}" > today().isoformat()}
    assert children
    worker = reader("worker").json("/collections/residents/items", limit=100)["features"]
    for feature in worker:
        name = "未成年人" if feature["id"] in children else stored[feature["id"]]["name"]
        assert feature["properties"]["name"] == name
        assert stored[feature["id"]]["id_number"] not in str(feature)
        assert "*" in feature["properties"]["id_number"]
    # only masked columns asked for
    chosen = reader("worker").json("/collections/residents/items", limit=1, properties="id_number")["features"][0]
    assert list(chosen["properties"]) == ["id_number"]
    for path in ("/items", "/items/1", "/items/999999999"):
        assert reader("officer").get(f"/collections/residents{path}").status_code == 403


def test_readers_without_people_see_no_counts_of_them(reader):
    properties = reader("director").json("/collections/houses/items", limit=1)["features"][0]["properties"]
    assert "residents" not in properties
    assert "residents" in reader("worker").json("/collections/houses/items", limit=1)["features"][0]["properties"]
    assert "residents" not in reader("officer").json("/collections/houses/items", limit=1)["features"][0]["properties"]


def test_outlines_survive_the_way_out(reader):
    features = reader("director").json("/collections/buildings/items", limit=100, sortby="id")["features"]
    for feature, building in zip(features, BUILT, strict=True):
        assert shapely.equals_exact(shape(feature["geometry"]).normalize(), building["geom"].normalize(), 1e-7)


def test_every_register_sorts_by_its_sortable_fields(reader, city):
    community = reader("community")
    for register in all_registers().values():
        for field in register.fields:
            if field.sortable and field.clear(city.access("community")):
                for sign in ("", "-", "+"):
                    found = community.ids(register.name, sortby=f"{sign}{field.name}", limit=9)
                    assert len(found) == len(set(found)) > 0
