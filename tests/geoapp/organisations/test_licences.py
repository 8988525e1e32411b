"""Licence numbers of 18 and of 15 signs (A7.1; standards C1)."""

from __future__ import annotations

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.organisations.licences import credit_check, normal_licence, old_check


@pytest.mark.parametrize("number", ["91350100M000100Y43", "110108000000016", "440301103097413", "110000006499259"])
def test_a71_numbers_that_check_are_taken(number):
    assert normal_licence(number) == number
    check = credit_check if len(number) == 18 else old_check
    assert check(number[:-1]) == number[-1]


@pytest.mark.parametrize(("typed", "stored"), [
    (" 91350100m000100y43 ", "91350100M000100Y43"), ("91350100-M000100Y-43", "91350100M000100Y43"),
    ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"), ("1101 0800 0000 016", "110108000000016"),
    ("", None), ("  ", None), (None, None),
])  # fmt: skip
def test_a71_a_number_is_compared_however_it_was_typed(typed, stored):
    assert normal_licence(typed) == stored


@pytest.mark.parametrize(("number", "said"), [
    ("91350100M000100Y4Z", "不会有“Z”"), ("91350100M000100Y42", "校验位"), ("91350100M000100Y4", "17 位"),
    ("110108000000017", "校验位"), ("11010800000001A", "不会有“A”"), ("9135010OM000100Y43", "不会有“O”"), ("1", "1 位"),
    ("91350100M000100Y43" * 9, "位"), ("①1010800000001六", "不会有“六”"),
])  # fmt: skip
def test_a71_a_wrong_number_is_refused_with_its_fault(number, said):
    with pytest.raises(InvalidInput) as refused:
        normal_licence(number)
    assert refused.value.field == "licence_number"
    assert said in refused.value.message("zh")


def test_a71_every_slip_of_one_sign_is_found():
    good = "91350100M000100Y43"
    for place in range(17):
        slip = good[:place] + ("0" if good[place] != "0" else "1") + good[place + 1 :]
        with pytest.raises(InvalidInput):
            normal_licence(slip)
