"""GeoJSON (RFC 7946), read as JSON and by GDAL."""

from __future__ import annotations

import json

import pytest
import shapely
from shapely.geometry import shape

from tests.factories import city_plan as plan
from tests.support.exports import listed, read_gdal, read_geojson, write

GRIDS = plan.grids()
HOUSES = {h["id"]: h for h in plan.houses(GRIDS, plan.buildings(GRIDS))}


def test_features_are_the_rows_of_the_list_in_their_order(city, tmp_path):
    path, access = tmp_path / "a.geojson", city.access("director")
    file = write(access, "houses", "sort=-number", "geojson", path)
    features = read_geojson(path)["features"]
    assert [f["id"] for f in features] == [record_id for record_id, _ in listed(access, "houses", "sort=-number")]
    assert file.rows == len(features) == len(HOUSES)


def test_positions_are_those_of_the_records_and_missing_ones_are_null(city, tmp_path):
    path = tmp_path / "a.geojson"
    write(city.access("director"), "houses", "", "geojson", path)
    for feature in read_geojson(path)["features"]:
        stored = HOUSES[feature["id"]]["geom"]
        if stored is None:
            assert feature["geometry"] is None
        else:
            assert shape(feature["geometry"]).distance(stored) < 1e-7


def test_d3_4_people_have_no_geometry(city, tmp_path):
    path = tmp_path / "a.geojson"
    write(city.access("worker"), "residents", "", "geojson", path)
    features = read_geojson(path)["features"]
    assert features
    assert {f["geometry"] is None for f in features} == {True}
    assert "house_id" not in features[0]["properties"]
    assert "116." not in path.read_text("utf-8")


def test_seven_decimals_and_rings_turn_as_the_standard_says(city, tmp_path):
    path = tmp_path / "a.geojson"
    write(city.access("director"), "regions", "", "geojson", path)
    for feature in read_geojson(path)["features"]:
        for polygon in shape(feature["geometry"]).geoms:
            assert polygon.exterior.is_ccw
    write(city.access("director"), "buildings", "", "geojson", path)
    numbers = [n for f in read_geojson(path)["features"] for n in shapely.get_coordinates(shape(f["geometry"])).ravel()]
    assert all(len(repr(float(n)).partition(".")[2]) <= 7 for n in numbers)


def test_values_keep_their_types_and_moments_their_zone(city, tmp_path):
    path = tmp_path / "a.geojson"
    write(city.access("community"), "houses", "", "geojson", path, names=["number", "storey", "area_m2", "updated_at"])
    first = read_geojson(path)["features"][0]["properties"]
    assert list(first) == ["number", "storey", "area_m2", "updated_at"]
    assert (type(first["storey"]), type(first["area_m2"])) == (int, float)
    assert first["updated_at"].endswith("+08:00")


def test_the_file_tells_titles_filter_and_licence_where_other_readers_pass_by(city, tmp_path):
    path = tmp_path / "a.geojson"
    write(city.access("director"), "buildings", "use=office", "geojson", path)
    document = read_geojson(path)
    assert document["titles"]["use"] == "用途"
    assert "ODbL" in document["attribution"]
    assert ["条件", "用途为办公"] in document["about"]


@pytest.mark.parametrize("name", ["regions", "buildings", "houses", "sites"])
def test_gdal_reads_every_feature(city, tmp_path, name):
    path, access = tmp_path / "a.geojson", city.access("director")
    file = write(access, name, "", "geojson", path)
    meta, geometry, _ = read_gdal(path)
    assert len(geometry) == file.rows > 0
    assert meta["crs"] == "EPSG:4326"


def test_texts_are_json_whatever_they_hold(own_city, tmp_path):
    from sqlalchemy import text

    from geoapp.core.db import owner_transaction

    odd = '</script>"\\\n\u2028房'
    with owner_transaction() as connection:
        connection.execute(text("UPDATE site SET name = :n WHERE id = 1"), {"n": odd})
    path = tmp_path / "a.geojson"
    write(own_city.access("director"), "sites", "", "geojson", path)
    names = [f["properties"]["name"] for f in json.loads(path.read_bytes())["features"]]
    assert odd in names


def test_an_empty_list_is_an_empty_collection(city, tmp_path):
    path = tmp_path / "a.geojson"
    assert write(city.access("director"), "sites", "q=没有这样的", "geojson", path).rows == 0
    assert read_geojson(path)["features"] == []
