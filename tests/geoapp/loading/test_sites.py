"""Key sites: point, category, kind, level (A7.2 to A7.7)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.loading import load_sites
from geoapp.loading.site_kinds import CATEGORIES, KINDS, WORDS
from geoapp.sites.codes import CATEGORIES as CATEGORY_LABELS
from geoapp.sites.codes import KINDS as KIND_LABELS
from tests.factories.geofiles import geojson
from tests.geoapp.loading.conftest import GRID_1, GRID_2, at, box


def test_a_site_is_a_point_in_its_region_and_is_not_rated_by_a_guess(tmp_path, options, rows_of):
    rows = [
        (at(0.5, 0.5), {"id": "a", "name": "一小", "category": "school"}),
        (box(1.1, 0.1, 0.2, 0.2), {"id": "b", "name": "东市场", "category": "market"}),
        (at(0.5, 0.5), {"id": "c", "name": None, "category": "shop"}),
        (at(9, 9), {"id": "d", "name": "远处", "category": "shop"}),
    ]
    report = load_sites(geojson(tmp_path / "s.geojson", rows), options)
    assert rows_of("SELECT name, region_key, types, category, attention_level, level_origin, GeometryType(geom) FROM site ORDER BY source_id") == [
        ("一小", GRID_1, {"school": {"level": 0}}, "school", 0, None, "POINT"),
        ("东市场", GRID_2, {"fire_safety": {"level": 0}}, "market", 0, None, "POINT"),
    ]
    assert [(f.row, f.field) for f in report.faults] == [(3, "name"), (4, "geometry")]
    assert rows_of("SELECT region_key, n FROM region_count WHERE register = 'sites' ORDER BY 1") == [(GRID_1, 1), (GRID_2, 1)]


def test_a_level_and_a_kind_the_file_gives_are_taken(tmp_path, options, rows_of):
    rows = [
        (at(0.5, 0.5), {"id": "a", "name": "甲", "类别": "加油站", "关注等级": "严重", "场所类型": "fire_safety"}),
        (at(0.5, 0.5), {"id": "b", "name": "乙", "类别": "旅馆", "关注等级": "5", "场所类型": None}),
        (at(0.5, 0.5), {"id": "c", "name": "丙", "类别": "外星", "关注等级": 2, "场所类型": None}),
    ]
    report = load_sites(geojson(tmp_path / "s.geojson", rows), options)
    assert rows_of("SELECT name, types, category, attention_level, level_origin FROM site ORDER BY source_id") == [
        ("甲", {"fire_safety": {"level": 3}}, "fuel", 3, "osm"), ("乙", {"public_order": {"level": 0}}, "lodging", 0, None),
        ("丙", {"other": {"level": 2}}, "other", 2, "osm"),
    ]
    assert [(f.row, f.result) for f in report.faults] == [(2, "warned")]
    assert any("外星 (1)" in note.text("zh") for note in report.notes)


def test_a72_a_cell_names_several_types_with_a_level_each_or_one_for_all(tmp_path, options, rows_of):
    told = [("治安重点；消防安全重点", "严重、一般"), ("学校/public_order", "2"), ("学校, 治安重点", None),
            ("学校;治安重点", "1;2;3"), ("学校;学校", "1"), ("学校;月球", "1")]  # fmt: skip
    rows = [(at(0.5, 0.5), {"id": str(n), "name": f"场所{n}", "场所类型": kinds, "关注等级": levels}) for n, (kinds, levels) in enumerate(told)]
    report = load_sites(geojson(tmp_path / "s.geojson", rows), options)
    assert rows_of("SELECT types, attention_level FROM site ORDER BY source_id") == [
        ({"public_order": {"level": 3}, "fire_safety": {"level": 1}}, 3),
        ({"school": {"level": 2}, "public_order": {"level": 2}}, 2),
        ({"school": {"level": 0}, "public_order": {"level": 0}}, 0),
        ({"other": {"level": 1}}, 1),
    ]
    assert [(f.row, f.field) for f in report.faults] == [(4, "关注等级"), (5, "关注等级")]
    assert any("学校;月球 (1)" in note.text("zh") for note in report.notes), "an unknown type is told"


def test_a_second_load_changes_only_what_changed(tmp_path, options, rows_of):
    rows = [(at(0.5, 0.5), {"id": "a", "name": "甲", "category": "shop"}), (at(0.5, 0.5), {"id": "b", "name": "乙", "category": "shop"})]
    load_sites(geojson(tmp_path / "1.geojson", rows), options)
    rows[0][1]["name"] = "新甲"
    again = load_sites(geojson(tmp_path / "2.geojson", rows), options)
    assert (again.added, again.updated, again.unchanged) == (0, 1, 1)
    assert rows_of("SELECT name, version FROM site ORDER BY source_id") == [("新甲", 2), ("乙", 1)]


def test_types_that_staff_gave_survive_a_file_that_names_none(tmp_path, options, rows_of, tree):
    rows = [(at(0.5, 0.5), {"id": "a", "name": "甲", "category": "shop"})]
    load_sites(geojson(tmp_path / "1.geojson", rows), options)
    with owner_transaction(tree) as connection:
        connection.execute(text("""UPDATE site SET types = '{"school": {"level": 3}}'"""))
    rows[0][1]["name"] = "新甲"
    load_sites(geojson(tmp_path / "2.geojson", rows), options)
    assert rows_of("SELECT name, types, attention_level FROM site") == [("新甲", {"school": {"level": 3}}, 3)]


@pytest.mark.parametrize("category", WORDS)
def test_every_category_of_the_table_is_one_of_ours(category):
    assert category in CATEGORY_LABELS
    assert KINDS.get(category, "other") in KIND_LABELS


def test_no_word_means_two_categories():
    words = [word for line in WORDS.values() for word in line.split()]
    assert len(words) == len(set(words)) == len(CATEGORIES)
