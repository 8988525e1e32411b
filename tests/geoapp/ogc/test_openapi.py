"""The definition: valid, complete, and not telling one reader of another's registers."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from layers.registry import readable_registers


@pytest.mark.parametrize("user", ["director", "officer", "community", "worker"])
def test_the_definition_is_valid(reader, user):
    """EC-2."""
    response = reader(user).get("/api")
    assert response.content_type == "application/vnd.oai.openapi+json;version=3.0"
    OpenAPIV30SpecValidator(response.json).validate()


def test_the_definition_names_every_route_and_no_other(app, reader, city):
    paths = set(reader("community").get("/api").json["paths"])
    routes = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("ogc.")]
    registers = [register.name for register in readable_registers(city.access("community"))]
    expected = set()
    for rule in routes:
        path = rule.removeprefix("/ogc") or "/"
        path = path.replace("<int:record_id>", "{featureId}").replace(
            "<int:z>/<int:row>/<int:col>", "{tileMatrix}/{tileRow}/{tileCol}"
        )
        expected |= {path.replace("<name>", name) for name in registers}
    assert paths == expected


def test_operations_have_ids_of_their_own_and_documented_refusals(reader):
    operations = [item["get"] for item in reader("community").get("/api").json["paths"].values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    assert all({"200", "400", "401", "404"} <= o["responses"].keys() for o in operations)


def test_it_tells_only_of_what_the_reader_may_see(reader):
    for username in ("director", "officer"):
        assert "residents" not in re.findall(r"/collections/(\w+)", reader(username).get("/api").text)
    worker = reader("worker").get("/api").json["paths"]["/collections/residents/items"]["get"]
    named = {p.get("name") for p in worker["parameters"]}
    assert "sex" in named
    assert not {"name", "id_number", "phone", "birth_date", "search", "q"} & named


def test_parameters_name_codes_and_limits(reader):
    document = reader("director").get("/api").json
    limit = document["components"]["parameters"]["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 10_000, 100)
    houses = document["paths"]["/collections/houses/items"]["get"]["parameters"]
    status = next(p for p in houses if p.get("name") == "status")
    assert status["schema"]["items"]["enum"] == [0, 1, 2, 3]
