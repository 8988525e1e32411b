"""Password hashes: Argon2id, never more at once than the memory is meant for.

A hash takes 64 MiB for some 50 ms. With a thread for each request a burst of guesses would take
gigabytes; so at most `AT_ONCE` are computed in a process and the others wait, outside of any
transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geoapp.core.errors import Unavailable

AT_ONCE = 2
LONGEST_WAIT = 4.0
"""Seconds."""

_hasher = PasswordHasher()
_room = BoundedSemaphore(AT_ONCE)
_NOBODYS = _hasher.hash("a password nobody has")


def hash_password(password: str) -> str:
    """The text to store. Raises Unavailable when too many are waiting."""
    with _one_of_few():
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; without one, the same time is spent (AU-3)."""
    with _one_of_few():
        try:
            return _hasher.verify(stored or _NOBODYS, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _room.acquire(timeout=LONGEST_WAIT):
        raise Unavailable()
    try:
        yield
    finally:
        _room.release()
