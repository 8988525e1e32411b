"""When a site is due, and what an inspection must say (A7.2, A7.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.sites import inspection_rules as rules
from geoapp.sites.codes import intervals

TODAY = date(2028, 2, 28)
TWO = {"fire_safety": {"level": 3}, "school": {"level": 1}, "other": {"level": 2, "released": {}}}


@pytest.mark.parametrize(("due", "word"), [
    (None, "none"), (date(2028, 2, 27), "overdue"), (TODAY, "week"), (date(2028, 2, 29), "week"), (date(2028, 3, 6), "week"),
    (date(2028, 3, 7), "later"),
])  # fmt: skip
def test_overdue_begins_the_day_after_and_a_week_has_seven_days(due, word):
    assert rules.due_word(due, TODAY) == word


def test_a73_the_worse_the_level_the_sooner_the_next_day():
    days = [rules.offered_due({"school": {"level": level}}, TODAY, intervals()) for level in (1, 2, 3)]
    assert days == sorted(days, reverse=True) and len(set(days)) == 3
    assert rules.offered_due(TWO, TODAY, intervals()) == days[2]


def test_a72_every_active_type_has_a_finding_and_no_other():
    assert rules.check_findings({"fire_safety": "minor", "school": "safe", "other": "safe"}, TWO) == {"fire_safety": "minor", "school": "safe"}
    for wrong in ({"school": "safe"}, {"school": "safe", "fire_safety": ""}, {"school": "safe", "fire_safety": "nice"}):
        with pytest.raises(InvalidInput) as refused:
            rules.check_findings(wrong, TWO)
        assert refused.value.field == "finding_fire_safety"
    with pytest.raises(InvalidInput):
        rules.check_findings({}, {"school": {"level": 1, "released": {}}})


def test_the_next_day_lies_after_this_one_and_within_a_year():
    rules.check_due(None, TODAY)
    rules.check_due(TODAY + timedelta(days=366), TODAY)
    for due in (TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=367)):
        with pytest.raises(InvalidInput):
            rules.check_due(due, TODAY)


def test_a_note_and_photos_have_their_limits():
    assert rules.normal_note("  ") is None
    with pytest.raises(InvalidInput):
        rules.normal_note("长" * 501)
    rules.check_photos(6)
    with pytest.raises(InvalidInput):
        rules.check_photos(7)
