"""The words a name is found by: characters with the next one, Latin words, pinyin initials (C4).

Pure functions. 王小明 has the words 王小, 小明, 明 and ~wxm; "Anna Schmidt" has anna, schmidt and
~as. A word of two characters is two hundred times rarer than one of one. A single character is
found as the first of its words, and the first initials as the beginning of all (see `name_tokens`),
so neither has a word of its own. A surname with several readings gives initials for each, so 单 is
found by s and by d. Library: pypinyin.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import zip_longest
from string import ascii_lowercase

from pypinyin import Style, pinyin

MOST_INITIALS = 6
INITIALS = re.compile(rf"[a-z]{{2,{MOST_INITIALS}}}")
_PART = re.compile(r"[^\W\d_]+|\d+")
UNSAID = r"[\s·•‧∙・.]+"
"""Blanks and the dots of names, as NFKC leaves them."""


def same_name(name: str) -> str:
    """A name as it is compared: however wide its signs were typed, in capitals or not, without blanks and dots.

    "ＡＮＮＡ Schmidt" and "Anna schmidt" are one name, as are 阿依古丽·买买提 and 阿依古丽．买买提.
    """
    return re.sub(UNSAID, "", _folded(name))


def words_of(name: str) -> frozenset[str]:
    """Every word of a name, initials marked by "~"."""
    parts = _parts(name)
    letters = [_letters(part) for part in parts if not part.isdigit()]
    rest = "".join(readings[0] for readings in letters[1:])
    initials = {first + rest for first in letters[0]} if rest else set()
    return frozenset([*_joined(parts), *(f"~{one[:MOST_INITIALS]}" for one in initials)])


def words_asked(text: str) -> frozenset[str]:
    """What a search means: a name must have one of these words. Empty where it means nothing.

    The rarest kind of word alone, of pairs the last, since fewer people share the given name than the
    surname: what has it is then compared with the text in full.
    """
    folded = _folded(text)
    if INITIALS.fullmatch(folded):
        return frozenset([folded, f"~{folded}"])
    parts = _parts(folded)
    pairs = [word for word in _joined(parts) if is_pair(word)]
    return frozenset(pairs[-1:] or sorted(parts, key=len, reverse=True)[:1])


def is_pair(word: str) -> bool:
    """Whether a word is a character with the next one."""
    return len(word) == 2 and not word.isascii()


def _joined(parts: list[str]) -> list[str]:
    """Each part, a character with the one behind it."""
    return [
        one + two if two and not one.isascii() and not two.isascii() else one
        for one, two in zip_longest(parts, parts[1:], fillvalue="")
    ]


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
    letters = (letter for letter in (found[0] if found else ()) if letter and letter in ascii_lowercase)
    return tuple(dict.fromkeys(letters)) or ("?",)
