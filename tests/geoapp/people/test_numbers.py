"""Identity numbers: forms, check digit, dates at the edges (GB 11643; standards C1; A3.2)."""

from __future__ import annotations

from datetime import date

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.people.numbers import check_digit, read_number, same_number

TODAY = date(2026, 11, 22)


def citizen(body: str) -> str:
    return body + check_digit(body)


@pytest.mark.parametrize(("number", "born", "sex"), [
    ("11010519491231002X", date(1949, 12, 31), "F"), ("11010519491231002x", date(1949, 12, 31), "F"),
    ("440524188001010014", None, None), ("34052419800101001X", date(1980, 1, 1), "M"),
    ("110105 19491231-002X", date(1949, 12, 31), "F"), ("１１０１０５１９４９１２３１００２Ｘ", date(1949, 12, 31), "F"),
])  # fmt: skip
def test_c1_the_sample_numbers_of_the_manuals(number, born, sex):
    """A birth before 1900 is refused though its check digit is right."""
    if born is None:
        with pytest.raises(InvalidInput):
            read_number("citizen", number, TODAY)
    else:
        found = read_number("citizen", number, TODAY)
        assert (found.born, found.sex) == (born, sex)


def test_c1_an_old_number_of_15_digits_is_the_new_one_of_18():
    old, new = "110105491231002", "11010519491231002X"
    assert read_number("citizen", old, TODAY) == read_number("citizen", new, TODAY)
    assert same_number(old) == same_number(new.lower()) == new
    assert same_number("G1234567") == "G1234567"


@pytest.mark.parametrize(("day", "fine"), [
    ("20000229", True), ("19000229", False), ("20230229", False), ("20240229", True), ("19000101", True),
    ("18991231", False), ("20261122", True), ("20261123", False), ("20261121", True), ("19991301", False),
    ("19990631", False), ("19990000", False),
])  # fmt: skip
def test_c1_the_day_of_birth_exists_and_is_not_to_come(day, fine):
    number = citizen(f"999900{day}123")
    if fine:
        found = read_number("citizen", number, TODAY)
        assert found.born == date(int(day[:4]), int(day[4:6]), int(day[6:]))
        assert found.sex == "M"
    else:
        with pytest.raises(InvalidInput):
            read_number("citizen", number, TODAY)


def test_c1_one_wrong_or_swapped_digit_is_found():
    number = "11010519491231002X"
    for i in range(17):
        wrong = number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :]
        with pytest.raises(InvalidInput):
            read_number("citizen", wrong, TODAY)
    with pytest.raises(InvalidInput):
        read_number("citizen", "101105194912310020", TODAY)


@pytest.mark.parametrize(("kind", "number", "fine"), [
    ("passport", "E12345678", True), ("passport", "e 1234-5678", True), ("passport", "E12", False), ("passport", "护照12345", False),
    ("hm_permit", "H12345678", True), ("hm_permit", "M1234567890", True), ("hm_permit", "T12345678", False),
    ("tw_permit", "12345678", True), ("tw_permit", "1234567", False),
    ("foreign_residence", "ABC123456789012", True), ("foreign_residence", "911124198108030024", True), ("foreign_residence", "X", False),
    ("hmt_residence", citizen("81000019900101001"), True), ("hmt_residence", "810000199001010010", False), ("hmt_residence", "810000900101001", False),
    ("citizen", "", False), ("citizen", "12345", False), ("none", "", True), ("none", "123", False), ("unheard_of", "12345", False),
])  # fmt: skip
def test_a32_each_kind_of_document_has_its_form(kind, number, fine):
    if fine:
        found = read_number(kind, number, TODAY)
        assert (found is None) == (kind == "none")
    else:
        with pytest.raises(InvalidInput):
            read_number(kind, number, TODAY)
