"""Rows to claim as a map: places as points, people as counts, what is not on it counted (A8.7; D3.4)."""

from __future__ import annotations

import json
import re

from geoapp.web.factory import create_app
from tests.support.imports import imported, rows_of, xlsx
from tests.support.web import csrf_of, sign_in

GRID, OTHER = "110108001001001", "110108001001002"
HERE = {"lon": "116.303", "lat": "39.997", "crs": "WGS84"}


def features(page):
    found = re.search(r'data-part="features">(.*?)</script>', page, re.S)
    return json.loads(found[1])["features"] if found else []


def numbers(page):
    return [int(one) for one in re.findall(r"\d+", re.sub(r"<[^>]+>", "", re.search(r'<p role="status">(.*?)</p>', page, re.S)[1]))]


def test_d34_places_are_points_that_lead_to_their_row_and_people_are_counts_of_grids(own_city):
    officer = own_city.access("officer")
    places = [{"name": "某店", **HERE}, {"name": "某校", "grid": GRID}, {"name": "某站", "grid": OTHER}, {"name": "某处"}]
    imported(officer, "sites", xlsx("sites", rows_of("sites", *places)))
    people = [{"name": "某甲", "grid": GRID, **HERE}, {"name": "某乙", "grid": GRID}, {"name": "某丙"}]
    imported(officer, "residents", xlsx("residents", rows_of("residents", *people)))
    app = create_app()
    worker = sign_in(app, "worker")
    page = worker.get("/imports/claims/map?register=sites").text
    points = [one for one in features(page) if one["geometry"]["type"] == "Point"]
    assert [one["properties"]["label"] for one in points] == ["某店"]
    assert [one["properties"]["label"] for one in features(page) if one["geometry"]["type"] != "Point"] == ["2"]
    assert numbers(page) == [1, 1, 0]
    row = points[0]["properties"]["href"]
    assert f'name="row" value="{row.rsplit("=")[-1]}"' in worker.get(row).text
    officer_page = sign_in(app, "officer").get("/imports/claims/map?register=sites").text
    assert numbers(officer_page) == [1, 2, 1]
    assert "认领这一行" not in sign_in(app, "officer").get(row).text

    page = worker.get("/imports/claims/map?register=residents").text
    assert [(one["geometry"]["type"] == "Point", one["properties"]["label"]) for one in features(page)] == [(False, "2")]
    assert numbers(page) == [2, 0]
    assert "某甲" not in page
    people_row = row.replace("register=sites", "register=residents")
    assert worker.get(people_row).status_code == 404
    assert worker.get("/imports/claims/map?register=nothing").status_code == 404
    neighbour = sign_in(app, "neighbour")
    assert neighbour.get(row).status_code == 404
    assert "某店" not in neighbour.get("/imports/claims/map?register=sites").text
    sent = {"csrf_token": csrf_of(worker, "/imports/claims"), "register": "sites", "row": row.rsplit("=")[-1]}
    assert worker.post("/imports/claims/claim", data=sent).status_code == 303
