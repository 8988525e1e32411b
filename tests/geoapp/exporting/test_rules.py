"""When a second person is needed, and who may be it."""

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.exporting.rules import covers, may_go_alone, state_now

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("people", "taken", "alone"),
    [(0, 10_000, True), (200, 0, True), (201, 0, False), (100, 100, True), (100, 101, False), (1, 200, False)],
)
def test_c5_above_two_hundred_people_a_day_somebody_else_agrees(people, taken, alone):
    assert may_go_alone(people, taken, 200) is alone


@pytest.mark.parametrize(
    ("own", "theirs", "covered"),
    [
        ([(10, 19)], [(12, 13)], True),
        ([(10, 19)], [(10, 19)], True),
        ([(10, 19)], [(12, 13), (30, 31)], False),
        ([(10, 19)], [(18, 21)], False),
        ([], [(1, 2)], False),
        ([(10, 19)], [], False),
    ],
)
def test_the_second_person_covers_the_whole_area_of_the_first(own, theirs, covered):
    assert covers(own, theirs) is covered


def test_an_approval_runs_out_by_itself():
    assert state_now("approved", NOW + timedelta(seconds=1), NOW) == "approved"
    assert state_now("approved", NOW, NOW) == "expired"
    assert state_now("refused", None, NOW) == "refused"
