"""From a secret in a request to an `Access`: sessions of browsers, tokens of desktop clients.

Secrets are stored as SHA-256 hashes; they are 256 random bits, so a plain hash is enough. Look-ups
are kept for one second at most, which bounds how long a revocation takes to be felt.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import TextClause, text

from geoapp.accounts.permissions import Permission
from geoapp.accounts.rules import (
    NEVER_BY_STAND_IN,
    idle_life,
    needs_second_factor,
    preview_permissions,
    session_end,
)
from geoapp.core.db import app_engine
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode, parse_code
from grids_boundaries.scope import RowScope

KEEP_SECONDS = 1.0
KEEP_MOST = 4096


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom somebody acts, and until when."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in and what they may see.

    While somebody acts for a colleague, role, area and access are the colleague's and everything
    else their own; in a preview (`preview_until`) role and area are those looked through.

    A session ends at `ends_at` if nobody does anything more, and at `expires_at` in any case.
    With `must_enrol` nothing is open to them but setting up a second factor.
    """

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
    acting: Acting | None = None
    preview_until: datetime | None = None
    ends_at: datetime | None = None
    expires_at: datetime | None = None
    must_enrol: bool = False

    @property
    def mark(self) -> str:
        """Differs for another session and whenever somebody may see something else."""
        return hashed(f"{self.csrf_token}|{self.access.token}").hex()[:16]


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


def session_identity(secret: str, *, seen: bool = True) -> Identity | None:
    """The identity of a browser session, or None when unknown, ended, revoked or disabled.

    Being asked is a sign of life unless `seen` is False; the two are kept apart, so that a page which
    asks by itself never stands in the way of what somebody does right after it.
    """
    return _kept.get((b"s" if seen else b"p") + hashed(secret), lambda key: _load_session(key[1:], seen=seen))


def token_identity(secret: str) -> Identity | None:
    """The identity of an API token, cut to the token's registers and areas."""
    return _kept.get(b"t" + hashed(secret), lambda key: _load_token(key[1:]))


_FACTOR = "u.totp_secret IS NOT NULL OR EXISTS (SELECT FROM passkey k WHERE k.user_id = u.id)"
_SESSION = text(f"""
    SELECT u.id, u.username, u.display_name, u.locale, u.department_id, s.csrf_token,
        s.last_seen_at, s.expires_at, now() AS moment, ({_FACTOR}) AS second_factor,
        coalesce(pr.key, dr.key, r.key) AS role_key, coalesce(pr.title, dr.title, r.title) AS title,
        coalesce(pr.permissions, dr.permissions, r.permissions) AS permissions,
        CASE WHEN pr.key IS NOT NULL THEN ARRAY[s.preview_area] ELSE coalesce(a.area_codes, u.area_codes) END
            AS area_codes,
        r.key AS own_role, r.permissions AS held, si.id AS stand_in_id, a.display_name AS absent, si.ends_at,
        CASE WHEN pr.key IS NOT NULL THEN s.preview_until END AS preview_until,
        (SELECT array_agg(ARRAY[g.programme, g.area_code]) FROM programme_role g
            WHERE g.user_id = u.id AND g.ends_at > now()) AS programmes
    FROM app_session s
    JOIN app_user u ON u.id = s.user_id
    JOIN role r ON r.key = u.role_key
    LEFT JOIN (stand_in si JOIN app_user a ON a.id = si.absent_id AND a.active JOIN role dr ON dr.key = a.role_key)
        ON si.id = s.stand_in_id AND si.deputy_id = u.id AND si.starts_at <= now() AND si.ends_at > now()
    LEFT JOIN role pr ON pr.key = s.preview_role AND s.preview_until > now()
    WHERE s.token_hash = :hash AND s.revoked_at IS NULL AND s.expires_at > now() AND u.active
""")  # noqa: S608 - the part is a constant
_SEEN = text("""
    WITH seen AS (
        UPDATE app_session SET last_seen_at = now()
        WHERE token_hash = :hash AND revoked_at IS NULL RETURNING user_id
    )
    UPDATE app_user SET last_seen_at = now() FROM seen WHERE app_user.id = seen.user_id
""")
_TOKEN = text(f"""
    WITH seen AS (
        UPDATE api_token SET last_used_at = now()
        WHERE token_hash = :hash AND revoked_at IS NULL
        AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    )
    SELECT u.id, u.username, u.display_name, u.locale, u.department_id, u.area_codes, '' AS csrf_token,
        r.key AS role_key, r.key AS own_role, r.title, r.permissions, r.permissions AS held,
        t.registers, t.area_codes AS token_areas, ({_FACTOR}) AS second_factor,
        NULL::bigint AS stand_in_id, NULL::timestamptz AS preview_until, NULL::text[] AS programmes
    FROM api_token t
    JOIN app_user u ON u.id = t.user_id
    JOIN role r ON r.key = u.role_key
    WHERE t.token_hash = :hash AND t.revoked_at IS NULL AND t.expires_at > now() AND u.active
""")  # noqa: S608 - the part is a constant
"""One message each: who it is and what they may do; a second one, once a minute, that they were here."""
SEEN_EVERY = timedelta(minutes=1)


