"""A caching nginx in front of the real server: what one person is shown never reaches another (AZ-10, AU-5).

nginx stores what it may under the address alone, so a single answer without `no-store` or `private`
would be handed to the next person. That it does store is shown by a style sheet.
"""

from __future__ import annotations

import gzip
import http.client
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import mapbox_vector_tile
import pytest

from geoapp.web.factory import create_app
from grids_boundaries.scope import RowScope
from tests.factories import city_plan as plan
from tests.support.nginx import caching
from tests.support.tiles import places
from tests.support.web import sign_in

GRIDS = plan.grids()
BUILDINGS = plan.buildings(GRIDS)
HOUSES = plan.houses(GRIDS, BUILDINGS)
ASKED = (
    "/map", "/about", "/account", "/messages", "/layers.json", "/regions/tree", "/registers/houses", "/registers/houses?sort=number&limit=500",
    "/registers/residents", "/registers/houses/1", "/registers/houses/breakdown", "/registers/houses/export.csv", "/registers/houses/export.geojson",
    "/registers/houses/export.xlsx", "/ogc/collections", "/ogc/collections/houses/items?limit=500", "/ogc/collections/houses/items?limit=500&f=html",
    "/tiles/houses/tile.json", *(f"/tiles/houses/16/{x}/24811.mvt" for x in range(53940, 53944)), "/tiles/base/14/13485/6202.mvt",
    "/tiles/buildings/16/53940/24811.mvt", "/ogc/collections/houses/tiles/WebMercatorQuad/16/24811/53940", "/nothing-here",
)  # fmt: skip
"""Pages, lists, details, exports, programs' doors and tiles."""
TILES_EACH = int(os.environ.get("TILES_EACH", "90"))
"""Tiles of each role that are unpacked; 10,000 by hand."""


@pytest.fixture
def proxy(server: str, tmp_path: Path):
    with caching(server, tmp_path) as address:
        yield address


def get(address: str, path: str, cookie: str = "") -> tuple[int, http.client.HTTPMessage, bytes]:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def test_az10_au5_through_a_caching_proxy_two_people_and_nobody_share_no_answer(city, server: str, proxy: str, cookie: Callable[[str], str]):
    style = re.search(r'href="(/static/[^"]+\.css)"', get(server, "/sign-in")[2].decode())[1]
    assert [get(proxy, style)[1]["X-Cache"] for _ in range(2)] == ["MISS", "HIT"], "the proxy stores nothing at all"
    people = {name: cookie(name) for name in ("community", "roamer")}
    own = {name: marks_of(city, name) for name in people}
    shown = dict.fromkeys(people, 0)
    for path in ASKED:
        for name in ("community", "roamer", "community"):
            status, headers, body = get(proxy, path, people[name])
            assert status < 500, (path, body[-300:])
            body = readable(path, headers, body)
            assert headers["X-Cache"] != "HIT", (path, name)
            kept = headers["Cache-Control"]
            assert ("no-store" in kept or "private" in kept) and "public" not in kept, (path, kept)
            assert "Cookie" in ", ".join(headers.get_all("Vary")), path
            other = own["roamer" if name == "community" else "community"]
            assert not [mark for mark in other if mark in body], (path, name)
            shown[name] += any(mark in body for mark in own[name])
        status, headers, body = get(proxy, path)
        assert headers["X-Cache"] != "HIT", path
        assert status in (302, 401) or path == "/nothing-here", (path, status)
        assert not [mark for marks in own.values() for mark in marks if mark in body], path
    assert shown["community"] >= 20 and shown["roamer"] >= 6, "the answers show what is told apart"


def marks_of(city, username: str) -> list[bytes]:
    """What only this person may see of houses: addresses, numbers, and the ids in tiles."""
    scope = city.access(username).scope
    mine = [h for h in HOUSES if h["region_key"] in scope]
    return [str(h[name]).encode() for h in mine for name in ("address", "number")] + [f"<{h['id']}>".encode() for h in mine]


def readable(path: str, headers: http.client.HTTPMessage, body: bytes) -> bytes:
    """The answer's text; of a tile the ids, of a spreadsheet the cells."""
    if headers.get_content_type() == "application/vnd.mapbox-vector-tile":
        layers = mapbox_vector_tile.decode(body) if body else {}
        return b" ".join(f"<{f.get('id')}>".encode() for layer in layers.values() for f in layer["features"]) if "houses" in path else b""
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return body


def test_az10_tiles_unpacked_hold_no_feature_of_another_area(city, city_settings):
    """Every register, zoom and place of the city and beside it, evenly chosen, for roles from one grid to all of it."""
    app = create_app(city_settings)
    keys = {
        "houses": {h["id"]: h["region_key"] for h in HOUSES}, "buildings": {b["id"]: b["region_key"] for b in BUILDINGS},
        "regions": {r["key"]: r["key"] for r in plan.regions(GRIDS)}, "sites": {s["id"]: s["region_key"] for s in plan.sites(GRIDS)},
    }  # fmt: skip
    every = [(name, *place) for name in keys for zoom in range(8, 20 if TILES_EACH > 3_000 else 19) for place in places(zoom)]
    for username in ("director", "officer", "community", "worker", "roamer"):
        client, scope = sign_in(app, username), city.access(username).scope
        assert unpacked(client, every[:: max(len(every) // TILES_EACH, 1)], keys, scope) > 5, username


def unpacked(client, tiles: list, keys: dict[str, dict[int, int]], scope: RowScope) -> int:
    """How many features the tiles hold whose region is known; each must lie in the scope."""
    features = 0
    for name, z, x, y in tiles:
        answer = client.get(f"/tiles/{name}/{z}/{x}/{y}.mvt")
        assert answer.status_code in (200, 204, 404), (name, z, x, y, answer.status_code)
        if answer.status_code != 200:
            continue
        data = gzip.decompress(answer.data) if answer.data[:2] == b"\x1f\x8b" else answer.data
        for layer in mapbox_vector_tile.decode(data).values():
            for feature in layer["features"]:
                key = keys[name].get(feature.get("id"))
                assert key is None or key in scope, (name, z, x, y, feature)
                features += key is not None
    return features
