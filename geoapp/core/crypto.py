"""Field protection: sealed cells, keyed search hashes and sealed tokens (D3.2; research/trust C2, C4).

A cell is version(1) | data key id(4) | nonce(12) | ciphertext | tag(16); its associated data is
"table.column.id", so a cell copied to another row or column does not open. Data keys come from the
ring (`geoapp.core.data_keys`): one for each class and year, wrapped by a key outside the database.
Library: cryptography.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geoapp.core.clock import today
from geoapp.core.data_keys import CannotDecrypt, KeyDestroyed, KeyRing, ring
from geoapp.core.index_keys import index_ring
from geoapp.core.settings import get_settings

__all__ = [
    "CannotDecrypt", "KeyDestroyed", "decrypt", "decrypt_many", "encrypt", "encrypt_many", "key_of_cell", "keyed_hash",
    "keyed_hashes", "normalised", "seal", "search_hash", "search_hashes", "search_hashes_of", "unseal",
]  # fmt: skip

VERSION = b"\x01"
NONCE_BYTES = 12
ID_BYTES = 4
HASH_BYTES = 16
_HEADER = len(VERSION) + ID_BYTES
_BODY = _HEADER + NONCE_BYTES


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(key)


def encrypt(
    text: str, place: str, *, keys: KeyRing | None = None, key_class: str = "S3", year: int | None = None
) -> bytes:
    """The cell for `text` at `place` ("table.column.id").

    `year` chooses the data key: the one in which the value is written, unless the caller knows when
    it will have to go (a retention year is erased by destroying its keys). `keys` are those of the
    process's database by default.
    """
    key = (keys or ring()).for_writing(key_class, year or today().year)
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.cipher.encrypt(nonce, text.encode(), place.encode())
    return VERSION + key.id.to_bytes(ID_BYTES, "big") + nonce + sealed


def encrypt_many(
    texts: Sequence[bytes], places: Iterable[str], *, keys: KeyRing, key_class: str = "S3", year: int
) -> list[bytes]:
    """The cells of many texts (UTF-8), each at its own place with its own nonce; one look for the key."""
    key = keys.for_writing(key_class, year)
    head, seal_one = VERSION + key.id.to_bytes(ID_BYTES, "big"), key.cipher.encrypt
    nonces = os.urandom(NONCE_BYTES * len(texts))
    cells = []
    for at, (text, place) in enumerate(zip(texts, places, strict=True)):
        nonce = nonces[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        cells.append(head + nonce + seal_one(nonce, text, place.encode()))
    return cells


def decrypt(cell: bytes, place: str, *, keys: KeyRing | None = None) -> str:
    """The text of a cell. Raises KeyDestroyed where its key is gone, CannotDecrypt otherwise."""
    key = (keys or ring()).for_reading(key_of_cell(cell))
    nonce, sealed = cell[_HEADER : _HEADER + NONCE_BYTES], cell[_HEADER + NONCE_BYTES :]
    try:
        return key.cipher.decrypt(bytes(nonce), bytes(sealed), place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt() from error


def decrypt_many(cells: Sequence[bytes], places: Iterable[str], *, keys: KeyRing) -> Iterator[bytes]:
    """The texts (UTF-8) of many cells, each at its own place; one look for each key. Raises as `decrypt` does."""
    opening: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}
    for cell, place in zip(cells, places, strict=True):
        head = cell[:_HEADER]
        if head not in opening:
            opening[head] = keys.for_reading(key_of_cell(cell)).cipher.decrypt
        try:
            yield opening[head](cell[_HEADER:_BODY], cell[_BODY:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotDecrypt() from error


def key_of_cell(cell: bytes) -> int:
    """Id of the data key a cell was sealed with. Raises CannotDecrypt for what is no cell."""
    if cell[: len(VERSION)] != VERSION or len(cell) < _HEADER + NONCE_BYTES:
        raise CannotDecrypt()
    return int.from_bytes(cell[len(VERSION) : _HEADER], "big")


def seal(text: str, purpose: str) -> bytes:
    """Text that leaves the server and comes back unread and unchanged, such as a page token."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_derived(get_settings().key("session"), f"seal.{purpose}"))
    return nonce + cipher.encrypt(nonce, text.encode(), purpose.encode())


def unseal(sealed: bytes, purpose: str) -> str:
    """What `seal` was given. Raises CannotDecrypt."""
    cipher = AESGCM(_derived(get_settings().key("session"), f"seal.{purpose}"))
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, body, purpose.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt() from error


def normalised(number: str) -> str:
    """An identity number or phone as it is hashed: NFKC, upper case, no spaces or hyphens."""
    return unicodedata.normalize("NFKC", number).upper().replace(" ", "").replace("-", "")


def search_hash(number: str, column: str, *, key: bytes | None = None) -> bytes:
    """Keyed hash by which an exact number is found; a key of its own for each column."""
    return keyed_hash(normalised(number), column, key=key)[:HASH_BYTES]


def search_hashes(number: str, column: str) -> list[bytes]:
    """What a stored number may be hashed as: two while the key is changed, else one."""
    return [search_hash(number, column, key=key) for key in index_ring().keys().reading]


def keyed_hash(text: str, purpose: str, *, key: bytes | None = None) -> bytes:
    """HMAC-SHA-256 of the text with a key of its own for each purpose, derived from that which writes."""
    return hmac.digest(_derived(key or index_ring().keys().writing, purpose), text.encode(), "sha256")


def keyed_hashes(texts: Iterable[str], purpose: str) -> list[bytes]:
    """`keyed_hash` of many texts under the key that writes."""
    begun = HMAC(_derived(index_ring().keys().writing, purpose), SHA256())  # keyed once: two thirds of the time
    found = []
    for text in texts:
        one = begun.copy()
        one.update(text.encode())
        found.append(one.finalize())
    return found


def search_hashes_of(numbers: Sequence[str | None], column: str) -> list[bytes | None]:
    """`search_hash` of many numbers under the key that writes, None for none."""
    found = iter(keyed_hashes((normalised(number) for number in numbers if number), column))
    return [next(found)[:HASH_BYTES] if number else None for number in numbers]
