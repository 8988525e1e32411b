"""Addresses in parts, and how alike two of them are: numbers must be equal, names may be written a little differently.

Pure functions; names are compared by rapidfuzz (docs/decisions: addresses). Parts are texts, "" where an address
says nothing: 海淀路8号院燕园小区3号楼2单元501室 has road 海淀路, number 8, estate 燕园, building 3, unit 2, room 501.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rapidfuzz import fuzz

SURE, AHEAD, POSSIBLE = 88.0, 8.0, 65.0
"""Scores of 100: a winner has SURE and is AHEAD of every other; below POSSIBLE nobody is asked to look."""
EQUAL, MOST_ALIKE = 100.0, 99.0
"""The same text; at most what two texts that differ can have."""
MISSING = {"lane": 10.0, "building": 12.0, "number": 4.0, "unit": 3.0, "road": 2.0, "estate": 2.0}
"""What a part costs that only one of the two has."""
T = TypeVar("T")
NUMBERS = ("lane", "number", "building")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNIT_WORDS = "号楼|栋|幢|座|单元|门|层|楼|室|号|弄|巷|区"
_CHINESE = re.compile(rf"([零〇一二两三四五六七八九十百]+)(?={_UNIT_WORDS})")
_NOISE = re.compile(r"[\s,，.。;；:：、·'\"“”()（）\[\]【】]+")
_DASHES = re.compile(r"[‐‑‒–—―－_~～至]+")
_TOKENS = re.compile(
    r"(?P<building>(?:[甲乙丙丁]?\d+[甲乙丙丁A-Z]?|[A-Z]\d*)(?:号楼|栋|幢|座|#楼?)(?:之\d+)?)"
    r"|(?P<unit>(?:\d+|[A-Z])(?:单元|门))"
    r"|(?P<room>[A-Z]?\d+[A-Z]?号?(?:室|房|户))"
    r"|(?P<storey>\d+(?:层|楼))"
    r"|(?P<lane>\d+弄)"
    r"|(?P<number>[甲乙丙丁]?\d+(?:[-之]\d+)?[甲乙丙丁]?号(?:大?院|院内)?)"
    r"|(?P<dashed>(?:\d+|[A-Z])(?:-\d+){1,2}[A-Z]?$)"
    r"|(?P<bare>\d{2,4}[A-Z]?$)"
)
_ROAD = re.compile(r"(.{1,}?(?:大街|大道|路|街|胡同|巷))(.{2,})")
_SUFFIX = re.compile(r"(?<=..)(?:住宅小区|小区|住宅区|生活区|院内|院)$")
_ORDER = frozenset("东南西北前后上下内外新老一二三四五六七八九十0123456789甲乙丙丁ABCDEFG")
"""Signs that tell neighbours apart: 北大街 is not 南大街, 一区 not 二区."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address; `text` is all of it, tidied."""

    text: str
    road: str = ""
    lane: str = ""
    number: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""

    @property
    def outside(self) -> Address:
        """Without what lies behind the door of the building."""
        return Address("", self.road, self.lane, self.number, self.estate, self.building)


def tidy(text: str) -> str:
    """Full-width signs narrowed, capitals, no blanks and stops, one kind of dash, digits for counted things."""
    text = _NOISE.sub("", unicodedata.normalize("NFKC", text).upper())
    return _CHINESE.sub(lambda found: _number(found[1]), _DASHES.sub("-", text))


def parse(text: str, above: Sequence[str] = (), communities: Sequence[str] = ()) -> Address:
    """The parts of an address. `above`: names of provinces to streets, left out where it begins with them;
    `communities`: theirs are left out where another name follows."""
    whole = _without(tidy(text), above, communities)
    parts: dict[str, str] = {}
    names: list[str] = []
    last = 0
    for found in _TOKENS.finditer(whole):
        gap = whole[last:found.start()].strip("-")
        last = found.end()
        _take(str(found.lastgroup), found[0], gap, parts, names)
    rest = whole[last:].strip("-")
    if rest and not parts:
        names.append(rest)
    estate = "".join(names)
    if not parts.get("road"):
        split = _ROAD.fullmatch(estate)
        if split and _SUFFIX.sub("", "xx" + split[2]) != "xx":
            parts["road"], estate = split[1], split[2]
    return Address(whole, estate=_SUFFIX.sub("", estate), **parts)


