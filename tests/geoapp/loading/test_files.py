"""What kind of file it is, before anything parses it."""

from __future__ import annotations

import gzip
import zipfile

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading.files import examine


def refused(path, **choices) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        examine(path, choices.get("layer_name"), 100)
    return caught.value


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.geojson", b"{}", "GeoJSON"), ("a.JSON", b"{}", "GeoJSON"), ("a.geojsonl", b"{}", "GeoJSONSeq"),
        ("a.ndjson.gz", gzip.compress(b"{}", mtime=0), "GeoJSONSeq"), ("a.gpkg", b"SQLite format 3\x00", "GPKG"),
        ("a.fgb", b"fgb\x03fgb\x00", "FlatGeobuf"), ("a.shp", b"\x00\x00\x27\x0a", "ESRI Shapefile"),
        ("a.csv", b"a", "CSV"), ("a.b.csv.gz", gzip.compress(b"a", mtime=0), "CSV"),
    ],
)  # fmt: skip
def test_the_name_says_the_kind_and_the_first_bytes_confirm_it(tmp_path, name, data, kind):
    path = tmp_path / name
    path.write_bytes(data)
    source = examine(path, None, 100)
    assert (source.kind, source.gzipped, source.stem) == (kind, name.endswith(".gz"), "a")


@pytest.mark.parametrize("name", ["a.gpkg", "a.zip", "a.fgb", "a.shp", "a.geojson.gz"])
def test_other_content_than_the_name_says_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"<OGRVRTDataSource/>")
    assert "不符" in refused(path).message("zh")


@pytest.mark.parametrize("name", ["a.vrt", "a.kml", "a.xlsx", "a.gpkg.gz", "a", "a.tar.gz", "a.sqlite"])
def test_other_formats_are_refused_with_the_list_of_ours(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"x")
    assert ".gpkg" in refused(path).message("zh")


@pytest.mark.parametrize("path", ["/vsicurl/http://127.0.0.1/a.geojson", "/vsizip/a.zip/a.shp", "PG:dbname=x"])
def test_a_path_of_a_gdal_driver_is_no_file(tmp_path, path):
    from pathlib import Path

    assert "不存在" in refused(Path(path)).message("zh")


def test_an_empty_file_and_a_folder_are_refused(tmp_path):
    empty, folder = tmp_path / "a.geojson", tmp_path / "b.gpkg"
    empty.touch()
    folder.mkdir()
    assert "空的" in refused(empty).message("zh")
    assert "不存在" in refused(folder).message("zh")


def test_of_several_shapefiles_one_is_chosen_by_name(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for stem in ("x/houses", "x/roads"):
            for part in (".shp", ".shx", ".dbf"):
                archive.writestr(stem + part, b"x")
    assert "x/houses, x/roads" in refused(path).message("zh")
    assert examine(path, "roads", 100).shape.name == "x/roads"
    assert refused(path, layer_name="rivers").field == "layer_name"
