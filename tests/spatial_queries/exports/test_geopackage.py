"""GeoPackage, read by GDAL through pyogrio, by the machine's own ogrinfo and as SQLite."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing

import numpy as np
import pyogrio
import pytest
import shapely

from spatial_queries.exports import geopackage
from tests.factories import city_plan as plan
from tests.support.exports import listed, read_gdal, write

GRIDS = plan.grids()


def texts(columns, name) -> list[str]:
    return ["" if value is None else str(value) for value in columns[name]]


def test_one_layer_holds_the_rows_of_the_list_in_their_order(city, tmp_path):
    path, access = tmp_path / "a.gpkg", city.access("director")
    file = write(access, "houses", "sort=-number", "gpkg", path)
    meta, geometry, columns = read_gdal(path, "houses")
    wanted = [cells for _, cells in listed(access, "houses", "sort=-number")]
    assert file.rows == len(wanted) == len(geometry)
    for place, name in enumerate(("number", "address", "status")):
        assert texts(columns, name) == [cells[place] for cells in wanted]
    assert (meta["crs"], meta["geometry_type"]) == ("EPSG:4326", "Point")


def test_rows_without_a_position_are_there_without_a_geometry(city, tmp_path):
    path = tmp_path / "a.gpkg"
    write(city.access("director"), "houses", "", "gpkg", path)
    _, geometry, _ = read_gdal(path, "houses")
    houses = plan.houses(GRIDS, plan.buildings(GRIDS))
    assert sum(g is None for g in geometry) == sum(h["geom"] is None for h in houses) > 0


def test_d3_4_people_are_a_table_without_positions(city, tmp_path):
    path = tmp_path / "a.gpkg"
    write(city.access("worker"), "residents", "", "gpkg", path)
    meta, geometry, columns = read_gdal(path, "residents")
    assert meta["geometry_type"] is None
    assert geometry is None
    assert len(columns["name"]) == 50


def test_fields_have_types_and_missing_values_are_null(city, tmp_path):
    path, names = tmp_path / "a.gpkg", ["number", "storey", "area_m2", "updated_at", "checked_at", "room"]
    write(city.access("director"), "houses", "", "gpkg", path, names=names)
    info = pyogrio.read_info(path, layer="houses")
    assert dict(zip(info["fields"], info["dtypes"], strict=True)) == {
        "number": "object", "storey": "int64", "area_m2": "float64", "updated_at": "datetime64[ms]",
        "checked_at": "datetime64[ms]", "room": "object",
    }  # fmt: skip
    frame = pyogrio.read_dataframe(path, layer="houses")
    houses = {h["number"]: h for h in plan.houses(GRIDS, plan.buildings(GRIDS))}
    for row in frame.itertuples():
        house = houses[row.number]
        assert (None if np.isnan(row.storey) else row.storey) == house["storey"]
        assert row.area_m2 == house["area_m2"]
        assert row.updated_at.to_pydatetime() == house["updated_at"]
        assert row.checked_at is None or str(row.checked_at) == "NaT" or house["checked_at"] is not None


def test_areas_keep_their_shapes(city, tmp_path):
    path = tmp_path / "a.gpkg"
    write(city.access("director"), "regions", "level=grid", "gpkg", path)
    _, geometry, columns = read_gdal(path, "regions")
    squares = {g.code: g.square for g in GRIDS}
    for code, wkb in zip(columns["code"], geometry, strict=True):
        assert shapely.from_wkb(wkb).equals(squares[code])


def test_titles_stand_in_the_schema_extension(city, tmp_path):
    path = tmp_path / "a.gpkg"
    write(city.access("director"), "sites", "", "gpkg", path)
    with closing(sqlite3.connect(path)) as database:
        titles = dict(database.execute("SELECT column_name, name FROM gpkg_data_columns"))
        extensions = {row[0] for row in database.execute("SELECT extension_name FROM gpkg_extensions")}
        described = database.execute("SELECT identifier, description FROM gpkg_contents WHERE table_name = 'sites'")
        assert tuple(described.fetchone()) == ("重点场所", "全部记录")
    assert titles["attention_level"] == "关注等级"
    assert "gpkg_schema" in extensions


def test_the_table_about_says_what_the_file_is(city, tmp_path):
    path = tmp_path / "a.gpkg"
    write(city.access("worker"), "residents", "", "gpkg", path)
    _, _, columns = read_gdal(path, "about")
    about = dict(zip(columns["label"], columns["text"], strict=True))
    assert about["遮盖的列"] == "证件号码"
    assert about["导出人"] == "王主任"


@pytest.mark.parametrize("batch", [1, 7, 146])
def test_batches_leave_nothing_out(city, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(geopackage, "BATCH", batch)
    path, access = tmp_path / "a.gpkg", city.access("worker")
    file = write(access, "houses", "", "gpkg", path)
    _, _, columns = read_gdal(path, "houses")
    assert texts(columns, "number") == [cells[0] for _, cells in listed(access, "houses", "")]
    assert file.rows == len(columns["number"])


def test_an_empty_list_is_an_empty_layer(city, tmp_path):
    path = tmp_path / "a.gpkg"
    assert write(city.access("director"), "sites", "q=没有这样的", "gpkg", path).rows == 0
    assert pyogrio.read_info(path, layer="sites")["features"] == 0


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="the machine has no GDAL of its own")
@pytest.mark.parametrize("name", ["houses", "buildings", "regions"])
def test_the_machines_own_gdal_reads_it_without_a_warning(city, tmp_path, name):
    path = tmp_path / "a.gpkg"
    file = write(city.access("director"), name, "", "gpkg", path)
    found = subprocess.run(["ogrinfo", "-so", "-al", path], capture_output=True, text=True, check=True)
    assert found.stderr == ""
    assert f"Feature Count: {file.rows}" in found.stdout
