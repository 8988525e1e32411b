"""Cells to values: what cannot be understood is None and told, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

import numpy as np

Column = np.ndarray | list[str | None]
MAX_TEXT = 200
_WHOLE = re.compile(r"([+-]?\d{1,9})(?:\.0+)?(?:层|楼|F|f|单元)?")
YES = frozenset({"1", "true", "t", "yes", "y", "是", "有", "出租", "出租房", "租"})
NO = frozenset({"0", "false", "f", "no", "n", "否", "无", "非出租", "自住", "非出租房"})


def as_texts(column: Column) -> list[str | None]:
    """Texts as the reader cleaned them; whole numbers without a decimal point; none is None."""
    if isinstance(column, np.ndarray):
        return [_number_text(one) for one in column.tolist()]
    return column


def _number_text(value: float) -> str | None:
    if value != value:  # NaN stands for none
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def whole(text: str) -> int:
    """A whole number, full-width digits and 6层 included. Raises ValueError."""
    found = _WHOLE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError(text)
    return int(found[1])


def whole_between(least: int, most: int) -> Callable[[str], int]:
    """A parser for whole numbers of that range."""

    def parse(text: str) -> int:
        number = whole(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return parse


def yes_or_no(text: str) -> bool:
    """Raises ValueError for anything else."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(text)


def decimal_above_zero(text: str) -> Decimal:
    """A number above 0, rounded to two decimals; 89.5㎡ is one. Raises ValueError."""
    try:
        # NFKC writes ㎡ as m2
        plain = unicodedata.normalize("NFKC", text).strip()
        number = Decimal(plain.removesuffix("m2").removesuffix("平方米").strip())
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite() or not 0 < number < 10_000_000:
        raise ValueError(text)
    return number.quantize(Decimal("0.01"))


def coded(*tables: Mapping[str, str]) -> Callable[[str], str]:
    """A parser that looks a word up in tables of word to code, case and blanks aside."""
    known = {word.casefold(): code for table in tables for word, code in table.items()}

    def parse(text: str) -> str:
        code = known.get(text.strip().casefold())
        if code is None:
            raise ValueError(text)
        return code

    return parse


def labels(codes: Mapping[str, str]) -> dict[str, str]:
    """Code and Chinese label of a code list, each to its code."""
    return {**{code: code for code in codes}, **{label: code for code, label in codes.items()}}
