"""How alike two addresses are: numbers must be equal, names may be written a little differently; who wins.

Pure functions; names are compared by rapidfuzz (docs/decisions: addresses). Parts are read by `address_parts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from rapidfuzz import fuzz

from geoapp.importing.address_parts import Address

SURE, AHEAD, POSSIBLE = 93.0, 8.0, 65.0
"""Scores of 100: a winner has SURE and is AHEAD of every other; below POSSIBLE nobody is asked to look."""
EQUAL, MOST_ALIKE = 100.0, 99.0
"""The same text; at most what two texts that differ can have."""
MISSING = {"lane": 10.0, "building": 12.0, "phase": 12.0, "number": 4.0, "unit": 3.0, "road": 2.0, "estate": 2.0}
"""What a part costs that the place on register lacks."""
SILENT = {"lane": 10.0, "building": 12.0, "phase": 6.5, "number": 0.5, "unit": 0.5, "road": 0.5, "estate": 0.5}
"""What a part costs of which the address says nothing: two places of one name stay alike, with street or without."""
T = TypeVar("T")
NUMBERS = ("lane", "number", "building")
PARTS = ("road", "lane", "number", "estate", "phase", "building")
_ORDER = frozenset("东南西北前后上下内外新老一二三四五六七八九十0123456789甲乙丙丁ABCDEFG")
"""Signs that tell neighbours apart: 北大街 is not 南大街, 一区 not 二区."""


def score(wanted: Address, stored: Address) -> float:
    """0 to 100: how surely the two are one place; 0 where a number differs or nothing holds them together."""
    if wanted.text and wanted.text == stored.text:
        return EQUAL
    held = False
    for name in (*NUMBERS, "phase", "unit", "room"):
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
    missing = sum(cost for name, cost in MISSING.items() if getattr(wanted, name) and not getattr(stored, name))
    silent = sum(cost for name, cost in SILENT.items() if getattr(stored, name) and not getattr(wanted, name))
    worth = max(0.0, min(*likeness, MOST_ALIKE) - missing - silent)
    # a building of a road is one of many without the number of its court
    one_of_many = not (wanted.estate and stored.estate) and not (wanted.number or wanted.lane) and bool(stored.number)
    return min(worth, SURE - 1) if wanted.vague or stored.vague or one_of_many else worth


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


def merged(aliases: Iterable[Address]) -> list[tuple[Address, Address]]:
    """Each way a building may be called, and all that is known of it: parts that those say which agree with it."""
    known = sorted(set(aliases), key=lambda address: -sum(bool(getattr(address, name)) for name in PARTS))
    groups: list[Address] = []
    found = []
    for one in known:
        at = next((at for at, group in enumerate(groups) if _agree(one, group)), len(groups))
        if at == len(groups):
            groups.append(one)
        missing = {name: getattr(one, name) for name in PARTS if not getattr(groups[at], name)}
        groups[at] = replace(groups[at], **missing)
        found.append((one, at))
    return [(one, groups[at]) for one, at in found]


def contradicts(wanted: Address, known: Address) -> bool:
    """Whether a number differs from what is known of a place under another of its names."""
    return any(
        getattr(wanted, name) and getattr(known, name) and getattr(wanted, name) != getattr(known, name)
        for name in (*NUMBERS, "phase")
    )


def _agree(one: Address, other: Address) -> bool:
    return all(
        not getattr(one, name) or not getattr(other, name) or getattr(one, name) == getattr(other, name)
        for name in PARTS
    )
