"""Terms of requests."""

from datetime import date

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.desk.rules import check_received, check_text, days_left, due_on

DAY = date(2026, 11, 22)


def test_c1_the_term_runs_from_the_day_after_receipt():
    assert due_on(date(2026, 2, 20), 15) == date(2026, 3, 7)
    assert due_on(date(2028, 2, 20), 15) == date(2028, 3, 6)


def test_a_term_that_is_over_counts_below_zero():
    assert (days_left(DAY, DAY), days_left(date(2026, 11, 20), DAY)) == (0, -2)


def test_a_request_cannot_come_in_tomorrow():
    check_received(DAY, DAY)
    for day in (date(2026, 11, 23), None):
        with pytest.raises(InvalidInput):
            check_received(day, DAY)


def test_words_are_asked_for():
    assert check_text("  已答复 ", "answer") == "已答复"
    for text in ("", " 好 ", "好" * 1_001):
        with pytest.raises(InvalidInput):
            check_text(text, "answer")
