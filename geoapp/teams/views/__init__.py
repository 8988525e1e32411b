"""Pages of service teams and their members, and the forms that change them (A1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import record_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.protected import Shown, asked, sent_reason, value_answer
from geoapp.edge.records import version_of
from geoapp.edge.writing import Address, Do, carry_out
from geoapp.houses.details import words
from geoapp.protection.reveals import open_value
from geoapp.teams import actions, forms, reads
from geoapp.teams.codes import (
    CLASSES,
    DISSOLVE_REASONS,
    LEAVE_REASONS,
    POSTS,
    REINSTATE_REASONS,
)
from geoapp.teams.coverage import coverage_detail
from geoapp.teams.details import STATE_REASONS, team_detail

blueprint = Blueprint("teams", __name__)
REGISTER = "teams"
DETAILS = {REGISTER: team_detail, "coverage": coverage_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""


@blueprint.get("/teams/<int:record_id>")
@needs(Permission.TEAM_READ)
def show_team(record_id: int) -> ViewAnswer:
    """A team with its members and records (A1.1)."""
    with reading() as connection:
        template, facts = team_detail(connection, record_id)
        record_seen(connection, REGISTER, record_id, facts)
    return render(template, "detail", register=words(REGISTER), **facts)


@blueprint.get("/teams/former")
@needs(Permission.TEAM_READ)
def show_former() -> ViewAnswer:
    """Dissolved teams, which stay readable (A1.9)."""
    with reading() as connection:
        found = reads.read_former(connection, current_access())
    lines = [(row, _say(CLASSES[row["class"]]), _say(STATE_REASONS[row["state_reason"]])) for row in found]
    return render("teams/former.html", "list", register=words(REGISTER), lines=lines, most=reads.MOST_FORMER)


@blueprint.route("/teams/new", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def new_team() -> ViewAnswer:
    """Set a team up for a region of one's own area, of any level (A1.2)."""
    if request.method == "GET":
        return _new_form(forms.NewTeamForm(data={"region": request.args.get("region", type=int)}), [], None)
    form = read_form(forms.NewTeamForm)

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.add_team(work, form.region.data, form.facts())
        return (REGISTER, found), _say(N_("团队“%(name)s”已登记。"), name=form.name.data)

    return carry_out(form, do, lambda errors, error: _new_form(form, errors, error))


