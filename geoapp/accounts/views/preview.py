"""See what a role sees."""

from __future__ import annotations

from flask import Response, render_template, request
from sqlalchemy import Connection

from geoapp.accounts import previews
from geoapp.accounts.authority import Authority, authority_of
from geoapp.accounts.forms import PreviewForm
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.accounts.role_actions import list_roles
from geoapp.accounts.views.base import administer, blueprint, leave, session_hash
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access, harmless, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale


@blueprint.route("/admin/preview", methods=["GET", "POST"])
@needs(Permission.ACCOUNT_ADMIN)
def preview() -> ViewAnswer:
    """Choose a role and an area; the map then opens as that role sees it."""
    form = read_form(PreviewForm) if request.method == "POST" else PreviewForm()

    def do(connection: Connection, authority: Authority) -> Response:
        this = session_hash()
        previews.begin_preview(connection, authority, this, form.role.data, form.area.data)
        return leave("/map")

    def again(errors: Errors) -> str:
        with reading() as connection:
            authority = authority_of(connection, current_access())
            roles = [
                (r.key, translate(r.title, reader_locale()))
                for r in list_roles(connection)
                if authority.hands_out({*r.permissions, *r.may_grant})
            ]
        values = shown_values(form)
        return render_template("accounts/preview.html", roles=roles, values=values, errors=errors)

    return again([]) if request.method == "GET" else administer(form, do, again)


@blueprint.post("/account/preview/end")
@needs(SIGNED_IN)
@harmless
def end_preview() -> ViewAnswer:
    """Look through one's own eyes again."""
    with reading() as connection:
        previews.end_preview(connection, current_access(), session_hash())
    forget_kept()
    return leave("/admin/preview")
