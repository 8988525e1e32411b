"""Leaving the register, coming back, settling, moving, taking back: the rules (A3.3, A3.4, A3.8, A17)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.people import states
from geoapp.people.rules import Person, Stay

TODAY = date(2024, 3, 1)
PERSON = Person("active", 110108001001001, date(2000, 2, 29))
STAY = Stay(1, 7, date(2024, 2, 29))


@pytest.mark.parametrize(("day", "fine"), [
    (date(2024, 3, 1), True), (date(2024, 3, 2), False), (date(2024, 2, 29), True), (date(2024, 2, 28), False),
])  # fmt: skip
def test_a34_the_day_is_no_later_than_today_and_no_earlier_than_the_residence(day, fine):
    if fine:
        states.check_deregister(PERSON, "moved_away", day, [STAY], TODAY)
    else:
        with pytest.raises(InvalidInput):
            states.check_deregister(PERSON, "moved_away", day, [STAY], TODAY)


@pytest.mark.parametrize(("day", "fine"), [(date(2000, 2, 29), True), (date(2000, 2, 28), False), (date(2000, 3, 1), True)])
def test_a34_nobody_leaves_before_they_are_born(day, fine):
    if fine:
        states.check_deregister(PERSON, "died", day, [], TODAY)
    else:
        with pytest.raises(InvalidInput):
            states.check_deregister(PERSON, "died", day, [], TODAY)


@pytest.mark.parametrize(("day", "fine"), [(date(1999, 12, 31), False), (date(2000, 1, 1), True)])
def test_a34_a38_where_the_year_alone_is_known_nobody_leaves_before_it(day, fine):
    who = Person("active", 110108001001001, None, 2000)
    if fine:
        states.check_state_day(who, day, [], TODAY)
    else:
        with pytest.raises(InvalidInput):
            states.check_state_day(who, day, [], TODAY)


def test_a34_a_reason_of_the_list_and_only_once():
    for reason in ("", "settled", "moved_grid", "correction", "unheard_of"):
        with pytest.raises(InvalidInput):
            states.check_deregister(PERSON, reason, TODAY, [], TODAY)
    with pytest.raises(Conflict):
        states.check_deregister(Person("deregistered", 1), "died", TODAY, [], TODAY)


@pytest.mark.parametrize(("state", "reason", "fine"), [
    ("deregistered", "moved_away", True), ("deregistered", "died", True), ("deregistered", None, True),
    ("deregistered", "settled", False), ("deregistered", "moved_grid", False), ("deregistered", "correction", False), ("active", None, False),
])  # fmt: skip
def test_a34_who_may_come_back(state, reason, fine):
    if fine:
        states.check_reinstate(state, reason)
    else:
        with pytest.raises(Conflict):
            states.check_reinstate(state, reason)


@pytest.mark.parametrize(("kind", "state", "fine"), [
    ("unregistered", "active", True), ("unregistered", "deregistered", False), ("floating", "active", False),
    ("registered", "active", False), ("overseas", "active", False),
])  # fmt: skip
def test_a38_only_the_unregistered_on_the_register_settle(kind, state, fine):
    if fine:
        states.check_settle(kind, state)
    else:
        with pytest.raises(Conflict):
            states.check_settle(kind, state)


def test_a33_another_type_and_from_unregistered_to_registered_by_settling():
    for old, new in (("floating", "floating"), ("unregistered", "registered"), ("floating", ""), ("floating", "unheard_of")):
        with pytest.raises(InvalidInput):
            states.check_type_change(old, new)
    for old, new in (("floating", "registered"), ("registered", "unregistered"), ("overseas", "floating")):
        states.check_type_change(old, new)


@pytest.mark.parametrize(("seconds", "fine"), [(0, True), (599, True), (600, True), (601, False), (-1, False)])
def test_a_step_is_taken_back_for_ten_minutes(seconds, fine):
    at = datetime(2024, 2, 29, 23, 55, tzinfo=UTC)
    assert states.may_take_back(at, at + timedelta(seconds=seconds), 10) is fine
