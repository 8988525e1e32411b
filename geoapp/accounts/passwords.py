"""Password hashes: Argon2id, never more at once than the memory is meant for.

Cost: 19 MiB, two passes, one lane, the OWASP recommendation for sign-in pages; a hash carries its
own cost, so older ones go on working. With a thread for each request a burst of guesses would take
gigabytes; so at most `AT_ONCE` are computed in a process and the others wait, outside of any
transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geoapp.core.errors import Unavailable

AT_ONCE = 2
LONGEST_WAIT = 4.0
"""Seconds."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_room = BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """The text to store. Raises Unavailable when too many are waiting."""
    with _one_of_few():
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; without one, the same time is spent (AU-3)."""
    with _one_of_few():
        try:
            return _hasher.verify(stored or _nobodys(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str | None) -> bool:
    """Whether a stored text was made at another cost than today's: it takes another time to check (AU-3)."""
    return stored is not None and _hasher.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _hasher.hash("a password nobody has")


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _room.acquire(timeout=LONGEST_WAIT):
        raise Unavailable()
    try:
        yield
    finally:
        _room.release()
