"""Everything that is refused: a clear 4xx naming what and where, in the reader's language."""

from __future__ import annotations

import pytest

from geoapp.core.i18n import translate

BAD = [
    ({"foo": "1"}, "foo", "foo"), ({"q": "x"}, "q", "q"), ({"near": "1,2,3"}, "near", "near"), ({"position": "none"}, "position", "position"),
    ({"area": "x"}, "area", "area"), ({"limit": "0"}, "limit", "1"), ({"limit": "-1"}, "limit", "-1"), ({"limit": "ten"}, "limit", "ten"),
    ({"limit": ""}, "limit", "limit"), ({"limit": "１"}, "limit", "１"), ({"limit": ["1", "2"]}, "limit", "一次"),
    ({"bbox": "1,2,3"}, "bbox", "4"), ({"bbox": "a,b,c,d"}, "bbox", "a,b,c,d"), ({"bbox": "nan,1,2,3"}, "bbox", "nan"), ({"bbox": "1,2,inf,3"}, "bbox", "inf"),
    ({"bbox": "39,116,40,117"}, "bbox", "颠倒"), ({"bbox": "1,5,2,3"}, "bbox", "南纬"), ({"bbox": "1,2,3,400"}, "bbox", "±90"), ({"bbox": ""}, "bbox", "4"),
    ({"bbox": "1,2,3,4", "bbox_crs": "EPSG:9999"}, "bbox-crs", "EPSG:9999"), ({"bbox_crs": "EPSG:4326"}, "bbox", "4"),
    ({"bbox": "1e300,1e300,2e300,2e300", "bbox_crs": "EPSG:3857"}, "bbox", "1e+300"),
    ({"crs": "http://www.opengis.net/def/crs/EPSG/0/2154"}, "crs", "2154"), ({"crs": "nonsense"}, "crs", "nonsense"),
    ({"datetime": "yesterday"}, "datetime", "yesterday"), ({"datetime": "2026-01-01T00:00:00"}, "datetime", "时区"), ({"datetime": "2026-02-30"}, "datetime", "2026-02-30"),
    ({"datetime": "2026-02-01/2026-01-01"}, "datetime", "2026"), ({"datetime": ".."}, "datetime", ".."), ({"datetime": "../.."}, "datetime", ".."),
    ({"datetime": ""}, "datetime", "datetime"), ({"datetime": "1/2/3"}, "datetime", "1/2/3"),
    ({"filter": "storey ="}, "filter", "9"), ({"filter": "nope = 1"}, "filter", "nope"), ({"filter": "storey = 1", "filter_lang": "sql"}, "filter-lang", "sql"),
    ({"filter": "{", "filter_lang": "cql2-json"}, "filter", "JSON"), ({"filter": "storey = 1", "filter_crs": "EPSG:1"}, "filter-crs", "EPSG:1"),
    ({"filter": "S_INTERSECTS(geometry, POINT(1e300 1))", "filter_crs": "EPSG:3857"}, "filter", "1e+300"),
    ({"sortby": "nope"}, "nope", "nope"), ({"sortby": "status"}, "sortby", "居住状态"), ({"sortby": "number,number"}, "sortby", "房屋编号"), ({"sortby": ""}, "", "字段"),
    ({"properties": "nope"}, "nope", "nope"), ({"properties": ""}, "", "字段"), ({"properties": "number,geometry"}, "geometry", "geometry"),
    ({"status": "9"}, "status", "0, 1, 2, 3"), ({"status": "two"}, "status", "two"), ({"rental": "maybe"}, "rental", "maybe"), ({"storey": "40000"}, "storey", "40000"),
    ({"storey__near": "2"}, "storey__near", "near"), ({"region": "abc"}, "code", "abc"), ({"region": "99"}, None, None), ({"region": "０１"}, "code", "０１"),
    ({"region": "1101080010010010"}, "code", "1101080010010010"), ({"number": "a\x00b"}, "number", "a"), ({"f": "xml"}, "f", "xml"), ({"after": "!!!"}, "after", "翻页"),
    ({"updated_at": "2026-13-01"}, "updated_at", "2026-13-01"), ({"area_m2": "nan"}, "area_m2", "nan"), ({"area_m2": "1e999"}, "area_m2", "1e999"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "field", "words"), BAD)
