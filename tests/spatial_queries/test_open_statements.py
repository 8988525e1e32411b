"""What one statement serves, and where one plan may serve all its values."""

from __future__ import annotations

import pytest

from spatial_queries.open_statements import opened
from spatial_queries.paging import ids_first, walk
from tests.support.tiles import selected

GRID, COMMUNITY, STREET, COUNTY = "110108001001001", "110108001001", "110108001", "110108"


@pytest.mark.parametrize(("query", "kept"), [
    (f"region={GRID}", True), (f"region={COMMUNITY}", True), (f"region={COUNTY}", False),
    (f"region={COUNTY}&position=none", False), (f"region={STREET}", False),
    ("bbox=116.3,39.99,116.31,40", True), ("bbox=116,39,117,41", False), ("near=116.3,40,20", True),
    (f"region={GRID}&q=a", False), (f"region={GRID}&status=3", False),
])  # fmt: skip
def test_a_plan_is_kept_for_what_is_small_whoever_asks(city, query, kept):
    """A plan for any area would read all keys of a county to find the few without a position."""
    assert opened(selected(city.access("director"), "houses", query), ids_first)[2] is kept


@pytest.mark.parametrize(("one", "other"), [
    (f"region={GRID}", f"region={COMMUNITY}"), ("near=116.3,40,20", "near=116.31,40.01,20"),
    ("bbox=116.3,39.99,116.31,40", "bbox=116.301,39.991,116.311,40.001"),
])  # fmt: skip
def test_questions_that_differ_in_values_share_a_statement(city, one, other):
    access = city.access("director")
    first, second = (opened(selected(access, "houses", query), ids_first) for query in (one, other))
    assert first[0] == second[0] and first[1].keys() == second[1].keys() and first[1] != second[1]


@pytest.mark.parametrize("query", [f"region={GRID}&status=3", f"region={GRID}&q=a", "near=116.3,40,20&q=a", ""])
def test_other_questions_stay_as_they_are(city, query):
    asked, given, kept = opened(selected(city.access("director"), "houses", query), walk)
    assert given == {} and not kept and asked.query == selected(city.access("director"), "houses", query).query
