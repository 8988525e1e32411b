"""Cipher suites of data keys: the international one and the national one (research/trust C2).

The suite stands beside each data key, so cells of both can lie in one column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher as Encryption
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from geoapp.core.setting_values import CIPHERS

TAG_BYTES = 16


class Cipher(Protocol):
    """Authenticated encryption; a wrong key, place or byte raises cryptography's InvalidTag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The data."""
        ...


class Sm4Gcm:
    """SM4 in Galois/Counter Mode (RFC 8998), in the shape of the library's AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""
        writer = Encryption(self._algorithm, GCM(nonce)).encryptor()
        writer.authenticate_additional_data(associated_data)
        return writer.update(data) + writer.finalize() + writer.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The data. Raises InvalidTag; ValueError where there is no whole tag."""
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        reader = Encryption(self._algorithm, GCM(nonce, tag)).decryptor()
        reader.authenticate_additional_data(associated_data)
        return reader.update(body) + reader.finalize()


@dataclass(frozen=True, slots=True)
class Suite:
    """How long a key is, and the cipher it makes."""

    key_bytes: int
    cipher: Callable[[bytes], Cipher]


SUITES: dict[str, Suite] = dict(zip(CIPHERS, (Suite(32, AESGCM), Suite(16, Sm4Gcm)), strict=True))
