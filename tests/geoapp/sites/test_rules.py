"""Types, levels, release and enrolment of key sites, without a database (A7.2 to A7.7, A17, A18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.sites import rules
from geoapp.sites.codes import ENROL_REASONS, LEVELS, RELEASE_REASONS, TYPES
from layers.registry import all_registers

TODAY = date(2026, 11, 22)
TWO = {"fire_safety": {"level": 3, "kind": "market"}, "school": {"level": 1}}


def test_a74_to_a77_the_five_types_and_their_kinds():
    """A7.4, A7.5, A7.6, A7.7."""
    assert list(TYPES) == ["work_safety", "public_order", "fire_safety", "school", "other"]
    assert list(TYPES["public_order"].kinds.values()) == [
        "城乡结合部", "城中村", "流动人口集聚村（社区）", "宾馆旅馆", "出租房屋区", "娱乐场所", "批发市场", "矿山石场", "车站码头", "其他",
    ]  # fmt: skip
    assert list(TYPES["fire_safety"].kinds.values()) == ["商场", "市场", "娱乐场所", "重点单位", "其他"]


def test_a73_levels_are_green_yellow_red_with_shapes_of_their_own():
    legend = {e.label: (e.colour, e.shape) for e in all_registers()["sites"].legend}
    assert set(legend) == set(LEVELS.values())
    assert legend["一般"] == ("#2e9e5b", "circle")
    assert legend["中等"] == ("#d9a400", "triangle")
    assert legend["严重"] == ("#d03b3b", "octagon")


@pytest.mark.parametrize(("types", "worst"), [
    ({"school": {"level": 1}}, 1), (TWO, 3), ({"school": {"level": 0}}, 0),
    ({"fire_safety": {"level": 3, "released": {}}, "school": {"level": 2}}, 2), ({"school": {"level": 3, "released": {}}}, 0),
])  # fmt: skip
def test_a18_15_the_worst_active_type_colours_the_site(types, worst):
    """A7.3: on the map, as A18 (15) has it."""
    assert rules.worst_level(types) == worst


def test_a72_one_site_may_have_several_types_each_with_its_level():
    found = rules.rated({"fire_safety": (3, "market"), "school": (1, "")}, {})
    assert found == TWO


@pytest.mark.parametrize(("chosen", "field"), [
    ({}, "types"), ({"school": (0, "")}, "level_school"), ({"school": (4, "")}, "level_school"),
    ({"school": (1, "market")}, "kind_school"), ({"fire_safety": (1, "")}, "kind_fire_safety"),
    ({"fire_safety": (1, "lodging")}, "kind_fire_safety"), ({"temple": (1, "")}, "types"),
])  # fmt: skip
def test_a73_a75_a76_what_is_no_type_level_or_kind_is_refused_by_name(chosen, field):
    with pytest.raises(InvalidInput) as refused:
        rules.rated(chosen, {})
    assert refused.value.field == field


def test_a73_what_a_file_left_open_may_stay_open():
    assert rules.rated({"fire_safety": (0, "")}, {"fire_safety": {"level": 0}}) == {"fire_safety": {"level": 0}}


def test_a72_release_takes_reason_and_day_and_keeps_the_level():
    gone = rules.released(TWO, ["fire_safety"], "rectified", TODAY, TODAY)
    assert gone["fire_safety"] == {
        "level": 3, "kind": "market", "released": {"reason": "rectified", "date": "2026-11-22"},
    }  # fmt: skip
    assert rules.worst_level(gone) == 1
    with pytest.raises(Conflict):
        rules.released(gone, ["fire_safety"], "rectified", TODAY, TODAY)
    with pytest.raises(InvalidInput):
        rules.rated({"fire_safety": (1, "market"), "school": (1, "")}, gone)
    assert rules.rated({"school": (2, "")}, gone)["fire_safety"] == gone["fire_safety"]


@pytest.mark.parametrize(("chosen", "reason", "day", "field"), [
    ([], "other", TODAY, "types"), (["school"], "", TODAY, "reason"), (["school"], "bored", TODAY, "reason"),
    (["school"], "other", TODAY + timedelta(days=1), "day"), (["school"], "other", None, "day"),
    (["school"], "other", date(1949, 9, 30), "day"),
])  # fmt: skip
def test_a72_release_without_type_reason_or_day_is_refused(chosen, reason, day, field):
    with pytest.raises(InvalidInput) as refused:
        rules.released(TWO, chosen, reason, day, TODAY)
    assert refused.value.field == field
    assert reason not in RELEASE_REASONS or field != "reason"


def test_a17_a18_14_enrolled_again_not_before_the_day_of_release():
    gone = rules.released(TWO, list(TWO), "closed", TODAY - timedelta(days=2), TODAY)
    back = rules.enrolled(gone, ["school"], "reopened", TODAY - timedelta(days=2), TODAY)
    assert rules.active_types(back) == {"school": {"level": 1, "enrolled": {"reason": "reopened", "date": "2026-11-20"}}}
    with pytest.raises(InvalidInput) as refused:
        rules.enrolled(gone, ["school"], "reopened", TODAY - timedelta(days=3), TODAY)
    assert refused.value.field == "day"
    with pytest.raises(Conflict):
        rules.enrolled(back, ["school"], "reopened", TODAY, TODAY)
    assert "reopened" in ENROL_REASONS


def test_a_step_can_be_taken_back_for_ten_minutes():
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert rules.may_undo(at, at + timedelta(minutes=10), 10)
    assert not rules.may_undo(at, at + timedelta(minutes=10, seconds=1), 10)
    assert not rules.may_undo(None, at, 10)


@pytest.mark.parametrize("name", ["", "  ", "场" * 101, "场\x07所"])
def test_a_site_has_a_name_that_can_be_read(name):
    with pytest.raises(InvalidInput):
        rules.normal_name(name)
    assert rules.normal_name(" 场 \u3000 所 ") == "场 所"
