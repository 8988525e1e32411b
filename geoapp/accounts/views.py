"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request

from geoapp.accounts import actions
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.permissions import PUBLIC, SIGNED_IN
from geoapp.accounts.rules import SESSION_LIFE
from geoapp.core.db import app_engine
from geoapp.core.errors import NotSignedIn
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_identity, needs
from geoapp.edge.pages import ViewAnswer, reader_locale

COOKIE = "geoapp_session"
blueprint = Blueprint("accounts", __name__)


@blueprint.get("/sign-in")
@needs(PUBLIC)
def sign_in() -> ViewAnswer:
    """The form; who is signed in already goes on."""
    if current_identity():
        return redirect(local_address(request.args.get("next", "")))
    return _form({}, [])


@blueprint.post("/sign-in")
@needs(PUBLIC)
def sign_in_submit() -> ViewAnswer:
    """Check the words, open a new session, go where the reader wanted."""
    name = request.form.get("name", "").replace("\x00", "").strip()
    password = request.form.get("password", "")
    problem = None
    with app_engine().begin() as connection:
        try:
            user_id = actions.check_credentials(connection, name[:60], password[:200])
            secret = actions.open_session(
                connection, user_id, request.headers.get("User-Agent", "")
            )
        except NotSignedIn as error:
            problem = error  # leave the block normally: the counted try must be committed
    if problem:
        return _form({"name": name}, [("password", problem.message(reader_locale()))]), 401
    response = redirect(local_address(request.form.get("next", "")), code=303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=get_settings().secure_cookies,
    )
    return response


@blueprint.post("/sign-out")
@needs(SIGNED_IN)
def sign_out() -> ViewAnswer:
    """End the session here and on the server."""
    with app_engine().begin() as connection:
        actions.close_session(connection, request.cookies.get(COOKIE, ""))
    forget_kept()
    response = redirect("/sign-in", code=303)
    response.delete_cookie(COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def local_address(wanted: str) -> str:
    """`wanted` if it is an address on this site, else the map (no open redirect)."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    if not plain or not wanted.isprintable():
        return "/map"
    parts = urlsplit(wanted)
    return "/map" if parts.scheme or parts.netloc else wanted


def _form(form: dict, errors: list) -> str:
    demo = current_app.extensions.get("geoapp_demo_accounts", list)()
    wanted = request.values.get("next", "")
    return render_template(
        "accounts/sign_in.html", form=form, errors=errors, next=wanted, demo=demo
    )
