"""One's own account: password, sessions, tokens, and proving once more who one is."""

from __future__ import annotations

from flask import render_template, request
from sqlalchemy import Connection, select

from geoapp.accounts import actions, factors, passkeys, sessions, stand_ins
from geoapp.accounts.forms import CodeForm, PasswordForm, TokenForm
from geoapp.accounts.guesses import PER_FACTOR
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.limits import give_back, take
from geoapp.accounts.links import set_password
from geoapp.accounts.models import User
from geoapp.accounts.passwords import hash_password
from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.accounts.rules import check_password
from geoapp.accounts.views.base import (
    COOKIE,
    blueprint,
    leave,
    local_address,
    sensitive,
    session_hash,
    set_session,
)
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.db import app_engine
from geoapp.core.errors import GeoappError, InvalidInput, NotSignedIn, TooManyRequests
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, current_identity, needs, reading
from geoapp.edge.forms import Errors, as_errors, errors_of, read_form, shown_values
from geoapp.edge.pages import ViewAnswer
from layers.registry import readable_registers

AGAIN = N_("两次输入的密码不一致。")
TOKEN_DAYS = 90


def own_id() -> int:
    """The signed-in user's own id, also while they act for somebody else."""
    identity = current_identity()
    assert identity is not None
    return identity.user_id


@blueprint.get("/account")
@needs(SIGNED_IN)
def account() -> ViewAnswer:
    """What belongs to one's own account."""
    return _page([])


@blueprint.post("/account/password")
@needs(SIGNED_IN)
def change_password() -> ViewAnswer:
    """A new password; every other session and every token ends (AU-2)."""
    form, user_id = read_form(PasswordForm), own_id()
    if not form.validate():
        return _page(errors_of(form)), 400
    try:
        with app_engine().begin() as connection:
            stored = actions.credentials_of(connection, user_id)
            names = connection.execute(
                select(User.username, User.display_name).where(User.id == user_id)
            ).one()
        _prove_password(stored, form.current.data or "")
        check_password(form.password.data, *names)
        if form.password.data != form.again.data:
            raise InvalidInput(AGAIN, field="again")
        hashed_word = hash_password(form.password.data)
    except (InvalidInput, TooManyRequests) as error:
        status = 429 if isinstance(error, TooManyRequests) else 400
        return _page(as_errors(error, form.data)), status
    with reading() as connection:
        set_password(connection, user_id, hashed_word, but_session=session_hash())
        _note(connection, Action.USER_CHANGE, ["password"])
        secret = actions.renew_session(connection, request.cookies.get(COOKIE, ""))
    forget_kept()
    response = leave("/account", N_("密码已更改，其他会话和令牌已终止。"))
    set_session(response, secret)
    return response


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@needs(SIGNED_IN)
def confirm() -> ViewAnswer:
    """Prove once more who one is; the session gets a new id (AU-1)."""
    user_id = own_id()
    form = read_form(CodeForm) if request.method == "POST" else CodeForm(data=request.args)
    with app_engine().begin() as connection:
        stored = actions.credentials_of(connection, user_id)
        with_code = factors.has_totp(connection, user_id)
        with_key = bool(passkeys.list_passkeys(connection, user_id))

    def page(errors: Errors) -> str:
        facts = {"with_password": stored.password_hash, "with_code": with_code, "with_key": with_key}
        wanted = local_address(form.next.data or "/account")
        return render_template("accounts/confirm.html", errors=errors, next=wanted, **facts)

    if request.method == "GET":
        return page([])
    try:
        if stored.password_hash:
            _prove_password(stored, form.password.data or "", "password")
        elif not with_code:
            raise InvalidInput(N_("请用通行密钥确认，或退出后重新登录。"))
        if with_code:
            take(PER_FACTOR, user_id)
            with app_engine().begin() as connection:
                factors.use_code(connection, user_id, form.code.data)
            give_back(PER_FACTOR, user_id)
    except (InvalidInput, TooManyRequests) as error:
        status = 429 if isinstance(error, TooManyRequests) else 400
        return page(as_errors(error, form.data)), status
    return confirmed_response(form.next.data)


