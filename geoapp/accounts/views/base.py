"""What the pages of accounts share: the blueprint, cookies, step-up, forms that do one thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, request, session, url_for
from sqlalchemy import Connection

from geoapp.accounts.authority import Authority, authority_of
from geoapp.accounts.guesses import DEVICE_DAYS, read_device, write_device
from geoapp.accounts.identity import forget_kept, hashed
from geoapp.accounts.passkeys import Site
from geoapp.accounts.sessions import confirmed
from geoapp.core.errors import Conflict, Forbidden, InvalidInput
from geoapp.core.i18n import translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, reading
from geoapp.edge.forms import Errors, RecordForm, as_errors, errors_of
from geoapp.edge.pages import ViewAnswer, reader_locale
from grids_boundaries.access import begin

COOKIE = "geoapp_session"
DEVICE_COOKIE = "geoapp_device"
STEP_COOKIE = "geoapp_step"
STEP_SECONDS = 300
STATUS = {InvalidInput: 400, Forbidden: 403, Conflict: 409}
blueprint = Blueprint("accounts", __name__)
AnyView = TypeVar("AnyView", bound=Callable)


def local_address(wanted: str) -> str:
    """`wanted` if it is an address on this site, else the map (no open redirect)."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    if not plain or not wanted.isprintable():
        return "/map"
    parts = urlsplit(wanted)
    return "/map" if parts.scheme or parts.netloc else wanted


def session_hash() -> bytes:
    """Which session this request belongs to."""
    return hashed(request.cookies.get(COOKIE, ""))


def site() -> Site:
    """Our own address as browsers name it."""
    return Site(get_settings().public_url or request.host_url)


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


def set_session(response: Response, secret: str) -> None:
    """The cookie of a session."""
    set_cookie(response, COOKIE, secret, get_settings().accounts.session_hours * 3600)


def leave(url: str, said: str = "", **facts: object) -> Response:
    """Go on after a write, and say what was done."""
    if said:
        flash(translate(said, reader_locale(), **facts))
    response = redirect(url, code=303)
    assert isinstance(response, Response)
    return response


def signed_in_response(secret: str, username: str, then: str) -> Response:
    """Go on with an open session; the browser is known from now on."""
    session.clear()  # what was said to somebody else before is not theirs to read
    response = leave(local_address(then))
    set_session(response, secret)
    device = read_device(request.cookies.get(DEVICE_COOKIE)).with_name(username)
    set_cookie(response, DEVICE_COOKIE, write_device(device), DEVICE_DAYS * 86_400)
    response.delete_cookie(STEP_COOKIE)
    return response


def sensitive(view: AnyView) -> AnyView:
    """Ask who it is once more, unless they proved it within a quarter of an hour."""

    @wraps(view)
    def ask_first(*args: object, **options: object) -> ViewAnswer:
        with reading() as connection:
            known = confirmed(connection, session_hash())
        if known:
            answer: ViewAnswer = view(*args, **options)
            return answer
        here = request.full_path.rstrip("?") if request.method == "GET" else "/account"
        if request.method != "GET" and request.referrer:
            here = local_address(urlsplit(request.referrer).path)
        return redirect(url_for("accounts.confirm", next=here), code=303)

    return ask_first  # type: ignore[return-value] # the same call, one question earlier


def administer(
    form: RecordForm,
    do: Callable[[Connection, Authority], Response | str],
    again: Callable[[Errors], str],
) -> ViewAnswer:
    """Check the form, act in one transaction under one's authority, or show the form once more."""
    if not form.validate():
        return again(errors_of(form)), 400
    try:
        return press(do)
    except (InvalidInput, Forbidden, Conflict) as error:
        return again(as_errors(error, form.data)), next(s for kind, s in STATUS.items() if isinstance(error, kind))


def press(do: Callable[[Connection, Authority], Response | str]) -> ViewAnswer:
    """Act in one transaction under one's authority; what is kept of identities is read anew."""
    with begin(current_access()) as connection:
        answer = do(connection, authority_of(connection, current_access()))
    forget_kept()
    return answer
