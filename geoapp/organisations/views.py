"""Pages of organisations, and the forms that change one (A7.1, A7.8, A7.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import undo_minutes
from geoapp.dictionaries.lists import offered
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import record_seen
from geoapp.edge.pages import reader_locale, render
from geoapp.edge.records import differences, version_of
from geoapp.edge.writing import Address, Do, carry_out
from geoapp.houses.details import words
from geoapp.houses.reads import Row, degrees
from geoapp.organisations import actions, forms, reads
from geoapp.organisations.codes import (
    DEREGISTER_REASONS,
    KINDS,
    LEVELS,
    REINSTATE_REASONS,
    TITLES,
)
from geoapp.organisations.details import organisation_detail

blueprint = Blueprint("organisations", __name__)
REGISTER = "organisations"
DETAILS = {REGISTER: organisation_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""
Answer = Response | tuple[str, int] | str


@blueprint.get("/organisations/<int:record_id>")
@needs(Permission.ORGANISATION_READ)
def show_organisation(record_id: int) -> str:
    """An organisation."""
    with reading() as connection:
        template, facts = organisation_detail(connection, record_id)
        record_seen(connection, REGISTER, record_id, facts)
    return render(template, "detail", register=words(REGISTER), **facts)


@blueprint.get("/organisations/former")
@needs(Permission.ORGANISATION_READ)
def show_former() -> str:
    """Those that left the register, to look up and to bring back."""
    with reading() as connection:
        found = reads.read_former(connection, current_access())
    lines = [(row, _say(TITLES[row["kind"]]), _say(DEREGISTER_REASONS[row["state_reason"]])) for row in found]
    return render("organisations/former.html", "list", register=words(REGISTER), lines=lines, most=reads.MOST_FORMER)


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@needs(Permission.ORGANISATION_WRITE)
def new_organisation() -> Answer:
    """Register an organisation at a point of one's own area."""
    if request.method == "GET":
        return _new_form(forms.FactsForm(), [], None)
    form = read_form(forms.FactsForm)

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.add_organisation(work, form.facts(), form.lon.data, form.lat.data)
        return (REGISTER, found), _say(N_("组织“%(name)s”已登记。"), name=form.name.data)

    return carry_out(form, do, lambda errors, error: _new_form(form, errors, error))


@blueprint.route("/organisations/<int:organisation_id>/edit", methods=["GET", "POST"])
@needs(Permission.ORGANISATION_WRITE)
def edit_organisation(organisation_id: int) -> Answer:
    """Correct what is written, the place included."""
    form = _form(forms.FactsForm, organisation_id)

    def do(work: Writing) -> tuple[Address, str]:
        where = (form.lon.data, form.lat.data)
        changed = actions.correct_organisation(work, organisation_id, version_of(form), form.facts(), *where)
        return (REGISTER, organisation_id), _say(N_("更正已保存。") if changed else N_("没有改动，已记为核实。"))

    return _answer("organisations/edit.html", form, organisation_id, do)


@blueprint.post("/organisations/<int:organisation_id>/confirm")
@needs(Permission.ORGANISATION_WRITE)
def confirm_organisation(organisation_id: int) -> Answer:
    """Somebody was there and all is as written."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.confirm_organisation(work, organisation_id, version_of(form))
        return (REGISTER, organisation_id), _say(N_("已记为核实。"))

    return _answer("layouts/refused.html", form, organisation_id, do)


@blueprint.route("/organisations/<int:organisation_id>/deregister", methods=["GET", "POST"])
@needs(Permission.ORGANISATION_WRITE)
def deregister(organisation_id: int) -> Answer:
    """注销 with reason and day (A7.1, A7.8, A7.9)."""
    form = _form(forms.DeregisterForm, organisation_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.deregister(work, organisation_id, version_of(form), form.reason.data, form.day.data)
        return (REGISTER, organisation_id), _say(N_("已注销；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("organisations/step.html", form, organisation_id, do)


@blueprint.route("/organisations/<int:organisation_id>/reinstate", methods=["GET", "POST"])
@needs(Permission.ORGANISATION_WRITE)
def reinstate(organisation_id: int) -> Answer:
    """取消注销 with reason and day (A18.14)."""
    form = _form(forms.ReinstateForm, organisation_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.reinstate(work, organisation_id, version_of(form), form.reason.data, form.day.data)
        return (REGISTER, organisation_id), _say(N_("已取消注销；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("organisations/step.html", form, organisation_id, do)


@blueprint.post("/organisations/<int:organisation_id>/undo")
@needs(Permission.ORGANISATION_WRITE)
def undo_step(organisation_id: int) -> Answer:
    """Take the last change of state back."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.undo_step(work, organisation_id, version_of(form))
        return (REGISTER, organisation_id), _say(N_("已撤销上一次操作。"))

    return _answer("layouts/refused.html", form, organisation_id, do)


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _options(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in offered(codes).items()]


def _form(kind: type[Any], record_id: int) -> Any:
    """The form as sent, or filled with what is stored. Raises NotFound."""
    if request.method == "POST":
        return read_form(kind)
    with reading() as connection:
        row = reads.read_organisation(connection, current_access(), record_id)
    return kind(data=_stored(row) | {"day": today()})


def _stored(row: Row) -> dict[str, Any]:
    """What a form opened now would show."""
    names = ("version", "kind", "name", "licence_number", "registered", "address")
    point = {"lon": degrees(row["p_lon"]), "lat": degrees(row["p_lat"])}
    return {name: row[name] for name in names} | point | {"category": row["category"] or "", "level": row["level"]}


def _answer(template: str, form: RecordForm, record_id: int, do: Do) -> Answer:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, record_id, errors, error)

    if request.method == "GET":
        return again([], None)
    return carry_out(form, do, again)


def _page(template: str, form: RecordForm, record_id: int, errors: Errors, error: Exception | None) -> str:
    access = current_access()
    with reading() as connection:
        row = reads.read_organisation(connection, access, record_id)
        head = reads.head_of(connection, access, row, _say(TITLES[row["kind"]]))
        stale = None
        if isinstance(error, StaleForm) and isinstance(form, forms.FactsForm):
            stale = differences(connection, form, _stored(row), REGISTER, record_id)
    values = shown_values(form)
    if isinstance(error, StaleForm):
        values["version"] = row["version"]
    leaving = isinstance(form, forms.DeregisterForm)
    reasons = _options(DEREGISTER_REASONS if leaving else REINSTATE_REASONS)
    return render(
        template, "detail", detail=head, values=values, errors=errors, stale=stale, leaving=leaving,
        reasons=reasons, holder=getattr(error, "holder_id", None), **_lists(),
    )  # fmt: skip


def _lists() -> dict[str, Any]:
    """What the inputs offer; categories stand under the kind they belong to."""
    groups = [(_say(one.title), _options(one.categories)) for one in KINDS.values() if one.categories]
    return {"kinds": _options(TITLES), "categories": groups, "levels": _options(LEVELS)}


def _new_form(form: forms.FactsForm, errors: Errors, error: Exception | None) -> str:
    holder = getattr(error, "holder_id", None)
    values = shown_values(form)
    return render("organisations/new.html", "detail", values=values, errors=errors, holder=holder, **_lists())
