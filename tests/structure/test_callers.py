"""AZ-18: every route has a caller: a page or script of ours, another route, the command line, or a documented door.

A route nobody calls is a door nobody watches. Callers are read from the sources: addresses in
templates, scripts and Python with a hole for each value, `url_for`, the paths of the API
definition, and what the documents tell programs to ask.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geoapp.accounts.permissions import Permission
from geoapp.ogc.openapi import definition
from geoapp.web.factory import create_app
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from layers.registry import all_registers

HOLE = "\0"
SOURCES = (("templates", "*.html"), ("geoapp", "*.py"), ("layers", "*.py"), ("geoapp/web/static/js", "*.js"), ("docs", "*.md"))
PUT_TOGETHER = {
    "accounts.end_sso": ("geoapp/accounts/views/sso.py", "{site().origin}/sign-in/sso/back"),
    "registers.show_breakdown": ("geoapp/web/static/js/map/breakdown.js", 'Store.list(register, query, "/breakdown")'),
    "tile_routes.register_tile": ("geoapp/web/static/js/lib/layers.js", "/tiles/${name}/{z}/{x}/{y}.mvt"),
    "tile_routes.base_tile": ("geoapp/web/static/js/map/base-style.js", "/tiles/base/{z}/{x}/{y}.mvt"),
    "registers.show_filter": ("geoapp/web/static/js/map/filter-drawer.js", 'Store.list(register, query, "/filter")'),
    "people.search_residents": ("templates/registers/filter.html", 'action="/registers/{{ register.name }}/search"'),
}
"""Routes whose address is put together of parts that no pattern follows: the file and the words that call it."""


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


def addresses(path: Path) -> str:
    """The file's text with a hole for each value that is put into an address."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        text = re.sub(r"^@\w*blueprint\.\w+\(.*$", "", text, flags=re.M)  # a route does not call itself
    for name, value in re.findall(r'\{%-? set (\w+) = ("/[^%]+?) -?%\}', text):
        address = joined(value)
        text = text.replace(f"{{{{ {name} }}}}", address.strip('"')).replace(f"{name} ~ \"", address.removesuffix('"'))
    return re.sub(r"""\{\{[^"{}]*\}\}|\$?\{[^"{}]*\}|<[\w ]+>""", HOLE, joined(text))


def joined(text: str) -> str:
    """Words and values put together by ~ or + as one address."""
    text = re.sub(r"""["'] (?:~|\+) [\w.()]+ (?:~|\+) ["']""", HOLE, text)
    return re.sub(r"""["'] (?:~|\+) [\w.()]+""", HOLE + '"', text)


def called(rule: str) -> re.Pattern:
    """The rule's address as it stands in a source: quoted, a hole or a word for each parameter."""
    parts = re.split(r"<[^>]+>", rule)
    return re.compile(r"""["'`( =]""" + r"[\w\0-]+".join(re.escape(p) for p in parts) + r"""\0?(?=["'`?#&) \\])""")


def documented() -> set[str]:
    """Paths of the API definition, a hole for each parameter."""
    access = Access(RowScope.nothing(), frozenset(Permission))
    paths = definition([all_registers()["houses"]], access, "http://localhost/ogc", "zh")["paths"]
    return {re.sub(r"\{\w+\}", HOLE, f"/ogc{path}") for path in paths}


def callerless(app) -> list[tuple[str, str]]:
    """Rules that nothing asks for, with their endpoints."""
    texts = [addresses(path) for folder, kind in SOURCES for path in Path(folder).rglob(kind) if "vendor" not in path.parts]
    assert len(texts) > 300
    whole, api = "\n".join(texts), documented()
    named = set(re.findall(r'url_for\(\s*"([\w.]+)"', whole)) | set(PUT_TOGETHER) | {"static"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in named]
    rest = [rule for rule in rules if re.sub(r"<[^>]+>", HOLE, rule.rule.replace("<name>", "houses")) not in api]
    return [(rule.rule, rule.endpoint) for rule in rest if not called(rule.rule).search(whole)]


def test_az18_every_route_has_a_caller(app, city):
    with app.test_request_context("/ogc/api"):
        assert callerless(app) == []


def test_az18_what_is_put_together_stands_where_it_is_said_to(app):
    for endpoint, (path, words) in PUT_TOGETHER.items():
        assert endpoint in app.view_functions, endpoint
        assert words in Path(path).read_text("utf-8"), endpoint


def test_az18_a_route_without_a_caller_is_found():
    assert called("/houses/<int:house_id>/edit").search(f'href="/houses/{HOLE}/edit"')
    assert not called("/houses/<int:house_id>/edit").search(f'href="/houses/{HOLE}/edits"')
    assert not called("/houses/<int:house_id>").search(f'href="/houses/{HOLE}/edit"')
