"""Seeing what a role sees: a session looks through a role's eyes for half an hour, and only looks."""

from __future__ import annotations

from sqlalchemy import Connection, update

from geoapp.accounts.authority import Authority, role_to_give
from geoapp.accounts.models import Session
from geoapp.accounts.rules import PREVIEW_LIFE
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code


def begin_preview(
    connection: Connection, authority: Authority, token_hash: bytes, role_key: str, area: str
) -> None:
    """Look through a role's eyes in an area of one's own. Raises NotFound, Forbidden."""
    role = role_to_give(connection, authority, role_key)
    (code,) = authority.areas([area], "area")
    _set(connection, token_hash, role.key, code)
    record(
        connection,
        authority.access,
        Action.PERMISSION_CHANGE,
        fields=["preview"],
        area_key=parse_code(code).lo,
        reason="begin",
        facts={"role": role.key},
    )


def end_preview(connection: Connection, access: Access, token_hash: bytes) -> None:
    """Be oneself again; it ends by itself, too."""
    _set(connection, token_hash, None, None)
    record(connection, access, Action.PERMISSION_CHANGE, fields=["preview"], reason="end")


def _set(connection: Connection, token_hash: bytes, role: str | None, area: str | None) -> None:
    until = now() + PREVIEW_LIFE if role else None
    chosen = update(Session).where(Session.token_hash == token_hash)
    connection.execute(
        chosen.values(preview_role=role, preview_area=area, preview_until=until, stand_in_id=None)
    )
