"""Field protection: AES-256-GCM cells and keyed search hashes (D3.2; research/trust C2, C4).

A cell is version(1) | key id(4) | nonce(12) | ciphertext | tag(16); its associated data is
"table.column.id", so a cell copied to another row or column does not open. Keys live in files
outside the database (`geoapp.core.keys`). Library: cryptography.
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings

VERSION = b"\x01"
KEY_ID = (1).to_bytes(4, "big")
_HEADER = len(VERSION) + len(KEY_ID)
HASH_BYTES = 16


class CannotDecrypt(GeoappError):
    """A cell does not open: wrong key, or moved from another row."""

    msgid = N_("受保护的字段无法解密：密钥不符或数据被移动。")


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=32)
def _column_key(key: bytes, column: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=column.encode()).derive(key)


def encrypt(text: str, place: str) -> bytes:
    """The cell for `text` at `place` ("table.column.id")."""
    nonce = os.urandom(12)
    sealed = _cipher(get_settings().key("field")).encrypt(nonce, text.encode(), place.encode())
    return VERSION + KEY_ID + nonce + sealed


def decrypt(cell: bytes, place: str) -> str:
    """The text of a cell. Raises CannotDecrypt."""
    if cell[:_HEADER] != VERSION + KEY_ID:
        raise CannotDecrypt()
    nonce, sealed = cell[_HEADER : _HEADER + 12], cell[_HEADER + 12 :]
    try:
        return (
            _cipher(get_settings().key("field"))
            .decrypt(nonce, bytes(sealed), place.encode())
            .decode()
        )
    except InvalidTag as error:
        raise CannotDecrypt() from error


def normalised(number: str) -> str:
    """An identity number or phone as it is hashed: NFKC, upper case, no spaces or hyphens."""
    return unicodedata.normalize("NFKC", number).upper().replace(" ", "").replace("-", "")


def search_hash(number: str, column: str) -> bytes:
    """Keyed hash by which an exact number is found; a key of its own for each column."""
    key = _column_key(get_settings().key("index"), column)
    return hmac.digest(key, normalised(number).encode(), "sha256")[:HASH_BYTES]
