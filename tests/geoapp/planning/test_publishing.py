"""New grids take the place of old ones; every row follows its geometry (#5.5, D4.3)."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from sqlalchemy import text

from geoapp.core.db import owner_engine, owner_transaction
from geoapp.planning.boundaries import NewGrid, replace_grids
from geoapp.planning.following import HISTORY, KEPT, LIVE, OF_COMMUNITIES, OWN_TO_A_GRID
from grids_boundaries.loading import known_regions, store_regions
from grids_boundaries.plan import RegionRow, plan_regions
from tests.factories.city_plan import HIGH, NORTH, WEST, WIDE

COMMUNITY = 110108001001000
FIRST, SECOND, THIRD = COMMUNITY + 1, COMMUNITY + 2, COMMUNITY + 3
OUTLINE = shapely.box(WEST, NORTH - HIGH, WEST + 2 * WIDE, NORTH)
DAY = date(2026, 11, 1)
MISPLACED = """
    SELECT count(*) FROM house h WHERE region_key BETWEEN :lo AND :hi AND placed = 1 AND region_key IS DISTINCT FROM (
        SELECT min(r.key) FROM region r WHERE r.level = 'grid' AND ST_Intersects(r.geom, h.geom))"""
INSIDE = {"lo": COMMUNITY, "hi": COMMUNITY + 999}


def north_south():
    """The first community cut the other way: one grid north, one south."""
    west, south, east, north = OUTLINE.bounds
    middle = (south + north) / 2
    return [
        NewGrid(0, COMMUNITY, shapely.box(west, middle, east, north)),
        NewGrid(1, COMMUNITY, shapely.box(west, south, east, middle)),
    ]


def whole():
    """One grid for the whole community."""
    return [NewGrid(0, COMMUNITY, OUTLINE, name="大网格")]


def count(connection, sql, **facts):
    return connection.scalar(text(sql), facts)


def rows_of(connection, table):
    return count(connection, f"SELECT count(*) FROM {table} WHERE region_key BETWEEN :lo AND :hi", **INSIDE)


def test_structure_every_table_with_a_region_key_is_known_to_publishing(city):
    with owner_engine().connect() as connection:
        tables = set(connection.scalars(text("""
            SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE a.attname = 'region_key' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relnamespace = 'public'::regnamespace""")))  # fmt: skip
        unique = connection.execute(text("""
            SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            WHERE i.indisunique AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
            AND pg_get_indexdef(i.indexrelid) ~ 'region_key'""")).all()  # fmt: skip
    assert tables - LIVE - HISTORY - KEPT - OF_COMMUNITIES == set()
    assert {row.relname for row in unique} & set(LIVE) - {"name_token"} == set(OWN_TO_A_GRID)


def test_d4_3_houses_and_what_belongs_to_them_follow_the_new_border(own_city):
    with owner_transaction() as connection:
        before = {table: rows_of(connection, table) for table in sorted(LIVE)}
        outcome = replace_grids(connection, north_south(), DAY)
        assert {table: rows_of(connection, table) for table in sorted(LIVE)} == before
        assert count(connection, MISPLACED, **INSIDE) == 0
        assert outcome.moved["house"] > 0
        for table in ("resident", "residence", "house_number"):
            apart = count(connection, f"""
                SELECT count(*) FROM {table} t JOIN house h ON h.county_code = t.county_code AND h.id = t.house_id
                WHERE t.region_key <> h.region_key""")  # fmt: skip
            assert apart == 0, table
        assert count(connection, """
            SELECT count(*) FROM name_token n JOIN resident r ON r.id = n.resident_id WHERE n.region_key <> r.region_key""") == 0


def test_d4_4_grids_that_go_on_keep_their_code_and_vanished_codes_are_never_given_again(own_city):
    with owner_transaction() as connection:
        first = replace_grids(connection, whole(), DAY)
        assert first.keys == {0: FIRST} and first.gone == {SECOND}
        for table in sorted(LIVE):
            assert count(connection, f"SELECT count(*) FROM {table} WHERE region_key = :key", key=SECOND) == 0, table
        west, south, east, north = OUTLINE.bounds
        middle = (west + east) / 2
        near = west + (east - west) * 0.4
        halves = [NewGrid(0, COMMUNITY, shapely.box(near, south, east, north)), NewGrid(1, COMMUNITY, shapely.box(west, south, near, north))]
        second = replace_grids(connection, halves, date(2026, 11, 5))
        assert sorted(second.keys.values()) == [FIRST, THIRD]  # the second number is used up
        back = [
            NewGrid(0, COMMUNITY, shapely.box(west, south, middle, north)), NewGrid(1, COMMUNITY, shapely.box(middle, south, east, north)),
        ]  # fmt: skip
        third = replace_grids(connection, back, date(2026, 11, 9))
        assert third.keys[1] == SECOND  # the very border of before has its own code again
        assert count(connection, MISPLACED, **INSIDE) == 0
        names = connection.execute(text("SELECT code, name, full_name, valid_from FROM region WHERE key = :key"), {"key": SECOND}).one()
        assert names.code == str(SECOND) and names.valid_from == date(2026, 11, 9) and names.full_name.endswith(names.name)


def test_a_point_on_the_new_border_is_in_exactly_one_grid(own_city):
    with owner_transaction() as connection:
        west, south, east, north = OUTLINE.bounds
        point = {"x": (west + east) / 2, "y": (south + north) / 2, **INSIDE}
        connection.execute(text("""
            UPDATE house SET geom = ST_SetSRID(ST_MakePoint(:x, :y), 4326), placed = 1 WHERE id IN
            (SELECT id FROM house WHERE region_key BETWEEN :lo AND :hi LIMIT 5)"""), point)  # fmt: skip
        replace_grids(connection, north_south(), DAY)
        found = connection.scalars(text("SELECT DISTINCT region_key FROM house WHERE geom = ST_SetSRID(ST_MakePoint(:x, :y), 4326)"), point)
        assert found.all() == [FIRST]


def test_d4_3_what_happened_earlier_keeps_its_old_grid(own_city):
    with owner_transaction() as connection:
        connection.execute(text("""
            INSERT INTO record_change (actor_id, action, register, record_id, county_code, region_key, fields)
            SELECT NULL, 'confirm', 'houses', id, county_code, region_key, '{}' FROM house WHERE region_key = :key"""), {"key": SECOND})
        told = count(connection, "SELECT count(*) FROM record_change WHERE region_key = :key", key=SECOND)
        replace_grids(connection, whole(), DAY)
        assert count(connection, "SELECT count(*) FROM record_change WHERE region_key = :key", key=SECOND) == told > 0
        past = connection.execute(text("SELECT code, valid_from, valid_to FROM past_grid ORDER BY code")).all()
        assert [(row.code, row.valid_to) for row in past] == [(str(FIRST), DAY), (str(SECOND), DAY)]


def test_two_records_of_one_number_that_would_meet_in_one_grid_are_told_before_anything_moves(own_city):
    from geoapp.core.errors import Conflict

    with owner_transaction() as connection:
        connection.execute(text("""
            UPDATE resident SET id_hash = (SELECT id_hash FROM resident WHERE region_key = :one AND id_hash IS NOT NULL LIMIT 1)
            WHERE id = (SELECT id FROM resident WHERE region_key = :two AND state = 'active' LIMIT 1)"""), {"one": FIRST, "two": SECOND})
        with pytest.raises(Conflict, match="1 "):
            replace_grids(connection, whole(), DAY)
        connection.rollback()


def test_d4_3_a_file_that_changes_a_grid_leaves_its_old_border_for_the_days_before(own_city):
    with owner_transaction() as connection:
        for shape in (shapely.box(WEST, NORTH - HIGH, WEST + WIDE / 2, NORTH),) * 2:
            row = RegionRow(1, str(FIRST), "第1网格", valid_from=DAY, wkb=shapely.to_wkb(shape))
            plan = plan_regions([row], lambda keys: known_regions(connection, keys))
            store_regions(connection, plan, "official", "file")
        past = connection.execute(text("SELECT region_key, valid_from, valid_to FROM past_grid")).all()
        assert [tuple(one) for one in past] == [(FIRST, None, DAY)]
        assert count(connection, "SELECT valid_from FROM region WHERE key = :key", key=FIRST) == DAY
