"""The rows A1.3 to A1.11 as rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.programmes.declared import PROGRAMMES
from geoapp.teams import rules
from geoapp.teams.codes import CLASSES, KINDS
from geoapp.teams.rules import Serving

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a13_a14_a16_eight_classes_and_five_kinds_of_person():
    assert list(CLASSES.values()) == [
        "基层综治组织", "基层党组织", "基层自治组织", "群防群治队伍", "社会志愿者队伍", "专项工作领导小组", "网格化管理服务团队", "其他",
    ]  # fmt: skip
    families = {"support", "maternal", "care", "employment"}
    assert {one.family for one in PROGRAMMES.values()} == families, "key population, childbearing age, care, unemployed"
    assert set(KINDS) == {"residents", "care", "employment"} | {code for code, one in PROGRAMMES.items() if one.closed}
    assert {PROGRAMMES[code].family for code in KINDS if code in PROGRAMMES} == {"support", "maternal"}
    for key in CLASSES:
        rules.check_class(key)
    with pytest.raises(InvalidInput):
        rules.check_class("ninth")


@pytest.mark.parametrize(("chosen", "found", "error", "said"), [
    ([], [], InvalidInput, "至少选择一名"),
    ([1, 2], [Serving(1, 7, True), Serving(2, 8, True)], InvalidInput, "同一个团队"),
    ([1, 9], [Serving(1, 7, True)], InvalidInput, "同一个团队"),
    ([1, 2], [Serving(1, 7, True), Serving(2, 7, False)], Conflict, "已注销的成员"),
])  # fmt: skip
def test_a17_a110_serving_members_are_of_one_team_and_none_has_left(chosen, found, error, said):
    with pytest.raises(error) as raised:
        rules.check_serving(chosen, found, 7)
    assert said in raised.value.message("zh")


def test_a16_a110_nobody_serves_before_they_took_up_their_post():
    day = date(2026, 3, 1)
    early, late = Serving(1, 7, True, day - timedelta(days=9)), Serving(2, 7, True, day)
    rules.check_since(day, [early, late])
    with pytest.raises(InvalidInput) as raised:
        rules.check_since(day - timedelta(days=1), [early, late])
    assert "2026-03-01" in raised.value.message("zh")
    rules.check_since(day - timedelta(days=9), [early])


def test_a17_several_members_of_one_team_are_right():
    both = [Serving(1, 7, True), Serving(2, 7, True)]
    assert rules.check_serving([1, 2], both, 7) is None
    with pytest.raises(InvalidInput):
        rules.check_serving([1, 2], both, 8)


def test_a18_everybody_served_is_of_one_kind():
    rules.check_served([1, 2], {1, 2, 3}, "care")
    rules.check_served([], set(), "residents")
    for kind, said in (("care", "同一类人员"), ("residents", "在册居民")):
        with pytest.raises(InvalidInput) as raised:
            rules.check_served([1, 4], {1, 2, 3}, kind)
        assert said in raised.value.message("zh")
    with pytest.raises(InvalidInput):
        rules.check_served(range(51), set(range(51)), "residents")
    with pytest.raises(InvalidInput):
        rules.check_kind("support", ("residents", "care"))


def test_a111_only_a_member_without_records_is_deleted():
    rules.check_deletable(0)
    with pytest.raises(Conflict):
        rules.check_deletable(1)


@pytest.mark.parametrize(("seconds", "minutes", "may"), [(0, 10, True), (600, 10, True), (601, 10, False), (301, 5, False), (601, 15, True)])
def test_a_step_is_taken_back_for_the_minutes_that_are_set(seconds, minutes, may):
    assert rules.may_undo(NOW - timedelta(seconds=seconds), NOW, minutes) is may
    assert not rules.may_undo(None, NOW, minutes)


@pytest.mark.parametrize(("last", "due"), [
    (None, True), (date(2028, 2, 29), True), (date(2028, 3, 1), True), (date(2028, 3, 2), False), (date(2028, 5, 30), False),
])  # fmt: skip
def test_a15_due_from_the_day_the_span_is_over(last, due):
    """The day before, the day, the day after; a leap day in between."""
    assert rules.is_due(last, date(2028, 5, 30), 90) is due


@pytest.mark.parametrize(("text", "most", "found"), [("  巡逻   队 ", 10, "巡逻 队"), ("", 10, None), (None, 10, None)])
def test_text_has_its_blanks_closed(text, most, found):
    assert rules.normal_text(text, most, "name") == found


@pytest.mark.parametrize("text", ["长" * 61, "a\u202eb"])
def test_a_name_too_long_or_unseen_is_refused(text):
    with pytest.raises(InvalidInput):
        rules.normal_name(text)
    assert rules.normal_name("队") == "队"
