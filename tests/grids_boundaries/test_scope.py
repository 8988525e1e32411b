"""RowScope against a small oracle, in Python and in the database (AZ-2)."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, column, select, text, values

from geoapp.core.db import owner_engine
from grids_boundaries.keys import RegionCode
from grids_boundaries.scope import RowScope

digit = st.sampled_from("012")
trees = st.lists(
    st.tuples(digit, digit, digit, digit).map(
        lambda d: f"1101{d[0].rjust(2, '1')}{d[1].rjust(3, '0')}{d[2].rjust(3, '0')}{d[3].rjust(3, '0')}"
    ),
    min_size=1, max_size=20, unique=True,
)  # fmt: skip
LEVEL_DIGITS = (("county", 6), ("street", 9), ("community", 12), ("grid", 15))


def oracle(area: str, grid: str) -> bool:
    """Whole segments, compared one by one; no numbers, no prefixes of text."""
    cuts = (0, 2, 4, 6, 9, 12, 15)
    segments = [(area[a:b], grid[a:b]) for a, b in pairwise(cuts) if a < len(area)]
    return all(x == y for x, y in segments)


@given(trees, st.data())
def test_az2_a_scope_holds_exactly_the_grids_of_its_areas(tree, data):
    chosen = data.draw(st.lists(st.tuples(st.sampled_from(tree), st.sampled_from(LEVEL_DIGITS)), max_size=4))
    areas = [RegionCode(grid[:size], level) for grid, (level, size) in chosen]
    scope = RowScope.of(areas)
    for grid in tree:
        assert (int(grid) in scope) == any(oracle(area.digits, grid) for area in areas)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)).map(sorted).map(tuple), max_size=8))
def test_ranges_are_merged_to_one_normal_form(ranges):
    scope = RowScope.from_ranges(ranges)
    wanted = {n for lo, hi in ranges for n in range(lo, hi + 1)}
    assert {n for lo, hi in scope.ranges for n in range(lo, hi + 1)} == wanted
    assert all(a[1] + 1 < b[0] for a, b in zip(scope.ranges, scope.ranges[1:], strict=False))
    assert RowScope.from_ranges(reversed(ranges)) == scope


@settings(max_examples=40, deadline=None)
@given(keys=st.lists(st.integers(1, 60), min_size=1, max_size=20), ranges=st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple), max_size=4))  # fmt: skip
def test_the_clause_selects_what_the_scope_holds(settings, keys, ranges):
    scope = RowScope.from_ranges(ranges)
    table = values(column("k", BigInteger), name="t").data([(k,) for k in keys])
    with owner_engine(settings).connect() as connection:
        found = connection.execute(select(table.c.k).where(scope.clause(table.c.k))).scalars().all()
        settings_hold = connection.connection.driver_connection.execute(scope.settings_sql())
        hull = connection.scalar(text("SELECT current_setting('app.scope_lo')::bigint"))
        connection.rollback()
    assert sorted(found) == sorted(k for k in keys if k in scope)
    assert settings_hold is not None
    assert hull == (scope.ranges[0][0] if scope else 0)


def test_an_empty_scope_sees_nothing_and_says_so():
    assert not RowScope.nothing()
    assert RowScope.nothing().token == "none"
    assert 5 not in RowScope.nothing()


def test_a_region_cuts_a_scope():
    street = RegionCode("110108014", "street")
    scope = RowScope.of([street])
    inside, outside = RegionCode("110108014003", "community"), RegionCode("110108015", "street")
    assert scope.intersect(inside).ranges == ((inside.lo, inside.hi),)
    assert scope.covers(inside) and not scope.covers(RegionCode("110108", "county"))
    assert not scope.intersect(outside)
