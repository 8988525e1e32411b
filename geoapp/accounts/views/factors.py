"""Setting up and taking away second factors."""

from __future__ import annotations

from flask import render_template, request
from sqlalchemy import Connection

from geoapp.accounts import factors, passkeys
from geoapp.accounts.forms import SetUpForm
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.permissions import SIGNED_IN
from geoapp.accounts.steps import keep_step, read_step, use_step
from geoapp.accounts.views.base import blueprint, leave, sensitive, site
from geoapp.accounts.views.own import own_id
from geoapp.accounts.views.second import answer_of_browser, step_of_key
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.crypto import seal, unseal
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, current_identity, needs, reading
from geoapp.edge.forms import Errors, as_errors, read_form
from geoapp.edge.pages import ViewAnswer, json_answer

PURPOSE = "totp-setup"


@blueprint.route("/account/authenticator", methods=["GET", "POST"])
@needs(SIGNED_IN)
@sensitive
def authenticator() -> ViewAnswer:
    """A picture for the authenticator; its first code proves that it was read."""
    if request.method == "GET":
        secret = factors.new_secret()
        with reading() as connection:
            step = keep_step(connection, PURPOSE, own_id(), secret=seal(secret, PURPOSE).hex())
        return _picture(secret, step, [])
    form = read_form(SetUpForm)
    with reading() as connection:
        found = read_step(connection, PURPOSE, form.step.data)
        secret = unseal(bytes.fromhex(found.facts["secret"]), PURPOSE)
    if found.user_id != own_id():
        raise NotFound()
    try:
        with reading() as connection:
            codes = factors.confirm_totp(connection, own_id(), secret, form.code.data)
            use_step(connection, PURPOSE, form.step.data)
            _note(connection, "totp", "add")
    except InvalidInput as error:
        return _picture(secret, form.step.data, as_errors(error, form.data)), 400
    forget_kept()
    return render_template("accounts/recovery_codes.html", codes=codes)


@blueprint.post("/account/authenticator/remove")
@needs(SIGNED_IN)
@sensitive
def remove_authenticator() -> ViewAnswer:
    """Forget the authenticator and the recovery codes."""
    with reading() as connection:
        factors.drop_totp(connection, own_id())
        _note(connection, "totp", "remove")
    return leave("/account", N_("动态验证码已停用。"))


@blueprint.post("/account/recovery-codes")
@needs(SIGNED_IN)
@sensitive
def new_recovery_codes() -> ViewAnswer:
    """Ten new recovery codes, shown once."""
    with reading() as connection:
        if not factors.has_totp(connection, own_id()):
            raise NotFound()
        codes = factors.renew_recovery_codes(connection, own_id())
        _note(connection, "recovery_codes", "renew")
    return render_template("accounts/recovery_codes.html", codes=codes)


@blueprint.get("/account/passkeys/new")
@needs(SIGNED_IN)
@sensitive
def new_passkey() -> ViewAnswer:
    """Where a passkey gets its name and is made."""
    return render_template("accounts/passkey_new.html")


@blueprint.post("/account/passkeys")
@needs(SIGNED_IN)
@sensitive
def add_passkey() -> ViewAnswer:
    """Keep the passkey the browser made."""
    asked, answer = step_of_key("passkey-new"), answer_of_browser()
    with reading() as connection:
        name = str(answer.pop("name", ""))
        passkeys.register(connection, site(), own_id(), asked, answer, name)
        _note(connection, "passkeys", "add")
    forget_kept()
    leave("/account", N_("通行密钥已添加。"))
    return json_answer({"next": "/account"})


@blueprint.post("/account/passkeys/<int:passkey_id>/remove")
@needs(SIGNED_IN)
@sensitive
def remove_passkey(passkey_id: int) -> ViewAnswer:
    """Forget one of one's passkeys."""
    with reading() as connection:
        if not passkeys.remove(connection, own_id(), passkey_id):
            raise NotFound()
        _note(connection, "passkeys", "remove")
    return leave("/account", N_("通行密钥已移除。"))


def _picture(secret: str, step: str, errors: Errors) -> str:
    identity = current_identity()
    assert identity is not None
    address = factors.totp_address(secret, identity.username)
    facts = {"picture": factors.picture_of(address), "secret": secret, "step": step}
    return render_template("accounts/authenticator.html", errors=errors, **facts)


def _note(connection: Connection, field: str, reason: str) -> None:
    access = current_access()
    ids = [own_id()]
    record(
        connection, access, Action.USER_CHANGE, register="users", record_ids=ids, fields=[field], reason=reason
    )
