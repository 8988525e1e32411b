"""Rules of who lives where since when: rows A3.4, A6.5, A6.7, A18 (9)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.people import rules
from geoapp.people.rules import Person, Stay

GRID, OTHER_GRID = 110108001001001, 110108001001002
TODAY = date(2026, 11, 22)
SINCE = date(2026, 6, 1)
person = Person("active", GRID, date(1990, 5, 17), 1990)
days = st.dates(date(2020, 1, 1), date(2020, 3, 1))


def link(who=person, region=GRID, house=7, stays=(), since=SINCE):
    rules.check_link(who, region, house, stays, since)


def may_link(**given):
    try:
        link(**given)
    except (Conflict, InvalidInput):
        return False
    return True


def test_a65_a_person_may_be_linked_with_a_house_of_their_grid():
    before, present = Stay(1, 5, date(2020, 1, 1), date(2024, 1, 1)), Stay(2, 6, date(2024, 1, 1))
    assert may_link()
    assert may_link(stays=[before, present])
    assert not may_link(stays=[before, present], house=6)


def test_a34_a_deregistered_person_lives_nowhere():
    with pytest.raises(InvalidInput):
        link(Person("deregistered", GRID))


def test_a18_9_a_house_of_another_grid_needs_a_move_between_grids():
    with pytest.raises(InvalidInput):
        link(region=OTHER_GRID)


def test_a65_one_house_is_not_linked_twice():
    with pytest.raises(Conflict):
        link(stays=[Stay(1, 7, date(2020, 1, 1))])


def test_a65_coming_back_to_a_house_is_allowed():
    assert may_link(stays=[Stay(1, 7, date(2020, 1, 1), date(2022, 1, 1))])
    assert not may_link(stays=[Stay(1, 7, date(2020, 1, 1))])


@pytest.mark.parametrize("since", [date(2024, 12, 31), date(2025, 1, 1)])
def test_a65_a_move_cannot_begin_before_the_present_residence(since):
    stays = [Stay(1, 5, date(2025, 1, 1))]
    if since < stays[0].since:
        with pytest.raises(InvalidInput) as refused:
            link(stays=stays, since=since)
        assert refused.value.field == "since"
    else:
        link(stays=stays, since=since)


def test_a65_a_day_inside_an_earlier_residence_is_refused():
    with pytest.raises(InvalidInput) as refused:
        link(stays=[Stay(1, 5, date(2020, 1, 1), date(2026, 7, 1))])
    assert refused.value.facts["until"] == "2026-07-01"


def test_a65_the_day_of_a_move_belongs_to_both_houses():
    ends = {day: may_link(stays=[Stay(1, 5, date(2020, 1, 1), day)]) for day in (date(2026, 5, 31), SINCE, date(2026, 6, 2))}
    assert ends == {date(2026, 5, 31): True, SINCE: True, date(2026, 6, 2): False}


def test_a65_a_residence_that_was_taken_back_is_in_nobodys_way():
    taken_back, lived_in = (Stay(1, 5, date(2026, 5, 1), date(2026, month, 1)) for month in (5, 8))
    assert may_link(stays=[taken_back], since=date(2026, 5, 1))
    assert not may_link(stays=[lived_in], since=date(2026, 5, 1))


def test_a65_a_residence_cannot_begin_tomorrow_nor_before_1900():
    rules.check_day(TODAY, TODAY, "since")
    for day in (date(2026, 11, 23), date(1899, 12, 31)):
        with pytest.raises(InvalidInput):
            rules.check_day(day, TODAY, "since")


@pytest.mark.parametrize(
    ("who", "since", "early"),
    [
        (Person("active", GRID, date(1990, 5, 17), 1990), date(1990, 5, 16), True),
        (Person("active", GRID, date(1990, 5, 17), 1990), date(1990, 5, 17), False),
        (Person("active", GRID, None, 1990), date(1989, 12, 31), True),
        (Person("active", GRID, None, 1990), date(1990, 1, 1), False),
        (Person("active", GRID), date(1950, 1, 1), False),
    ],
)
def test_a65_nobody_lives_anywhere_before_they_are_born(who, since, early):
    if early:
        with pytest.raises(InvalidInput):
            rules.check_born(since, who)
    else:
        rules.check_born(since, who)


def test_a65_the_present_residence_ends_the_day_before_or_on_its_own_first_day():
    assert rules.closing_day(Stay(1, 5, date(2020, 1, 1)), SINCE) == date(2026, 5, 31)
    assert rules.closing_day(Stay(1, 5, SINCE), SINCE) == SINCE


def test_a67_an_end_lies_between_the_beginning_and_today():
    stay = Stay(1, 5, SINCE)
    rules.check_ending(stay, SINCE, TODAY)
    rules.check_ending(stay, TODAY, TODAY)
    for day in (date(2026, 5, 31), date(2026, 11, 23)):
        with pytest.raises(InvalidInput):
            rules.check_ending(stay, day, TODAY)


def test_a67_what_has_ended_does_not_end_again():
    with pytest.raises(Conflict):
        rules.check_ending(Stay(1, 5, SINCE, TODAY), TODAY, TODAY)


@given(days, days, st.one_of(st.none(), days))
def test_a65_overlap_is_what_counting_nights_says(since, a, b):
    stay = Stay(1, 5, min(a, b) if b else a, max(a, b) if b else None)
    last = stay.until or date(2030, 1, 1)
    nights = range(stay.since.toordinal(), last.toordinal())
    assert rules.overlaps(since, stay) == any(n >= since.toordinal() for n in nights)


@given(days, days)
def test_a65_closing_before_the_next_leaves_no_shared_night(first, second):
    since, following = min(first, second), max(first, second)
    closed = rules.closing_day(Stay(1, 5, since), following)
    assert since <= closed <= following
    assert not rules.overlaps(following, Stay(1, 5, since, closed))


@pytest.mark.parametrize(
    ("steps", "possible"),
    [([], False), (["open"], True), (["open", "end"], True), (["end"], True),
     (["reopen"], False), (["void", "reopen"], False)],
)  # fmt: skip
def test_the_last_step_can_be_taken_back_once(steps, possible):
    assert rules.undo_of(steps) is possible
