import numpy as np
import pytest

from geoapp.people.invented import (
    FOREIGN,
    GIVEN,
    MARK,
    STEMS,
    citizen_numbers,
    is_invented_number,
    names,
    passports,
    phones,
)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(number: str) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(number, WEIGHTS, strict=False)) % 11]


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "34052419800101001X"]
)
def test_the_oracle_knows_the_published_samples(number):
    """Standards C1."""
    assert check_digit(number) == number[17]


def test_citizen_numbers_are_well_formed_and_of_no_place_on_earth():
    """D4.7: birth date, sex and check digit as in GB 11643, a region that does not exist."""
    numbers = citizen_numbers(days("1949-12-31", "2001-02-03"), np.array([True, False]), 7)
    assert [n[:6] for n in numbers] == ["999907", "999907"]
    assert [n[6:14] for n in numbers] == ["19491231", "20010203"]
    assert [int(n[16]) % 2 for n in numbers] == [1, 0]
    assert all(n[17] == check_digit(n) for n in numbers)
    assert all(is_invented_number(n) for n in numbers)
    assert not is_invented_number("11010519491231002X")


def test_people_born_on_one_day_differ_also_between_series():
    birth, male = np.repeat(days("2000-01-01"), 900), np.arange(900) % 2 == 0
    both = [*citizen_numbers(birth, male, 1), *citizen_numbers(birth, male, 2)]
    assert len(set(both)) == 1800


def test_too_many_of_one_day_are_refused_rather_than_repeated():
    with pytest.raises(ValueError, match="499"):
        citizen_numbers(np.repeat(days("2000-01-01"), 501), np.zeros(501, dtype=bool), 1)


@pytest.mark.parametrize("series", [-1, 100])
def test_a_series_of_three_digits_is_refused(series):
    with pytest.raises(ValueError, match="series"):
        citizen_numbers(days("2000-01-01"), np.array([True]), series)


def test_phones_have_a_prefix_no_network_uses_and_never_repeat():
    first, second = phones(0, 5000), phones(5000, 5000)
    assert len({*first, *second}) == 10_000
    assert all(p.startswith("100") and len(p) == 11 and p.isdigit() for p in first)


def test_passports_continue_where_the_last_call_ended():
    assert passports(0, 2).tolist() == ["ZZ00000000", "ZZ00000001"]
    assert passports(2, 1).tolist() == ["ZZ00000002"]


def test_names_show_that_nobody_is_meant():
    local = names(np.arange(50), np.arange(50) * 7, np.zeros(50, dtype=bool))
    assert all(n[0] in STEMS and n[1] == MARK and n[2:] in GIVEN for n in local)
    assert len(set(local)) > 40
    assert set(names(np.arange(50), np.arange(50), np.ones(50, dtype=bool))) <= set(FOREIGN)


def test_nothing_asked_nothing_made():
    none = np.empty(0, dtype="datetime64[D]")
    assert len(citizen_numbers(none, np.empty(0, dtype=bool), 0)) == len(phones(0, 0)) == 0
