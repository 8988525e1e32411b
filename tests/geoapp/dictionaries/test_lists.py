"""Code lists that follow their changes (D1.3, D1.4): pure."""

from __future__ import annotations

import pytest

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import translate
from geoapp.dictionaries import lists, rules
from geoapp.dictionaries.lists import (
    Dictionary,
    Item,
    Number,
    check_chosen,
    choices,
    known,
    offered,
)


@pytest.fixture
def fruit(monkeypatch):
    monkeypatch.setattr(lists, "_lists", {})
    monkeypatch.setattr(lists, "_numbers", {})
    return Dictionary("fruit", "水果", {"apple": "苹果", "pear": "梨", "other": "其他"}, fixed=("other",))


def test_a_list_is_its_seed_until_it_is_changed_and_a_retired_code_keeps_its_words(fruit):
    beside = fruit | {"nut": "坚果"}
    assert list(fruit) == ["apple", "pear", "other"] and len(fruit) == 3 and "pear" in fruit
    fruit.change([Item("apple", "红苹果", "Red apple", 0), Item("pear", "梨", "Pear", 1, True), Item("fig", "无花果", "Fig", 3)])
    assert list(fruit) == ["apple", "pear", "other", "fig"]
    assert (translate(fruit["apple"]), translate(fruit["apple"], "en"), fruit["pear"]) == ("红苹果", "Red apple", "梨")
    assert fruit.offered() == ["apple", "other", "fig"] and fruit.offered("pear") == list(fruit)
    assert choices(fruit, "", without=("fig",))() == ["", "apple", "other"] and known(fruit)() == list(fruit)
    assert offered({"a": "甲"}) == {"a": "甲"} and list(beside) == ["apple", "pear", "other", "fig", "nut"]
    fruit.change([])
    assert dict(fruit) == fruit.seed and len(beside) == 4


def test_a_retired_code_is_not_chosen_anew_and_stays_where_it_is(fruit):
    fruit.change([Item("pear", "梨", "Pear", 1, True)])
    check_chosen(fruit, "fruit", "pear", "pear")
    for code in ("pear", "plum", None):
        with pytest.raises(InvalidInput) as refused:
            check_chosen(fruit, "fruit", code)
        assert refused.value.field == "fruit"


def test_what_may_be_added_retired_deleted_and_set(fruit):
    fruit.change([Item("fig", "无花果", "Fig", 3)])
    for wrong in ("", "Fig", "9a", "a b", "x" * 41, "桃"):
        with pytest.raises(InvalidInput):
            rules.normal_code(wrong)
    for wrong in ("", "  ", "长" * 61, "a\u0007"):
        with pytest.raises(InvalidInput):
            rules.normal_words(wrong, "zh")
    with pytest.raises(Conflict):
        rules.check_new(fruit, "apple")
    with pytest.raises(Conflict):
        rules.check_retire(fruit, "other")
    rules.check_retire(fruit, "apple")
    for code, used in (("apple", False), ("fig", True)):
        with pytest.raises(Conflict):
            rules.check_delete(fruit, code, used)
    rules.check_delete(fruit, "fig", False)
    fruit.change([Item("apple", "苹果", "Apple", 0, True), Item("other", "其他", "Other", 2, True)])
    with pytest.raises(Conflict):
        rules.check_retire(fruit, "pear")
    days = Number("days", "天数", 7, 1, 30)
    assert rules.check_number(days, 30) == 30
    with pytest.raises(InvalidInput):
        rules.check_number(days, 31)
