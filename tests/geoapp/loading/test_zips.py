"""Zip files are judged by their directory (FL-2, FL-6)."""

from __future__ import annotations

import io
import stat
import time
import tracemalloc
import zipfile

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading.zips import MAX_MEMBERS, zipped_shapes

PARTS = (".shp", ".shx", ".dbf")


def shapefile(archive: zipfile.ZipFile, stem: str = "a", without: str = "") -> None:
    for part in PARTS:
        if part != without:
            archive.writestr(f"{stem}{part}", b"x")


@pytest.fixture
def make(tmp_path):
    """Build a zip with a function; its path."""

    def build(fill, name: str = "a.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            fill(archive)
        return path

    return build


def refusal(path) -> str:
    with pytest.raises(InvalidInput) as caught:
        zipped_shapes(path, 4096)
    assert caught.value.field == "file"
    return caught.value.message("zh")


def test_the_shapefiles_inside_are_found_wherever_they_lie(make):
    def fill(archive):
        shapefile(archive, "city/houses")
        shapefile(archive, "roads")
        archive.writestr("readme.txt", "x")
        archive.writestr("city/houses.PRJ", "x")

    shapes = zipped_shapes(make(fill), 10)
    assert [shape.name for shape in shapes] == ["city/houses", "roads"]
    assert shapes[0].members[".prj"] == "city/houses.PRJ"


def test_fl2_half_a_megabyte_that_unpacks_to_512_is_refused_at_once(make):
    def fill(archive):
        shapefile(archive, without=".dbf")
        with archive.open("a.dbf", "w", force_zip64=True) as file:
            for _ in range(512):
                file.write(bytes(1 << 20))

    path = make(fill)
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    start = time.process_time()
    sentence = refusal(path)
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "512 MB" in sentence
    assert seconds < 1.0
    assert peak < 5 << 20


def test_fl2_a_hundred_thousand_members_are_counted_not_read(tmp_path):
    path = tmp_path / "many.zip"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(MAX_MEMBERS + 1):
            archive.writestr(str(number), b"")
    path.write_bytes(data.getvalue())
    assert str(MAX_MEMBERS) in refusal(path)
    # the count alone, with nothing before it
    path.write_bytes(b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + bytes(10))
    assert str(MAX_MEMBERS) in refusal(path)


def test_fl2_an_archive_inside_is_refused(make):
    def fill(archive):
        shapefile(archive)
        archive.writestr("more.ZIP", b"PK")

    assert "more.ZIP" in refusal(make(fill))


@pytest.mark.parametrize("name", ["/etc/a.shp", "../a.shp", "b/../../a.shp", "..\\a.shp", "C:/a.shp"])
def test_fl6_a_path_that_leads_outside_is_refused(make, name):
    assert "包外" in refusal(make(lambda archive: archive.writestr(name, b"x")))


def test_fl6_a_symbolic_link_is_refused(make):
    def fill(archive):
        link = zipfile.ZipInfo("a.shp")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    assert "符号链接" in refusal(make(fill))


def test_an_encrypted_zip_is_refused(make):
    path = make(shapefile)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)
    assert "加密" in refusal(path)


def test_what_is_missing_is_named(make):
    assert ".dbf" in refusal(make(lambda archive: shapefile(archive, without=".dbf")))
    assert "没有 .shp" in refusal(make(lambda archive: archive.writestr("a.txt", "x"), "b.zip"))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK" + bytes(100), b"PK\x05\x06" + b"\x01" * 18])
def test_a_broken_zip_is_refused(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert refusal(path)


def test_names_written_by_chinese_windows_are_read(make):
    path = make(lambda archive: shapefile(archive, "AAAA"))
    gbk = "网格".encode("gbk")
    path.write_bytes(path.read_bytes().replace(b"AAAA", gbk))
    assert [shape.name for shape in zipped_shapes(path, 10)] == ["网格"]
