"""Rows to claim as a map: places as points, people as counts, what is not on it counted (A8.7; D3.4)."""

from __future__ import annotations

import gzip
import json
import math
import re

import mapbox_vector_tile

from geoapp.web.factory import create_app
from tests.support.imports import imported, rows_of, xlsx
from tests.support.web import csrf_of, sign_in

GRID, OTHER = "110108001001001", "110108001001002"
HERE = {"lon": "116.303", "lat": "39.997", "crs": "WGS84"}


def features(page):
    found = re.search(r'data-part="features">(.*?)</script>', page, re.S)
    return json.loads(found[1])["features"] if found else []


def numbers(page):
    return [int(one) for one in re.findall(r"\d+", re.sub(r"<[^>]+>", "", re.search(r'<p class="claims__tally" role="status">(.*?)</p>', page, re.S)[1]))]


def test_d34_places_are_points_that_lead_to_their_row_and_people_are_counts_of_grids(own_city):
    officer = own_city.access("officer")
    places = [{"name": "某店", "school": "一般", **HERE}, {"name": "某校", "grid": GRID}, {"name": "某站", "grid": OTHER}, {"name": "某处"}]
    imported(officer, "sites", xlsx("sites", rows_of("sites", *places)))
    people = [{"name": "某甲", "grid": GRID, **HERE}, {"name": "某乙", "grid": GRID}, {"name": "某丙"}]
    imported(officer, "residents", xlsx("residents", rows_of("residents", *people)))
    app = create_app()
    worker = sign_in(app, "worker")
    page = worker.get("/imports/claims/map?register=sites").text
    assert [one["properties"]["label"] for one in features(page)] == ["2"]
    assert numbers(page) == [1, 1, 0]
    near = points_of(worker, "sites", 16)
    assert [one["properties"] for one in near] == [{"c": 0}]
    assert [one["properties"]["n"] for one in points_of(worker, "sites", 10)] == [1]
    row = near[0]["id"]
    picked = "/imports/claims/map/rows?register=sites"
    for asked in (f"{picked}&row={row}", f"{picked}&bbox=116.302,39.996,116.304,39.998"):
        assert f'name="row" value="{row}"' in worker.get(asked).text
    assert f'value="{row}"' not in worker.get(f"{picked}&bbox=116.31,39.996,116.32,39.998").text
    in_list = worker.get("/imports/claims?register=sites&list=open&bbox=116.302,39.996,116.304,39.998").text
    assert re.findall(r'name="row" value="(\d+)"', in_list) == [str(row)]
    assert worker.get(f"{picked}&bbox=1,2").status_code == 400
    officer_page = sign_in(app, "officer")
    assert numbers(officer_page.get("/imports/claims/map?register=sites").text) == [1, 2, 1]
    assert "name=\"row\"" not in officer_page.get(f"{picked}&row={row}").text
    assert [one["properties"]["label"] for one in features(officer_page.get("/imports/claims/map?register=residents").text)] == ["<5"]

    page = worker.get("/imports/claims/map?register=residents").text
    assert [(one["geometry"]["type"] == "Point", one["properties"]["label"]) for one in features(page)] == [(False, "2")]
    assert numbers(page) == [2, 0]
    assert "某甲" not in page
    assert points_of(worker, "residents", 16) == []
    assert worker.get(f"/imports/claims/map/rows?register=residents&row={row}").status_code == 404
    assert worker.get("/imports/claims/map?register=nothing").status_code == 404
    neighbour = sign_in(app, "neighbour")
    assert points_of(neighbour, "sites", 16) == []
    assert "某店" not in neighbour.get(f"{picked}&row={row}").text
    assert sign_in(app, "director").get(tile("sites", 16)).status_code == 404
    _claimed_in_pieces_and_taken_back(worker)


def _claimed_in_pieces_and_taken_back(worker):
    """A script claims all of a list piece by piece; what one has just claimed goes back as a whole."""
    sent = {"csrf_token": csrf_of(worker, "/imports/claims"), "register": "sites"}
    piece = {**sent, "list": "waiting", "bbox": "116.302,39.996,116.304,39.998", "whole": "1", "after": "0"}
    told = worker.post("/imports/claims/claim", data=piece, headers={"Accept": "application/json"}).json
    assert (told["done"], told["failed"]) == (1, 0)
    again = worker.post("/imports/claims/claim", data={**piece, "after": told["last"]}, headers={"Accept": "application/json"}).json
    assert (again["done"], again["last"]) == (0, 0)
    page = worker.get("/imports/claims?register=sites&list=done").text
    assert f'name="since" value="{told["moment"]}"' in page
    assert worker.post("/imports/claims/undo", data={**sent, "since": told["moment"]}).status_code == 303
    assert len(points_of(worker, "sites", 16)) == 1
    assert 'name="since"' not in worker.get("/imports/claims?register=sites&list=done").text


def tile(register, z):
    """Address of the tile over the place of `HERE`."""
    lon, lat, n = float(HERE["lon"]), math.radians(float(HERE["lat"])), 2**z
    y = (1 - math.asinh(math.tan(lat)) / math.pi) / 2
    return f"/imports/claims/tiles/{register}/{z}/{int((lon + 180) / 360 * n)}/{int(y * n)}.mvt"


def points_of(client, register, z):
    answer = client.get(tile(register, z))
    assert answer.status_code == 200
    assert client.get(tile(register, z), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    data = gzip.decompress(answer.data) if answer.data[:2] == b"\x1f\x8b" else answer.data
    return [one for layer in mapbox_vector_tile.decode(data).values() for one in layer["features"]]