def score(wanted: Address, stored: Address) -> float:
    """0 to 100: how surely the two are one place; 0 where a number differs or nothing holds them together."""
    if wanted.text and wanted.text == stored.text:
        return EQUAL
    held = False
    for name in (*NUMBERS, "unit", "room"):
        one, other = getattr(wanted, name), getattr(stored, name)
        if one and other and one != other:
            return 0.0
        held |= bool(one and one == other and name in NUMBERS)
    likeness = [
        name_likeness(one, other)
        for one, other in ((wanted.road, stored.road), (wanted.estate, stored.estate)) if one and other
    ]  # fmt: skip
    if not likeness or min(likeness) <= 0:
        return 0.0
    numbered = any(getattr(one, name) for one in (wanted, stored) for name in NUMBERS)
    if numbered and not held:
        return 0.0
    missing = (MISSING[name] for name in MISSING if bool(getattr(wanted, name)) != bool(getattr(stored, name)))
    return max(0.0, min(*likeness, MOST_ALIKE) - sum(missing))


def name_likeness(one: str, other: str) -> float:
    """0 to 100 of two names of roads or estates; signs of order and direction must be the same."""
    if one == other:
        return 100.0
    left, right = (Counter(sign for sign in name if sign in _ORDER) for name in (one, other))
    if left - right and right - left:
        return 0.0
    alike = float(fuzz.ratio(one, other))
    return alike if left == right else min(alike, SURE - 1)


def decide(scored: Iterable[tuple[float, T]]) -> tuple[T | None, list[tuple[float, T]]]:
    """The clear winner or None, and all that are possible, the best first."""
    possible = sorted((one for one in scored if one[0] >= POSSIBLE), key=lambda one: -one[0])
    if not possible or possible[0][0] < SURE:
        return None, possible
    ahead = len(possible) == 1 or possible[0][0] - possible[1][0] >= AHEAD
    exact = possible[0][0] == EQUAL and (len(possible) == 1 or possible[1][0] < EQUAL)
    return (possible[0][1] if ahead or exact else None), possible


# -- parts ---------------------------------------------------------------------------------


def _take(kind: str, word: str, gap: str, parts: dict[str, str], names: list[str]) -> None:
    """One numbered word and the name before it."""
    if (kind in ("lane", "number") or (kind == "bare" and not parts)) and gap and "road" not in parts:
        parts["road"] = gap
    elif gap:
        names.append(gap)
    if kind == "dashed":
        _take_dashed(word.split("-"), parts)
    elif kind == "bare":
        door = "room" if parts.keys() & {"number", "building"} else "number"
        parts.setdefault(door, word.lstrip("0") or "0")
    elif kind == "number" and "number" in parts:
        parts["number"] = f"{parts['number']}/{_plain(word)}"
    elif kind != "storey":
        parts.setdefault(kind, _plain(word))


def _take_dashed(numbers: list[str], parts: dict[str, str]) -> None:
    """3-2-501 is building, unit, room; 3-501 building and room, or unit and room where the building is known."""
    known = "building" in parts
    names = ("building", "unit", "room") if len(numbers) == 3 else ("unit" if known else "building", "room")
    for name, number in zip(names, numbers, strict=True):
        parts.setdefault(name, number.lstrip("0") or "0")


def _plain(word: str) -> str:
    """The number of a numbered word: 08号院 is 8, A座 is A, 3号楼之2 is 3之2."""
    bare = re.sub(r"号楼|单元|大?院内?|[栋幢座门室房户弄号楼#]", "", word)
    return re.sub(r"(?<![0-9])0+(?=\d)", "", bare)


def _without(text: str, above: Sequence[str], communities: Sequence[str]) -> str:
    """The address behind the names of the regions it begins with."""
    going = True
    while going:
        going = False
        for name in above:
            if name and text.startswith(name) and len(text) > len(name):
                text, going = text[len(name):], True
    for name in communities:
        if name and text.startswith(name) and not _TOKENS.match(text, len(name)) and len(text) > len(name) + 1:
            return text[len(name):]
    return text


def _number(word: str) -> str:
    """十二 as 12, 二〇三 as 203, 一百零五 as 105."""
    if not set(word) & {"十", "百"}:
        return "".join(str(_DIGITS[sign]) for sign in word)
    total, digit = 0, 0
    for sign in word:
        if sign == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif sign == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[sign]
    return str(total + digit)
