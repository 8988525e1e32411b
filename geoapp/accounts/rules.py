"""Rules of signing in, as pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MIN_PASSWORD = 10
MAX_PASSWORD = 200
TRIES_BEFORE_LOCK = 10
LOCK = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
MAX_TOKEN_DAYS = 366


def is_locked(locked_until: datetime | None, moment: datetime) -> bool:
    """Whether sign-in is closed after too many wrong passwords."""
    return locked_until is not None and moment < locked_until


def lock_after(failed_tries: int, moment: datetime) -> datetime | None:
    """Until when an account is closed after its n-th wrong password in a row."""
    return moment + LOCK if failed_tries >= TRIES_BEFORE_LOCK else None


def tries_before(failed_tries: int, locked_until: datetime | None) -> int:
    """Wrong passwords in a row that count: a lock that has run out has settled those before it.

    Otherwise one wrong word a quarter of an hour would keep somebody else's account closed.
    """
    return 0 if locked_until is not None else failed_tries


def check_password(password: str, username: str) -> None:
    """Raise InvalidInput for a password too short, too long or equal to the name."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or password.lower() == username.lower():
        raise InvalidInput(
            N_("密码应为 %(least)s 至 %(most)s 个字符，且不能与用户名相同。"),
            field="password",
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
        )


def token_expiry(days: int, moment: datetime) -> datetime:
    """When a token made now ends; tokens always end. Raises InvalidInput."""
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(
            N_("令牌有效期应为 1 至 %(most)s 天。"), field="days", most=MAX_TOKEN_DAYS
        )
    return moment + timedelta(days=days)
