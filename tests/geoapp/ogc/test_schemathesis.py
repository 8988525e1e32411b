"""IN-1: every operation of our definition with generated parameters, right and wrong: no 5xx.

A few examples each by default; SCHEMATHESIS_EXAMPLES=500 asks 500 of every operation, as three
readers (half an hour for each; `-k officer` takes one):

    SCHEMATHESIS_EXAMPLES=500 .venv/bin/python -m pytest tests/geoapp/ogc/test_schemathesis.py
"""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import lists, one_of, sampled_from
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
USERS = ("community", "officer", "director") if EXAMPLES > 50 else ("officer",)
# OGC API has larger limits answered with the largest, and texts (filter, datetime, bbox) whose
# grammar a schema cannot tell; what is refused and accepted there is in test_refusals and test_cql2.
LOOSE = ("negative_data_rejection", "positive_data_acceptance")


def operations(schema) -> list:
    """All operations; schemathesis' own pytest plugin does not know this pytest."""
    return [result.ok() for result in schema.get_all_operations()]


@pytest.mark.parametrize("user", USERS)
def test_every_answer_is_documented_and_none_is_a_server_error(app, token, user):
    headers = {"Authorization": f"Bearer {token(user)}"}
    schema = schemathesis.openapi.from_wsgi("/ogc/api", app, headers=headers)
    excluded = [CHECKS.get_one(name) for name in LOOSE]
    asked = 0
    for operation in operations(schema):
        modes = [operation.as_strategy(generation_mode=mode) for mode in possible_modes(operation)]

        @given(case=one_of(modes))
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def probe(case) -> None:
            nonlocal asked
            asked += 1
            response = case.call_and_validate(headers=headers, excluded_checks=excluded)
            assert response.status_code < 500

        probe()
    assert asked >= len(operations(schema))


def possible_modes(operation) -> list[GenerationMode]:
    """Wrong parameters can only be made where there are parameters."""
    modes = [GenerationMode.POSITIVE]
    if operation.query or operation.path_parameters:
        modes.append(GenerationMode.NEGATIVE)
    return modes


# Values that are right somewhere, or nearly: chance alone seldom gets past the first check.
MIXED = {
    "limit": ["1", "10", "10000", "99999", "0", "-1", "1e3"],
    "bbox": ["116.3,39.99,116.32,40", "-180,-90,180,90", "0,0,0,0", "170,0,-170,10", "116.3,39.99,0,116.32,40,9", "1,2,3", "nan,0,1,1",
             "39.99,116.3,40,116.32", "1e308,0,1e308,1", "12900000,4800000,13000000,4900000", "4400000,400000,4500000,500000"],
    "bbox-crs": ["http://www.opengis.net/def/crs/EPSG/0/4326", "[EPSG:3857]", "[EPSG:4490]", "[EPSG:4548]", "EPSG:1"],
    "crs": ["http://www.opengis.net/def/crs/EPSG/0/4326", "[EPSG:3857]", "[EPSG:4548]", "x"],
    "filter-crs": ["http://www.opengis.net/def/crs/EPSG/0/4326", "[EPSG:3857]", "[EPSG:4548]"],
    "datetime": ["2026-03-02", "2026-03-02T09:35:00Z", "../2026-03-02", "0001-01-01T00:00:00Z/..", "9999-12-31", "0001-01-01/9999-12-31", "x",
                 "2026-03-02T09:35:60Z", "2026-03-02T24:00:00Z", "2026-03-02T09:35:00.1234567Z"],
    "filter": ["TRUE", "FALSE", "NOT FALSE", "updated_at > DATE('0001-01-01')", "updated_at < TIMESTAMP('9999-12-31T23:59:59Z')",
               "S_INTERSECTS(geometry, POINT(116.31 39.995))", "S_CROSSES(geometry, LINESTRING(0 0, 1 1))", "S_TOUCHES(geometry, MULTIPOINT(1 1, 2 2))",
               "S_EQUALS(geometry, POLYGON((0 0,1 0,1 1,0 0)))", "S_DISJOINT(geometry, BBOX(0,0,0,0))", "S_OVERLAPS(geometry, LINESTRING(0 0,0 0))",
               "S_WITHIN(geometry, BBOX(-180,-90,180,90))", "S_INTERSECTS(geometry, POINT EMPTY)", "S_INTERSECTS(geometry, POINT Z (1 2 3))",
               "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 1), GEOMETRYCOLLECTION(POINT(2 2))))", "geometry IS NULL", "CASEI(address) LIKE '%\\\\%'",
               "address LIKE ''", "CASEI(name) = 'x'", "origin IN ('osm', 'derived')", "storey BETWEEN -32768 AND 32767", "area_m2 > 1e15", "area_m2 = 0.1",
               "T_DURING(updated_at, INTERVAL('0001-01-01','9999-12-31'))", "T_EQUALS(updated_at, INTERVAL('..','..'))", "storeys > 2.5", "placed = 1"],
    "filter-lang": ["cql2-text", "cql2-json"],
    "sortby": ["name", "-name", "number", "-updated_at", "area_m2,-updated_at", "storeys", "code", "+id"],
    "properties": ["name", "number,status", "id_number", "updated_at,region", "birth_year"],
    "region": ["11", "110108", "110108001001001", "110108001001", "0", "999999999999999", "1101080010010010"],
    "f": ["json", "html"],
    "storey": ["2", "-32768", "32767", "32768", "2147483648"],
    "birth_year": ["1980", "99999"], "id": ["1", "9223372036854775807"], "updated_at": ["2026-03-02T09:35:00Z", "9999-12-31T23:59:59-14:00"],
    "address": ["%", "_", "\\", "\u202e", "'"], "area_m2__gte": ["1e15", "-1e15", "0"], "updated_at__older_than_days": ["0", "36500", "36501"],
}  # fmt: skip
QUESTIONS = lists(
    sampled_from([(name, value) for name, values in MIXED.items() for value in values]), max_size=3,
    unique_by=lambda pair: pair[0],
).map(dict)


@given(register=sampled_from(["regions", "buildings", "houses", "residents", "sites"]), question=QUESTIONS)
@settings(max_examples=max(400, EXAMPLES), deadline=None, suppress_health_check=list(HealthCheck))
def test_any_mix_of_plausible_parameters_is_answered_or_refused(reader, register, question):
    client = reader("officer")
    for path in (f"/ogc/collections/{register}/items", f"/ogc/collections/{register}/tiles/WebMercatorQuad/14/6203/13486"):
        asked = question if path.endswith("items") else {k: v for k, v in question.items() if k not in ("limit", "crs", "sortby", "properties")}
        response = client.client.get(path, query_string=asked, headers=client.headers)
        people = (200, 400, 403) if register == "residents" else (200, 400)
        assert response.status_code in people, (response.status_code, asked, response.text)
