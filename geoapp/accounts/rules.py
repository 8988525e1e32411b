"""Rules of accounts and of signing in, as pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MIN_PASSWORD = 10
MAX_PASSWORD = 200
LEAST_SCORE = 3
"""Of zxcvbn's 0 to 4: from 3 on, more than 10^8 guesses by somebody who knows how people choose."""
JUDGED_CHARACTERS = 64
CONFIRMED_FOR = timedelta(minutes=15)
LINK_LIFE = {"invite": timedelta(days=3), "reset": timedelta(hours=4)}
PREVIEW_LIFE = timedelta(minutes=30)
LONGEST_STAND_IN = timedelta(days=93)
MAX_TOKEN_DAYS = 366
SHOWN_IN_PREVIEW = frozenset(
    {
        Permission.MAP_VIEW,
        Permission.RECORD_OPEN,
        Permission.REGION_READ,
        Permission.BUILDING_READ,
        Permission.HOUSE_READ,
        Permission.SITE_READ,
    }
)
NEVER_BY_STAND_IN = frozenset({Permission.ACCOUNT_ADMIN, Permission.ROLE_ADMIN, Permission.TOKEN_CREATE})
"""Not part of what a deputy may do: who stands in neither administers nor makes keys."""
ASKED_FOR_SECOND_FACTOR = frozenset(
    {
        Permission.ACCOUNT_ADMIN,
        Permission.ROLE_ADMIN,
        Permission.MODULE_ADMIN,
        Permission.AUDIT_READ,
        Permission.AUDIT_SUBJECT,
    }
)
"""Whoever administers accounts, roles or modules, or reads the audit log."""
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")
PROGRAMME = re.compile(r"[a-z][a-z_]{1,39}")


def check_password(password: str, *about: str) -> None:
    """Raise InvalidInput for a password too short, too long, too common or made of `about`.

    Length and strength only, no rules of composition (NIST SP 800-63B 5.1.1.2). Common words and
    patterns are zxcvbn's lists (30,000 leaked passwords, names, keyboards); `about` are words
    that others know of the person, such as the user name.
    """
    from zxcvbn import zxcvbn  # its lists take a moment to read

    told = unicodedata.normalize("NFKC", password)
    if not MIN_PASSWORD <= len(told) <= MAX_PASSWORD or told.lower() in {a.lower() for a in about}:
        raise InvalidInput(
            N_("密码应为 %(least)s 至 %(most)s 个字符，且不能与用户名相同。"),
            field="password",
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
        )
    judged = zxcvbn(told[:JUDGED_CHARACTERS], user_inputs=list(about), max_length=JUDGED_CHARACTERS)
    if judged["score"] < LEAST_SCORE:
        raise InvalidInput(
            N_("这个密码太容易被猜到：请换一个更长的，例如几个不相干的词。"), field="password"
        )


def check_username(username: str) -> str:
    """The name as it is stored. Raises InvalidInput: small Latin letters, digits, dots, hyphens."""
    name = username.strip().lower()
    if not USERNAME.fullmatch(name):
        raise InvalidInput(
            N_("账号应为 3 至 60 个小写字母、数字、点或连字符，首尾为字母或数字。"), field="username"
        )
    return name


def check_name(name: str, field: str) -> str:
    """A title of up to 60 characters in one line. Raises InvalidInput."""
    told = " ".join(name.split())
    if not told or len(told) > 60 or not told.isprintable():
        raise InvalidInput(N_("名称应为 1 至 60 个字符。"), field=field)
    return told


def check_programme(key: str) -> str:
    """The key of a programme. Raises InvalidInput."""
    if not PROGRAMME.fullmatch(key):
        raise InvalidInput(
            N_("项目标识应为小写字母和下划线，2 至 40 个字符。"), field="programme"
        )
    return key


def check_term(starts: datetime, ends: datetime, moment: datetime) -> None:
    """A stand-in ends after it starts, in the future, within a quarter. Raises InvalidInput."""
    if ends <= starts or ends <= moment:
        raise InvalidInput(N_("结束时间应晚于开始时间，且不能已经过去。"), field="ends_at")
    if ends - starts > LONGEST_STAND_IN:
        raise InvalidInput(
            N_("代办最长 %(days)s 天。"), field="ends_at", days=LONGEST_STAND_IN.days
        )


def preview_permissions(role: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """What a preview of a role shows: what it may look at, never what it may do.

    Map and places are shown as the role sees them; people, the audit log and whatever else may be
    looked at only to an administrator who holds the permission too.
    """
    looking = {p for p in role if p.endswith((":read", ":view", ":open"))}
    return frozenset(p for p in looking if p in SHOWN_IN_PREVIEW or p in held)


def idle_life(permissions: Collection[str], minutes: int) -> timedelta | None:
    """How long a session of such a role lives without a sign of life; None for ever.

    A wall, which opens no records, stands untouched all day; `minutes` 0 switches the limit off.
    """
    if not minutes or Permission.RECORD_OPEN not in permissions:
        return None
    return timedelta(minutes=minutes)


def session_end(last_seen: datetime, expires: datetime, idle: timedelta | None) -> datetime:
    """When a session ends if nobody does anything: the absolute limit, or idleness before it."""
    return expires if idle is None else min(expires, last_seen + idle)


def needs_second_factor(permissions: Collection[str], asked_of: str) -> bool:
    """Whether somebody with these permissions must have a second factor (D3.6, ASVS V6.3).

    `asked_of` is the setting: administration, everybody or nobody. A wall is never asked: it
    shows totals, and nobody stands before it to answer.
    """
    if asked_of == "everybody":
        return Permission.RECORD_OPEN in permissions
    return asked_of == "administration" and not ASKED_FOR_SECOND_FACTOR.isdisjoint(permissions)


def is_confirmed(confirmed_at: datetime, moment: datetime) -> bool:
    """Whether the person proved who they are recently enough for a sensitive step."""
    return moment - confirmed_at < CONFIRMED_FOR


def may_hand_out(held: frozenset[str], may_grant: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether somebody may give `wanted`: nobody grants what they neither hold nor may grant."""
    return wanted <= held | may_grant


def token_expiry(days: int, moment: datetime) -> datetime:
    """When a token made now ends; tokens always end. Raises InvalidInput."""
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidInput(
            N_("令牌有效期应为 1 至 %(most)s 天。"), field="days", most=MAX_TOKEN_DAYS
        )
    return moment + timedelta(days=days)
