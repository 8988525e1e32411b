"""Which official community a place name belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMITTEE = re.compile(r"(?:居民委员会|居委会|村民委员会|村委会)$")
_ADDED = re.compile(r"(?:社区|小区|[\s·\-－—])")


def community_name(official: str) -> str:
    """东楼社区居委会 -> 东楼社区; 大有庄村委会 -> 大有庄村: the place, not its committee."""
    name = _COMMITTEE.sub("", official)
    is_village = official.endswith(("村委会", "村民委员会"))
    return name + "村" if is_village and not name.endswith("村") else name


def stem(official: str) -> str:
    """The part of an official name that place names repeat: 静淑苑社区居委会 -> 静淑苑."""
    return re.sub(r"(?:社区|村)$", "", community_name(official))


def match_community(place: str | None, officials: Iterable[str]) -> str | None:
    """The official name a place name repeats, the longest when several do, else None.

    静淑苑东区 -> 静淑苑社区居委会; 西44楼 -> 西楼社区居委会 (a numbered house of a row).
    """
    if not place:
        return None
    plain = _ADDED.sub("", place)
    found = [(len(stem(name)), name) for name in officials if _repeats(plain, stem(name))]
    if not found:
        return None
    longest = max(size for size, _ in found)
    best = sorted({name for size, name in found if size == longest})
    return best[0] if len(best) == 1 else None


def _repeats(plain: str, wanted: str) -> bool:
    if len(wanted) < 2:
        return False
    if wanted.endswith("楼"):
        numbered = rf"{re.escape(wanted[:-1])}(?:\d+|[一二三四五六七八九十]+)号?楼?"
        return re.fullmatch(numbered, plain) is not None
    return wanted in plain
