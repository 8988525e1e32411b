"""Landing page, conformance, collections, schemas, tile sets: complete, linked, in two formats."""

from __future__ import annotations

from itertools import product

import orjson
import pytest

from geoapp.core.i18n import translate
from geoapp.ogc.conformance import CLASSES
from geoapp.people.codes import SEXES
from layers.registry import all_registers, listed_registers
from spatial_queries.crs import offered
from tests.factories import city_plan as plan

REL = "http://www.opengis.net/def/rel/ogc/1.0"


def by_rel(document: dict) -> dict[str, dict]:
    return {link["rel"]: link for link in document["links"]}


def test_the_landing_page_leads_to_what_strict_clients_need(reader):
    links = by_rel(reader("director").json(""))
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links["service-doc"]["type"] == links["alternate"]["type"] == "text/html"
    assert {"self", "conformance", "data", f"{REL}/tiling-schemes"} <= links.keys()
    assert links["data"]["href"].endswith("/ogc/collections")


def test_nobody_reads_without_signing_in_and_is_told_how(app):
    response = app.test_client().get("/ogc/collections")
    assert response.status_code == 401
    assert "Bearer" in response.headers["WWW-Authenticate"]
    assert "Basic" in response.headers["WWW-Authenticate"]


def test_a_token_serves_as_bearer_and_as_the_password_of_basic(app, token):
    token, client = token("director"), app.test_client()
    assert client.get("/ogc", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get("/ogc", auth=("anything", token)).status_code == 200
    assert client.get("/ogc", auth=("anything", token[:-1])).status_code == 401


def test_conformance_claims_what_is_listed(reader):
    claimed = reader("director").json("/conformance")["conformsTo"]
    assert claimed == list(CLASSES)
    assert len(set(claimed)) == len(claimed)


@pytest.mark.parametrize("user", ["director", "officer", "community", "worker", "neighbour"])
def test_collections_are_the_registers_the_reader_may_open(reader, city, user):
    listed = reader(user).json("/collections")
    assert [c["id"] for c in listed["collections"]] == [r.name for r in listed_registers(city.access(user))]
    for collection in listed["collections"]:
        assert collection["crs"] == list(offered())
        assert collection["storageCrs"] in collection["crs"]
        assert {"items", f"{REL}/queryables", f"{REL}/schema", f"{REL}/tilesets-vector"} <= by_rel(collection).keys()
        assert reader(user).json(f"/collections/{collection['id']}") == collection


def test_a_collection_the_reader_may_not_open_looks_like_none(reader):
    director = reader("director")
    answers = [director.get(f"/collections/{name}{path}") for path in ("", "/items", "/items/1", "/queryables", "/schema",
               "/tiles", "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/14/1/1") for name in ("residents", "nothing")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1


def test_the_extent_is_that_of_the_readers_own_records(reader, city):
    """The director sees six columns of grids, the grid worker one."""
    west, south, east, north = reader("director").json("/collections/houses")["extent"]["spatial"]["bbox"][0]
    assert plan.WEST < west < east < plan.WEST + 6 * plan.WIDE
    assert plan.NORTH - 2 * plan.HIGH < south < north < plan.NORTH
    box = reader("neighbour").json("/collections/houses")["extent"]["spatial"]["bbox"][0]
    assert box[0] > plan.WEST + plan.WIDE
    assert box[2] < plan.WEST + 2 * plan.WIDE


def test_the_extent_of_people_is_that_of_their_regions(reader):
    box = reader("worker").json("/collections/residents")["extent"]["spatial"]["bbox"][0]
    assert box == pytest.approx([plan.WEST, plan.NORTH - plan.HIGH, plan.WEST + plan.WIDE, plan.NORTH], abs=1e-5)


def test_queryables_are_the_fields_the_reader_may_filter_by(reader):
    worker = reader("worker").json("/collections/residents/queryables")["properties"]
    officer = reader("officer").json("/collections/residents/queryables")["properties"]
    assert "name" not in worker, "a name belongs in no address"
    assert "birth_year" not in officer
    assert "id_number" not in worker
    assert worker["sex"]["enum"] == list(SEXES)
    assert worker["updated_at"]["format"] == "date-time"
    houses = reader("director").json("/collections/houses/queryables")
    assert houses["properties"]["geometry"]["format"] == "geometry-point"
    assert houses["properties"]["status"]["enum"] == [0, 1, 2, 3]
    assert houses["$id"].endswith("/ogc/collections/houses/queryables")
    assert houses["additionalProperties"] is False


def test_the_schema_names_what_features_carry(reader):
    for user, name in product(("officer", "worker"), ("houses", "residents", "buildings", "sites", "organisations", "regions")):
        if (user, name) != ("officer", "residents"):
            schema = reader(user).json(f"/collections/{name}/schema")["properties"]
            feature = reader(user).json(f"/collections/{name}/items", limit=1)["features"][0]
            assert schema.keys() - {"geometry"} == feature["properties"].keys()
            assert ("geometry" in schema) is (name != "residents")


def test_labels_follow_the_readers_language(reader):
    director = reader("director")
    for lang in ("zh", "en"):
        assert director.json("/collections/houses", lang=lang)["title"] == translate("房屋", lang)


def test_the_matrix_set_is_that_of_the_standard(reader):
    document = reader("director").json("/tileMatrixSets/WebMercatorQuad")
    first = document["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert first["cellSize"] == pytest.approx(156543.033928041, rel=1e-9)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert document["tileMatrices"][14]["matrixWidth"] == 2**14


@pytest.mark.parametrize("user", ["community", "worker"])
def test_every_link_leads_to_a_document_of_its_type(reader, user):
    """A walk from the landing page; templates are filled with a tile of the city."""
    client = reader(user)
    waiting, seen = ["http://localhost/ogc"], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        response = client.client.get(address, headers=client.headers)
        assert response.status_code == 200, (address, response.text[:300])
        if not response.content_type.startswith(("application/json", "application/geo+json", "application/schema")):
            continue
        document = orjson.loads(response.data)
        parts = [document, *document.get("collections", []), *document.get("tilesets", []), *document.get("tileMatrixSets", [])]
        for link in (link for part in parts for link in part.get("links", [])):
            href = link["href"].format(tileMatrix=14, tileRow=6203, tileCol=13486) if link.get("templated") else link["href"]
            assert href.startswith("http://localhost/ogc"), href
            found = client.client.get(href, headers=client.headers)
            assert found.content_type.partition(";")[0] == link["type"].partition(";")[0], href
            waiting.append(href)
    readable = [name for name, r in all_registers().items() if user == "community" or name != "residents"]
    assert len(seen) > 10 * len(readable)


def test_a_browser_gets_pages_and_a_program_documents(reader):
    director = reader("director")
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert director.get("/collections/houses", accept=browser).mimetype == "text/html"
    assert director.get("/collections/houses", accept="*/*").mimetype == "application/json"
    assert director.get("/collections/houses", accept=browser, f="json").mimetype == "application/json"
    assert director.get("/collections/houses/items", accept="application/geo+json").mimetype == "application/geo+json"


def test_pages_show_all_the_document_says(reader):
    director = reader("director")
    page = director.get("/collections/houses/items", f="html", limit=3, sortby="number").text
    features = director.json("/collections/houses/items", limit=3, sortby="number")["features"]
    for feature in features:
        assert feature["properties"]["address"] in page
        assert f"/ogc/collections/houses/items/{feature['id']}" in page
    assert "after=" in page
    conformance = director.get("/conformance", f="html").text
    assert all(uri in conformance for uri in CLASSES)
    assert "/collections/houses/items/{featureId}" in director.get("/api", f="html").text


def test_pages_of_people_stay_masked(reader):
    page = reader("worker").get("/collections/residents/items", f="html", limit=100).text
    assert "**************" in page
    assert not any(resident["id_number"] in page for resident in plan.residents(plan.grids(), plan.houses(plan.grids(), plan.buildings(plan.grids()))))
