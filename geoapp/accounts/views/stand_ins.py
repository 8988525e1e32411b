"""Stand-ins: appointing and ending them, and acting for a colleague."""

from __future__ import annotations

from flask import Response, render_template, request
from sqlalchemy import Connection, select

from geoapp.accounts import stand_ins
from geoapp.accounts.authority import Authority, authority_of
from geoapp.accounts.forms import StandInForm, moment_of
from geoapp.accounts.identity import forget_kept
from geoapp.accounts.models import User
from geoapp.accounts.permissions import SIGNED_IN, Permission
from geoapp.accounts.views.base import (
    administer,
    blueprint,
    leave,
    press,
    sensitive,
    session_hash,
)
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, current_identity, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer

PAGE = "/admin/stand-ins"


@blueprint.route(PAGE, methods=["GET", "POST"])
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def list_stand_ins() -> ViewAnswer:
    """Stand-ins that have not ended, and a form for one more."""
    form = read_form(StandInForm) if request.method == "POST" else StandInForm()

    def do(connection: Connection, authority: Authority) -> Response:
        term = (moment_of(form.starts_at.data), moment_of(form.ends_at.data, end=True))
        people = [_named(connection, authority, form, field) for field in ("absent", "deputy")]
        stand_ins.appoint(connection, authority, people[0], people[1], term, form.reason.data)
        return leave(PAGE, N_("代办已安排。"))

    def again(errors: Errors) -> str:
        with reading() as connection:
            authority = authority_of(connection, current_access())
            rows = stand_ins.list_stand_ins(connection, authority)
        return render_template(
            "accounts/stand_ins.html", stand_ins=rows, values=shown_values(form), errors=errors
        )

    return again([]) if request.method == "GET" else administer(form, do, again)


@blueprint.post("/admin/stand-ins/<int:stand_in_id>/end")
@needs(Permission.ACCOUNT_ADMIN)
@sensitive
def end_stand_in(stand_in_id: int) -> ViewAnswer:
    """End a stand-in before its day."""

    def do(connection: Connection, authority: Authority) -> Response:
        stand_ins.end(connection, authority, stand_in_id)
        return leave(PAGE, N_("代办已终止。"))

    return press(do)


@blueprint.post("/account/acting/<int:stand_in_id>")
@needs(SIGNED_IN)
def begin_acting(stand_in_id: int) -> ViewAnswer:
    """Act for an absent colleague from now on, in this browser."""
    identity = current_identity()
    assert identity is not None
    with reading() as connection:
        stand_ins.begin_acting(connection, identity.access, session_hash(), stand_in_id)
    forget_kept()
    return leave("/map", N_("您现在代同事办理，操作记在您本人名下。"))


@blueprint.post("/account/acting/stop")
@needs(SIGNED_IN)
def stop_acting() -> ViewAnswer:
    """Be oneself again."""
    identity = current_identity()
    assert identity is not None
    with reading() as connection:
        stand_ins.stop_acting(connection, identity.access, session_hash())
    forget_kept()
    return leave("/account", N_("已恢复为您本人。"))


def _named(
    connection: Connection, authority: Authority, form: StandInForm, field: str
) -> int:
    """The id behind a name of the own area; a name from elsewhere is as unknown as one of nobody."""
    name = str(form[field].data).strip()
    found = connection.scalar(select(User.id).where(User.username == name, authority.within()))
    if found is None:
        raise InvalidInput(N_("没有找到这个账号。"), field=field)
    return int(found)
