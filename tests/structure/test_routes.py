"""Every route, read from the URL map: permission declared, address tidy, nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geoapp.accounts.permissions import PUBLIC, SIGNED_IN, Permission
from geoapp.web.factory import create_app
from tests.support.web import csrf_of, sign_in

OPEN = {"/", "/healthz", "/readyz", "/sign-in", "/sign-in/second", "/sign-in/passkey", "/sign-in/passkey/options", "/sign-in/sso", "/sign-in/sso/back", "/welcome",
        "/static/<path:filename>"}  # fmt: skip
READS = re.compile(r":read$|:view$")


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def permission_of(app, rule):
    return getattr(app.view_functions[rule.endpoint], "permission", None)


def test_az1_every_route_declares_what_it_needs(app):
    declared = {PUBLIC, SIGNED_IN, *Permission}
    assert [str(r) for r in rules(app) if permission_of(app, r) not in declared] == []


def test_only_the_named_routes_are_open_to_everybody(app):
    assert {str(r) for r in rules(app) if permission_of(app, r) == PUBLIC} <= OPEN


def test_az4_no_writing_method_stands_under_a_reading_permission(app):
    drawn_or_asked = {"/areas", "/search"}
    wrong = [
        str(r) for r in rules(app)
        if r.methods - {"GET", "HEAD", "OPTIONS"} and READS.search(permission_of(app, r)) and str(r) not in drawn_or_asked
    ]
    assert wrong == []


def test_addresses_are_kebab_case(app):
    plain = re.compile(r"(/([a-z0-9-]+|<[^>]+>|<[^>]+>/<[^>]+>|[a-z.-]+<[^>]+>|<[^>]+>\.[a-z]+|[A-Za-z]+))*/?(\.[a-z]+)?")
    assert [str(r) for r in rules(app) if not plain.fullmatch(str(r)) or "_" in re.sub(r"<[^>]+>", "", str(r))] == []


def test_nobody_signed_in_gets_in_nowhere(app, city):
    client = app.test_client()
    for rule in rules(app):
        if permission_of(app, rule) == PUBLIC or "GET" not in rule.methods:
            continue
        address = re.sub(r"<int:[^>]+>", "1", str(rule))
        address = re.sub(r"<[^>]+>", "houses", address)
        response = client.get(address)
        assert response.status_code in (302, 401), (address, response.status_code)
        assert response.status_code == 401 or "/sign-in" in response.location


def test_a_wrong_permission_looks_like_a_missing_page(app, city):
    wall, absent = sign_in(app, "wall"), sign_in(app, "wall").get("/registers/nothing-here")
    export = wall.get("/registers/houses/export.csv")
    people = wall.get("/registers/residents")
    assert export.status_code == people.status_code == absent.status_code == 404

    def told(page):
        return re.search(r'data-part="message">([^<]*)', page.text).group(1)

    assert told(export) == told(people) == told(absent)


def test_au8_the_wall_is_answered_by_the_map_and_totals_only(app, city):
    wall = sign_in(app, "wall")
    token, answered = csrf_of(wall, "/about"), set()
    for rule in rules(app):
        if permission_of(app, rule) == PUBLIC or rule.endpoint == "accounts.sign_out":
            continue
        address = re.sub(r"<int:[^>]+>", "1", str(rule))
        address = re.sub(r"<register_name>|<name>", "houses", address).replace("<code>", "110108001").replace("<file_format>", "csv")
        address = re.sub(r"<[^>]+>", "0", address)
        replies = [wall.get(address)] if "GET" in rule.methods else []
        replies += [wall.post(address, data={"csrf_token": token})] if "POST" in rule.methods else []
        answered |= {rule.endpoint for r in replies if r.status_code != 404}
    assert answered - {"accounts.stop_acting", "accounts.end_preview", "accounts.here"} == {
        "health.about", "map_page.show_map", "map_page.show_layers", "regions.show_tree", "regions.show_region", "registers.show_list",
        "registers.show_breakdown", "registers.show_breakdown_json", "tile_routes.register_tile", "tile_routes.base_tile",
        "tile_routes.tile_json", "ogc.tile",
    }  # fmt: skip
    page = wall.get("/registers/houses").text
    assert "示例路" not in page and "/houses/" not in page


def test_every_page_template_is_used_by_the_code():
    folders = ("geoapp", "spatial_queries")
    code = "\n".join(p.read_text("utf-8") for folder in folders for p in Path(folder).rglob("*.py"))
    templates = list(Path("templates").rglob("*.html"))
    others = {p: "\n".join(q.read_text("utf-8") for q in templates if q != p) for p in templates}
    unused = [str(p) for p in templates if p.relative_to("templates").as_posix() not in code + others[p]]
    assert unused == []
