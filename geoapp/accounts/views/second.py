"""The second factor at sign-in, and passkeys in its place or in place of the password."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request
from sqlalchemy import select

from geoapp.accounts import actions, factors, passkeys
from geoapp.accounts.forms import CodeForm
from geoapp.accounts.guesses import PER_ADDRESS, PER_FACTOR
from geoapp.accounts.limits import give_back, take
from geoapp.accounts.models import User
from geoapp.accounts.permissions import PUBLIC, SIGNED_IN
from geoapp.accounts.steps import Step, read_step, use_step
from geoapp.accounts.views.base import (
    STEP_COOKIE,
    STEP_SECONDS,
    blueprint,
    set_cookie,
    signed_in_response,
    site,
)
from geoapp.accounts.views.own import confirmed_response, own_id
from geoapp.accounts.views.sign_in import agent, note_sign_in
from geoapp.core.db import app_engine
from geoapp.core.errors import InvalidInput, NotSignedIn, TooManyRequests
from geoapp.edge.access import current_identity, needs
from geoapp.edge.forms import Errors, as_errors, read_form
from geoapp.edge.pages import ViewAnswer, json_answer

KEY_COOKIE = "geoapp_key_step"


@blueprint.route("/sign-in/second", methods=["GET", "POST"])
@needs(PUBLIC)
def second() -> ViewAnswer:
    """After the password: a code of the authenticator, a recovery code, or a passkey."""
    secret = request.cookies.get(STEP_COOKIE, "")
    with app_engine().begin() as connection:
        step = read_step(connection, "second", secret)
        assert step.user_id is not None
        with_key = bool(passkeys.list_passkeys(connection, step.user_id))
        with_code = factors.has_totp(connection, step.user_id)

    def page(errors: Errors) -> str:
        return render_template(
            "accounts/second.html", errors=errors, with_key=with_key, with_code=with_code
        )

    if request.method == "GET":
        return page([])
    form = read_form(CodeForm)
    try:
        take(PER_FACTOR, step.user_id)
        with app_engine().begin() as connection:
            factors.use_code(connection, step.user_id, form.code.data)
    except (InvalidInput, TooManyRequests) as error:
        status = 429 if isinstance(error, TooManyRequests) else 400
        return page(as_errors(error, form.data)), status
    give_back(PER_FACTOR, step.user_id)
    return _finish(secret)


@blueprint.post("/sign-in/passkey/options")
@needs(PUBLIC)
def ask_passkey() -> ViewAnswer:
    """What a browser needs to answer with a passkey, at sign-in or to confirm."""
    identity = current_identity()
    user_id = identity.user_id if identity else _expected_user()
    if identity is None:
        take(PER_ADDRESS, f"passkey|{request.remote_addr}")
    with app_engine().begin() as connection:
        options, secret = passkeys.ask_to_prove(connection, site(), user_id)
    return _options(options, secret)


@blueprint.post("/sign-in/passkey")
@needs(PUBLIC)
def use_passkey() -> ViewAnswer:
    """Sign in by a passkey, which is both factors in one, or confirm who one is."""
    asked = step_of_key("passkey-use")
    with app_engine().begin() as connection:
        user_id = passkeys.prove(connection, site(), asked, answer_of_browser())
    identity = current_identity()
    if identity is not None:
        if identity.user_id != user_id:
            raise NotSignedIn(passkeys.REFUSED)
        return _as_json(confirmed_response(request.args.get("next", "")))
    return _as_json(_open(user_id, request.args.get("next", "")))


@blueprint.post("/account/passkeys/options")
@needs(SIGNED_IN)
def ask_new_passkey() -> ViewAnswer:
    """What a browser needs to make a passkey."""
    with app_engine().begin() as connection:
        options, secret = passkeys.ask_to_register(connection, site(), own_id())
    return _options(options, secret)


def step_of_key(kind: str) -> Step:
    """The step whose challenge the browser answers; it is taken out."""
    with app_engine().begin() as connection:
        return use_step(connection, kind, request.cookies.get(KEY_COOKIE, ""))


def answer_of_browser() -> dict[str, Any]:
    """The browser's answer. Raises InvalidInput for anything but an object of JSON."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidInput(passkeys.REFUSED)
    return body


def _expected_user() -> int | None:
    """Who has given their password already in this sign-in, if anybody."""
    try:
        with app_engine().begin() as connection:
            return read_step(connection, "second", request.cookies.get(STEP_COOKIE, "")).user_id
    except NotSignedIn:
        return None


def _finish(secret: str) -> Response:
    with app_engine().begin() as connection:
        step = use_step(connection, "second", secret)
    assert step.user_id is not None
    return _open(step.user_id, step.facts["next"])


def _open(user_id: int, then: str) -> Response:
    with app_engine().begin() as connection:
        name = connection.scalar(select(User.username).where(User.id == user_id, User.active))
        if name is None:
            raise NotSignedIn()
        fresh = actions.open_session(connection, user_id, agent())
        note_sign_in(connection, user_id)
    return signed_in_response(fresh, str(name), then)


def _options(options: str, secret: str) -> Response:
    response = Response(options, mimetype="application/json")
    set_cookie(response, KEY_COOKIE, secret, STEP_SECONDS)
    return response


def _as_json(response: ViewAnswer) -> Response:
    """The same cookies, with the address to go to as JSON: scripts do not see redirects."""
    assert isinstance(response, Response)
    answer = json_answer({"next": response.location})
    for value in response.headers.getlist("Set-Cookie"):
        answer.headers.add("Set-Cookie", value)
    return answer

