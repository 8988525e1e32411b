"""Cells to values."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from geoapp.houses.codes import BUILDING_USES
from geoapp.loading.building_uses import USES, WORDS
from geoapp.loading.values import (
    as_texts,
    coded,
    decimal_above_zero,
    labels,
    whole,
    whole_between,
    yes_or_no,
)


@pytest.mark.parametrize(
    ("text", "number"), [("6", 6), (" 6.0 ", 6), ("６层", 6), ("-1", -1), ("12F", 12), ("3单元", 3), ("＋2", 2)]
)
def test_whole_numbers_as_people_write_them(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", "5;6", "六", "1e3", "0x1", "6.5", "12345678901", "６６６６６６６６６６６"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ValueError):
        whole(text)
    with pytest.raises(ValueError):
        whole_between(1, 5)("6")


@pytest.mark.parametrize(("text", "value"), [("是", True), ("TRUE", True), ("1", True), ("出租", True), ("否", False), ("自住", False), ("0", False)])
def test_yes_and_no(text, value):
    assert yes_or_no(text) is value


@pytest.mark.parametrize(("text", "value"), [("89.5㎡", "89.50"), ("１００", "100.00"), ("60 平方米", "60.00")])
def test_areas(text, value):
    assert decimal_above_zero(text) == Decimal(value)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e99", "x", ""])
def test_areas_that_cannot_be(text):
    with pytest.raises(ValueError):
        decimal_above_zero(text)


def test_numbers_become_texts_without_a_decimal_point():
    texts = as_texts(np.array([110108001001001.0, 1.5, np.nan, -0.0]))
    assert texts == ["110108001001001", "1.5", None, "0"]


def test_code_and_label_and_foreign_words_mean_the_same():
    parse = coded(USES, labels(BUILDING_USES))
    assert {parse("residential"), parse("住宅"), parse(" Apartments ")} == {"residential"}
    with pytest.raises(ValueError):
        parse("castle")


def test_the_table_of_uses_knows_only_our_codes_and_each_word_once():
    assert set(WORDS) == set(BUILDING_USES)
    words = [word for line in WORDS.values() for word in line.split()]
    assert sorted({w for w in words if words.count(w) > 1}) == []
