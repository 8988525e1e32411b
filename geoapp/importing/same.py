"""What equal rows have in common beside the grid: a keyed hash of name and number (A8.8)."""

from __future__ import annotations

from collections.abc import Sequence

from geoapp.core.crypto import keyed_hash, keyed_hashes
from geoapp.core.index_keys import index_ring
from geoapp.people.name_words import same_name
from geoapp.people.numbers import same_number

SAME = "import_row.same"
BYTES = 16


def hash_of(name: str | None, number: str | None, key: bytes | None = None) -> bytes | None:
    """Keyed hash of a name and a number, however they were typed; None without both."""
    if not name or not number:
        return None
    return keyed_hash(_said(name, number), SAME, key=key)[:BYTES]


def hashes_of(names: Sequence[str | None], numbers: Sequence[str | None]) -> list[bytes | None]:
    """`hash_of` of many rows."""
    said = [_said(name, number) if name and number else None for name, number in zip(names, numbers, strict=True)]
    found = iter(keyed_hashes([one for one in said if one is not None], SAME))
    return [None if one is None else next(found)[:BYTES] for one in said]


def current_hashes(name: str | None, number: str | None) -> list[bytes]:
    """What a stored row may have been hashed as: two while the key is changed."""
    found = (hash_of(name, number, key) for key in index_ring().keys().reading)
    return [one for one in found if one is not None]


def _said(name: str, number: str) -> str:
    return f"{same_name(name)}\0{same_number(number)}"
