"""Route x method x role x region: nothing out of scope comes back, whatever is asked (AZ-1, AZ-3, AZ-5).

Closed world: a route whose parameters the matrix does not know fails the test. Each record of the
small city carries marks of its own (house number, address, name, identity number, grid code);
every answer is unpacked (gzip, xlsx, vector tiles) and searched for the marks of other areas.
Rows of people that are masked carry no marks: which answers the database gave such rows for is watched,
and there is none for a reader who may not see people by name (D3.4).
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from itertools import product

import mapbox_vector_tile
import pytest
from flask import Flask
from sqlalchemy import text

from geoapp.core.db import owner_engine
from geoapp.people.rules import masked_number, masked_phone
from geoapp.web.factory import create_app
from layers.registry import all_registers, readable_registers
from tests.factories import city_plan as plan
from tests.support.rows_of_people import watched_rows
from tests.support.web import csrf_of, sign_in

ROLES = ("director", "officer", "community", "worker", "neighbour", "roamer", "planner", "wall", "admin")
FORMATS = ("csv", "geojson", "gpkg", "xlsx", "html")
TILES = [(16, 53940, 24811), (16, 53940, 24812), (15, 26971, 12405), (14, 13485, 6202), (12, 3371, 1550), (10, 842, 387)]
"""Tiles over the small city, from one grid to all of it."""
WITH_PEOPLE = {
    "/registers/<register_name>", "/registers/<register_name>/<int:record_id>", "/registers/<register_name>/export.<file_format>",
    "/ogc/collections/<name>/items", "/imports/templates/<name>/records.xlsx",
}  # fmt: skip
"""Rules under which a community worker gets rows of people: were one not noticed there, it would be nowhere."""
FIELDS = ("phone", "name")
"""A protected field and one that is none."""
STEP = 17
QUERIES = ("", "q=示例路", "bbox=116.2,39.9,116.5,40.1", "circle=116.306,39.995,3000", "near=116.312,39.996,40", "region=1101",
           "region=110105001", "position=outside", "position=none", "sort=-updated_at&limit=500")  # fmt: skip


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


class Marks:
    """What may not be seen by a reader, as text: marks of records outside, and of masked values."""

    def __init__(self, city, username):
        access = city.access(username)
        grids = plan.grids()
        built = plan.buildings(grids)
        housed = plan.houses(grids, built)
        people = plan.residents(grids, housed)
        outside = [h for h in housed if h["region_key"] not in access.scope]
        self.texts = {h["number"] for h in outside} | {h["address"] for h in outside}
        self.texts |= {p["id_number"] for p in people}
        self.texts |= {plan.phone_of(p["id"]) for p in people} | {plan.born(p) for p in people}
        self.people_by_name = readable = access.may("register:residents:name")
        unseen = [p for p in people if p["region_key"] not in access.scope or not readable]
        if not readable:
            self.texts |= {masked_number(p["id_number"]) for p in people} | {masked_phone(plan.phone_of(p["id"])) for p in people}
        self.texts |= {p["name"] for p in unseen} | {f"H{p['house_id']:06d}" for p in unseen if p["house_id"]}
        self.texts |= {g.code for g in grids if g.key not in access.scope}
        self.ids = {
            "houses": {h["id"] for h in outside},
            "buildings": {b["id"] for b in built if b["region_key"] not in access.scope},
            "regions": {r["key"] for r in plan.regions(grids) if r["key"] not in access.scope},
        }
        self.ids["coverage"] = self.ids["regions"]

        self._clean: set[str] = set()

    def found_in(self, body: str) -> list[str]:
        """Marks in the text. No mark goes over a line's end, and a line that held none is not searched again."""
        lines = {line for line in body.split("\n") if line not in self._clean}
        fresh = "\n".join(lines)
        found = [mark for mark in self.texts if mark in fresh]
        if not found:
            self._clean |= lines
        return found


def unpacked(response) -> str:
    """The answer as text, whatever it is packed in."""
    data = response.data
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return data.decode("utf-8", errors="replace")


