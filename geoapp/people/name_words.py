"""The words a name is found by: its characters, its Latin words and its pinyin initials (C4).

Pure functions. 王小明 has the words 王, 小, 明, wx and wxm; "Anna Schmidt" has anna, schmidt, as.
A character with several readings gives initials for each, so 单 is found by s and by d.
Library: pypinyin.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin

MOST_READINGS = 8
"""Initials kept of one name: readings multiply."""
INITIALS = re.compile(r"[a-z]{2,6}")
_PART = re.compile(r"[^\W\d_]+|\d+")


def words_of(name: str) -> frozenset[str]:
    """Every word of a name, initials marked by "~"."""
    parts = _parts(name)
    choices = [_letters(part) for part in parts if not part.isdigit()]
    initials = {"".join(letters) for letters in islice(product(*choices), MOST_READINGS)}
    starts = {text[:length] for text in initials for length in range(2, len(text) + 1)}
    return frozenset([*parts, *(f"~{start}" for start in starts)])


def words_asked(text: str) -> tuple[frozenset[str], ...]:
    """What a search means: of each set a name must have one word. Empty where it means nothing."""
    folded = _folded(text)
    if INITIALS.fullmatch(folded):
        return (frozenset([folded, f"~{folded}"]),)
    return tuple(frozenset([part]) for part in dict.fromkeys(_parts(folded)))


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
