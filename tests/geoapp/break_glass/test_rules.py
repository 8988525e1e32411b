"""Rules of break-glass (LG-8; research C5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.break_glass import rules
from geoapp.core.errors import Forbidden, InvalidInput
from grids_boundaries.keys import parse_code

GRID = parse_code("110108001001001")
NOTE = "三单元起火，需要疏散住户。"


def test_lg8_a_person_with_a_reason_and_one_area_may_begin():
    def may(note, area):
        try:
            rules.check_start("user", "fire", note, parse_code(area), 10)
        except InvalidInput:
            return False
        return True

    assert [may(NOTE, area) for area in ("110108001001001", "110108001001", "110108001", "110108")] == [True, True, False, False]
    assert [may("火" * length, "110108001001001") for length in (9, 10)] == [False, True]


@pytest.mark.parametrize("kind", ["token", "system", "nobody"])
def test_lg8_no_service_account_begins(kind):
    with pytest.raises(Forbidden):
        rules.check_start(kind, "fire", NOTE, GRID, 10)


@pytest.mark.parametrize(("reason", "note", "code", "field"), [
    ("", NOTE, "110108001001001", "reason"), ("curious", NOTE, "110108001001001", "reason"),
    ("fire", "起火", "110108001001001", "note"), ("fire", "         起火", "110108001001001", "note"),
    ("fire", NOTE, "110108001", "area"), ("fire", NOTE, "1101", "area"),
])  # fmt: skip
def test_lg8_without_reason_or_with_more_than_one_area_it_is_refused(reason, note, code, field):
    with pytest.raises(InvalidInput) as refused:
        rules.check_start("user", reason, note, parse_code(code), 10)
    assert refused.value.field == field


def test_lg8_it_is_open_for_its_time_only():
    end = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert rules.is_open(end, None, end - timedelta(seconds=1))
    assert not rules.is_open(end, None, end)
    assert not rules.is_open(end, end - timedelta(minutes=5), end - timedelta(minutes=4))


@pytest.mark.parametrize(("day", "due"), [(23, 26), (25, 30), (27, 2), (28, 2), (29, 2)])
def test_a_review_is_due_three_working_days_later(day, due):
    start = datetime(2026, 11, day, 22, tzinfo=UTC)
    assert rules.review_due(start, 3).day == due


def test_more_than_twice_the_median_is_alarming():
    assert rules.is_alarming(5, [1, 2, 5], 2)
    assert not rules.is_alarming(4, [1, 2, 4], 2)
    assert not rules.is_alarming(3, [3], 2)
    assert not rules.is_alarming(1, [], 2)


def test_nobody_reviews_their_own_use():
    rules.check_review("justified", NOTE, 10, own=False, done=False)
    with pytest.raises(Forbidden):
        rules.check_review("justified", NOTE, 10, own=True, done=False)
    for outcome, note, done in (("", NOTE, False), ("justified", "好", False), ("justified", NOTE, True)):
        with pytest.raises(InvalidInput):
            rules.check_review(outcome, note, 10, own=False, done=done)
