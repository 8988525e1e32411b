"""Administration of roles and departments."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request
from sqlalchemy import Connection

from geoapp.accounts import role_actions
from geoapp.accounts.authority import Authority, authority_of
from geoapp.accounts.following import missing_from
from geoapp.accounts.forms import DepartmentForm, RoleForm
from geoapp.accounts.permissions import GROUPS, Permission
from geoapp.accounts.views.base import administer, blueprint, leave, sensitive
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer

SAVED = N_("已保存。")


@blueprint.get("/admin/roles")
@needs(Permission.ROLE_ADMIN)
def list_roles() -> ViewAnswer:
    """Every role with what it allows."""
    with reading() as connection:
        rows = role_actions.list_roles(connection)
    words = {str(permission): meaning for _, group in GROUPS for permission, meaning in group}
    lacking = {row.title: missing_from(row.key, row.permissions, system=row.system) for row in rows}
    said = [(title, [words[one] for one in more]) for title, more in lacking.items() if more]
    return render_template("accounts/roles.html", roles=rows, groups=GROUPS, lacking=said)


@blueprint.route("/admin/roles/new", methods=["GET", "POST"])
@needs(Permission.ROLE_ADMIN)
@sensitive
def new_role() -> ViewAnswer:
    """A role of the installation's own."""
    form = read_form(RoleForm) if request.method == "POST" else RoleForm()

    def do(connection: Connection, authority: Authority) -> Response:
        chosen = form.permissions.data or []
        role_actions.create_role(connection, authority, form.key.data, form.title.data, chosen)
        return leave("/admin/roles", SAVED)

    def again(errors: Errors) -> str:
        return _role_page(None, _values(form), errors)

    return again([]) if request.method == "GET" else administer(form, do, again)


@blueprint.route("/admin/roles/<role_key>", methods=["GET", "POST"])
@needs(Permission.ROLE_ADMIN)
@sensitive
def show_role(role_key: str) -> ViewAnswer:
    """A role's title and permissions; users of it follow within a second."""
    with reading() as connection:
        role = role_actions.find_role(connection, role_key)
    stored = {"title": role.title, "permissions": role.permissions, "version": role.version}
    if request.method == "GET":
        return _role_page(role, _values(RoleForm(data=stored)), [])
    form = read_form(RoleForm)

    def do(connection: Connection, authority: Authority) -> Response:
        version, chosen = form.version.data or 0, form.permissions.data or []
        role_actions.change_role(
            connection, authority, role_key, version, form.title.data, chosen
        )
        return leave("/admin/roles", SAVED)

    return administer(form, do, lambda errors: _role_page(role, _values(form), errors))


@blueprint.route("/admin/departments", methods=["GET", "POST"])
@needs(Permission.ROLE_ADMIN)
@sensitive
def departments() -> ViewAnswer:
    """Departments of the administrator's area, and a form for one more."""
    form = read_form(DepartmentForm) if request.method == "POST" else DepartmentForm()

    def do(connection: Connection, authority: Authority) -> Response:
        role_actions.create_department(connection, authority, form.name.data, form.area.data)
        return leave("/admin/departments", SAVED)

    def again(errors: Errors) -> str:
        with reading() as connection:
            authority = authority_of(connection, current_access())
            rows = role_actions.list_departments(connection, authority)
        return render_template(
            "accounts/departments.html", departments=rows, values=shown_values(form), errors=errors
        )

    return again([]) if request.method == "GET" else administer(form, do, again)


@blueprint.post("/admin/departments/<int:department_id>")
@needs(Permission.ROLE_ADMIN)
@sensitive
def change_department(department_id: int) -> ViewAnswer:
    """Rename, close or reopen a department."""
    form = read_form(DepartmentForm)

    def do(connection: Connection, authority: Authority) -> Response:
        active = bool(form.active.data)
        role_actions.change_department(
            connection, authority, department_id, form.name.data, active
        )
        return leave("/admin/departments", SAVED)

    def again(errors: Errors) -> str:
        with reading() as connection:
            authority = authority_of(connection, current_access())
            rows = role_actions.list_departments(connection, authority)
        return render_template(
            "accounts/departments.html", departments=rows, values={}, errors=errors
        )

    return administer(form, do, again)


def _values(form: RoleForm) -> dict[str, Any]:
    return shown_values(form) | {"permissions": form.permissions.data or []}


def _role_page(role: Any, values: dict[str, Any], errors: Errors) -> str:
    with reading() as connection:
        authority = authority_of(connection, current_access())
    return render_template(
        "accounts/role.html",
        role=role,
        values=values,
        errors=errors,
        groups=GROUPS,
        may_give={str(p) for p in Permission if authority.hands_out([p])},
        own=role is not None and role.key == current_access().role,
    )
