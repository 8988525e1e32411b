"""The map and its region layer on a day (D4.3, #5.5)."""

from __future__ import annotations

import gzip
from datetime import timedelta

import mapbox_vector_tile

from geoapp.core.clock import today
from geoapp.core.db import owner_transaction
from geoapp.planning.boundaries import replace_grids
from geoapp.web.factory import create_app
from tests.geoapp.planning.test_publishing import COMMUNITY, FIRST, OUTLINE, SECOND, whole
from tests.support.tiles import place_of
from tests.support.web import sign_in


def test_as_of_a_day_the_map_the_list_and_the_tree_show_the_boundaries_of_that_day(own_city):
    with owner_transaction() as connection:
        replace_grids(connection, whole(), today() - timedelta(days=3))
    client = sign_in(create_app(), "planner")
    before, after = today() - timedelta(days=4), today() - timedelta(days=3)
    for day, codes in ((before, [FIRST, SECOND]), (after, [FIRST]), (None, [FIRST]), (today() + timedelta(days=9), [FIRST])):
        page = client.get(f"/registers/regions?region={str(COMMUNITY)[:12]}&level=grid" + (f"&as_of={day}" if day else "")).text
        assert [code for code in (FIRST, SECOND) if str(code) in page] == codes, day
        z, x, y = place_of(OUTLINE.centroid.x, OUTLINE.centroid.y, 15)
        tile = client.get(f"/tiles/regions/{z}/{x}/{y}.mvt" + (f"?as_of={day}" if day else ""))
        layers = mapbox_vector_tile.decode(gzip.decompress(tile.data) if tile.data[:2] == b"\x1f\x8b" else tile.data)
        names = {f["properties"].get("name") for f in layers["regions"]["features"]}
        assert ("大网格" in names) == (len(codes) == 1), day
    assert client.get("/registers/regions?as_of=yesterday").status_code == 400
    worker = sign_in(create_app(), "worker")
    page = worker.get(f"/registers/regions?level=grid&as_of={before}").text
    assert str(FIRST) in page and str(SECOND) not in page  # the scope holds on every day