def confirmed_response(then: str) -> ViewAnswer:
    """Go on with a new session id."""
    with app_engine().begin() as connection:
        secret = actions.renew_session(connection, request.cookies.get(COOKIE, ""))
    forget_kept()
    response = leave(local_address(then or "/account"))
    set_session(response, secret)
    return response


@blueprint.post("/account/sessions/<int:session_id>/end")
@needs(SIGNED_IN)
def end_own_session(session_id: int) -> ViewAnswer:
    """End one of one's own sessions."""
    with reading() as connection:
        sessions.end_session(connection, current_access(), own_id(), session_id)
    forget_kept()
    return leave("/account", N_("会话已终止。"))


@blueprint.post("/account/sessions/end-others")
@needs(SIGNED_IN)
def end_other_sessions() -> ViewAnswer:
    """End all of one's sessions but this one."""
    with reading() as connection:
        count = sessions.end_sessions(connection, current_access(), own_id(), but=session_hash())
    forget_kept()
    return leave("/account", N_("已终止 %(count)s 个会话。"), count=count)


@blueprint.route("/account/tokens", methods=["GET", "POST"])
@needs(Permission.TOKEN_CREATE)
@sensitive
def tokens() -> ViewAnswer:
    """One's tokens, and a form for one more; a new one is shown once."""
    if request.method == "GET":
        return _tokens_page(TokenForm(data={"days": TOKEN_DAYS}), [])
    form = read_form(TokenForm)
    if not form.validate():
        return _tokens_page(form, errors_of(form)), 400
    identity = current_identity()
    assert identity is not None
    areas = [form.area.data] if form.area.data else []
    try:
        with reading() as connection:
            chosen = form.registers.data or []
            secret = actions.create_token(
                connection, identity.username, form.name.data, chosen, form.days.data, areas
            )
            _note(connection, Action.TOKEN_CREATE, ["token"])
    except GeoappError as error:
        return _tokens_page(form, as_errors(error, form.data)), 400
    return _tokens_page(TokenForm(data={"days": TOKEN_DAYS}), [], secret)


@blueprint.post("/account/tokens/<int:token_id>/revoke")
@needs(SIGNED_IN)
def revoke_token(token_id: int) -> ViewAnswer:
    """End one of one's tokens."""
    with reading() as connection:
        sessions.end_token(connection, current_access(), own_id(), token_id)
    forget_kept()
    return leave("/account/tokens", N_("令牌已撤销。"))


def _prove_password(stored: actions.Credentials, password: str, field: str = "current") -> None:
    """Raise InvalidInput unless it is the present password; who has none cannot prove one."""
    take(PER_FACTOR, f"password|{stored.user_id}")
    try:
        actions.proven(stored, password)
    except NotSignedIn as error:
        raise InvalidInput(N_("密码不正确。"), field=field) from error
    give_back(PER_FACTOR, f"password|{stored.user_id}")


def _note(connection: Connection, action: Action, fields: list[str]) -> None:
    record(
        connection, current_access(), action, register="users", record_ids=[own_id()], fields=fields
    )


def _page(errors: Errors) -> str:
    user_id = own_id()
    with reading() as connection:
        facts = {
            "open_sessions": sessions.list_sessions(connection, user_id),
            "keys": passkeys.list_passkeys(connection, user_id),
            "with_code": factors.has_totp(connection, user_id),
            "codes_left": factors.recovery_codes_left(connection, user_id),
            "with_password": actions.credentials_of(connection, user_id).password_hash is not None,
            "turns": stand_ins.turns_of(connection, user_id),
        }
    this = session_hash()
    return render_template("accounts/account.html", errors=errors, this=this, **facts)


def _tokens_page(form: TokenForm, errors: Errors, secret: str = "") -> str:
    with reading() as connection:
        rows = sessions.list_tokens(connection, own_id())
    return render_template(
        "accounts/tokens.html",
        tokens=rows,
        values=shown_values(form) | {"registers": form.registers.data or []},
        errors=errors,
        secret=secret,
        registers=[(r.name, r.title) for r in readable_registers(current_access())],
    )
