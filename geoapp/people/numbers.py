"""Identity numbers (GB 11643; standards C1): what a number must look like, and what it says.

Pure functions. A 15-digit number is the old form of an 18-digit one; both are kept as the 18 digits,
so that they are one number to every comparison (A3.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from operator import mul

from geoapp.core.crypto import normalised
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
OLD_CENTURY = "19"
"""15-digit numbers were given out before 1999."""
EARLIEST_YEAR = 1900
CITIZEN, NONE = "citizen", "none"
CHECKED = frozenset({CITIZEN, "hmt_residence"})
"""Kinds of 18 digits with a birth date, a sex and a check digit."""
FORMS = {
    "passport": re.compile(r"[A-Z0-9]{5,17}"),
    "hm_permit": re.compile(r"[HM]\d{8}(\d{2})?"),
    "tw_permit": re.compile(r"\d{8}(\d{2})?"),
    "foreign_residence": re.compile(r"[A-Z]{3}\d{12}|9\d{17}"),
    "other": re.compile(r"[A-Z0-9]{4,20}"),
}
"""Kind to what its numbers look like, without spaces and hyphens, in capitals."""


@dataclass(frozen=True)
class Number:
    """A checked number as it is stored, with the day of birth and the sex it tells, if it does."""

    kind: str
    text: str
    born: date | None = None
    sex: str | None = None


def read_number(kind: str, text: str, today: date) -> Number | None:
    """The number of a document of that kind, or None for the kind "none".

    Raises InvalidInput naming what is wrong with it.
    """
    number = normalised(text)
    if kind == NONE:
        if number:
            raise InvalidInput(N_("选择“无证件”时不要填写号码。"), field="id_number")
        return None
    if not number:
        raise InvalidInput(N_("请填写此项。"), field="id_number")
    if kind in CHECKED:
        return read_citizen(number, today, kind)
    if kind not in FORMS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="id_kind")
    if not FORMS[kind].fullmatch(number):
        raise InvalidInput(N_("号码的格式与所选证件不符。"), field="id_number")
    return Number(kind, number)


def read_citizen(number: str, today: date, kind: str = CITIZEN) -> Number:
    """An 18-digit number, or a citizen's old 15 digits, checked. Raises InvalidInput."""
    if kind == CITIZEN and re.fullmatch(r"[0-9]{15}", number):
        number = lengthened(number)
    elif not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise InvalidInput(N_("身份证号码应为 18 位（末位可为 X），或旧的 15 位。"), field="id_number")
    elif number[-1] != check_digit(number[:17]):
        raise InvalidInput(N_("身份证号码的校验位不符，请逐位核对。"), field="id_number")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise InvalidInput(N_("身份证号码中的出生日期不存在。"), field="id_number") from error
    if born > today or born.year < EARLIEST_YEAR:
        raise InvalidInput(N_("身份证号码中的出生日期早于 1900 年或晚于今天。"), field="id_number")
    return Number(kind, number, born, "M" if int(number[16]) % 2 else "F")


def lengthened(old: str) -> str:
    """The 18-digit form of a 15-digit number."""
    body = old[:6] + OLD_CENTURY + old[6:]
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """The last sign of an 18-digit number, for its first 17."""
    return CHECKS[sum(map(mul, map(int, body), WEIGHTS)) % 11]


def same_number(text: str) -> str:
    """A number as it is stored: an old citizen number in its new form, any other normalised."""
    number = normalised(text)
    return lengthened(number) if re.fullmatch(r"[0-9]{15}", number) else number
