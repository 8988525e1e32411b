"""From a secret in a request to an `Access`: sessions of browsers, tokens of desktop clients.

Secrets are stored as SHA-256 hashes; they are 256 random bits, so a plain hash is enough. Look-ups
are kept for one second at most, which bounds how long a revocation takes to be felt.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import InstrumentedAttribute

from geoapp.accounts.models import ApiToken, Role, Session, User
from geoapp.accounts.permissions import Permission
from geoapp.core.db import app_engine
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope

KEEP_SECONDS = 1.0
KEEP_MOST = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in and what they may see."""

    user_id: int
    username: str
    display_name: str
    role_key: str
    role_title: str
    area_codes: tuple[str, ...]
    locale: str
    csrf_token: str
    access: Access
    by_token: bool = False


class _Kept:
    """Identities by hash for KEEP_SECONDS, at most KEEP_MOST of them."""

    def __init__(self) -> None:
        self._items: OrderedDict[bytes, tuple[float, Identity | None]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes, load: Callable[[bytes], Identity | None]) -> Identity | None:
        moment = time.monotonic()
        with self._lock:
            found = self._items.get(key)
        if found and moment - found[0] < KEEP_SECONDS:
            return found[1]
        identity = load(key)
        with self._lock:
            self._items[key] = (moment, identity)
            self._items.move_to_end(key)
            while len(self._items) > KEEP_MOST:
                self._items.popitem(last=False)
        return identity

    def clear(self) -> None:
        with self._lock:
            self._items.clear()


_kept = _Kept()


def hashed(secret: str) -> bytes:
    """How a session or token secret is stored."""
    return hashlib.sha256(secret.encode()).digest()


def forget_kept() -> None:
    """Drop kept identities of this process at once (sign-out, tests)."""
    _kept.clear()


def session_identity(secret: str) -> Identity | None:
    """The identity of a browser session, or None when unknown, ended, revoked or disabled."""
    return _kept.get(b"s" + hashed(secret), lambda key: _load_session(key[1:]))


def token_identity(secret: str) -> Identity | None:
    """The identity of an API token, cut to the token's registers and areas."""
    return _kept.get(b"t" + hashed(secret), lambda key: _load_token(key[1:]))


def _user_columns() -> tuple[InstrumentedAttribute[Any], ...]:
    return (
        User.id,
        User.username,
        User.display_name,
        User.role_key,
        User.area_codes,
        User.locale,
        Role.title,
        Role.permissions,
    )


def _load_session(token_hash: bytes) -> Identity | None:
    query = (
        select(*_user_columns(), Session.csrf_token)
        .join(User, User.id == Session.user_id)
        .join(Role, Role.key == User.role_key)
        .where(
            Session.token_hash == token_hash,
            Session.revoked_at.is_(None),
            Session.expires_at > func.now(),
            User.active,
        )
    )
    with app_engine().begin() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return _identity(row, frozenset(row.permissions), scope_of(row.area_codes), row.csrf_token)


def _load_token(token_hash: bytes) -> Identity | None:
    query = (
        select(*_user_columns(), ApiToken.registers, ApiToken.area_codes.label("token_areas"))
        .join(User, User.id == ApiToken.user_id)
        .join(Role, Role.key == User.role_key)
        .where(
            ApiToken.token_hash == token_hash,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > func.now(),
            User.active,
        )
    )
    with app_engine().begin() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    scope = scope_of(row.area_codes)
    if row.token_areas:
        parts = [scope.intersect(parse_code(code)) for code in row.token_areas]
        scope = RowScope.from_ranges(r for part in parts for r in part.ranges)
    permissions = frozenset(row.permissions) & token_permissions(row.registers)
    return _identity(row, permissions, scope, "", by_token=True)


def token_permissions(registers: list[str]) -> frozenset[str]:
    """What a token for these registers can carry at most: reading, never writing."""
    reads = {f"register:{name}:read" for name in registers}
    if "residents" in registers:
        reads.add(Permission.RESIDENT_NAME)
    return frozenset(reads)


def scope_of(area_codes: list[str]) -> RowScope:
    """The scope of a list of region codes."""
    return RowScope.of(parse_code(code) for code in area_codes)


def _identity(
    row: Row, permissions: frozenset[str], scope: RowScope, csrf: str, by_token: bool = False
) -> Identity:
    kind = "token" if by_token else "user"
    access = Access(scope, permissions, row.id, row.locale, row.role_key, kind=kind)
    return Identity(
        row.id,
        row.username,
        row.display_name,
        row.role_key,
        row.title,
        tuple(row.area_codes),
        row.locale,
        csrf,
        access,
        by_token,
    )
