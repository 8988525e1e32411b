"""What is told of a person at the door, checked against itself (A3.2, A3.3, A3.5 to A3.9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from geoapp.core.errors import InvalidInput
from geoapp.people import codes
from geoapp.people.identity import Told, check_told, with_type
from geoapp.people.numbers import check_digit

TODAY = date(2026, 11, 22)
MAN = "99990019900228001" + check_digit("99990019900228001")
TOLD = Told("registered", "甲例春", id_number=MAN)


def refused(told: Told) -> str:
    """Name of the field at fault."""
    with pytest.raises(InvalidInput) as error:
        check_told(told, TODAY)
    return error.value.field


def test_a32_the_number_says_sex_and_day_of_birth():
    found = check_told(TOLD, TODAY)
    assert (found.sex, found.birth_date, found.number.text) == ("M", date(1990, 2, 28), MAN)
    assert check_told(replace(TOLD, sex="M", birth_date=date(1990, 2, 28)), TODAY) == found
    assert refused(replace(TOLD, sex="F")) == "sex"
    assert refused(replace(TOLD, birth_date=date(1990, 3, 1))) == "birth_date"


@pytest.mark.parametrize(("name", "stored"), [
    ("王", "王"), (" 欧阳  小明 ", "欧阳 小明"), ("买买提·" + "阿" * 26, "买买提·" + "阿" * 26), ("A" * 30, "A" * 30), ("é", "é"),
    ("", None), ("   ", None), ("字" * 60, "字" * 60), ("字" * 61, None), ("王3", None), ("王\u202e五", None), ("·", None),
])  # fmt: skip
def test_names_of_one_sign_and_of_thirty(name, stored):
    if stored is None:
        assert refused(replace(TOLD, name=name)) == "name"
    else:
        assert check_told(replace(TOLD, name=name), TODAY).name == stored


def test_a33_exactly_one_type_and_only_its_own_facts():
    full = replace(TOLD, registered_place="河北省", unregistered_reason="newborn", overseas_kind="overseas_chinese")
    kept = {
        "registered": (None, None, None), "floating": ("河北省", None, None), "unregistered": (None, "newborn", None),
        "overseas": (None, None, "overseas_chinese"),
    }  # fmt: skip
    for kind, facts in kept.items():
        found = check_told(replace(full, type=kind), TODAY)
        assert (found.registered_place, found.unregistered_reason, found.overseas_kind) == facts
        changed = with_type(replace(check_told(TOLD, TODAY), registered_place="河南省", unregistered_reason="other", overseas_kind="taiwan"), replace(full, type=kind))
        assert (changed.registered_place, changed.unregistered_reason, changed.overseas_kind) == facts, "of the former type nothing stays"
    for kind in ("", "registered,floating", "户籍", "REGISTERED"):
        assert refused(replace(TOLD, type=kind)) == "type"


def test_a35_to_a39_which_type_has_which_document():
    """A3.5 registered, A3.6 floating, A3.7 unregistered, A3.9 overseas."""
    assert {"newborn": "出生未落", "papers_held": "持证未落", "papers_lost": "证件遗失"}.items() <= codes.UNREGISTERED_REASONS.items()
    assert {"foreigner", "stateless", "overseas_chinese", "hongkong", "macao", "taiwan"} == set(codes.OVERSEAS_KINDS)
    bare = replace(TOLD, id_kind="none", id_number="", sex="F", birth_date=date(2026, 11, 22))
    assert refused(replace(bare, type="registered")) == "id_kind"
    assert refused(replace(bare, type="floating")) == "id_kind"
    assert check_told(replace(bare, type="unregistered", unregistered_reason="newborn"), TODAY).number is None
    assert refused(replace(bare, type="unregistered")) == "unregistered_reason"
    assert refused(replace(bare, type="unregistered", unregistered_reason="newborn", birth_date=None)) == "birth_date"
    assert refused(replace(bare, type="unregistered", unregistered_reason="newborn", sex="")) == "sex"
    assert refused(replace(bare, type="unregistered", unregistered_reason="newborn", birth_date=date(2026, 11, 23))) == "birth_date"
    assert refused(replace(TOLD, type="overseas", overseas_kind="foreigner")) == "id_kind"
    assert refused(replace(TOLD, type="overseas", overseas_kind="")) in ("id_kind", "overseas_kind")
    abroad = replace(bare, type="overseas", id_kind="passport", id_number="ZZ123456", overseas_kind="stateless")
    assert check_told(abroad, TODAY).overseas_kind == "stateless"


def test_a_phone_is_digits():
    assert check_told(replace(TOLD, phone=" 138-0000 0000 "), TODAY).phone == "13800000000"
    assert check_told(replace(TOLD, phone="+85212345678"), TODAY).phone == "+85212345678"
    assert check_told(TOLD, TODAY).phone is None
    assert refused(replace(TOLD, phone="不清楚")) == "phone"
