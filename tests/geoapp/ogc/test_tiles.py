"""Tiles of the standard doors: the bytes of the map's own tiles, scoped, named by state."""

from __future__ import annotations

import mapbox_vector_tile
import pytest

from tests.factories import city_plan as plan
from tiles.address import TileAddress

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
COL, ROW = 13486, 6203
PATH = "/collections/{}/tiles/WebMercatorQuad/14/{}/{}"


def tiles_over_the_city() -> list[tuple[int, int]]:
    """(row, column) of the tiles of zoom 14 that meet the city."""
    south, east = plan.NORTH - 2 * plan.HIGH, plan.WEST + 6 * plan.WIDE
    found = []
    for col in range(COL - 3, COL + 6):
        for row in range(ROW - 3, ROW + 6):
            w, s, e, n = TileAddress.at(14, col, row).degrees(0)
            if w < east and e > plan.WEST and s < plan.NORTH and n > south:
                found.append((row, col))
    return found


def features(client, register: str, **query) -> dict[int, dict]:
    found = {}
    for row, col in tiles_over_the_city():
        response = client.get(PATH.format(register, row, col), **query)
        assert response.status_code == 200
        assert response.content_type == "application/vnd.mapbox-vector-tile"
        for feature in mapbox_vector_tile.decode(response.data).get(register, {"features": []})["features"]:
            found[feature["id"]] = feature["properties"]
    return found


@pytest.mark.parametrize("user", ["director", "worker", "neighbour"])
def test_tiles_hold_the_readers_own_houses_and_nothing_personal(reader, city, user):
    found = features(reader(user), "houses")
    scope = city.access(user).scope
    assert sorted(found) == [h["id"] for h in HOUSES if h["geom"] is not None and h["region_key"] in scope]
    assert {name for properties in found.values() for name in properties} <= {"c", "n"}


def test_a_filter_of_the_items_selects_in_tiles_as_well(reader):
    director = reader("director")
    asked = {"filter": "storey >= 2", "rental": "true"}
    assert sorted(features(director, "houses", **asked)) == sorted(director.ids("houses", **asked)) != []


def test_an_unchanged_tile_is_not_sent_again(reader):
    director = reader("director")
    first = director.get(PATH.format("houses", ROW, COL))
    again = director.client.get(f"/ogc{PATH.format('houses', ROW, COL)}", headers={**director.headers, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    other = reader("worker").get(PATH.format("houses", ROW, COL))
    assert other.headers["ETag"] != first.headers["ETag"]
    assert "private" in first.headers["Cache-Control"]


def test_a_client_that_takes_gzip_gets_gzip(reader):
    director = reader("director")
    plain = director.get(PATH.format("houses", ROW, COL))
    packed = director.client.get(f"/ogc{PATH.format('houses', ROW, COL)}", headers={**director.headers, "Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"


def test_the_tile_set_says_layer_zooms_box_and_template(reader):
    document = reader("director").json("/collections/houses/tiles/WebMercatorQuad")
    assert document["dataType"] == "vector"
    assert document["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    assert [layer["id"] for layer in document["layers"]] == ["houses"]
    item = next(link for link in document["links"] if link["rel"] == "item")
    assert item["templated"] is True
    assert item["href"].endswith("/{tileMatrix}/{tileRow}/{tileCol}")
    assert document["boundingBox"]["lowerLeft"][0] == pytest.approx(116.30, abs=0.01)


def test_people_have_tiles_of_houses_only_from_near(reader):
    worker = reader("worker")
    layer = worker.json("/collections/residents/tiles/WebMercatorQuad")["layers"][0]
    assert layer["minTileMatrix"] == "14"
    assert "geometryDimension" not in layer
