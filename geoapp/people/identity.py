"""Who a resident is, as it was told at the door and checked against itself (A3.2, A3.3, A3.5 to A3.9).

Pure functions: the identity number says sex and day of birth, so these are asked for only where it
does not, and what contradicts it is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.people.codes import OVERSEAS_KINDS, SEXES, TYPES, UNREGISTERED_REASONS
from geoapp.people.numbers import CITIZEN, NONE, Number, read_number
from geoapp.people.rules import EARLIEST

LONGEST_NAME = 60
LONGEST_PLACE = 60
_PHONE = re.compile(r"\+?[0-9]{5,20}")
CHOOSE = N_("请选择列表中的一项。")
FILL = N_("请填写此项。")


@dataclass(frozen=True)
class Told:
    """What a form holds of a person, word for word; days are dates or None."""

    type: str
    name: str
    id_kind: str = CITIZEN
    id_number: str = ""
    sex: str = ""
    birth_date: date | None = None
    phone: str = ""
    registered_place: str = ""
    unregistered_reason: str = ""
    overseas_kind: str = ""


@dataclass(frozen=True)
class Identity:
    """The same, checked; what belongs to another type is None. `birth_year` where no more is known."""

    type: str
    name: str
    id_kind: str
    number: Number | None
    sex: str
    birth_date: date | None
    phone: str | None
    registered_place: str | None = None
    unregistered_reason: str | None = None
    overseas_kind: str | None = None
    birth_year: int | None = None


def check_told(told: Told, today: date) -> Identity:
    """The person as it may be stored. Raises InvalidInput for the first thing that is wrong."""
    if told.type not in TYPES:
        raise InvalidInput(CHOOSE, field="type")
    number = read_number(told.id_kind, told.id_number, today)
    check_document(told.type, told.id_kind, told.overseas_kind)
    born = _birth_date(number, told.birth_date, today)
    if number is None and born is None:
        raise InvalidInput(N_("没有证件号码时，请填写出生日期。"), field="birth_date")
    found = Identity(
        told.type, normal_name(told.name), told.id_kind, number, _sex(number, told.sex), born, normal_phone(told.phone)
    )
    return with_type(found, told)


def with_type(person: Identity, told: Told) -> Identity:
    """The person with what their type asks for, and nothing of the other types (A3.3). Raises InvalidInput."""
    bare = person
    if any((person.registered_place, person.unregistered_reason, person.overseas_kind)):
        bare = replace(person, registered_place=None, unregistered_reason=None, overseas_kind=None)
    if told.type == "floating":
        return replace(bare, registered_place=normal_place(told.registered_place))
    if told.type == "unregistered":
        _choose("unregistered_reason", told.unregistered_reason, UNREGISTERED_REASONS)
        return replace(bare, unregistered_reason=told.unregistered_reason)
    if told.type == "overseas":
        _choose("overseas_kind", told.overseas_kind, OVERSEAS_KINDS)
        return replace(bare, overseas_kind=told.overseas_kind)
    return bare


def check_document(kind_of_person: str, id_kind: str, overseas_kind: str = "") -> None:
    """Which documents each type has (A3.5 to A3.9). Raises InvalidInput.

    Registered and floating people are on a household register, so they have a citizen number or, a
    floating one, at least a document; only the unregistered and the overseas may have none. An overseas
    person with a citizen number is a Chinese living abroad.
    """
    if kind_of_person == "registered" and id_kind != CITIZEN:
        raise InvalidInput(N_("户籍人口须填写居民身份证号码。"), field="id_kind")
    if kind_of_person == "floating" and id_kind == NONE:
        raise InvalidInput(N_("流动人口须有证件号码。"), field="id_kind")
    if kind_of_person == "overseas" and id_kind == CITIZEN and overseas_kind != "overseas_chinese":
        raise InvalidInput(N_("境外人员中只有华侨使用居民身份证。"), field="id_kind")


def normal_name(text: str) -> str:
    """A name as it is stored: one space between words. Raises InvalidInput unless 1 to 60 signs with a letter."""
    name = " ".join(unicodedata.normalize("NFC", text or "").split())
    if not name:
        raise InvalidInput(FILL, field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(N_("姓名最多 %(most)s 个可见字符。"), field="name", most=LONGEST_NAME)
    letters = name.isalpha()  # most are nothing else
    if not letters and (not any(sign.isalpha() for sign in name) or any(sign.isdigit() for sign in name)):
        raise InvalidInput(N_("姓名应由文字组成，不含数字。"), field="name")
    return name


def normal_phone(text: str) -> str | None:
    """A telephone number as digits, None for none. Raises InvalidInput."""
    phone = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text or ""))
    if not phone:
        return None
    if not _PHONE.fullmatch(phone):
        raise InvalidInput(N_("电话应为 5 至 20 位数字。"), field="phone")
    return phone


def normal_place(text: str) -> str | None:
    """Where somebody is registered, as written; None for nothing. Raises InvalidInput."""
    place = " ".join((text or "").split())
    if len(place) > LONGEST_PLACE or not place.isprintable():
        raise InvalidInput(N_("户籍地最多 %(most)s 个可见字符。"), field="registered_place", most=LONGEST_PLACE)
    return place or None


def _sex(number: Number | None, told: str) -> str:
    if told and told not in SEXES:
        raise InvalidInput(CHOOSE, field="sex")
    if number is not None and number.sex:
        if told and told != number.sex:
            raise InvalidInput(N_("性别与身份证号码不符。"), field="sex")
        return number.sex
    if not told:
        raise InvalidInput(FILL, field="sex")
    return told


def _birth_date(number: Number | None, told: date | None, today: date) -> date | None:
    if number is not None and number.born:
        if told and told != number.born:
            raise InvalidInput(N_("出生日期与身份证号码不符。"), field="birth_date")
        return number.born
    if told is not None and not EARLIEST <= told <= today:
        raise InvalidInput(N_("出生日期早于 1900 年或晚于今天。"), field="birth_date")
    return told


def _choose(field: str, value: str, allowed: Mapping[str, str]) -> None:
    if value not in allowed:
        raise InvalidInput(CHOOSE, field=field)
