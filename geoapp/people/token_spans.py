"""Words of names as keyed numbers of 64 bits, those of one beginning side by side (research/trust C4).

A character with the next one is 36 bits of the first's keyed hash and 28 of the pair's, so whoever
looks for the character alone reads one span of the index. Initials are 40 bits of the first two's
hash and 6 bits for each that follows, moved by a hash of those before it: the first of them are a
span of all, and no letter is to be read from a token.
"""

from __future__ import annotations

from functools import lru_cache
from string import ascii_lowercase

from geoapp.core.crypto import keyed_hash
from geoapp.core.index_keys import index_ring
from geoapp.people.name_words import MOST_INITIALS, is_pair

BITS, HEAD_BITS, LETTER_BITS = 64, 36, 6
TAIL_BITS = BITS - HEAD_BITS
END = "\0"
LETTERS = f"{END}{ascii_lowercase}?"
Span = tuple[int, int]
"""First and last token, as the database's bigint."""


def token_of(word: str, key: bytes | None = None) -> int:
    """What is stored for a word of a name; by the index key that writes unless said."""
    return span_of(word.ljust(1 + MOST_INITIALS, END) if word.startswith("~") else word, key)[0]


def span_of(word: str, key: bytes | None = None) -> Span:
    """The tokens that a word means when it is looked for."""
    return _span(word, key or index_ring().keys().writing)


@lru_cache(maxsize=100_000)
def _span(word: str, key: bytes) -> Span:
    if word.startswith("~"):
        number, free = _initials(word[1:], key)
    elif is_pair(word):
        number, free = _hash(word[0], HEAD_BITS, key) << TAIL_BITS | _hash(word, TAIL_BITS, key), 0
    else:
        number, free = _hash(word, HEAD_BITS, key) << TAIL_BITS, TAIL_BITS
    first = number - (1 << BITS if number >> BITS - 1 else 0)
    return first, first + (1 << free) - 1


def _initials(text: str, key: bytes) -> tuple[int, int]:
    """The number of two to six initials, and how many of its last bits stand for whatever follows."""
    free = LETTER_BITS * (MOST_INITIALS - 2)
    number = _hash(f"~{text[:2]}", BITS - free, key) << free
    for place in range(2, len(text)):
        free -= LETTER_BITS
        moved = LETTERS.index(text[place]) + _hash(f"~{text[:place]}", LETTER_BITS, key)
        number |= moved % (1 << LETTER_BITS) << free
    return number, free


def _hash(text: str, bits: int, key: bytes) -> int:
    return int.from_bytes(keyed_hash(text, "resident.name", key=key)[:8], "big") >> BITS - bits
