"""Area codes as numbers: a subtree of the region tree is a range of integers (D3.7, D4.4).

A code is text: 2 digits for a province, 4 for a city, 6 for a county, 9 for a street, 12 for a
community, 15 for a grid (standards C2, C3); the 12-digit form of the national lists, padded with
zeros, is accepted for every level above the grid. Its *key* is the code padded with zeros to 15
digits, as an integer: it fits a bigint and a JavaScript number. The subtree of a region is
`lo <= key <= hi`, so a new grid renumbers nobody and 33.01 never sees 33.010.
"""

from __future__ import annotations

from dataclasses import dataclass

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

LEVELS = ("province", "city", "county", "street", "community", "grid")
DIGITS = {"province": 2, "city": 4, "county": 6, "street": 9, "community": 12, "grid": 15}
KEY_DIGITS = 15


@dataclass(frozen=True, slots=True)
class RegionCode:
    """One area code, taken apart. `digits` is the significant text, without padding zeros."""

    digits: str
    level: str

    @property
    def lo(self) -> int:
        """First key of the subtree: the region's own key."""
        return int(self.digits.ljust(KEY_DIGITS, "0"))

    @property
    def hi(self) -> int:
        """Last key of the subtree."""
        return int(self.digits.ljust(KEY_DIGITS, "9"))

    @property
    def county(self) -> str:
        """Six digits that partition the big tables; shorter regions pad with zeros."""
        return self.digits[:6].ljust(6, "0")

    @property
    def text(self) -> str:
        """The code as it is stored and shown: 12 digits down to the community, 15 for a grid."""
        return self.digits if self.level == "grid" else self.digits.ljust(12, "0")

    def parent(self) -> RegionCode | None:
        """The next level up by the code alone, or None above the province."""
        position = LEVELS.index(self.level)
        if position == 0:
            return None
        level = LEVELS[position - 1]
        return RegionCode(self.digits[: DIGITS[level]], level)


def parse_code(text: str, level: str | None = None) -> RegionCode:
    """Read a code of 2, 4, 6, 9, 12 or 15 digits, or a zero-padded one.

    `level` settles what zeros leave open (441900000000 is a city without counties).
    Raises InvalidInput naming the code.
    """
    code = str(text).strip()
    if not (code.isascii() and code.isdigit()) or len(code) > KEY_DIGITS or int(code) == 0:
        raise InvalidInput(
            N_("区划代码“%(code)s”无效：应为 2 至 15 位数字。"), field="code", code=code
        )
    if level is not None:
        if level not in DIGITS:
            raise InvalidInput(N_("区划级别“%(level)s”不存在。"), field="level", level=level)
        return _at_level(code, level)
    significant = code.rstrip("0")
    for name, size in DIGITS.items():
        if len(significant) <= size and (len(code) >= size):
            return RegionCode(code[:size], name)
    raise InvalidInput(N_("区划代码“%(code)s”无效：应为 2 至 15 位数字。"), field="code", code=code)


def _at_level(code: str, level: str) -> RegionCode:
    size = DIGITS[level]
    if len(code) < size or code[size:].strip("0"):
        raise InvalidInput(
            N_("区划代码“%(code)s”与级别“%(level)s”不符：应有 %(size)s 位有效数字。"),
            field="code",
            code=code,
            level=level,
            size=size,
        )
    return RegionCode(code[:size], level)


def from_key(key: int) -> RegionCode:
    """The code of a stored key; the level is the shortest its zeros allow."""
    return parse_code(f"{key:0{KEY_DIGITS}d}")
