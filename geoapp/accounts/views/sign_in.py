"""Signing in and out."""

from __future__ import annotations

from flask import Response, current_app, make_response, redirect, render_template, request, session
from sqlalchemy import Connection

from geoapp.accounts import actions
from geoapp.accounts.guesses import count_guess, read_device, take_back
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.oidc import is_offered
from geoapp.accounts.passwords import is_outdated
from geoapp.accounts.permissions import PUBLIC, SIGNED_IN
from geoapp.accounts.steps import keep_step
from geoapp.accounts.views.base import (
    COOKIE,
    DEVICE_COOKIE,
    STEP_COOKIE,
    STEP_SECONDS,
    blueprint,
    local_address,
    set_cookie,
    signed_in_response,
)
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import NOBODY, Actor
from geoapp.core.db import app_engine
from geoapp.core.errors import GeoappError, NotSignedIn, TooManyRequests
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_identity, needs
from geoapp.edge.pages import ViewAnswer, reader_locale


@blueprint.get("/sign-in")
@needs(PUBLIC)
def sign_in() -> ViewAnswer:
    """The form; who is signed in already goes on, and what an ended session left is cleared."""
    if current_identity():
        return redirect(local_address(request.args.get("next", "")))
    if COOKIE not in request.cookies:
        return _form({}, None)
    session.pop("_flashes", None)
    return _cleared(make_response(_form({}, None, ended=True)))


@blueprint.post("/sign-in")
@needs(PUBLIC)
def sign_in_submit() -> ViewAnswer:
    """Check the words, open a new session or ask for the second factor."""
    name = request.form.get("name", "").replace("\x00", "").strip()[:60]
    password = request.form.get("password", "")[:200]
    then = request.form.get("next", "")
    device = read_device(request.cookies.get(DEVICE_COOKIE))
    try:
        counted = count_guess(name, request.remote_addr or "", device)
        with app_engine().begin() as connection:
            stored = actions.credentials(connection, name)
        user_id = actions.proven(stored, password)
    except TooManyRequests as error:
        return _form({"name": name}, error), 429
    except NotSignedIn as error:
        _note_failure(stored)
        return _form({"name": name}, error), 401
    assert stored is not None
    take_back(counted)
    if is_outdated(stored.password_hash):
        with app_engine().begin() as connection:
            actions.renew_hash(connection, stored, password)
    if stored.second_factor:
        return ask_second(user_id, name, then)
    with app_engine().begin() as connection:
        secret = actions.open_session(connection, user_id, agent())
        note_sign_in(connection, user_id)
    return signed_in_response(secret, name, then)


@blueprint.post("/sign-out")
@needs(SIGNED_IN)
def sign_out() -> ViewAnswer:
    """End the session here and on the server."""
    identity = current_identity()
    assert identity is not None
    with app_engine().begin() as connection:
        actions.close_session(connection, request.cookies.get(COOKIE, ""))
        record(connection, identity.access, Action.SIGN_OUT)
    forget_kept()
    session.clear()
    return _cleared(make_response(redirect("/sign-in", code=303)))


def _cleared(response: Response) -> Response:
    """Nothing of the session stays in the browser: cookie, cache, storage (PR-8)."""
    response.delete_cookie(COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def agent() -> str:
    """What the browser says of itself."""
    return request.headers.get("User-Agent", "")


def note_sign_in(connection: Connection, user_id: int) -> None:
    """Write down that somebody signed in."""
    record(
        connection, Actor("user", user_id), Action.SIGN_IN, register="users", record_ids=[user_id]
    )


def _note_failure(stored: actions.Credentials | None) -> None:
    """Write down a wrong password, also for a name that does not exist: the time is the same."""
    with app_engine().begin() as connection:
        named = [stored.user_id] if stored else []
        record(connection, NOBODY, Action.SIGN_IN_FAILED, register="users", record_ids=named)


def ask_second(user_id: int, name: str, then: str) -> ViewAnswer:
    """Remember who has come so far and ask for the second factor."""
    with app_engine().begin() as connection:
        secret = keep_step(connection, "second", user_id, name=name, next=local_address(then))
    response = redirect("/sign-in/second", code=303)
    assert isinstance(response, Response)
    set_cookie(response, STEP_COOKIE, secret, STEP_SECONDS)
    return response


def _form(form: dict, problem: GeoappError | None, *, ended: bool = False) -> str:
    demo = current_app.extensions.get("geoapp_demo_accounts", list)()
    errors = [("password", problem.message(reader_locale()))] if problem else []
    wanted = request.values.get("next", "")
    return render_template(
        "accounts/sign_in.html",
        form=form,
        errors=errors,
        next=wanted,
        ended=ended or "ended" in request.args,
        demo=demo,
        sso=is_offered(get_settings()),
    )
