"""From cookie or Authorization header to `g.identity`."""

from __future__ import annotations

from flask import current_app, g, request

from geoapp.accounts.identity import session_identity, token_identity
from geoapp.accounts.views.base import COOKIE
from geoapp.core.errors import NotFound, NotSignedIn
from geoapp.edge.access import current_access, current_identity

TOKEN_PATHS = ("/ogc", "/tiles/")


def recognise() -> None:
    """Set `g.identity` from the session cookie, or from a token on the standard doors."""
    authorization = request.authorization
    if authorization is not None and request.path.startswith(TOKEN_PATHS):
        secret = authorization.token if authorization.type == "bearer" else authorization.password
        g.identity = token_identity(secret) if secret else None
        return
    secret = request.cookies.get(COOKIE)
    view = current_app.view_functions.get(request.endpoint or "")
    g.identity = session_identity(secret, seen=not hasattr(view, "by_itself")) if secret else None


def check_again() -> None:
    """After long work, before its result leaves: rights are asked once more (AZ-12).

    Raises NotSignedIn where the session has ended, NotFound where the reader may see something
    else by now; a change is felt within a second.
    """
    before = current_access().token
    recognise()
    now = current_identity()
    if now is None:
        raise NotSignedIn()
    if now.access.token != before:
        raise NotFound()