def test_a_bad_question_is_refused_by_name(reader, query, field, words):
    response = reader("director").get("/collections/houses/items", **query)
    if field is None:
        assert response.status_code == 200
        return
    assert response.status_code == 400, response.text
    problem = response.json
    assert problem["field"] == field
    assert words in problem["description"]
    assert problem["code"] == "400"


def test_the_sentence_is_in_the_readers_language(reader):
    for lang in ("zh", "en"):
        said = reader("director").get("/collections/houses/items", lang=lang, foo=1).json["description"]
        assert said == translate("未知的参数“%(name)s”。", lang, name="foo")


@pytest.mark.parametrize("path", ["", "/conformance", "/api", "/collections", "/collections/houses", "/collections/houses/queryables",
                                  "/collections/houses/schema", "/collections/houses/tiles", "/collections/houses/tiles/WebMercatorQuad",
                                  "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad", "/collections/houses/items/1",
                                  "/collections/houses/tiles/WebMercatorQuad/14/6203/13486"])  # fmt: skip
def test_every_document_refuses_unknown_parameters(reader, path):
    director = reader("director")
    assert director.get(path).status_code == 200
    refused = director.get(path, nonsense="1")
    assert refused.status_code == 400
    assert refused.json["field"] == "nonsense"


@pytest.mark.parametrize("path", ["/collections/houses/items/abc", "/collections/houses/items/-1", "/collections/houses/items/1.5",
                                  "/collections/houses/tiles/WorldCRS84Quad", "/collections/houses/tiles/WebMercatorQuad/a/b/c", "/nothing"])  # fmt: skip
def test_addresses_that_do_not_exist_are_not_found(reader, path):
    response = reader("director").get(path)
    assert response.status_code == 404
    assert response.json["code"] == "404"


@pytest.mark.parametrize("tile", ["23/0/0", "1/2/0", "0/0/1", "99999999999/1/1"])
def test_tiles_outside_the_world_are_refused(reader, tile):
    assert reader("director").get(f"/collections/houses/tiles/WebMercatorQuad/{tile}").status_code == 400


def test_nothing_can_be_written_here(app, reader):
    director = reader("director")
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(director.client, method)("/ogc/collections/houses/items", headers=director.headers, data=b"{}")
        assert answer.status_code == 405


def test_a_filter_of_a_million_points_is_too_large(reader):
    text = "S_INTERSECTS(geometry, LINESTRING(" + "1 1," * 1_000_000 + "1 1))"
    response = reader("director").get("/collections/houses/items", filter=text)
    assert response.status_code == 413
    assert response.json["field"] == "filter"


SQL = ["1; DROP TABLE house", "1 OR 1=1", "1) UNION SELECT 1", "'; SELECT pg_sleep(9); --", "\\'; SELECT 1", "%27%20OR%201=1", "1/**/OR/**/1", "$$x$$"]


@pytest.mark.parametrize("payload", SQL)
@pytest.mark.parametrize("name", ["filter", "bbox", "sortby", "properties", "datetime", "limit", "crs", "after", "region", "status", "storey__gte"])
def test_statements_in_parameters_are_refused(reader, name, payload):
    """IN-2, by hand: a value that is no value of its kind."""
    assert reader("director").get("/collections/houses/items", **{name: payload}).status_code == 400


@pytest.mark.parametrize("payload", SQL)
def test_statements_in_texts_are_texts(reader, payload):
    page = reader("director").json("/collections/houses/items", address=payload, filter=f"address <> '{payload.replace(chr(39), chr(39) * 2)}'" if "\\" not in payload else "TRUE")
    assert page["numberMatched"] == 0
