"""Administration of users: list, invitation, one user's page, closing and resetting accounts."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from sqlalchemy import Connection

from geoapp.accounts import people, sessions, stand_ins
from geoapp.accounts.authority import Authority, authority_of, find_user, user_to_change
from geoapp.accounts.forms import PersonForm, ProgrammeForm, ResetForm, moment_of
from geoapp.accounts.permissions import Permission
from geoapp.accounts.role_actions import list_departments, list_roles
from geoapp.accounts.views.base import administer, blueprint, leave, press, sensitive
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale

LONGEST_TEXT = 60


@blueprint.get("/admin/users")
@needs(Permission.ACCOUNT_ADMIN)
def list_users() -> ViewAnswer:
    """Users of the administrator's area; search by name, closed ones apart."""
    text = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    state = request.args.get("state", "")
    after = request.args.get("after", "").replace("\x00", "")[:LONGEST_TEXT]
    with reading() as connection:
        rows = people.list_users(
            connection, authority_of(connection, current_access()), text, after, state
        )
    page = rows[: people.PAGE]
    more = page[-1].username if len(rows) > people.PAGE else ""
    return render_template("accounts/users.html", users=page, q=text, state=state, more=more)


@blueprint.route("/admin/users/new", methods=["GET", "POST"])
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def new_user() -> ViewAnswer:
    """Invite somebody; the page then shows the one-time link."""
    form = read_form(PersonForm) if request.method == "POST" else PersonForm()

    def do(connection: Connection, authority: Authority) -> str:
        user_id, secret = people.invite(connection, authority, form.username.data, form.person())
        return _link_page(connection, authority, user_id, "invite", secret)

    def again(errors: Errors) -> str:
        return render_template(
            "accounts/user_new.html", values=shown_values(form), errors=errors, **_choices()
        )

    return again([]) if request.method == "GET" else administer(form, do, again)


@blueprint.route("/admin/users/<int:user_id>", methods=["GET", "POST"])
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def show_user(user_id: int) -> ViewAnswer:
    """One user: what is written of them, sessions, programmes, stand-ins."""
    if request.method == "GET":
        return _user_page(user_id, None, [])
    form = read_form(PersonForm)

    def do(connection: Connection, authority: Authority) -> Response:
        version = form.version.data or 0
        changed = people.change(connection, authority, user_id, version, form.person())
        return _back(user_id, N_("已保存。") if changed else N_("没有改动。"))

    return administer(form, do, lambda errors: _user_page(user_id, form, errors))


@blueprint.post("/admin/users/<int:user_id>/disable")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def disable_user(user_id: int) -> ViewAnswer:
    """Close an account and end all it has open."""

    def do(connection: Connection, authority: Authority) -> Response:
        people.disable(connection, authority, user_id)
        return _back(user_id, N_("账号已停用，其会话、令牌与代办全部终止。"))

    return press(do)


@blueprint.post("/admin/users/<int:user_id>/enable")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def enable_user(user_id: int) -> ViewAnswer:
    """Open a closed account again."""

    def do(connection: Connection, authority: Authority) -> Response:
        people.enable(connection, authority, user_id)
        return _back(user_id, N_("账号已启用。"))

    return press(do)


@blueprint.post("/admin/users/<int:user_id>/reset")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def reset_user(user_id: int) -> ViewAnswer:
    """A one-time link for a new password; second factors too, if asked for."""
    form = read_form(ResetForm)

    def do(connection: Connection, authority: Authority) -> str:
        secret = people.reset(connection, authority, user_id, bool(form.factors.data))
        return _link_page(connection, authority, user_id, "reset", secret)

    return administer(form, do, lambda errors: _user_page(user_id, None, errors))


@blueprint.post("/admin/users/<int:user_id>/invite")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def invite_again(user_id: int) -> ViewAnswer:
    """A fresh invitation; the older link is void."""

    def do(connection: Connection, authority: Authority) -> str:
        secret = people.invite_again(connection, authority, user_id)
        return _link_page(connection, authority, user_id, "invite", secret)

    return press(do)


