"""Rules of letting a house, from their rows (A6.8 to A6.10, A18.14)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.houses import rental_rules as rules
from geoapp.houses.codes import RENTAL_KINDS, RENTAL_USES

NOW, TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC), date(2026, 3, 2)


def step(kind, day="2026-03-01", at=NOW, **more):
    return {"step": kind, "reason": None, "day": day, "at": at.isoformat(), "by": 1} | more


def test_a69_a_use_and_a_kind_of_the_lists_and_a_landlord_who_stays_when_not_told():
    assert list(RENTAL_USES.values()) == ["宿舍", "住房", "店面", "仓库", "工厂", "其他"], "for living, business or joint business"
    assert list(RENTAL_KINDS.values()) == ["套房", "平房", "地下室", "通天房"]
    told = rules.RentalFacts("shop", "flat", " 甲  乙 ", "138 0000 0000").checked(RENTAL_USES, RENTAL_KINDS)
    assert told == {"landlord_name": "甲 乙", "landlord_phone": "13800000000"}
    assert rules.RentalFacts("shop", "flat").checked(RENTAL_USES, RENTAL_KINDS) == {}
    gone = rules.RentalFacts("shop", "flat", no_landlord=True).checked(RENTAL_USES, RENTAL_KINDS)
    assert gone == {"landlord_name": None, "landlord_phone": None}
    for wrong, field in ((("casino", "flat"), "use"), (("shop", "tent"), "kind"), (("shop", "flat", "12"), "landlord_name"),
                         (("shop", "flat", "", "12"), "landlord_phone")):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            rules.RentalFacts(*wrong).checked(RENTAL_USES, RENTAL_KINDS)
        assert refused.value.field == field


def test_a610_off_with_reason_and_time_and_back_again_not_before():
    let, off = [step("let")], [step("let"), step("deregister", "2026-03-02")]
    rules.check_off(True, "vacant", TODAY, TODAY, let)
    rules.check_off(True, "vacant", TODAY, TODAY, [])
    rules.check_back(False, "let_again", TODAY, TODAY, off)
    for day in (date(2026, 2, 28), date(2026, 3, 3), date(1900, 1, 1)):
        with pytest.raises(InvalidInput):
            rules.check_off(True, "vacant", day, TODAY, let)
    with pytest.raises(InvalidInput) as refused:
        rules.check_back(False, "let_again", date(2026, 3, 1), TODAY, off)
    assert refused.value.field == "day"
    for check, reason in ((rules.check_off, ""), (rules.check_off, "let_again")):
        with pytest.raises(InvalidInput):
            check(True, reason, TODAY, TODAY, let)
    for wrong in (
        lambda: rules.check_off(False, "vacant", TODAY, TODAY, off), lambda: rules.check_back(True, "other", TODAY, TODAY, let),
        lambda: rules.check_back(False, "other", TODAY, TODAY, []), lambda: rules.check_let(True, let),
        lambda: rules.check_let(False, off),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            wrong()
    rules.check_let(False, [])


def test_a17_the_last_step_can_be_taken_back_for_ten_minutes_and_stays_in_the_history():
    steps = [step("let"), step("deregister")]
    assert rules.may_undo(steps, NOW + timedelta(minutes=10), 10)
    assert not rules.may_undo(steps, NOW + timedelta(minutes=10, seconds=1), 10)
    assert not rules.may_undo([], NOW, 10)
    marked = rules.undone(steps)
    assert [one.get("undone", False) for one in marked] == [False, True]
    assert rules.last_step(marked)["step"] == "let" and not rules.was_let(marked)
    rules.check_let(False, rules.undone([step("let")]))
