"""What may be done with a code (D1.3, D1.4), as pure functions."""

from __future__ import annotations

import re

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.dictionaries.lists import Dictionary, Number

LONGEST = 60
MOST_CODES = 200
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def normal_code(text: str) -> str:
    """A code as it is stored. Raises InvalidInput."""
    code = (text or "").strip()
    if not _CODE.fullmatch(code):
        raise InvalidInput(N_("代码应为小写字母开头的字母、数字和下划线，最多 40 个字符。"), field="code")
    return code


def normal_words(text: str, field: str) -> str:
    """Words of a code. Raises InvalidInput unless 1 to 60 printable signs."""
    words = " ".join((text or "").split())
    if not words:
        raise InvalidInput(N_("请填写此项。"), field=field)
    if len(words) > LONGEST or not words.isprintable():
        raise InvalidInput(N_("名称最多 %(most)s 个可见字符。"), field=field, most=LONGEST)
    return words


def check_new(dictionary: Dictionary, code: str) -> None:
    """Raises Conflict for a code the list has, InvalidInput where it is full."""
    if code in dictionary:
        raise Conflict(N_("代码“%(code)s”已在这个字典里。"), field="code", code=code)
    if len(dictionary) >= MOST_CODES:
        raise InvalidInput(N_("一个字典最多 %(most)s 项。"), field="code", most=MOST_CODES)


def check_retire(dictionary: Dictionary, code: str) -> None:
    """Raises Conflict for a code the rules name, and for the last that can be chosen."""
    if code in dictionary.fixed:
        raise Conflict(N_("“%(word)s”由系统规则使用，只能改名，不能停用。"), word=Label(dictionary[code]))
    if dictionary.offered() == [code]:
        raise Conflict(N_("字典至少保留一项可选。"))


def check_delete(dictionary: Dictionary, code: str, used: bool) -> None:
    """Raises Conflict for a code of the seed, and for one that a record has: it is retired instead."""
    if code in dictionary.seed:
        raise Conflict(N_("系统自带的项不能删除，可以停用。"))
    if used:
        raise Conflict(N_("“%(word)s”已被记录使用，不能删除，可以停用。"), word=Label(dictionary[code]))


def check_number(number: Number, value: int) -> int:
    """Raises InvalidInput outside its bounds."""
    if not number.least <= value <= number.most:
        raise InvalidInput(
            N_("应为 %(least)s 至 %(most)s 的整数。"), field="value", least=number.least, most=number.most
        )
    return value
