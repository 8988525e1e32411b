"""Bad questions: each a clear error naming what is wrong, in both languages."""

from __future__ import annotations

import base64

import orjson
import pytest
import shapely

from geoapp.core.errors import InvalidInput, NotFound, TooLarge
from grids_boundaries.access import begin
from layers.registry import all_registers
from spatial_queries.geojson import read_geometry
from spatial_queries.pages import read_page
from spatial_queries.parse import parse_query
from spatial_queries.selection import compile_query
from spatial_queries.shapes import around


def ask(city, query, username="director", name="houses"):
    register, access = all_registers()[name], city.access(username)
    pairs = [tuple(part.split("=", 1)) for part in query.split("&")]
    return parse_query(register, pairs, access, {}.__getitem__)


BAD = [
    ("colour=red", "colour"), ("status=9", "status"), ("status=x", "status"), ("storey__gte=tall", "storey"),
    ("storey__near=3", "storey__near"), ("status__contains=1", "status"), ("rental=perhaps", "rental"),
    ("updated_at__gte=yesterday", "updated_at"), ("number__older_than_days=9", "number"),
    ("updated_at__older_than_days=nan", "updated_at"), ("bbox=1,2,3", "bbox"), ("bbox=1,2,nan,4", "bbox"),
    ("bbox=116,39,115,40", "bbox"), ("bbox=39.9,116.2,40.1,116.5", "geometry"), ("bbox=a,b,c,d", "bbox"),
    ("circle=116,39", "circle"), ("circle=116,39,-5", "within"), ("circle=116,39,inf", "circle"),
    ("circle=116,39,9999999", "within"), ("circle=200,39,10", "geometry"), ("near=116,39,0", "near"),
    ("near=116,39,2.5", "near"), ("near=116,39,100000", "near"), ("within=50", "within"), ("region=33.01", "region"),
    ("region=abc", "region"), ("position=lost", "position"), ("sort=colour", "colour"), ("sort=rental", "sort"),
    ("limit=0", "limit"), ("limit=1e3", "limit"), ("limit=99999999999999999999", "limit"), ("limit=-1", "limit"),
    ("limit=0000000500999999", "limit"), ("limit=000000050" + "9" * 5_000, "limit"),
    ("q=" + "长" * 101, "q"), ("q=a\x00b", "q"), ("number=a\x00b", "number"), ("storey=99999999999", "storey"),
    ("region=110108&region=110105", "region"), ("storey__gte=1&storey__gte=2", "storey"),
    ("&".join(f"number={n}" for n in range(201)), "number"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "field"), BAD, ids=[q[:40] for q, _ in BAD])
def test_a_bad_question_is_refused_by_the_name_of_its_part(city, query, field):
    with pytest.raises(InvalidInput) as error:
        ask(city, query)
    assert error.value.field in (field, "code") if field == "region" else error.value.field == field
    assert error.value.message("zh") and error.value.message("en")


