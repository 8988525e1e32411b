"""Houses: number, address, place; numbers unique in the system (A6.1 to A6.8, D4.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from sqlalchemy import text

from geoapp.core.errors import InvalidInput
from geoapp.dictionaries import reads
from geoapp.dictionaries.lists import all_dictionaries
from geoapp.loading import load_buildings, load_houses
from tests.factories.geofiles import geojson
from tests.geoapp.loading.conftest import COUNTY_2_STREET, GRID_1, GRID_2, at, box

PLACES = "SELECT number, region_key, placed, position_source FROM house ORDER BY number"


def row(number: str | None, shape: shapely.Geometry | None = None, address: str | None = "东街1号", **more):
    return shape, {"房屋编号": number, "房屋地址": address, **more}


@pytest.fixture
def load(tmp_path, options):
    """Load rows as houses."""
    counter = iter(range(100))

    def run(*rows, **choices):
        path = geojson(tmp_path / f"{next(counter)}.geojson", rows)
        return load_houses(path, replace(options, **choices))

    return run


@pytest.fixture
def buildings(tmp_path, options, rows_of):
    """Buildings w1 (grid 1), w2 (grid 2), w3 (the other county); their ids by name."""
    rows = [(box(0.1, 0.1, 0.1, 0.1), {"id": "w1"}), (box(1.1, 0.1, 0.1, 0.1), {"id": "w2"}),
            (box(4.1, 0.1, 0.1, 0.1), {"id": "w3"})]  # fmt: skip
    load_buildings(geojson(tmp_path / "b.geojson", rows), options)
    return dict(rows_of("SELECT source_id, id FROM building"))


def test_a_house_stands_at_its_point(load, rows_of):
    report = load(row("1", at(0.5, 0.5)), row("2", at(1.5, 0.5)), row("3", at(9, 9)))
    assert rows_of(PLACES) == [("1", GRID_1, 1, "imported"), ("2", GRID_2, 1, "imported")]
    assert [(f.row, f.id, f.field) for f in report.faults] == [(3, "3", "geometry")]


def test_a_house_of_a_building_takes_its_region_and_a_point_inside(load, rows_of, buildings):
    report = load(
        row("1", 楼栋编号="w1"), row("2", at(1.5, 0.5), 楼栋编号="w1"), row("3", 楼栋编号="w9"),
    )  # fmt: skip
    assert rows_of(PLACES) == [("1", GRID_1, 1, "building"), ("2", GRID_1, 2, "imported")]
    assert (report.added, report.outside) == (2, 1)
    assert [(f.row, f.field, f.reason("zh")) for f in report.faults] == [(3, "楼栋编号", "楼栋“w9”不存在。")]
    inside = "SELECT ST_Covers(b.geom, h.geom) FROM house h JOIN building b ON b.id = h.building_id WHERE number = '1'"
    assert rows_of(inside) == [(True,)]


def test_a_building_is_named_by_our_id_too(load, rows_of, buildings):
    report = load(row("1", building_id=buildings["w2"]), row("2", building_id=999_999))
    assert rows_of("SELECT number, building_id FROM house") == [("1", buildings["w2"])]
    assert [f.row for f in report.faults] == [2]


def test_a_name_two_buildings_share_is_refused(load, tmp_path, options, buildings):
    other = [(box(2.1, 0.1, 0.1, 0.1), {"id": "w1"})]
    load_buildings(geojson(tmp_path / "o.geojson", other), replace(options, source="other"))
    report = load(row("1", 楼栋编号="w1"))
    assert "2 栋" in report.faults[0].reason("zh")
    assert report.all_refused


def test_buildings_know_how_many_houses_they_have(load, rows_of, buildings):
    load(row("1", 楼栋编号="w1"), row("2", 楼栋编号="w1"), row("3", 楼栋编号="w2"))
    counts = "SELECT source_id, houses FROM building ORDER BY source_id"
    assert rows_of(counts) == [("w1", 2), ("w2", 1), ("w3", 0)]
    load(row("2", 楼栋编号="w2"))
    assert rows_of(counts) == [("w1", 1), ("w2", 2), ("w3", 0)]


def test_a6_6_number_and_address_are_required(load, rows_of):
    report = load(
        row(None, at(0.5, 0.5)), row("2", at(0.5, 0.5), address=None), row("x" * 65, at(0.5, 0.5)),
        row("  ４  号 ", at(0.5, 0.5)),
    )  # fmt: skip
    assert [(f.row, f.field) for f in report.faults] == [(1, "房屋编号"), (2, "房屋地址"), (3, "房屋编号")]
    assert rows_of("SELECT number FROM house") == [("4 号",)]


def test_a6_1_a_house_without_a_place_is_refused_or_kept_without_position(load, rows_of):
    refused = load(row("1"))
    assert (refused.all_refused, refused.faults[0].field) == (True, "geometry")
    kept = load(row("1"), row("2", at(9, 9)), unplaced="keep", region="110108001001001")
    assert (kept.added, kept.unplaced, kept.outside) == (2, 1, 1)
    assert rows_of(PLACES) == [("1", GRID_1, 0, None), ("2", GRID_1, 2, "imported")]


def test_a6_3_a_number_is_unique_within_the_file_and_in_the_system(load, rows_of, buildings):
    first = load(row("1", at(0.5, 0.5)), row("1", at(0.6, 0.5)))
    assert [(f.row, f.facts) for f in first.faults] == [(2, {"row": 1})]
    other = load(row("1", at(4.5, 0.5)), row("2", at(4.5, 0.5)))
    assert [(f.row, f.facts["county"]) for f in other.faults] == [(1, "110108")]
    assert rows_of("SELECT n.number, n.region_key, h.number FROM house_number n JOIN house h ON h.id = n.house_id ORDER BY 1") == [
        ("1", GRID_1, "1"), ("2", COUNTY_2_STREET, "2"),
    ]


def test_a_second_load_updates_by_number_what_the_file_speaks_of(load, rows_of, buildings):
    load(row("1", at(0.5, 0.5), 单元=2, 楼层=3, 室号="301", 出租="是", 面积="89.5㎡"), row("2", at(0.5, 0.5)))
    again = load(row("1", at(0.5, 0.5), address="新街2号", 楼层="-1"), row("2", at(0.5, 0.5)))
    assert (again.added, again.updated, again.unchanged) == (0, 1, 1)
    sql = "SELECT address, entrance, storey, room, rental, area_m2::float, version FROM house ORDER BY number"
    assert rows_of(sql) == [("新街2号", 2, -1, "301", True, 89.5, 2), ("东街1号", None, None, None, False, None, 1)]


def test_values_that_cannot_be_understood_are_told_and_left_empty(load, rows_of):
    report = load(row("1", at(0.5, 0.5), 楼层="阁楼", 面积=-3, 出租="也许", 用途="住宅", 单元="0"))
    assert rows_of("SELECT storey, area_m2, rental, use, entrance FROM house") == [(None, None, False, "dwelling", None)]
    assert {f.field for f in report.faults} == {"楼层", "面积", "出租", "单元"}
    assert {f.result for f in report.faults} == {"warned"}


@pytest.fixture
def words_as_before():
    yield
    reads.forget()
    for one in all_dictionaries().values():
        one.change([])


def test_d1_4_a_load_knows_the_codes_of_the_deployment(load, rows_of, connection, words_as_before):
    """Added codes by code and by word, renamed ones by their new word, retired ones where a file still has them."""
    connection.execute(text(
        "INSERT INTO dictionary_item (dictionary, code, zh, en, position, retired) VALUES ('house_uses', 'shared_office', '共享办公', "
        "'Shared office', 90, false), ('house_uses', 'office', '写字间', 'Office', 91, false), ('house_uses', 'kiosk', '报刊亭', 'Kiosk', 92, true)"))
    connection.execute(text("UPDATE dictionary_version SET version = version + 1"))
    connection.commit()
    uses = ("shared_office", "共享办公", "写字间", "报刊亭", "没有的用途")
    report = load(*(row(str(n), at(0.5, 0.5), 用途=use) for n, use in enumerate(uses)))
    assert [use for (use,) in rows_of("SELECT use FROM house ORDER BY number")] == [
        "shared_office", "shared_office", "office", "kiosk", "dwelling"]  # fmt: skip
    assert [(fault.row, fault.field) for fault in report.faults] == [(5, "用途")]


def test_a_house_people_live_in_keeps_its_grid(load, rows_of, connection):
    load(row("1", at(0.5, 0.5)), row("2", at(0.5, 0.5)))
    connection.execute(text("""
        INSERT INTO resident (county_code, region_key, name, sex, type, no_house_reason, origin)
        SELECT county_code, region_key, '甲', 'male', 'registered', 'x', 'synthetic' FROM house WHERE number = '1'"""))
    connection.execute(text("""
        INSERT INTO residence (county_code, region_key, house_id, resident_id, since, origin)
        SELECT h.county_code, h.region_key, h.id, r.id, now(), 'synthetic' FROM house h, resident r WHERE h.number = '1'"""))
    load(row("1", at(1.5, 0.5)), row("2", at(1.5, 0.5)))
    assert [r[:2] for r in rows_of(PLACES)] == [("1", GRID_1), ("2", GRID_2)]
    assert rows_of("SELECT number, region_key FROM house_number ORDER BY 1") == [("1", GRID_1), ("2", GRID_2)]


def test_a_point_set_by_hand_stays(load, rows_of, connection):
    load(row("1", at(0.5, 0.5)))
    connection.execute(text("UPDATE house SET geom = ST_SetSRID(ST_Point(116.301, 40.001), 4326), position_source = 'clicked'"))
    load(row("1", at(0.6, 0.5), address="新街2号"))
    assert rows_of("SELECT address, ST_X(geom), position_source FROM house") == [("新街2号", 116.301, "clicked")]


def test_a_stated_region_is_the_houses_own_unless_it_is_far_away(load, rows_of, buildings):
    report = load(
        row("1", at(1.5, 0.5), 网格编码="110108001001001"), row("2", at(0.5, 0.5), 网格编码="110108001"),
        row("3", shapely.Point(121.5, 31.2), 网格编码="110108001001001"),
        row("4", at(0.5, 0.5), 网格编码="110109"), row("5", None, 楼栋编号="w3", 网格编码="110108001001001"),
    )  # fmt: skip
    assert rows_of(PLACES) == [("1", GRID_1, 2, "imported"), ("2", GRID_1, 1, "imported")]
    assert sorted(f.row for f in report.faults) == [3, 4, 5]


def test_kept_counts_follow(load, rows_of, buildings):
    load(row("1", 楼栋编号="w1"), row("2", at(1.5, 0.5)))
    sql = "SELECT register, region_key, n FROM region_count WHERE register = 'houses' ORDER BY 2"
    assert rows_of(sql) == [("houses", GRID_1, 1), ("houses", GRID_2, 1)]
    load(row("2", at(0.5, 0.5)))
    assert rows_of(sql) == [("houses", GRID_1, 2)]
    assert rows_of("SELECT sum(n) FROM cell_count WHERE register = 'houses' AND zoom = 8") == [(2,)]


def test_a_dry_run_writes_nothing(load, rows_of):
    assert load(row("1", at(0.5, 0.5)), dry_run=True).added == 1
    assert rows_of("SELECT (SELECT count(*) FROM house), (SELECT count(*) FROM house_number)") == [(0, 0)]


def test_a_file_without_a_number_column_names_what_there_is(load):
    with pytest.raises(InvalidInput) as caught:
        load((at(0.5, 0.5), {"foo": "1", "地址": "x"}))
    assert caught.value.field == "fields"
    assert "foo, 地址" in caught.value.message("zh")


def test_fl4_numbers_that_lost_digits_are_refused_and_long_ones_kept(load, rows_of):
    report = load(
        row(110108001001010001, at(0.5, 0.5)), row("1101080010010100010101001", at(0.5, 0.5)),
        row("1.10108E+24", at(0.5, 0.5)),
    )  # fmt: skip
    assert rows_of("SELECT number FROM house ORDER BY 1") == [("110108001001010001",), ("1101080010010100010101001",)]
    assert [f.row for f in report.faults] == [3]
    whole = load((at(0.5, 0.5), {"房屋编号": 110108001001010001, "地址": "x"}), (at(0.5, 0.5), {"房屋编号": None, "地址": "x"}))
    assert [f.row for f in whole.faults] == [1, 2]
    assert "存为文本" in whole.faults[0].reason("zh")
    real = load((at(0.5, 0.5), {"房屋编号": 1.101080010010100010101001e24, "地址": "x"}))
    assert real.all_refused