def known_addresses(app: Flask, city, turn: int = 0) -> dict[str, list[str]]:
    """Addresses to ask for each rule of the URL map; a rule with unknown parameters is an error.

    `turn` picks every STEPth record from another one on, so the roles together ask for nearly all.
    """
    registers = list(all_registers())
    ids = {"houses": city.houses, "buildings": city.buildings, "residents": city.residents, "sites": city.sites, "organisations": city.sites, "households": city.houses[2::4], "enrolments": city.residents[2::3],
           "teams": range(1, 19),
           "regions": [int(c.ljust(15, "0")) for c in (*city.grids, *city.communities, *city.streets)]}  # fmt: skip
    ids["coverage"] = ids["regions"]
    sample = {name: list(found)[turn % min(STEP, len(found))::STEP] for name, found in ids.items()}
    values = {
        "register_name": registers, "name": registers, "file_format": FORMATS,
        "tile_matrix_set": ["WebMercatorQuad"], "code": [*city.grids, *city.streets, "1101"], "area_id": ["0" * 16], "house_id": sample["houses"],
        "building_id": sample["buildings"], "resident_id": sample["residents"], "residence_id": sample["residents"], "site_id": sample["sites"], "photo_id": [1], "organisation_id": sample["organisations"],
        "household_id": sample["households"], "enrolment_id": sample["enrolments"],
        "user_id": [1, 4, 999], "session_id": [1, 999], "role_key": ["grid_worker", "nothing"], "department_id": [1], "grant_id": [1],
        "stand_in_id": [1], "token_id": [1], "passkey_id": [1], "plan_id": [1], "proposal_id": [1], "job_id": [1], "publication_id": [1], "import_id": [1],
        "batch_id": [1], "part_key": ["0" * 32], "row_id": [1_000_002],
        "request_id": [1, 2], "module_key": ["support"], "dictionary_key": ["house_uses"], "number_key": ["inspection_days_serious"], "assessment_id": [1],
        "team_id": sample["teams"], "member_id": [1, 2, 13], "service_id": [1],
    }  # fmt: skip
    found: dict[str, list[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        names = list(rule.arguments)
        if {"z", "x", "y"} <= set(names) or {"z", "row", "col"} <= set(names):
            found[rule.rule] = list(_tiles(rule, names, values))
        elif "record_id" in names:
            found[rule.rule] = list(_records(rule, names, sample))
        else:
            unknown = set(names) - set(values)
            assert not unknown, f"teach the matrix the parameters {unknown} of {rule.rule}"
            found[rule.rule] = [_filled(rule.rule, dict(zip(names, v, strict=True))) for v in product(*(values[n] for n in names))]
    return found


def _filled(rule: str, values: dict) -> str:
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda m: str(values[m[1]]), rule)


def _tiles(rule, names, values):
    rest = [n for n in names if n not in ("z", "x", "y", "row", "col")]
    for chosen in product(*(values[n] for n in rest)):
        for z, x, y in TILES:
            yield _filled(rule.rule, {**dict(zip(rest, chosen, strict=True)), "z": z, "x": x, "y": y, "row": y, "col": x})


def _records(rule, names, sample):
    register = next((n for n in names if n in ("register_name", "name")), None)
    of = [n for n in sample if register or rule.rule.startswith(f"/{n}/")]
    assert of, f"teach the matrix whose record {rule.rule} shows"
    for name in of:
        for record_id in sample[name]:
            filled = {register: name, "record_id": record_id} if register else {"record_id": record_id}
            for field in FIELDS if "field_name" in names else ("",):
                yield _filled(rule.rule, filled | {"field_name": field})


@pytest.mark.parametrize("username", ROLES)
def test_az1_az5_d3_4_no_answer_holds_anything_of_another_area_or_rows_of_people_for_who_only_counts(app, city, username):
    client, marks, asked, with_people = sign_in(app, username), Marks(city, username), 0, set()
    with watched_rows() as rows:
        for rule, address, query in questions(app, city, username):
            response = client.get(f"{address}?{query}" if query else address, buffered=True)
            asked += 1
            assert response.status_code < 500, (address, query, response.text[-600:])
            if (told := rows.taken()) and response.status_code < 400:
                with_people.add(rule)
                assert marks.people_by_name, (username, address, query, told)
            if response.mimetype == "application/vnd.mapbox-vector-tile":
                check_tile(address, response, marks)
                continue
            body = unpacked(response)
            for echo in (address, query):
                body = body.replace(echo, "")
            leaked = [m for m in marks.found_in(body) if m not in address]
            assert leaked == [], (username, address, query, leaked[:3])
    assert asked > 300
    if username == "community":
        assert with_people >= WITH_PEOPLE


def questions(app, city, username):
    """Rule, address and query of everything to be asked; the query in all its forms where the role may open the list."""
    open_ones = {register.name for register in readable_registers(city.access(username))}
    for rule, addresses in known_addresses(app, city, ROLES.index(username)).items():
        lists = rule.startswith("/registers/<register_name>") and "record" not in rule and "export" not in rule
        for address in addresses:
            queries = ("",) if not lists else QUERIES if address.split("/")[2] in open_ones else QUERIES[:2]
            yield from ((rule, address, query) for query in queries)


def check_tile(address: str, response, marks: Marks) -> None:
    """Feature ids and properties of a tile belong to the reader's area."""
    data = gzip.decompress(response.data) if response.data[:2] == b"\x1f\x8b" else response.data
    for name, layer in mapbox_vector_tile.decode(data).items():
        for feature in layer["features"]:
            hidden = marks.ids.get(name.replace("_label", ""), set())
            assert feature.get("id") not in hidden, (address, feature)
            assert not marks.found_in(str(feature["properties"])), (address, feature)


@pytest.mark.parametrize("username", ["officer", "community", "worker", "roamer"])
def test_az3_a_record_out_of_scope_answers_like_one_that_does_not_exist(app, city, username):
    client, access = sign_in(app, username), city.access(username)
    grids = plan.grids()
    outside = [h["id"] for h in plan.houses(grids, plan.buildings(grids)) if h["region_key"] not in access.scope]
    absent = client.get("/registers/houses/999999999")
    for house_id in outside[:20]:
        response = client.get(f"/registers/houses/{house_id}")
        assert response.status_code == absent.status_code == 404
        assert without_names(response.data) == without_names(absent.data)


def without_names(body: bytes) -> bytes:
    """The page without what differs from one request to the next."""
    return re.sub(rb'/registers/houses/\d+|[0-9a-f]{16}|data-(?:left|most|warning)="\d+"', b"", body)


def test_az3_a_region_out_of_scope_counts_nothing(app, city):
    client = sign_in(app, "worker")
    for code in ("110108001001002", "110105001", "110105"):
        page = client.get(f"/registers/houses?region={code}", headers={"HX-Request": "true"}).text
        assert 'data-total="0"' in page


@pytest.mark.parametrize("username", ["worker", "officer", "wall"])
def test_az1_d3_4_no_write_reaches_another_area_or_answers_rows_of_people_to_who_only_counts(own_city, username):
    """Every writing route, with ids of other areas: refused, and no row there has changed."""
    app = create_app()
    client = sign_in(app, username)
    access, token = own_city.access(username), csrf_of(client, "/about")
    before = fingerprint(access)
    forms = ({}, {"number": "9" * 25, "address": "x", "version": "1", "lon": "116.3", "lat": "39.99", "reason": "other",
                  "resident_id": "150", "since": "2026-01-01", "until": "2026-02-01", "tenure": "own"})  # fmt: skip
    writing = {r.rule for r in app.url_map.iter_rules() if r.methods & {"POST", "PUT", "PATCH", "DELETE"}}
    with watched_rows() as rows:
        for rule, addresses in known_addresses(app, own_city).items():
            if rule not in writing or rule in ("/sign-out", "/sign-in"):
                continue
            for address, form in product(addresses, forms):
                response = client.post(address, data={**form, "csrf_token": token})
                assert response.status_code < 500, (address, form, response.text[-600:])
                if (told := rows.taken()) and response.status_code < 400:
                    assert access.may("register:residents:name"), (username, address, told)
    assert fingerprint(access) == before


def fingerprint(access) -> list:
    """Checksums of every table's rows outside the reader's area."""
    found = []
    with owner_engine().connect() as connection:
        for register in all_registers().values():
            rows = connection.execute(text(
                f"SELECT md5(t::text) FROM {register.table.name} t ORDER BY {register.id_column.name}"
            )).scalars().all()  # fmt: skip
            keys = connection.execute(text(
                f"SELECT {register.scope_column.name} FROM {register.table.name} ORDER BY {register.id_column.name}"
            )).scalars().all()  # fmt: skip
            found.append([r for r, k in zip(rows, keys, strict=True) if k not in access.scope])
    return found
