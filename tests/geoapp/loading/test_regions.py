"""Regions: code lists, outlines, full names, borders (A0.8, D4.3, D4.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.loading import load_regions
from tests.factories.geofiles import bow_tie, geojson
from tests.geoapp.loading.conftest import GRID_1, REGIONS, at, box


def rows(*regions) -> list:
    return [(shape, {"code": code, "name": name}) for code, name, shape in regions]


def test_the_tree_has_full_names_without_the_fillers_of_the_lists(rows_of):
    found = dict(rows_of("SELECT code, full_name FROM region"))
    assert len(found) == len(REGIONS)
    assert found["110108001001001"] == "北京市海淀区东街道甲社区第一网格"
    assert found["110108000000"] == "北京市海淀区"
    assert rows_of("SELECT name, full_name, note FROM region WHERE code = '110100000000'") == [("北京市", "北京市", "市辖区")]


def test_outlines_keep_what_the_code_list_said_and_say_where_they_come_from(rows_of):
    sql = "SELECT origin, source, round(area_m2 / 1e4), GeometryType(geom), level, parent_key FROM region WHERE code = :c"
    assert rows_of(sql, c="110108001000") == [("derived", "regions", 379, "MULTIPOLYGON", "street", 110108000000000)]
    assert rows_of(sql, c="110000000000")[0][:2] == ("official", "codes")


def test_counties_with_streets_have_partitions_and_lists_alone_make_none(tmp_path, options, rows_of):
    names = "SELECT relname FROM pg_class WHERE relname LIKE 'house_1%' AND relkind = 'r' ORDER BY 1"
    assert rows_of(names) == [("house_110105",), ("house_110108",)]
    path = tmp_path / "c.csv"
    path.write_text("code12,level,name,parent_code12\n110107000000,3,石景山区,110100000000\n110107001000,4,八宝山街道,110107000000\n")
    report = load_regions(path, options)
    assert (report.added, report.refused) == (2, 0)
    assert rows_of(names) == [("house_110105",), ("house_110108",)]


def test_a_new_name_is_carried_to_all_below(tmp_path, options, rows_of):
    load_regions(geojson(tmp_path / "r.geojson", rows(("110108001", "新街道", box(0, 0, 2, 2)))), options)
    found = dict(rows_of("SELECT code, full_name FROM region"))
    assert found["110108001001001"] == "北京市海淀区新街道甲社区第一网格"
    assert found["110108002000"] == "北京市海淀区西街道"


def test_a_list_without_outlines_leaves_outlines_and_their_origin_alone(tmp_path, options, rows_of):
    before = rows_of("SELECT code, origin, ST_AsText(geom) FROM region WHERE level = 'grid' ORDER BY 1")
    path = tmp_path / "c.csv"
    path.write_text("code,name\n110108001001001,第一网格\n110108001001002,改名网格\n", "utf-8")
    report = load_regions(path, replace(options, origin="official"))
    assert (report.updated, report.unchanged) == (1, 1)
    assert rows_of("SELECT code, origin, ST_AsText(geom) FROM region WHERE level = 'grid' ORDER BY 1") == before


def test_a_region_without_its_parent_is_refused_and_so_are_its_children(tmp_path, options):
    report = load_regions(
        geojson(tmp_path / "r.geojson", rows(("110109001", "街道", box(7, 0)), ("110109001001", "社区", box(7, 0)))), options
    )
    assert [(f.row, f.id) for f in report.faults] == [(1, "110109001"), (2, "110109001001")]
    assert "110109000000" in report.faults[0].reason("zh")
    assert report.all_refused


def test_parents_may_come_in_the_same_file_in_any_order(tmp_path, options, rows_of):
    path = geojson(tmp_path / "r.geojson", rows(("110109001", "街道", box(7, 0)), ("110109", "区", box(7, 0))))
    assert load_regions(path, options).added == 2
    assert rows_of("SELECT full_name FROM region WHERE code = '110109001000'") == [("北京市区街道",)]


def test_faulty_rows_are_refused_one_by_one(tmp_path, options):
    west, south = at(7, 0).x, at(7, 0).y
    path = geojson(tmp_path / "r.geojson", rows(
        ("110109", "好", box(7, 0)), ("110109", "重复", box(8, 0)), ("11x", "坏码", box(8, 0)),
        (None, "无码", box(8, 0)), ("110106", None, box(8, 0)), ("110106", "坏图", bow_tie(west, south)),
        ("110106", "点", at(7, 7)), ("110106", "无图", None),
    ))  # fmt: skip
    report = load_regions(path, options)
    assert [(f.row, f.field) for f in report.faults if f.result == "refused"] == [
        (2, "code"), (3, "code"), (4, "code"), (5, "name"), (6, ""), (7, ""), (8, ""),
    ]
    assert report.added == 1


@pytest.mark.parametrize("level", ["4", "street", "街道"])
def test_a_level_is_read_from_the_row(tmp_path, options, rows_of, level):
    path = tmp_path / "c.csv"
    path.write_text(f"code,name,level\n110108003000,北街道,{level}\n", "utf-8")
    load_regions(path, options)
    assert rows_of("SELECT level FROM region WHERE code = '110108003000'") == [("street",)]


def test_the_level_option_holds_for_all_rows(tmp_path, options):
    path = tmp_path / "c.csv"
    path.write_text("code,name\n110108003000,北街道\n", "utf-8")
    report = load_regions(path, replace(options, level="community"))
    assert report.all_refused
    with pytest.raises(InvalidInput):
        replace(options, level="village")


def warnings(report) -> list:
    return sorted((f.row, f.id, f.reason("zh").split(" ")[0]) for f in report.faults if f.result == "warned")


def test_d4_3_overlaps_gaps_and_children_outside_their_parent_are_told(tmp_path, options):
    shrunk, grown = box(0, 0, 0.9, 1), box(1, 0, 1.1, 1)
    report = load_regions(geojson(tmp_path / "r.geojson", rows(
        ("110108001001001", "第一网格", shrunk), ("110108001001002", "第二网格", grown),
    )), options)  # fmt: skip
    assert report.updated == 2
    assert warnings(report) == [
        (0, "110108001001000", "同级区划之间有"), (2, "110108001001002", "超出上级区划"),
    ]
    overlap = load_regions(geojson(tmp_path / "r2.geojson", rows(("110108001001001", "第一网格", box(0, 0, 1.2, 1)))), options)
    assert (1, "110108001001001", "与“第二网格”重叠") in warnings(overlap)


def test_a_clean_partition_says_nothing(tmp_path, options):
    thirds = [(f"11010800100100{i + 1}", f"第{i}网格", box(i * 2 / 3, 0, 2 / 3, 1)) for i in range(3)]
    assert warnings(load_regions(geojson(tmp_path / "r.geojson", rows(*thirds)), options)) == []


def test_a_second_load_of_the_same_file_changes_nothing(tmp_path, options, rows_of):
    path = geojson(tmp_path / "r.geojson", rows(("110108001001001", "第一网格", box(0, 0))))
    load_regions(path, options)
    before = rows_of("SELECT key, version, updated_at FROM region ORDER BY 1")
    report = load_regions(path, options)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 1)
    assert rows_of("SELECT key, version, updated_at FROM region ORDER BY 1") == before


def test_new_outlines_void_the_tiles_of_their_regions(tmp_path, options, rows_of):
    sql = "SELECT version FROM tile_version WHERE register = 'regions' AND region_key = :k"
    (before,), = rows_of(sql, k=GRID_1)
    load_regions(geojson(tmp_path / "r.geojson", rows(("110108001001001", "第一网格", box(0, 0, 0.5, 1)))), options)
    (after,), = rows_of(sql, k=GRID_1)
    assert after > before
