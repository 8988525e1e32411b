"""Headers of every answer and the check that a form came from our own page."""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from geoapp.core.errors import Forbidden
from geoapp.core.i18n import N_

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie, read where there is one: only the pages before sign-in set it.

    Making ready to check a signature takes a tenth of the time of a small tile.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie, or an empty one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def csrf_token() -> str:
    """The token a writing form carries: the session's, or a signed cookie's before sign-in."""
    if g.get("identity"):
        return str(g.identity.csrf_token)
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def check_csrf() -> None:
    """Refuse a writing request without our token. Raises Forbidden.

    Tokens of the standard doors carry no cookie, so a foreign page cannot use them.
    """
    if request.method in SAFE or (g.get("identity") and g.identity.by_token):
        return
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    expected = g.identity.csrf_token if g.get("identity") else session.get("csrf", "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden(N_("页面已过期，请刷新后重试。"))


def add_headers(response: Response) -> Response:
    """Strict policy everywhere; nothing personal in any cache but the reader's own."""
    # setdefault walks all headers each time, which costs as much as a small tile
    there = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in there:
            response.headers.add(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.add("Vary", "Cookie, Authorization, Accept-Language, HX-Request")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
