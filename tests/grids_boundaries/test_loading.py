"""Storing a plan: keys, full names, upsert, partitions."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from geoapp.core.db import owner_engine
from grids_boundaries.loading import Stored, known_regions, store_regions
from grids_boundaries.plan import RegionRow, plan_regions

OUTLINE = shapely.to_wkb(shapely.box(116, 40, 116.01, 40.01))
TREE = [("11", "北京市"), ("1101", "市辖区"), ("110108", "海淀区"), ("110108001", "东街道"),
        ("110108001001", "甲社区"), ("110108001001001", "第一网格")]  # fmt: skip


@pytest.fixture
def connection(settings):
    """A transaction of the owner that is rolled back."""
    with owner_engine(settings).connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def store(connection, *rows: RegionRow, origin: str = "official") -> Stored:
    plan = plan_regions(rows, lambda keys: known_regions(connection, keys))
    assert plan.faults == []
    return store_regions(connection, plan, origin, "test")


def tree(**outlines: bytes) -> list[RegionRow]:
    return [RegionRow(i, code, name, wkb=outlines.get(f"c{code}")) for i, (code, name) in enumerate(TREE, 1)]


def value(connection, column: str, code: str = "110108001001001"):
    statement = text(f"SELECT {column} FROM region WHERE code = :code")
    return connection.scalar(statement, {"code": code})


def test_keys_ranges_codes_and_full_names(connection):
    assert store(connection, *tree()) == Stored(6, 0, 0)
    found = connection.execute(text("SELECT key, hi, code, parent_key, full_name FROM region ORDER BY key, level")).all()
    assert tuple(found[2]) == (110108000000000, 110108999999999, "110108000000", 110100000000000, "北京市海淀区")
    assert tuple(found[-1]) == (110108001001001, 110108001001001, "110108001001001", 110108001001000,
                                "北京市海淀区东街道甲社区第一网格")  # fmt: skip


def test_storing_the_same_twice_changes_nothing(connection):
    store(connection, *tree(c110108001001001=OUTLINE))
    assert store(connection, *tree(c110108001001001=OUTLINE)) == Stored(0, 0, 6)
    assert store(connection, *tree()) == Stored(0, 0, 6)
    assert value(connection, "GeometryType(geom)") == "MULTIPOLYGON"
    assert value(connection, "area_m2") == pytest.approx(948_000, rel=0.01)


def test_an_outline_changes_origin_and_a_bare_row_does_not(connection):
    store(connection, *tree())
    assert store(connection, tree(c110108001001001=OUTLINE)[-1], origin="derived") == Stored(0, 1, 0)
    assert value(connection, "origin") == "derived"
    store(connection, tree()[-1], origin="official")
    assert (value(connection, "origin"), value(connection, "version")) == ("derived", 2)


def test_what_a_file_does_not_say_stays(connection):
    first = RegionRow(1, "110108001001001", "第一网格", note="校园", dedicated=True)
    store(connection, *tree()[:-1], first)
    assert store(connection, RegionRow(1, "110108001001001", "新网格")) == Stored(0, 1, 0)
    assert (value(connection, "note"), value(connection, "dedicated")) == ("校园", True)
    assert store(connection, RegionRow(1, "110108001001001", "新网格", dedicated=False)) == Stored(0, 1, 0)
    assert value(connection, "dedicated") is False


def test_partitions_are_made_where_people_work(connection):
    made = text("SELECT to_regclass('house_110108') IS NOT NULL")
    store(connection, *tree()[:-1])
    assert connection.scalar(made) is False
    store(connection, tree()[-1])
    assert connection.scalar(made) is True


def test_fifty_thousand_regions_are_stored_in_seconds(connection):
    """A province's list: no partition, no outline, every full name right."""
    rows = [RegionRow(1, "33", "浙江省"), RegionRow(2, "3301", "杭州市")]
    rows += [RegionRow(10 + c, f"3301{c:02d}", f"{c}区") for c in range(1, 11)]
    rows += [RegionRow(100 + s, f"3301{s % 10 + 1:02d}{s // 10 + 1:03d}", f"{s}街道") for s in range(1000)]
    streets = [row.code for row in rows if len(row.code) == 9]
    rows += [RegionRow(9999 + i, f"{streets[i % 1000]}{i // 1000 + 1:03d}", f"{i}社区") for i in range(49_000)]
    assert store(connection, *rows).added == len(rows)
    wrong = text("SELECT count(*) FROM region c JOIN region p ON p.key = c.parent_key WHERE c.full_name <> p.full_name || c.name")
    assert connection.scalar(wrong) == 0
