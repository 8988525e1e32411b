"""Buildings: where they belong, what is refused, what a second load changes (D3.8, D4.1, D4.2)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from sqlalchemy import create_engine, text

from geoapp.core.db import owner_engine
from geoapp.core.errors import InvalidInput
from geoapp.loading import load_buildings, load_regions
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import refresh_scope
from tests.factories.geofiles import bow_tie, geojson, shape_zip, vector
from tests.geoapp.loading.conftest import (
    COMMUNITY_2,
    COUNTY_2_STREET,
    GRID_1,
    GRID_2,
    STREET_2,
    at,
    box,
)

ALL = "SELECT source_id, region_key, placed, county_code FROM building ORDER BY source_id"


def house(column: float, row: float, size: float = 0.1) -> shapely.Polygon:
    """A footprint with its lower left corner there."""
    return box(column, row, size, size)


def named(*shapes: shapely.Geometry, **more: object) -> list:
    """Rows a, b, c … with these shapes."""
    return [(shape, {"id": chr(97 + i), **more}) for i, shape in enumerate(shapes)]


def test_each_building_belongs_to_the_smallest_region_around_its_inner_point(tmp_path, options, rows_of):
    rows = named(house(0.2, 0.2), house(1.2, 0.2), house(0.2, 1.2), house(2.2, 0.2), house(4.2, 0.2))
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    assert (report.read, report.added, report.refused) == (5, 5, 0)
    assert rows_of(ALL) == [
        ("a", GRID_1, 1, "110108"), ("b", GRID_2, 1, "110108"), ("c", COMMUNITY_2, 1, "110108"),
        ("d", STREET_2, 1, "110108"), ("e", COUNTY_2_STREET, 1, "110105"),
    ]


def test_a_building_across_a_border_belongs_where_its_inner_point_lies(tmp_path, options, rows_of):
    load_buildings(geojson(tmp_path / "b.geojson", named(box(0.9, 0.3, 0.3, 0.1))), options)
    assert rows_of(ALL) == [("a", GRID_2, 1, "110108")]


def test_ge8_a_point_on_a_border_is_in_exactly_one_grid(tmp_path, options, rows_of):
    corner, edge = at(1, 1), at(1, 0.5)
    load_buildings(geojson(tmp_path / "b.geojson", named(corner, edge)), options)
    assert rows_of(ALL) == [("a", GRID_1, 1, "110108"), ("b", GRID_1, 1, "110108")]


def test_a_building_in_no_region_is_refused_with_its_place(tmp_path, options, rows_of):
    rows = named(house(0.2, 0.2), at(9, 9))
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    (fault,) = report.faults
    assert (fault.row, fault.id, fault.field) == (2, "b", "geometry")
    assert "116.390000" in fault.reason("zh") and "40.090000" in fault.reason("zh")
    assert [row[0] for row in rows_of(ALL)] == ["a"]


def test_what_lies_in_no_region_can_be_kept_and_counts_as_outside(tmp_path, options, rows_of):
    rows = [(at(9, 9), {"id": "a"}), (None, {"id": "b"}), (at(0.5, 0.5), {"id": "c"})]
    keep = replace(options, unplaced="keep", region="110108")
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), keep)
    assert (report.added, report.outside, report.unplaced) == (3, 1, 1)
    county = 110108000000000
    assert rows_of(ALL) == [("a", county, 2, "110108"), ("b", county, 0, "110108"), ("c", GRID_1, 1, "110108")]


@pytest.mark.parametrize("code", ["1101", "999999", "nonsense"])
def test_the_region_that_keeps_must_exist_and_be_a_county_or_smaller(tmp_path, options, code):
    path = geojson(tmp_path / "b.geojson", named(at(0.5, 0.5)))
    with pytest.raises(InvalidInput) as caught:
        load_buildings(path, replace(options, unplaced="keep", region=code))
    assert caught.value.field == "region"


def test_a_stated_region_is_the_buildings_own_even_when_it_stands_elsewhere(tmp_path, options, rows_of):
    rows = [
        (at(1.5, 0.5), {"id": "a", "grid_code": "110108001001001"}),  # stands in grid 2
        (at(0.5, 0.5), {"id": "b", "grid_code": "110108001"}),  # in a grid of that street
        (at(9, 9), {"id": "c", "grid_code": "110108002"}),
        (at(0.5, 0.5), {"id": "d", "grid_code": "110108009"}),
    ]
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    assert rows_of(ALL) == [
        ("a", GRID_1, 2, "110108"), ("b", GRID_1, 1, "110108"), ("c", STREET_2, 2, "110108"),
    ]
    assert report.outside == 2
    assert [(f.row, f.field) for f in report.faults] == [(4, "grid_code")]


def test_faulty_shapes_are_refused_with_the_place_of_the_fault_and_never_repaired(tmp_path, options, rows_of):
    west, south = at(0.2, 0.2).x, at(0.2, 0.2).y
    rows = named(bow_tie(west, south), None, house(0.2, 0.2), shapely.LineString([(0, 0), (1, 1)]))
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    reasons = {fault.row: fault.reason("zh") for fault in report.faults}
    assert set(reasons) == {1, 2, 4}
    assert "自相交" in reasons[1] and f"{west + 0.0005:.4f}"[:8] in reasons[1]
    assert [row[0] for row in rows_of(ALL)] == ["c"]
    assert report.refused == 3


def test_parts_of_buildings_and_second_rows_of_an_id_are_refused(tmp_path, options):
    rows = [
        (house(0.1, 0.1), {"id": "w1", "building": "yes"}),
        (house(0.3, 0.1), {"id": "w1", "building": "yes"}),
        (house(0.5, 0.1), {"id": "w2", "building": "building_part"}),
        (house(0.7, 0.1), {"id": None, "building": "yes"}),
    ]
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    assert [(f.row, f.field) for f in report.faults] == [(2, "id"), (3, "building"), (4, "id")]
    assert report.added == 1


def test_fields_are_understood_by_their_usual_names(tmp_path, options, rows_of):
    rows = [
        (house(0.1, 0.1), {"id": "a", "名称": "一号楼", "building": "apartments", "层数": "6层", "单元数": 3, "小区": "东园"}),
        (house(0.3, 0.1), {"id": "b", "名称": None, "building": "yes", "层数": "5;6", "单元数": None, "小区": None}),
        (house(0.5, 0.1), {"id": "c", "名称": " 双  空格 ", "building": "xyz", "层数": "１２", "单元数": 0, "小区": None}),
    ]
    report = load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    sql = "SELECT name, use, storeys, storeys_origin, entrances, estate, origin, source FROM building ORDER BY source_id"
    assert rows_of(sql) == [
        ("一号楼", "residential", 6, "osm", 3, "东园", "osm", "test"),
        (None, "unknown", None, None, None, None, "osm", "test"),
        ("双 空格", "unknown", 12, "osm", None, None, "osm", "test"),
    ]
    assert {(f.row, f.field, f.result) for f in report.faults} == {(2, "层数", "warned"), (3, "单元数", "warned")}
    assert any("xyz (1)" in note.text("zh") for note in report.notes)
    assert any("use=building" in note.text("zh") for note in report.notes)


def test_street_and_number_make_an_address(tmp_path, options, rows_of):
    rows = [
        (house(0.1, 0.1), {"id": "a", "addr:street": "滨江大道", "addr:housenumber": "2727"}),
        (house(0.3, 0.1), {"id": "b", "addr:street": "Decatur Street", "addr:housenumber": "102"}),
        (house(0.5, 0.1), {"id": "c", "addr:street": None, "addr:housenumber": "7"}),
    ]
    load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    found = rows_of("SELECT address FROM building ORDER BY source_id")
    assert found == [("滨江大道2727号",), ("Decatur Street 102",), (None,)]


def test_a_use_nobody_knows_gives_way_to_what_the_building_serves(tmp_path, options, rows_of):
    rows = [
        (house(0.1, 0.1), {"id": "a", "building": "yes", "amenity": "hospital"}),
        (house(0.3, 0.1), {"id": "b", "building": "dormitory", "amenity": "restaurant"}),
    ]
    load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    assert rows_of("SELECT use FROM building ORDER BY source_id") == [("public",), ("dormitory",)]


def test_a_second_load_adds_updates_and_leaves_alone(tmp_path, options, rows_of):
    rows = [(house(0.1 + 0.2 * i, 0.1), {"id": f"b{i}", "name": f"楼{i}", "levels": 5}) for i in range(4)]
    load_buildings(geojson(tmp_path / "1.geojson", rows), options)
    ids = rows_of("SELECT source_id, id, version FROM building ORDER BY source_id")
    rows[1] = (house(1.1, 0.1), {"id": "b1", "name": "新楼", "levels": 5})
    rows.append((house(1.5, 0.5), {"id": "b9", "name": "楼9", "levels": 5}))
    report = load_buildings(geojson(tmp_path / "2.geojson", rows), options)
    assert (report.added, report.updated, report.unchanged) == (1, 1, 3)
    after = rows_of("SELECT source_id, id, version FROM building ORDER BY source_id")
    assert after[:4] == [ids[0], (ids[1][0], ids[1][1], 2), *ids[2:]]
    assert rows_of("SELECT name, region_key FROM building WHERE source_id = 'b1'") == [("新楼", GRID_2)]


def test_what_a_second_file_does_not_say_stays_as_it_is(tmp_path, options, rows_of):
    load_buildings(geojson(tmp_path / "1.geojson", [(house(0.1, 0.1), {"id": "a", "name": "一号楼", "levels": 5})]), options)
    report = load_buildings(geojson(tmp_path / "2.geojson", [(house(0.2, 0.1), {"id": "a", "levels": 6})]), options)
    assert report.updated == 1
    assert rows_of("SELECT name, storeys FROM building") == [("一号楼", 6)]


def test_a_position_set_by_hand_outlives_the_next_load(tmp_path, options, rows_of, connection):
    path = geojson(tmp_path / "1.geojson", [(house(0.1, 0.1), {"id": "a", "name": "一号楼"})])
    load_buildings(path, options)
    connection.execute(text("UPDATE building SET geom = ST_SetSRID(ST_Point(116.305, 40.005), 4326), position_source = 'clicked'"))
    load_buildings(geojson(tmp_path / "2.geojson", [(house(1.1, 0.1), {"id": "a", "name": "二号楼"})]), options)
    sql = "SELECT name, ST_AsText(geom), region_key, position_source FROM building"
    assert rows_of(sql) == [("二号楼", "POINT(116.305 40.005)", GRID_1, "clicked")]


def test_the_same_id_of_the_same_source_cannot_turn_up_in_another_county(tmp_path, options, rows_of):
    load_buildings(geojson(tmp_path / "1.geojson", named(house(0.1, 0.1))), options)
    report = load_buildings(geojson(tmp_path / "2.geojson", named(house(4.1, 0.1), house(4.5, 0.5))), options)
    assert [(f.row, f.id) for f in report.faults] == [(1, "a")]
    assert (report.added, report.refused) == (1, 1)
    assert rows_of(ALL) == [("a", GRID_1, 1, "110108"), ("b", COUNTY_2_STREET, 1, "110105")]


def test_without_ids_the_shape_itself_tells_buildings_apart(tmp_path, options):
    rows = [(house(0.1, 0.1), {"name": "甲"}), (house(0.3, 0.1), {"name": "乙"}), (house(0.1, 0.1), {"name": "丙"})]
    first = load_buildings(geojson(tmp_path / "1.geojson", rows), options)
    assert (first.added, first.refused) == (2, 1)
    again = load_buildings(geojson(tmp_path / "1.geojson", rows), options)
    assert (again.unchanged, again.refused) == (2, 1)


@pytest.mark.parametrize("name", ["b.geojson", "b.geojson.gz", "b.geojsonl", "b.geojsonl.gz", "b.gpkg", "b.fgb", "b.zip"])
def test_every_format_loads_the_same(tmp_path, options, rows_of, name):
    rows = [(house(0.1 + 0.2 * i, 0.1), {"code": f"b{i}", "name": f"楼{i}", "levels": i + 1}) for i in range(4)]
    path = tmp_path / name
    if name.endswith((".gpkg", ".fgb")):
        vector(path, rows)
    elif name.endswith(".zip"):
        shape_zip(path, rows)
    else:
        geojson(path, rows)
    report = load_buildings(path, replace(options, fields={"source_id": "code"}))
    assert (report.read, report.added) == (4, 4)
    sql = "SELECT source_id, name, storeys, region_key FROM building ORDER BY source_id"
    assert rows_of(sql) == [(f"b{i}", f"楼{i}", i + 1, GRID_1) for i in range(4)]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path, options, rows_of):
    path = geojson(tmp_path / "b.geojson", named(house(0.1, 0.1), at(9, 9)))
    dry = load_buildings(path, replace(options, dry_run=True))
    assert rows_of("SELECT count(*) FROM building") == [(0,)]
    assert rows_of("SELECT count(*) FROM region_count") == [(0,)]
    real = load_buildings(path, options)
    assert (dry.added, dry.refused) == (real.added, real.refused) == (1, 1)
    again = load_buildings(path, replace(options, dry_run=True))
    assert (again.unchanged, again.refused) == (1, 1)


def test_nothing_is_half_written_when_the_load_breaks_off(tmp_path, options, rows_of):
    path = geojson(tmp_path / "b.geojson", named(house(0.1, 0.1)))

    def break_off(step: str, done: int, total: int | None) -> None:
        if step == "写入":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_buildings(path, options, break_off)
    assert rows_of("SELECT count(*) FROM building") == [(0,)]
    names = "SELECT count(*) FROM pg_class WHERE relname LIKE 'building%new%'"
    assert rows_of(names) == [(0,)]
    assert load_buildings(path, options).added == 1


def partition_facts(rows_of, name: str) -> list:
    return [
        rows_of("SELECT relrowsecurity, relforcerowsecurity, pg_get_expr(relpartbound, oid), relacl::text FROM pg_class WHERE relname = :n", n=name),
        rows_of("SELECT polname, polroles::regrole[]::text, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = CAST(:n AS regclass)", n=name),
        rows_of("SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.*USING', ''), indisunique, indisprimary FROM pg_index WHERE indrelid = CAST(:n AS regclass) ORDER BY 1", n=name),
        rows_of("SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = CAST(:n AS regclass) ORDER BY 1, 2", n=name),
        rows_of("SELECT attname, atttypid, attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = CAST(:n AS regclass) AND attnum > 0 ORDER BY attnum", n=name),
    ]


def test_the_partition_a_load_fills_is_like_one_that_was_made_empty(tmp_path, options, rows_of):
    before = partition_facts(rows_of, "building_110105")
    load_buildings(geojson(tmp_path / "b.geojson", named(house(4.1, 0.1))), options)
    assert partition_facts(rows_of, "building_110105") == before
    assert rows_of("SELECT count(*) FROM pg_inherits WHERE inhparent = 'building'::regclass") == [(2,)]


def test_a_county_without_partitions_gets_them(tmp_path, options, rows_of):
    county = [(box(7, 0), {"code": "110107", "name": "石景山区"})]
    load_regions(geojson(tmp_path / "r.geojson", county), options)
    assert rows_of("SELECT to_regclass('building_110107')") == [(None,)]
    load_buildings(geojson(tmp_path / "b.geojson", named(house(7.1, 0.1))), options)
    assert rows_of("SELECT tableoid::regclass::text FROM building") == [("building_110107",)]
    assert rows_of("SELECT to_regclass('house_110107') IS NOT NULL") == [(True,)]


def kept(rows_of) -> list:
    return [
        rows_of("SELECT * FROM region_count ORDER BY 1, 2, 3, 4"),
        rows_of("SELECT * FROM cell_count ORDER BY 1, 2, 3, 4, 5, 6"),
        rows_of("SELECT register, region_key FROM tile_version ORDER BY 1, 2"),
    ]


def test_kept_counts_follow_the_load_and_agree_with_a_recount(tmp_path, options, rows_of, tree):
    rows = [(house(0.05 + 0.1 * (i % 30), 0.1 + 0.1 * (i // 30)), {"id": str(i)}) for i in range(90)]
    load_buildings(geojson(tmp_path / "1.geojson", rows), options)
    moved = [(house(1.55, 0.55, 0.05), {"id": "0"}), *rows[1:]]
    load_buildings(geojson(tmp_path / "2.geojson", moved), options)
    after = kept(rows_of)
    assert sum(row[-1] for row in after[0]) == 90
    with owner_engine(tree).begin() as connection:
        refresh_scope(connection, all_registers()["buildings"], RowScope.from_ranges([(0, 10**15)]))
    assert kept(rows_of) == after


def test_many_regions_are_recounted_by_county_and_agree_as_well(tmp_path, options, rows_of, monkeypatch):
    monkeypatch.setattr("geoapp.loading.after.MOST_REGIONS", 1)
    rows = named(house(0.2, 0.2), house(1.2, 0.2), house(4.2, 0.2))
    load_buildings(geojson(tmp_path / "1.geojson", rows), options)
    found = rows_of("SELECT region_key, n FROM region_count WHERE register = 'buildings' ORDER BY 1")
    assert found == [(COUNTY_2_STREET, 1), (GRID_1, 1), (GRID_2, 1)]


def test_the_planner_knows_the_new_rows(tmp_path, options, tree):
    load_buildings(geojson(tmp_path / "1.geojson", named(house(0.2, 0.2), house(1.2, 0.2))), options)
    engine = create_engine(tree.superuser_database_url)
    with engine.connect() as connection:
        found = connection.execute(text(
            "SELECT tablename, inherited, n_distinct FROM pg_stats "
            "WHERE tablename LIKE 'building%' AND attname = 'region_key'"
        )).all()
    engine.dispose()
    assert {tuple(row) for row in found} == {("building", True, -1.0), ("building_110108", False, -1.0)}


def test_twenty_thousand_points_agree_with_the_database(tmp_path, options, rows_of):
    """The assignment in numpy against ST_Intersects, on points of which many lie on borders."""
    random = np.random.default_rng(7)
    places = np.round(random.uniform((-0.2, -0.2), (6.2, 2.2), (20_000, 2)), 2)
    rows = [(at(*place), {"id": str(i)}) for i, place in enumerate(places.tolist())]
    load_buildings(geojson(tmp_path / "1.geojsonl", rows), options)
    assert rows_of("""
        SELECT count(*) FROM building b WHERE b.region_key <> (
            SELECT key FROM region r WHERE ST_Intersects(r.geom, b.geom)
            ORDER BY length(rtrim(key::text, '0')) < 13, length(rtrim(key::text, '0')) < 10,
                     length(rtrim(key::text, '0')) < 7, key LIMIT 1)""") == [(0,)]
    inside = rows_of("SELECT count(*) FROM building")[0][0]
    assert 10_000 < inside < 20_000
