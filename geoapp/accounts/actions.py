"""What can be done with accounts, sessions and tokens. Callers own the transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.identity import hashed
from geoapp.accounts.models import ApiToken, Role, Session, User
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.accounts.rules import (
    SESSION_LIFE,
    check_password,
    is_locked,
    lock_after,
    token_expiry,
    tries_before,
)
from geoapp.core.clock import now
from geoapp.core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn
from geoapp.core.i18n import N_
from grids_boundaries.keys import parse_code

_hasher = PasswordHasher()
_DUMMY = _hasher.hash("a password nobody has")
WRONG = N_("用户名或密码不正确，或账号暂时锁定。")


def ensure_roles(connection: Connection) -> None:
    """Write the default roles that are not there yet; existing ones stay as they were edited."""
    rows = [
        {"key": key, "title": title, "permissions": [str(p) for p in permissions]}
        for key, (title, permissions) in DEFAULT_ROLES.items()
    ]
    connection.execute(insert(Role).values(rows).on_conflict_do_nothing())


def create_user(
    connection: Connection,
    username: str,
    password: str,
    display_name: str,
    role: str,
    area_codes: Sequence[str],
) -> int:
    """Create or renew a user; returns the id. Raises InvalidInput, NotFound for the role.

    A renewed password opens a closed account and ends every session and token of the old one.
    """
    check_password(password, username)
    if not connection.scalar(select(Role.key).where(Role.key == role)):
        raise NotFound(N_("角色“%(role)s”不存在。"), field="role", role=role)
    codes = [parse_code(code).digits for code in area_codes]
    values = {
        "display_name": display_name,
        "password_hash": _hasher.hash(password),
        "role_key": role,
        "area_codes": codes,
        "active": True,
        "failed_tries": 0,
        "locked_until": None,
    }
    created = insert(User).values(username=username, **values)
    saved = created.on_conflict_do_update(index_elements=["username"], set_=values)
    user_id: int = connection.execute(saved.returning(User.id)).scalar_one()
    for kind in (Session, ApiToken):
        old = update(kind).where(kind.user_id == user_id, kind.revoked_at.is_(None))
        connection.execute(old.values(revoked_at=now()))
    return user_id


def check_credentials(connection: Connection, username: str, password: str) -> int:
    """The user's id. Raises NotSignedIn, alike for an unknown name, a wrong word and a lock.

    The hash is computed in every case, so that time tells nothing either.
    """
    user = connection.execute(
        select(User).where(User.username == username).with_for_update()
    ).one_or_none()
    moment = now()
    right = _matches(user.password_hash if user else _DUMMY, password)
    if user is None or not user.active or is_locked(user.locked_until, moment):
        raise NotSignedIn(WRONG, field="password")
    if not right:
        tries = tries_before(user.failed_tries, user.locked_until) + 1
        _note_tries(connection, user.id, tries, lock_after(tries, moment))
        raise NotSignedIn(WRONG, field="password")
    _note_tries(connection, user.id, 0, None)
    return int(user.id)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerificationError:
        return False


def _note_tries(connection: Connection, user_id: int, tries: int, locked_until: datetime | None) -> None:
    values: dict[str, object] = {"failed_tries": tries, "locked_until": locked_until}
    if tries == 0:
        values["last_seen_at"] = now()
    connection.execute(update(User).where(User.id == user_id).values(values))


def open_session(connection: Connection, user_id: int, user_agent: str) -> str:
    """A new session; returns the secret for the cookie, which is stored only as a hash."""
    secret = secrets.token_urlsafe(32)
    connection.execute(
        insert(Session).values(
            token_hash=hashed(secret),
            user_id=user_id,
            csrf_token=secrets.token_urlsafe(24),
            user_agent=user_agent[:200],
            expires_at=now() + SESSION_LIFE,
        )
    )
    return secret


def close_session(connection: Connection, secret: str) -> None:
    """Revoke the session; it may be gone already."""
    connection.execute(
        update(Session).where(Session.token_hash == hashed(secret)).values(revoked_at=now())
    )


def create_token(
    connection: Connection,
    username: str,
    name: str,
    registers: Sequence[str],
    days: int,
    area_codes: Sequence[str] = (),
) -> str:
    """A personal read-only token; the secret is returned once and never again.

    Raises NotFound for the user, Forbidden where the role may not, InvalidInput for the term.
    """
    query = (
        select(User.id, Role.permissions)
        .join(Role, Role.key == User.role_key)
        .where(User.username == username, User.active)
    )
    user = connection.execute(query).one_or_none()
    if user is None:
        raise NotFound(
            N_("用户“%(username)s”不存在或已停用。"), field="username", username=username
        )
    if "account:token:create" not in user.permissions:
        raise Forbidden(N_("该用户的角色不能创建接口令牌。"))
    refused = [r for r in registers if f"register:{r}:read" not in user.permissions]
    if refused or not registers:
        raise InvalidInput(
            N_("该用户不能读取登记册：%(names)s。"), field="registers", names=", ".join(refused)
        )
    secret = f"geoapp_{secrets.token_urlsafe(32)}"
    connection.execute(
        insert(ApiToken).values(
            token_hash=hashed(secret),
            user_id=user.id,
            name=name,
            registers=list(registers),
            area_codes=[parse_code(c).digits for c in area_codes] or None,
            expires_at=token_expiry(days, now()),
        )
    )
    return secret


def revoke_token(connection: Connection, username: str, name: str) -> int:
    """Revoke a user's tokens of that name; returns how many."""
    owner = select(User.id).where(User.username == username).scalar_subquery()
    result = connection.execute(
        update(ApiToken)
        .where(ApiToken.user_id == owner, ApiToken.name == name, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    return result.rowcount
