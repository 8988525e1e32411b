"""From cookie or Authorization header to `g.identity`."""

from __future__ import annotations

from flask import g, request

from geoapp.accounts.identity import session_identity, token_identity

COOKIE = "geoapp_session"
TOKEN_PATHS = ("/ogc", "/tiles/")


def recognise() -> None:
    """Set `g.identity` from the session cookie, or from a token on the standard doors."""
    authorization = request.authorization
    if authorization is not None and request.path.startswith(TOKEN_PATHS):
        secret = authorization.token if authorization.type == "bearer" else authorization.password
        g.identity = token_identity(secret) if secret else None
        return
    secret = request.cookies.get(COOKIE)
    g.identity = session_identity(secret) if secret else None
