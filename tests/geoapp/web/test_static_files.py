"""Files of ours: kept for good under their version, asked for again under any other."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geoapp.core.settings import Settings
from geoapp.web.factory import create_app
from geoapp.web.static_files import tree_version


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def get(client: FlaskClient, address: str, **headers: str):
    """The whole answer, its file closed."""
    return client.get(address, headers=headers, buffered=True)


def version(app: Flask) -> str:
    return tree_version(app.static_folder)


def test_pages_name_files_by_version_and_imports_inherit_it(app: Flask, client: FlaskClient) -> None:
    page = get(client, "/sign-in").text
    addresses = re.findall(r'(?:src|href)="(/static/[^"#]+)', page)
    assert addresses
    assert all(address.startswith(f"/static/_{version(app)}/") for address in addresses)
    assert get(client, f"/static/_{version(app)}/vendor/terra-draw.mjs").status_code == 200


def test_todays_version_is_kept_for_good_any_other_is_not(app: Flask, client: FlaskClient) -> None:
    kept = get(client, f"/static/_{version(app)}/js/main.js")
    assert kept.cache_control.immutable
    assert kept.cache_control.max_age > 30_000_000
    for address in ("/static/_0000000000/js/main.js", "/static/js/main.js"):
        other = get(client, address)
        assert other.data == kept.data
        assert other.headers["Cache-Control"] == "no-cache"
        assert get(client, address, **{"If-None-Match": other.headers["ETag"]}).status_code == 304


def test_large_files_travel_packed(client: FlaskClient) -> None:
    plain = get(client, "/static/vendor/maplibre-gl.mjs")
    packed = get(client, "/static/vendor/maplibre-gl.mjs", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert "javascript" in packed.mimetype
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize("path", ["nothing.js", "../factory.py", "..%2ffactory.py", "js", "%00"])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert get(client, f"/static/_x/{path}").status_code == 404
