"""Which rows become regions (D4.4, standards C2)."""

from __future__ import annotations

import pytest

from grids_boundaries.keys import parse_code
from grids_boundaries.plan import KnownRegion, RegionRow, parent_of, plan_regions

BEIJING = {
    110000000000000: KnownRegion("province", "北京市"),
    110100000000000: KnownRegion("city", "北京市"),
}


def plan(*rows: tuple, known=None, level: str | None = None):
    """Plan rows of (code, name, …)."""
    there = BEIJING if known is None else known
    named = [RegionRow(number, *row) for number, row in enumerate(rows, start=1)]
    return plan_regions(named, lambda keys: {k: v for k, v in there.items() if k in keys}, level)


@pytest.mark.parametrize(
    ("code", "parent"),
    [
        ("11", None), ("1101", "11"), ("110108", "1101"), ("110108001", "110108"), ("110108001001", "110108001"),
        ("110108001001001", "110108001001"),
        ("441900003", "4419"),  # a city without counties: its towns belong to the city
        ("441900003001", "441900003"),
        ("469001000001", "469001"),  # a community without a street
    ],
)  # fmt: skip
def test_the_parent_is_the_next_level_that_the_code_really_has(code, parent):
    found = parent_of(parse_code(code))
    assert (found.digits if found else None) == parent


def test_parents_come_before_children_whatever_the_order_of_the_file():
    found = plan(("110108001", "街道"), ("110108", "海淀区"))
    assert [(one.name, one.parent_key) for one in found.regions] == [
        ("海淀区", 110100000000000), ("街道", 110108000000000),
    ]


def test_the_city_row_of_a_municipality_carries_its_name():
    found = plan(("11", "北京市"), ("1101", "市辖区"), ("130101", "市辖区"), ("13", "河北省"), ("1301", "石家庄市"), known={})
    named = {one.code.digits: (one.name, one.note) for one in found.regions}
    assert named["1101"] == ("北京市", "市辖区")
    assert named["130101"] == ("市辖区", None)  # a county row of that name is no filler


def test_faults_name_row_field_and_reason():
    found = plan(
        (None, "x"), ("1x", "x"), ("110108", None), ("110108", "x" * 101), ("110108", "a\x07b"), ("110109001", "x"),
        ("110108", "海淀区"), ("110108000000", "又一个"), ("110105", "朝阳区", None, "1102"),
    )  # fmt: skip
    assert [(f.row, f.field) for f in found.faults] == [
        (1, "code"), (2, "code"), (3, "name"), (4, "name"), (5, "name"), (6, "code"), (8, "code"), (9, "parent"),
    ]
    assert [one.source.row for one in found.regions] == [7]
    assert found.faults[6].facts == {"first": 7}


def test_a_place_listed_on_two_levels_is_kept_on_the_upper_one():
    found = plan(
        ("44", "广东省"), ("441900000000", "东莞市", "city"), ("441900000000", "东莞市", "county"),
        ("441900003000", "东城街道", "street"), known={},
    )  # fmt: skip
    assert [(one.code.level, one.parent_key) for one in found.regions] == [
        ("province", None), ("city", 440000000000000), ("street", 441900000000000),
    ]
    assert [(f.row, f.facts) for f in found.faults] == [(3, {"first": 2})]


def test_a_code_that_is_another_level_in_the_database_is_refused():
    known = {**BEIJING, 441900000000000: KnownRegion("city", "东莞市"), 440000000000000: KnownRegion("province", "广东省")}
    found = plan(("441900000000", "东莞市", "county"), known=known)
    assert found.faults[0].facts == {"name": "东莞市", "level": "city"}


def test_the_level_of_all_rows_comes_before_that_of_a_row():
    assert plan(("110108000000", "海淀区", "street"), level="county").regions[0].code.level == "county"
    assert plan(("110108000000", "海淀区", "street"), level="grid").faults[0].field == "code"