@blueprint.post("/admin/users/<int:user_id>/sessions/end")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def end_user_sessions(user_id: int) -> ViewAnswer:
    """Sign somebody out everywhere."""

    def do(connection: Connection, authority: Authority) -> Response:
        user_to_change(connection, authority, user_id)
        count = sessions.end_sessions(connection, authority.access, user_id)
        return _back(user_id, N_("已终止 %(count)s 个会话。"), count=count)

    return press(do)


@blueprint.post("/admin/users/<int:user_id>/sessions/<int:session_id>/end")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def end_user_session(user_id: int, session_id: int) -> ViewAnswer:
    """Sign somebody out in one browser."""

    def do(connection: Connection, authority: Authority) -> Response:
        user_to_change(connection, authority, user_id)
        sessions.end_session(connection, authority.access, user_id, session_id)
        return _back(user_id, N_("会话已终止。"))

    return press(do)


@blueprint.post("/admin/users/<int:user_id>/programmes")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def grant_programme(user_id: int) -> ViewAnswer:
    """Open a programme to the user in an area until a day."""
    form = read_form(ProgrammeForm)

    def do(connection: Connection, authority: Authority) -> Response:
        ends = moment_of(form.ends_at.data, end=True)
        people.grant_programme(
            connection, authority, user_id, form.programme.data, form.area.data, ends
        )
        return _back(user_id, N_("项目角色已授予。"))

    return administer(form, do, lambda errors: _user_page(user_id, None, errors))


@blueprint.post("/admin/programme-roles/<int:grant_id>/end")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def end_programme(grant_id: int) -> ViewAnswer:
    """Take a programme role back."""

    def do(connection: Connection, authority: Authority) -> Response:
        user_id = people.end_programme(connection, authority, grant_id)
        return _back(user_id, N_("项目角色已收回。"))

    return press(do)


def _back(user_id: int, said: str, **facts: object) -> Response:
    return leave(url_for("accounts.show_user", user_id=user_id), said, **facts)


def _link_page(
    connection: Connection, authority: Authority, user_id: int, kind: str, secret: str
) -> str:
    user = find_user(connection, authority, user_id)
    address = url_for("accounts.welcome", key=secret, _external=True)
    return render_template("accounts/user_link.html", user=user, kind=kind, address=address)


def _choices() -> dict[str, Any]:
    with reading() as connection:
        authority = authority_of(connection, current_access())
        roles = [r for r in list_roles(connection) if authority.hands_out({*r.permissions, *r.may_grant})]
        departments = [d for d in list_departments(connection, authority) if d.active]
    return {
        "roles": [(r.key, translate(r.title, reader_locale())) for r in roles],
        "departments": [(d.id, d.name) for d in departments],
    }


def _user_page(user_id: int, form: PersonForm | None, errors: Errors) -> str:
    with reading() as connection:
        authority = authority_of(connection, current_access())
        user = find_user(connection, authority, user_id)
        stored = PersonForm(
            data={
                "display_name": user.display_name,
                "role": user.role_key,
                "areas": " ".join(user.area_codes),
                "department": user.department_id,
                "sso_subject": user.sso_subject or "",
                "version": user.version,
            }
        )
        facts = {
            "user": user,
            "changeable": user_id != current_access().user_id
            and authority.hands_out(user.permissions),
            "open_sessions": sessions.list_sessions(connection, user_id),
            "tokens": sessions.list_tokens(connection, user_id),
            "programmes": people.programme_roles(connection, user_id),
            "turns": stand_ins.turns_of(connection, user_id),
        }
    values = shown_values(form or stored) | {"version": stored.version.data}
    return render_template(
        "accounts/user.html", values=values, errors=errors, **facts, **_choices()
    )
