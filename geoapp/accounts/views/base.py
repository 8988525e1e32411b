"""What the pages of accounts share: the blueprint, cookies, where to go afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request

from geoapp.accounts.guesses import DEVICE_DAYS, read_device, write_device
from geoapp.accounts.rules import SESSION_LIFE
from geoapp.core.settings import get_settings

COOKIE = "geoapp_session"
DEVICE_COOKIE = "geoapp_device"
STEP_COOKIE = "geoapp_step"
STEP_SECONDS = 300
blueprint = Blueprint("accounts", __name__)


def local_address(wanted: str) -> str:
    """`wanted` if it is an address on this site, else the map (no open redirect)."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    if not plain or not wanted.isprintable():
        return "/map"
    parts = urlsplit(wanted)
    return "/map" if parts.scheme or parts.netloc else wanted


def set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie no script reads and no other site sends."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=get_settings().secure_cookies,
    )


def signed_in_response(secret: str, username: str, then: str) -> Response:
    """Go on with an open session; the browser is known from now on."""
    response = redirect(local_address(then), code=303)
    assert isinstance(response, Response)
    set_cookie(response, COOKIE, secret, int(SESSION_LIFE.total_seconds()))
    device = read_device(request.cookies.get(DEVICE_COOKIE)).with_name(username)
    set_cookie(response, DEVICE_COOKIE, write_device(device), DEVICE_DAYS * 86_400)
    response.delete_cookie(STEP_COOKIE)
    return response
