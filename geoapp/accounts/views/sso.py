"""Single sign-on: to the provider and back."""

from __future__ import annotations

from flask import Response, redirect, request

from geoapp.accounts import actions, oidc
from geoapp.accounts.guesses import PER_ADDRESS
from geoapp.accounts.limits import take
from geoapp.accounts.permissions import PUBLIC
from geoapp.accounts.steps import use_step
from geoapp.accounts.views.base import (
    STEP_SECONDS,
    blueprint,
    local_address,
    set_cookie,
    signed_in_response,
    site,
)
from geoapp.accounts.views.sign_in import agent, ask_second, note_sign_in
from geoapp.core.db import app_engine
from geoapp.core.errors import NotFound
from geoapp.core.settings import get_settings
from geoapp.edge.access import needs
from geoapp.edge.pages import ViewAnswer

STATE_COOKIE = "geoapp_sso"


@blueprint.get("/sign-in/sso")
@needs(PUBLIC)
def begin_sso() -> ViewAnswer:
    """Send the browser to the provider."""
    settings = get_settings()
    if not oidc.is_offered(settings):
        raise NotFound()
    take(PER_ADDRESS, f"sso|{request.remote_addr}")
    then = local_address(request.args.get("next", ""))
    provider = oidc.provider_of(settings)  # asked before the transaction, which must not wait for it
    with app_engine().begin() as connection:
        url, state = oidc.begin(connection, settings, provider, _back(), then)
    response = redirect(url, code=303)
    assert isinstance(response, Response)
    set_cookie(response, STATE_COOKIE, state, STEP_SECONDS)
    return response


@blueprint.get("/sign-in/sso/back")
@needs(PUBLIC)
def end_sso() -> ViewAnswer:
    """The provider's answer: check it, find the account, open a session."""
    settings = get_settings()
    if not oidc.is_offered(settings):
        raise NotFound()
    own_state = request.cookies.get(STATE_COOKIE, "")
    oidc.check_answer(settings, request.args, own_state)
    with app_engine().begin() as connection:
        asked = use_step(connection, "oidc", own_state)
    subject = oidc.subject_of(settings, asked, request.args["code"], _back())
    with app_engine().begin() as connection:
        user_id, name = oidc.user_of(connection, subject)
        if actions.credentials_of(connection, user_id).second_factor:
            return ask_second(user_id, name, asked.facts["next"])
        secret = actions.open_session(connection, user_id, agent())
        note_sign_in(connection, user_id)
    return signed_in_response(secret, name, asked.facts["next"])


def _back() -> str:
    return f"{site().origin}/sign-in/sso/back"