def _load_session(token_hash: bytes, *, seen: bool) -> Identity | None:
    row = _found(_SESSION, token_hash)
    idle = idle_life(row.held, get_settings().accounts.idle_minutes) if row else None
    if row is None or session_end(row.last_seen_at, row.expires_at, idle) <= row.moment:
        return None
    last_seen = row.last_seen_at
    if seen and row.moment - last_seen > SEEN_EVERY:
        last_seen = row.moment
        with app_engine().begin() as connection:
            connection.execute(_SEEN, {"hash": token_hash})
    permissions = frozenset(row.permissions)
    if row.preview_until:
        permissions = preview_permissions(permissions, frozenset(row.held))
    elif row.stand_in_id:
        permissions -= NEVER_BY_STAND_IN
    identity = _identity(row, permissions, scope_of(row.area_codes))
    ends = session_end(last_seen, row.expires_at, idle)
    return replace(identity, ends_at=ends, expires_at=row.expires_at)


def _load_token(token_hash: bytes) -> Identity | None:
    row = _found(_TOKEN, token_hash)
    if row is None:
        return None
    scope = scope_of(row.area_codes)
    if row.token_areas:
        parts = [scope.intersect(parse_code(code)) for code in row.token_areas]
        scope = RowScope.from_ranges(r for part in parts for r in part.ranges)
    permissions = frozenset(row.permissions) & token_permissions(row.registers)
    return _identity(row, permissions, scope, by_token=True)


def _found(query: TextClause, token_hash: bytes) -> Any:
    with app_engine().begin() as connection:
        return connection.execute(query, {"hash": token_hash}).one_or_none()


def token_permissions(registers: list[str]) -> frozenset[str]:
    """What a token for these registers can carry at most: reading, never writing."""
    reads = {f"register:{name}:read" for name in registers} | {str(Permission.RECORD_OPEN)}
    if {"residents", "households"} & set(registers):
        reads.add(Permission.RESIDENT_NAME)
    return frozenset(reads)


def scope_of(area_codes: list[str]) -> RowScope:
    """The scope of a list of region codes."""
    return RowScope.of(parse_code(code) for code in area_codes)


def _identity(
    row: Any, permissions: frozenset[str], scope: RowScope, by_token: bool = False
) -> Identity:
    access = Access(
        scope,
        permissions,
        row.id,
        row.locale,
        # who acts for a colleague is written down with the number of the stand-in
        role=f"{row.own_role}+{row.stand_in_id}" if row.stand_in_id else row.own_role,
        unit=str(row.department_id) if row.department_id else None,
        kind="token" if by_token else "user",
        programmes=_programmes(row, scope),
    )
    return Identity(
        row.id,
        row.username,
        row.display_name,
        row.role_key,
        row.title,
        tuple(row.area_codes),
        row.locale,
        row.csrf_token,
        access,
        by_token,
        Acting(row.absent, row.ends_at) if row.stand_in_id else None,
        row.preview_until,
        must_enrol=not row.second_factor
        and needs_second_factor({*row.held, *permissions}, get_settings().accounts.second_factor),
    )


def _programmes(row: Any, scope: RowScope) -> tuple[tuple[str, RowScope], ...]:
    """Programmes opened to this person, cut to their area; never to a stand-in or in a preview."""
    if row.stand_in_id or row.preview_until or not row.programmes:
        return ()
    codes: dict[str, list[RegionCode]] = {}
    for programme, code in row.programmes:
        codes.setdefault(programme, []).append(parse_code(code))
    cut = {
        key: [scope.intersect(region) for region in regions] for key, regions in codes.items()
    }
    return tuple(
        (key, RowScope.from_ranges(r for part in cut[key] for r in part.ranges)) for key in sorted(cut)
    )