def test_az6_what_one_may_not_read_cannot_be_asked_for(city):
    for username, query in (
        ("officer", "name=张"), ("officer", "sort=name"), ("officer", "birth_year__gte=1990"), ("officer", "name__contains=张"),
        ("community", "id_number=9999"), ("community", "sort=id_number"), ("community", "id_number__contains=1"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            ask(city, query, username, "residents")
    with pytest.raises(InvalidInput):
        ask(city, "residents__gte=3", "planner", "houses")


def test_az6_a_hidden_field_and_an_absent_one_are_refused_alike(city):
    messages = []
    for query in ("birth_year=1990", "birth_yeer=1990"):
        with pytest.raises(InvalidInput) as error:
            ask(city, query, "officer", "residents")
        messages.append(error.value.message("zh").replace("birth_year", "*").replace("birth_yeer", "*"))
    assert messages[0] == messages[1]


def test_a_register_one_may_not_open_is_not_there(city):
    query = ask(city, "limit=5", "community", "residents")
    with pytest.raises(NotFound):
        compile_query(query, all_registers()["residents"], access=city.access("planner"))


@pytest.mark.parametrize("token", ["x", "W10", "e30", "WyJhIl0", "!!!!", "WzEsMiwzLDQsNV0", "9" * 4000])
def test_a_forged_page_token_is_an_error_and_not_page_one(city, token):
    access, register = city.access("director"), all_registers()["houses"]
    selection = compile_query(ask(city, f"after={token}"), register, access=access)
    with begin(access) as connection, pytest.raises(InvalidInput) as error:
        read_page(connection, selection, {})
    assert error.value.field == "after"


def test_a_page_token_tells_no_name_and_cannot_be_made_outside(city):
    access, register = city.access("worker"), all_registers()["residents"]
    selection = compile_query(ask(city, "limit=1", "worker", "residents"), register, access=access)
    with begin(access) as connection:
        page = read_page(connection, selection, {"name": register.field("name").column})
    sent = base64.urlsafe_b64decode(page.next_token + "=" * (-len(page.next_token) % 4))
    assert page.rows[0]["name"].encode() not in sent
    forged = orjson.dumps([f"{selection.query.token}:()", "\0", 1])
    token = base64.urlsafe_b64encode(forged).decode()
    asked = compile_query(ask(city, f"after={token}", "worker", "residents"), register, access=access)
    with begin(access) as connection, pytest.raises(InvalidInput):
        read_page(connection, asked, {})


def test_a_page_token_of_another_question_is_refused(city):
    access, register = city.access("director"), all_registers()["houses"]
    with begin(access) as connection:
        first = read_page(connection, compile_query(ask(city, "limit=5"), register, access=access), {})
        other = compile_query(ask(city, f"status=3&after={first.next_token}"), register, access=access)
        with pytest.raises(InvalidInput):
            read_page(connection, other, {})


@pytest.mark.parametrize("ends", [((-180, -90), (180, 90)), ((0, -90), (0, 90)), ((-90, 0), (90, 0))])
def test_no_distance_is_measured_from_a_line_half_round_the_earth(ends):
    with pytest.raises(TooLarge) as error:
        around(shapely.LineString(ends), 1)
    assert error.value.field == "within"


STAR = '{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}'
GEOMETRIES = [
    (STAR, InvalidInput), ("{", InvalidInput), ("[]", InvalidInput), ("null", InvalidInput), ('{"type":"Circle"}', InvalidInput),
    ('{"type":"Polygon","coordinates":[[[0,0],[NaN,2],[2,0],[0,0]]]}', InvalidInput),
    ('{"type":"Polygon","coordinates":[[[0,0],[1e999,2],[2,0],[0,0]]]}', InvalidInput),
    ('{"type":"Polygon","coordinates":[[["0","0"],[1,2],[2,0],[0,0]]]}', InvalidInput),
    ('{"type":"Polygon","coordinates":[[[39,116],[39,117],[40,117],[39,116]]]}', InvalidInput),
    ('{"type":"Polygon","coordinates":[]}', InvalidInput), ('{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}', InvalidInput),
    ('{"type":"Point","coordinates":[1,2]}', InvalidInput), ('{"type":"LineString","coordinates":[[0,0,5],[1,1,5]]}', InvalidInput),
    ('{"type":"Polygon","coordinates":' + "[" * 5000 + "]" * 5000 + "}", TooLarge), ('"' + "x" * 1_000_001 + '"', TooLarge),
    ('{"type":"LineString","coordinates":[' + ",".join("[0.00001,0.00001]" for _ in range(40_000)) + "]}", TooLarge),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "kind"), GEOMETRIES, ids=[r[:50] for r, _ in GEOMETRIES])
def test_ge_bad_geometry_is_refused_with_its_fault(raw, kind):
    with pytest.raises(kind) as error:
        read_geometry(raw.encode(), allowed=("Polygon", "LineString"))
    assert error.value.message("zh")


def test_ge2_a_crossing_is_refused_with_its_place():
    with pytest.raises(InvalidInput) as error:
        read_geometry(STAR.encode())
    assert "1 1" in error.value.message("zh")


def test_swapped_axes_are_named_as_such():
    raw = b'{"type":"Polygon","coordinates":[[[39,116],[39,117],[40,117],[39,116]]]}'
    with pytest.raises(InvalidInput) as error:
        read_geometry(raw)
    assert "经纬度顺序" in error.value.message("zh")