@blueprint.route("/teams/<int:team_id>/edit", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def edit_team(team_id: int) -> ViewAnswer:
    """Correct name, class, sub-class and duty."""
    form = _form(forms.FactsForm, team_id)

    def do(work: Writing) -> tuple[Address, str]:
        changed = actions.correct_team(work, team_id, version_of(form), form.facts())
        return (REGISTER, team_id), _say(N_("更正已保存。") if changed else N_("没有改动，已记为核实。"))

    return _answer("teams/edit.html", form, team_id, do)


@blueprint.route("/teams/<int:team_id>/dissolve", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def dissolve(team_id: int) -> ViewAnswer:
    """注销 with reason and day; members are released (A1.9)."""
    form = _form(forms.DissolveForm, team_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.dissolve(work, team_id, version_of(form), form.reason.data, form.day.data)
        return (REGISTER, team_id), _say(N_("已注销；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("teams/step.html", form, team_id, do)


@blueprint.route("/teams/<int:team_id>/reinstate", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def reinstate(team_id: int) -> ViewAnswer:
    """取消注销 with reason and day (A18.14)."""
    form = _form(forms.ReinstateForm, team_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.reinstate(work, team_id, version_of(form), form.reason.data, form.day.data)
        return (REGISTER, team_id), _say(N_("已取消注销；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("teams/step.html", form, team_id, do)


@blueprint.post("/teams/<int:team_id>/undo")
@needs(Permission.TEAM_WRITE)
def undo_step(team_id: int) -> ViewAnswer:
    """Take the last dissolution or reinstatement back."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.undo_step(work, team_id, version_of(form))
        return (REGISTER, team_id), _say(N_("已撤销上一次操作。"))

    return _answer("layouts/refused.html", form, team_id, do)


# -- members -------------------------------------------------------------------------------


@blueprint.route("/teams/<int:team_id>/members/new", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def add_member(team_id: int) -> ViewAnswer:
    """Somebody takes up a post (A1.6)."""
    form = _form(forms.MemberForm, team_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.add_member(work, team_id, form.facts())
        return (REGISTER, team_id), _say(N_("成员已加入。"))

    return _answer("teams/member.html", form, team_id, do)


@blueprint.route("/teams/<int:team_id>/members/<int:member_id>/leave", methods=["GET", "POST"])
@needs(Permission.TEAM_WRITE)
def leave(team_id: int, member_id: int) -> ViewAnswer:
    """注销 of a membership (A1.10)."""
    form = _form(forms.LeaveForm, team_id)

    def do(work: Writing) -> tuple[Address, str]:
        left = actions.leave(work, member_id, form.reason.data, form.day.data)
        return (REGISTER, left), _say(N_("成员已注销；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("teams/step.html", form, team_id, do, member_id)


@blueprint.post("/teams/<int:team_id>/members/<int:member_id>/undo")
@needs(Permission.TEAM_WRITE)
def undo_leave(team_id: int, member_id: int) -> ViewAnswer:
    """Take a leave back."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        return (REGISTER, actions.undo_leave(work, member_id)), _say(N_("已撤销上一次操作。"))

    return _answer("layouts/refused.html", form, team_id, do)


@blueprint.post("/teams/<int:team_id>/members/<int:member_id>/delete")
@needs(Permission.TEAM_WRITE)
def delete_member(team_id: int, member_id: int) -> ViewAnswer:
    """删除 of a member without records (A1.11)."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        return (REGISTER, actions.delete_member(work, member_id)), _say(N_("成员已删除。"))

    return _answer("layouts/refused.html", form, team_id, do)


@blueprint.get("/teams/<int:team_id>/members/<int:member_id>/phone")
@needs(Permission.RESIDENT_REVEAL)
def show_phone(team_id: int, member_id: int) -> ViewAnswer:
    """A member's phone as it is usually shown; with ?ask=1 the question why it is needed in full (D3.2)."""
    with reading() as connection:
        masked, _ = reads.read_phone(connection, current_access(), team_id, member_id)
    return value_answer(_phone(team_id, member_id, masked), asked())


@blueprint.post("/teams/<int:team_id>/members/<int:member_id>/phone")
@needs(Permission.RESIDENT_REVEAL)
def reveal_phone(team_id: int, member_id: int) -> ViewAnswer:
    """The phone in full, once, for the reason given, logged."""
    reason, access = sent_reason(), current_access()
    with reading() as connection:
        _, value = reads.read_phone(connection, access, team_id, member_id)
        phone = open_value(connection, access, value, reason)
    return value_answer(_phone(team_id, member_id, phone), "shown")


def _phone(team_id: int, member_id: int, value: str) -> Shown:
    url = f"/teams/{team_id}"
    return Shown(f"phone-{member_id}", _say(N_("电话")), value, f"{url}/members/{member_id}/phone", url)


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _options(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in codes.items()]


def _form(kind: type[Any], team_id: int) -> Any:
    """The form as sent, or filled with what is stored. Raises NotFound."""
    if request.method == "POST":
        return read_form(kind)
    with reading() as connection:
        row = reads.read_team(connection, current_access(), team_id, own=True)
    data = {name: row[name] for name in ("version", "name", "subclass", "duty")} | {"team_class": row["class"]}
    if kind is not forms.FactsForm:
        data = {"version": row["version"], "day": today(), "since": today()}
    return kind(data=data)


def _answer(template: str, form: RecordForm, team_id: int, do: Do, member_id: int = 0) -> ViewAnswer:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, team_id, errors, error, member_id)

    return again([], None) if request.method == "GET" else carry_out(form, do, again)


def _page(
    template: str, form: RecordForm, team_id: int, errors: Errors, error: Exception | None, member_id: int
) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_team(connection, access, team_id, own=True)
        head = reads.head_of(connection, access, row, words(REGISTER)["title_one"])
        members = reads.read_members(connection, access, [team_id], locale) if member_id else []
    values = shown_values(form)
    if error is not None:
        values["version"] = row["version"]
    return render(
        template, "detail", detail=head, values=values, errors=errors, step=_step(form),
        member=next((one for one in members if one.id == member_id), None), member_id=member_id,
        classes=_options(CLASSES), posts=_options(POSTS),
    )  # fmt: skip


def _step(form: RecordForm) -> dict[str, Any] | None:
    """What a form of 注销 or 取消注销 offers."""
    steps: tuple[tuple[type[RecordForm], str, Mapping[str, str]], ...] = (
        (forms.DissolveForm, "dissolve", DISSOLVE_REASONS), (forms.ReinstateForm, "reinstate", REINSTATE_REASONS),
        (forms.LeaveForm, "leave", LEAVE_REASONS),
    )  # fmt: skip
    for kind, path, reasons in steps:
        if isinstance(form, kind):
            return {"path": path, "reasons": _options(reasons)}
    return None


def _new_form(form: forms.NewTeamForm, errors: Errors, _error: Exception | None) -> str:
    with reading() as connection:
        areas = reads.read_areas(connection, current_access())
    values = shown_values(form)
    if len(areas) and not values.get("region"):
        values["region"] = areas[0][0]
    return render(
        "teams/new.html", "detail", values=values, errors=errors, areas=areas, classes=_options(CLASSES)
    )
