"""EC-1: OWSLib and GDAL read the standard doors without a patch; counts equal the database."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyogrio
import pytest
from flask import Flask
from owslib.ogcapi.features import Features
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from tests.factories import city_plan as plan
from tests.factories.city import City
from tests.geoapp.ogc.conftest import Reader, make_token

GRIDS = plan.grids()
BUILT = plan.buildings(GRIDS)
HOUSES = plan.houses(GRIDS, BUILT)
PAGE_SIZES = (1, 100, 10_000)
COPY_HOUSES = text(
    "INSERT INTO house (county_code, region_key, number, address, placed, origin, geom) "
    "SELECT county_code, region_key, number || :mark, address, placed, origin, geom FROM house WHERE id = :id"
)


@contextmanager
def gdal_options(**options: object) -> Iterator[None]:
    """GDAL's settings, put back afterwards."""
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))


def bearer(token: str) -> dict[str, str]:
    """GDAL from 3.7 on sends no GDAL_HTTP_HEADERS with OAPIF (OSGeo/gdal#11385); this it does."""
    return {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": token}


def read_layer(server: str, token: str, layer: str, page_size: int, **options: object):
    """A layer through GDAL's OAPIF driver."""
    with gdal_options(**bearer(token)):
        return pyogrio.raw.read(
            f"OAPIF:{server}/ogc", layer=layer, return_fids=False, PAGE_SIZE=str(page_size), **options
        )


@pytest.mark.parametrize("page_size", PAGE_SIZES)
def test_gdal_reads_every_house_once(server, token, page_size):
    meta, _, geometries, values = read_layer(server, token("director"), "houses", page_size)
    numbers = list(values[list(meta["fields"]).index("number")])
    assert sorted(numbers) == sorted(h["number"] for h in HOUSES)
    assert sum(g is None for g in geometries) == sum(h["geom"] is None for h in HOUSES)
    assert meta["geometry_type"] == "Point"


def test_gdal_lists_the_layers_of_the_reader(server, token):
    with gdal_options(GDAL_HTTP_AUTH="BASIC", GDAL_HTTP_USERPWD=f"me:{token('community')}"):
        layers = {name for name, _ in pyogrio.list_layers(f"OAPIF:{server}/ogc")}
    assert layers == {
        "regions", "buildings", "houses", "residents", "households", "enrolments", "sites", "organisations", "teams", "coverage",
    }  # fmt: skip


def test_gdal_filters_by_box_and_by_attribute(server, token):
    window = (116.3005, 39.9955, 116.3075, 39.9995)
    _, _, _, values = read_layer(server, token("director"), "houses", 100, bbox=window, columns=["number"])
    inside = [h["number"] for h in HOUSES if h["geom"] is not None and plan.box(*window).intersects(h["geom"])]
    assert sorted(values[0]) == sorted(inside)
    _, _, _, values = read_layer(server, token("director"), "houses", 100, where="storey = 2 AND rental = 1", columns=["number"])
    assert sorted(values[0]) == sorted(h["number"] for h in HOUSES if h["storey"] == 2 and h["rental"])


def test_gdal_sees_outlines_and_people_without_geometry(server, token):
    meta, _, geometries, _ = read_layer(server, token("community"), "buildings", 100)
    assert "Polygon" in meta["geometry_type"]
    assert all(g is not None for g in geometries)
    meta, _, geometries, values = read_layer(server, token("community"), "residents", 100)
    assert geometries is None or all(g is None for g in geometries)
    assert len(values[0]) > 40


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
def test_ogrinfo_of_the_system_reads_a_filtered_layer(server, token):
    """Debian's gdal-bin, another version than the one inside pyogrio."""
    done = subprocess.run(
        ["ogrinfo", "-ro", "-so", f"OAPIF:{server}/ogc", "sites", "--config", "GDAL_HTTP_HEADERS", f"Authorization: Bearer {token('director')}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert f"Feature Count: {len(plan.sites(GRIDS))}" in done.stdout
    assert "attention_level: Integer" in done.stdout


def test_owslib_reads_collections_pages_and_one_feature(server, token):
    service = Features(f"{server}/ogc", headers={"Authorization": f"Bearer {token('director')}"})
    assert service.feature_collections() == ["regions", "buildings", "houses", "sites", "organisations", "teams", "coverage"]
    assert any("cql2-text" in uri for uri in service.conformance()["conformsTo"])
    assert service.api()["openapi"] == "3.0.3"
    page = service.collection_items("houses", limit=10, bbox=[116.3005, 39.9955, 116.3075, 39.9995])
    assert page["numberReturned"] == 10
    one = service.collection_item("houses", page["features"][0]["id"])
    assert one["properties"] == page["features"][0]["properties"]
    assert "number" in service.collection_queryables("houses")["properties"]
    found = service.collection_items("houses", filter="storey = 2", limit=10_000)
    assert found["numberMatched"] == sum(h["storey"] == 2 for h in HOUSES)


@pytest.mark.parametrize("page_size", [1, 10, 100])
def test_rows_inserted_meanwhile_make_no_doubles_and_no_gaps(app: Flask, own_city: City, page_size: int):
    """EC-1: a keyset page goes on where the last one ended, whatever is put in before or behind."""
    stop = threading.Event()

    def insert() -> None:
        for turn, house in enumerate(HOUSES):
            if stop.is_set():
                return
            with owner_transaction() as connection:
                connection.execute(COPY_HOUSES, {"mark": f"x{turn}", "id": house["id"]})

    headers = {"Authorization": f"Bearer {make_token(own_city, 'director')}"}
    writer = threading.Thread(target=insert)
    writer.start()
    try:
        found = Reader(app.test_client(), headers).ids("houses", limit=page_size)
    finally:
        stop.set()
        writer.join()
    assert len(found) == len(set(found))
    assert {h["id"] for h in HOUSES} <= set(found)


def test_gdal_takes_types_from_the_schema(server, token):
    meta, *_ = read_layer(server, token("director"), "houses", 100)
    types = dict(zip(meta["fields"], meta["dtypes"], strict=True))
    assert "int" in types["storey"] or "float" in types["storey"]
    assert types["area_m2"] == "float64"
    assert types["number"] == "object"
    assert json.dumps(sorted(types))
