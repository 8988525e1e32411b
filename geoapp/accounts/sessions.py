"""Open sessions and tokens: seen and ended by their owner, or by an administrator."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from geoapp.accounts.models import ApiToken, Role, Session, User
from geoapp.accounts.rules import idle_life, is_confirmed
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now
from geoapp.core.errors import NotFound
from geoapp.core.settings import get_settings
from grids_boundaries.access import Access


def list_sessions(connection: Connection, user_id: int) -> list[Row[Any]]:
    """Sessions of a user that are open, the latest used first."""
    role = select(Role.permissions).join(User, User.role_key == Role.key)
    held = connection.scalar(role.where(User.id == user_id)) or []
    idle = idle_life(held, get_settings().accounts.idle_minutes)
    query = select(
        Session.id,
        Session.token_hash,
        Session.user_agent,
        Session.created_at,
        Session.last_seen_at,
        Session.expires_at,
    ).where(
        Session.user_id == user_id,
        Session.revoked_at.is_(None),
        Session.expires_at > func.now(),
    )
    if idle is not None:
        query = query.where(Session.last_seen_at > func.now() - idle)
    return list(connection.execute(query.order_by(Session.last_seen_at.desc(), Session.id)))


def end_session(connection: Connection, access: Access, user_id: int, session_id: int) -> None:
    """End one session of a user. Raises NotFound."""
    ended = update(Session).where(
        Session.id == session_id, Session.user_id == user_id, Session.revoked_at.is_(None)
    )
    if connection.execute(ended.values(revoked_at=now())).rowcount != 1:
        raise NotFound()
    _note(connection, access, Action.SESSION_REVOKE, user_id, 1)


def end_sessions(
    connection: Connection, access: Access, user_id: int, *, but: bytes = b""
) -> int:
    """End all sessions of a user, but one; how many."""
    ended = update(Session).where(
        Session.user_id == user_id, Session.revoked_at.is_(None), Session.token_hash != but
    )
    count = connection.execute(ended.values(revoked_at=now())).rowcount
    _note(connection, access, Action.SESSION_REVOKE, user_id, count)
    return count


def confirmed(connection: Connection, token_hash: bytes) -> bool:
    """Whether the person of this session proved who they are recently."""
    at = connection.scalar(select(Session.confirmed_at).where(Session.token_hash == token_hash))
    return at is not None and is_confirmed(at, now())


def list_tokens(connection: Connection, user_id: int) -> list[Row[Any]]:
    """A user's tokens that still work, the newest first."""
    query = select(ApiToken.__table__).where(
        ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > func.now()
    )
    return list(connection.execute(query.order_by(ApiToken.id.desc())))


def end_token(connection: Connection, access: Access, user_id: int, token_id: int) -> None:
    """Revoke one token of a user. Raises NotFound."""
    ended = update(ApiToken).where(
        ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)
    )
    if connection.execute(ended.values(revoked_at=now())).rowcount != 1:
        raise NotFound()
    _note(connection, access, Action.TOKEN_REVOKE, user_id, 1)


def _note(
    connection: Connection, access: Access, action: Action, user_id: int, count: int
) -> None:
    record(connection, access, action, register="users", record_ids=[user_id], count=count)
