"""The words a name is found by: characters, pairs of them, Latin words and pinyin initials (C4).

Pure functions. 王小明 has the words 王, 小, 明, 王小, 小明, wx and wxm; "Anna Schmidt" has anna,
schmidt and as. A pair is two hundred times rarer than a character, so one pair finds a name.
A surname with several readings gives initials for each, so 单 is found by s and by d.
Library: pypinyin.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from pypinyin import Style, pinyin

INITIALS = re.compile(r"[a-z]{2,6}")
_PART = re.compile(r"[^\W\d_]+|\d+")


def words_of(name: str) -> frozenset[str]:
    """Every word of a name, initials marked by "~"."""
    parts = _parts(name)
    letters = [_letters(part) for part in parts if not part.isdigit()]
    rest = "".join(readings[0] for readings in letters[1:])
    initials = {first + rest for first in letters[0]} if letters else set()
    starts = {text[:length] for text in initials for length in range(2, len(text) + 1)}
    return frozenset([*parts, *_pairs(parts), *(f"~{start}" for start in starts)])


def words_asked(text: str) -> frozenset[str]:
    """What a search means: a name must have one of these words. Empty where it means nothing.

    The rarest kind of word alone: what has it is then compared with the text in full.
    """
    folded = _folded(text)
    if INITIALS.fullmatch(folded):
        return frozenset([folded, f"~{folded}"])
    parts = _parts(folded)
    return frozenset(_pairs(parts)[:1] or sorted(parts, key=len, reverse=True)[:1])


def _pairs(parts: list[str]) -> list[str]:
    return [one + two for one, two in pairwise(parts) if not one.isascii() and not two.isascii()]


def _parts(name: str) -> list[str]:
    """Single characters of Chinese, whole words of other writing, runs of digits."""
    found: list[str] = []
    for run in _PART.findall(_folded(name)):
        found += [run] if run.isascii() else list(run)
    return found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


@lru_cache(maxsize=32_768)
def _letters(part: str) -> tuple[str, ...]:
    """First letters of a character's readings, the commonest first; of a Latin word its own."""
    if part.isascii():
        return (part[0],)
    found = pinyin(part, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    letters = (letter for letter in (found[0] if found else ()) if letter.isascii() and letter)
    return tuple(dict.fromkeys(letters)) or ("?",)
