"""Encodings: found out or told, never garbled in silence (FL-6)."""

from __future__ import annotations

import json

import pytest

from tests.factories.geofiles import geojson, shape_zip, square

NAMES = ("清华园街道", "第一网格（东）", "喆𠮷")
ROWS = [(square(116 + i / 100, 40), {"name": name, "note": "plain"}) for i, name in enumerate(NAMES)]
GB_ROWS = ROWS[:2]


@pytest.mark.parametrize(
    ("written", "cpg", "how"),
    [("UTF-8", "UTF-8", "cpg"), ("UTF-8", None, "utf8"), ("GB18030", "GBK", "cpg"), ("GB18030", "936", "cpg"),
     ("GB18030", None, "guess")],
)  # fmt: skip
def test_a_shapefile_is_read_as_its_cpg_says_or_as_its_text_shows(tmp_path, read, written, cpg, how):
    found = read(shape_zip(tmp_path / "a.zip", GB_ROWS, encoding=written, cpg=cpg))
    assert (found.opened.encoding, found.opened.found) == (written, how)
    assert found.column("name") == list(NAMES[:2])


def test_the_option_speaks_where_the_file_says_nothing(tmp_path, read):
    path = shape_zip(tmp_path / "a.zip", GB_ROWS, encoding="GB18030", cpg=None)
    found = read(path, encoding="gbk")
    assert (found.opened.found, found.column("name")) == ("option", list(NAMES[:2]))


def test_a_cpg_that_cannot_be_true_is_refused_with_row_and_field(tmp_path, refused):
    plain = [(square(115, 40), {"name": "abc", "note": "x"})]
    error = refused(shape_zip(tmp_path / "a.zip", plain + GB_ROWS, encoding="GB18030", cpg="UTF-8"))
    assert error.field == "encoding"
    assert error.facts == {"name": "UTF-8", "row": "2", "column": "name"}


def test_a_cpg_that_would_garble_utf8_is_refused(tmp_path, refused, read):
    path = shape_zip(tmp_path / "a.zip", GB_ROWS, encoding="UTF-8", cpg="GBK")
    assert "UTF-8" in refused(path).message("zh")
    assert read(path, encoding="UTF-8").column("name") == list(NAMES[:2])


def test_a_wrong_option_is_refused_too(tmp_path, refused):
    path = shape_zip(tmp_path / "a.zip", GB_ROWS, encoding="UTF-8", cpg=None)
    assert refused(path, encoding="GB18030").field == "encoding"
    assert "klingon" in refused(path, encoding="klingon").message("zh")


def test_text_in_no_known_encoding_is_refused(tmp_path, refused):
    path = shape_zip(tmp_path / "a.zip", [(square(116, 40), {"name": "AAAAAA"})], cpg=None)
    import zipfile

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["layer.dbf"] = parts["layer.dbf"].replace(b"AAAAAA", b"\xff\xfe\xff\x80\xff\xff")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert refused(path).facts == {"row": "1", "column": "name"}


def test_chinese_column_names_of_ten_bytes_are_read(tmp_path, read):
    rows = [(square(116, 40), {"楼栋名": "一号楼"})]
    assert read(shape_zip(tmp_path / "a.zip", rows)).column("楼栋名") == ["一号楼"]
    found = read(shape_zip(tmp_path / "b.zip", rows, encoding="GB18030", cpg="GB18030"))
    assert found.column("楼栋名") == ["一号楼"]


def text_file(path, encoding: str, rows=GB_ROWS):
    geojson(path, rows)
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    return path


@pytest.mark.parametrize(
    ("written", "how"), [("utf-8", "utf8"), ("utf-8-sig", "mark"), ("gb18030", "guess"), ("utf-16", "mark")]
)
def test_geojson_is_read_in_the_encoding_it_has(tmp_path, read, written, how):
    found = read(text_file(tmp_path / "a.geojson", written))
    assert (found.opened.found, found.column("name")) == (how, list(NAMES[:2]))


def test_signs_beyond_the_basic_plane_survive(tmp_path, read):
    assert read(geojson(tmp_path / "a.geojson", ROWS)).column("name") == list(NAMES)


def test_geojson_that_is_no_text_is_refused_with_the_place(tmp_path, refused):
    path = tmp_path / "a.geojson"
    path.write_bytes(b'{"type":"FeatureCollection","features":[]} \xff\xff')
    assert refused(path).facts == {"at": "43"}
    assert refused(path, encoding="utf-8").field == "encoding"


def test_text_that_was_spoilt_before_is_told_with_its_row(tmp_path, read):
    rows = [(square(116, 40), {"name": name}) for name in ("好", "锟斤拷锟斤拷", "\ufffd\ufffd")]
    found = read(geojson(tmp_path / "a.geojson", rows))
    assert {(row, code) for row, code, *_ in found.faults} == {(2, "lost_text"), (3, "lost_text")}
    table = tmp_path / "a.csv"
    table.write_text("name\n好\na\x00b\n", "utf-8")
    assert [(row, code) for row, code, *_ in read(table).faults] == [(2, "nul_text")]


def test_blanks_are_closed_up_and_empty_is_none(tmp_path, read):
    names = ["  a  b ", "\u3000全角\u3000", "line\nbreak\x1f", "", None, "ok"]
    rows = [(square(116, 40), {"name": name}) for name in names]
    found = read(geojson(tmp_path / "a.geojson", rows))
    assert found.column("name") == ["a b", "全角", "line break", None, None, "ok"]


def test_half_a_surrogate_is_refused_or_read_but_never_breaks_the_reader(tmp_path, read, refused):
    path = tmp_path / "a.geojson"
    feature = {"type": "Feature", "geometry": None, "properties": {"name": "AAA"}}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}).replace("AAA", "\\ud800")
    path.write_text(text)
    try:
        found = read(path)
    except Exception:
        assert refused(path).field in ("file", "encoding")
    else:
        assert found.rows == 1


@pytest.mark.parametrize(("encoding", "how"), [("utf-8", "utf8"), ("utf-8-sig", "mark"), ("gb18030", "guess")])
def test_a_csv_is_read_in_the_encoding_it_has(tmp_path, read, encoding, how):
    path = tmp_path / "a.csv"
    path.write_text("code,名称\n11,北京市\n\n12,天津市,多\n", encoding=encoding)
    found = read(path)
    assert found.opened.found == how
    assert (found.column("code"), found.column("名称")) == (["11", "12"], ["北京市", "天津市"])
    assert found.faults == [(2, "odd_row", "", {"count": 3})]


@pytest.mark.parametrize("text", ["a,a\n1,2\n", ",\n1,2\n"])
def test_a_csv_needs_names_for_its_columns(tmp_path, refused, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert "列名" in refused(path).message("zh")
