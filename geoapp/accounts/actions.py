"""What can be done with accounts, sessions and tokens. Callers own the transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Select, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.identity import hashed
from geoapp.accounts.models import AccountLink, ApiToken, Passkey, Role, Session, User
from geoapp.accounts.passwords import hash_password, matches
from geoapp.accounts.roles import DEFAULT_ROLES, GRANTS
from geoapp.accounts.rules import check_password, token_expiry
from geoapp.core.clock import now
from geoapp.core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from grids_boundaries.keys import parse_code

WRONG = N_("用户名或密码不正确。")


class Credentials(NamedTuple):
    """What is stored to check a person by."""

    user_id: int
    password_hash: str | None
    active: bool
    second_factor: bool


def ensure_roles(connection: Connection) -> None:
    """Write the default roles that are not there yet; existing ones stay as they were edited."""
    rows = [
        {
            "key": key,
            "title": title,
            "permissions": [str(p) for p in permissions], "given": [str(p) for p in permissions],
            "may_grant": [str(p) for p in GRANTS.get(key, ())],
            "system": True,
        }
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
    values = {
        "display_name": display_name,
        "password_hash": hash_password(password),
        "role_key": role,
        "area_codes": [parse_code(code).digits for code in area_codes],
        "active": True,
    }
    created = insert(User).values(username=username, **values)
    saved = created.on_conflict_do_update(
        index_elements=["username"], set_={**values, "version": User.version + 1}
    )
    user_id: int = connection.execute(saved.returning(User.id)).scalar_one()
    end_everything(connection, user_id)
    return user_id


def end_everything(connection: Connection, user_id: int, *, but_session: bytes = b"") -> None:
    """Revoke a user's sessions (but one), tokens and open links, all at once (AU-2, AZ-12)."""
    moment = now()
    for kind in (Session, ApiToken):
        old = update(kind).where(kind.user_id == user_id, kind.revoked_at.is_(None))
        if kind is Session:
            old = old.where(Session.token_hash != but_session)
        connection.execute(old.values(revoked_at=moment))
    links = update(AccountLink).where(
        AccountLink.user_id == user_id, AccountLink.used_at.is_(None)
    )
    connection.execute(links.values(used_at=moment))


def credentials(connection: Connection, username: str) -> Credentials | None:
    """What is stored of a name, or None. Nothing is locked: guessing holds up nobody."""
    row = connection.execute(_stored().where(User.username == username)).one_or_none()
    return Credentials(*row) if row else None


def credentials_of(connection: Connection, user_id: int) -> Credentials:
    """What is stored of a signed-in user."""
    return Credentials(*connection.execute(_stored().where(User.id == user_id)).one())


def _stored() -> Select:
    passkey = exists().where(Passkey.user_id == User.id)
    second = or_(User.totp_secret.is_not(None), passkey)
    return select(User.id, User.password_hash, User.active, second)


def proven(stored: Credentials | None, password: str) -> int:
    """The user's id. Raises NotSignedIn, alike for an unknown name, a wrong word, a closed account.

    Call it outside of a transaction: it takes some 50 ms. A hash is computed in every case, so
    that time tells nothing either (AU-3).
    """
    right = matches(stored.password_hash if stored else None, password)
    if stored is None or not stored.active or not right:
        raise NotSignedIn(WRONG, field="password")
    return stored.user_id


def renew_hash(connection: Connection, stored: Credentials, password: str) -> None:
    """Store the right password at today's cost, unless it was changed meanwhile."""
    mine = update(User).where(User.id == stored.user_id, User.password_hash == stored.password_hash)
    connection.execute(mine.values(password_hash=hash_password(password)))


def open_session(connection: Connection, user_id: int, user_agent: str) -> str:
    """A new session; returns the secret for the cookie, which is stored only as a hash."""
    secret = secrets.token_urlsafe(32)
    moment = now()
    life = timedelta(hours=get_settings().accounts.session_hours)
    connection.execute(
        insert(Session).values(
            token_hash=hashed(secret),
            user_id=user_id,
            csrf_token=secrets.token_urlsafe(24),
            user_agent=user_agent[:200],
            expires_at=moment + life,
        )
    )
    connection.execute(update(User).where(User.id == user_id).values(last_seen_at=moment))
    return secret


def renew_session(connection: Connection, secret: str) -> str:
    """A new secret for a session whose person has proved who they are; the old one is dead (AU-1).

    Raises NotSignedIn where the session has ended meanwhile.
    """
    fresh = secrets.token_urlsafe(32)
    renewed = (
        update(Session)
        .where(Session.token_hash == hashed(secret), Session.revoked_at.is_(None))
        .values(token_hash=hashed(fresh), confirmed_at=now())
    )
    if connection.execute(renewed).rowcount != 1:
        raise NotSignedIn()
    return fresh


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
