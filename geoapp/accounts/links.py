"""One-time links by which a person sets a password: invitations and resets."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.actions import end_everything
from geoapp.accounts.identity import hashed
from geoapp.accounts.models import AccountLink, Passkey, RecoveryCode, User
from geoapp.accounts.rules import LINK_LIFE, check_password
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Actor
from geoapp.core.clock import now
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_

GONE = N_("链接无效、已使用或已过期。请向管理员索取新的链接。")


def make_link(connection: Connection, user_id: int, kind: str, made_by: int | None) -> str:
    """A new link of `kind` ("invite", "reset"); older ones of the user are void. The secret."""
    secret = secrets.token_urlsafe(32)
    older = update(AccountLink).where(
        AccountLink.user_id == user_id, AccountLink.used_at.is_(None)
    )
    connection.execute(older.values(used_at=now()))
    row = {"user_id": user_id, "kind": kind, "token_hash": hashed(secret), "made_by": made_by}
    connection.execute(insert(AccountLink).values(**row, expires_at=now() + LINK_LIFE[kind]))
    return secret


def read_link(connection: Connection, secret: str) -> Any:
    """Whose link this is: user_id, username, display_name, kind, link_id. Raises NotFound."""
    query = (
        select(
            User.id.label("user_id"),
            User.username,
            User.display_name,
            AccountLink.kind,
            AccountLink.id.label("link_id"),
        )
        .join(User, User.id == AccountLink.user_id)
        .where(
            AccountLink.token_hash == hashed(secret),
            AccountLink.used_at.is_(None),
            AccountLink.expires_at > func.now(),
            User.active,
        )
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound(GONE)
    return found


def use_link(connection: Connection, secret: str, password: str, password_hash: str) -> str:
    """Set the password of the link's user; the link is used up. The user's name.

    Raises NotFound where somebody else used it first, InvalidInput for the password.
    """
    link = read_link(connection, secret)
    check_password(password, link.username, link.display_name)
    used = update(AccountLink).where(
        AccountLink.id == link.link_id, AccountLink.used_at.is_(None)
    )
    if connection.execute(used.values(used_at=now())).rowcount != 1:
        raise NotFound(GONE)
    set_password(connection, link.user_id, password_hash)
    record(
        connection,
        Actor("user", link.user_id),
        Action.USER_CHANGE,
        register="users",
        record_ids=[link.user_id],
        fields=["password"],
        reason=link.kind,
    )
    return str(link.username)


def set_password(
    connection: Connection, user_id: int, password_hash: str, *, but_session: bytes = b""
) -> None:
    """Store a new password; everything the old one opened ends, but the session it is set in."""
    saved = update(User).where(User.id == user_id)
    connection.execute(saved.values(password_hash=password_hash, version=User.version + 1))
    end_everything(connection, user_id, but_session=but_session)


def drop_factors(connection: Connection, user_id: int) -> None:
    """Forget second factors, passkeys and recovery codes of somebody who lost them."""
    connection.execute(
        update(User).where(User.id == user_id).values(totp_secret=None, totp_step=None)
    )
    for kind in (Passkey, RecoveryCode):
        connection.execute(delete(kind).where(kind.user_id == user_id))
