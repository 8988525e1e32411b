"""Leaving the register and coming back, settling, moving, another type, checked today, taking back (A3, A17)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import request
from sqlalchemy import Connection, RowMapping

from geoapp.accounts.limits import PEOPLE_READS, limited
from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import hits_seen, person_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.writing import Address, carry_out
from geoapp.houses import reads as houses
from geoapp.people import codes, correcting, forms, state_actions
from geoapp.people.gone import find_person, find_stepping, read_gone
from geoapp.people.identity import Told
from geoapp.people.numbers import CITIZEN, read_number
from geoapp.people.registering import Home
from geoapp.people.views.base import blueprint, fresh, named_house, options, say, version_of
from geoapp.people.views.door import identity_options
from grids_boundaries.access import Access

Do = Callable[[Writing], int]
"""Makes the change; gives the id of the record to go to."""
Find = Callable[[Connection, Access, int], RowMapping]
"""Reads the record a form is about. Raises NotFound."""


@blueprint.route("/residents/<int:resident_id>/deregister", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def deregister(resident_id: int) -> ViewAnswer:
    """Off the register, with reason and day (A3.4)."""
    form = _form(forms.DeregisterForm, day=today())

    def do(work: Writing) -> int:
        state_actions.deregister(work, resident_id, version_of(form), form.reason.data, form.day.data)
        return resident_id

    return _answer("people/deregister.html", form, resident_id, do, N_("已注销。"))


@blueprint.route("/residents/<int:resident_id>/reinstate", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def reinstate(resident_id: int) -> ViewAnswer:
    """On the register again (取消注销)."""
    form = _form(forms.HomeForm, since=today())

    def do(work: Writing) -> int:
        state_actions.reinstate(work, resident_id, version_of(form), _home(work.connection, form))
        return resident_id

    return _answer("people/reinstate.html", form, resident_id, do, N_("已取消注销，恢复在册。"))


@blueprint.route("/residents/<int:resident_id>/settle", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def settle(resident_id: int) -> ViewAnswer:
    """An unregistered person settles in this grid (A3.8)."""
    form = _form(forms.SettleForm, day=today())

    def do(work: Writing) -> int:
        number = read_number(CITIZEN, form.id_number.data, today())
        assert number is not None
        return state_actions.settle(work, resident_id, version_of(form), number, form.day.data)

    return _answer("people/settle.html", form, resident_id, do, N_("已落户；未落户记录已注销，户籍人口记录已建立。"))


@blueprint.route("/residents/<int:resident_id>/move", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def move(resident_id: int) -> ViewAnswer:
    """To another grid of the reader's area, in one transaction (A18 (9))."""
    form = _form(forms.MoveForm, since=today())

    def do(work: Writing) -> int:
        region_key, home = _target(work.connection, form)
        return state_actions.move(work, resident_id, version_of(form), region_key, home)

    return _answer("people/move.html", form, resident_id, do, N_("已迁往另一网格；原网格的记录已注销。"))


@blueprint.route("/residents/<int:resident_id>/type", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def change_type(resident_id: int) -> ViewAnswer:
    """Another of the four types (A3.3)."""
    form = _form(forms.TypeForm)

    def do(work: Writing) -> int:
        told = Told(
            form.type.data, "", registered_place=form.registered_place.data,
            unregistered_reason=form.unregistered_reason.data, overseas_kind=form.overseas_kind.data,
        )  # fmt: skip
        state_actions.change_type(work, resident_id, version_of(form), told)
        return resident_id

    return _answer("people/type.html", form, resident_id, do, N_("人口类型已变更。"))


@blueprint.route("/residents/<int:resident_id>/edit", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def edit(resident_id: int) -> ViewAnswer:
    """Correct who somebody is; what is masked stays unless it is typed anew."""
    form = _form(forms.CorrectForm)
    if request.method == "GET":
        with reading() as connection:
            row = find_person(connection, current_access(), resident_id)
        form = forms.CorrectForm(data=correcting.shown_facts(row))

    def do(work: Writing) -> int:
        correcting.correct(work, resident_id, version_of(form), form.corrections())
        return resident_id

    return _answer("people/edit.html", form, resident_id, do, N_("更正已保存。"))


@blueprint.route("/residents/<int:resident_id>/checked", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def checked(resident_id: int) -> ViewAnswer:
    """Somebody was there and all is as written (A2.8)."""
    form = _form(forms.StepForm)

    def do(work: Writing) -> int:
        correcting.confirm(work, resident_id, version_of(form))
        return resident_id

    return _answer("people/checked.html", form, resident_id, do, N_("已记为今天核实。"))


@blueprint.route("/residents/<int:resident_id>/take-back", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def take_back(resident_id: int) -> ViewAnswer:
    """Undo the last change of state, for some minutes."""
    form = _form(forms.StepForm)

    def do(work: Writing) -> int:
        state_actions.take_back(work, resident_id, version_of(form))
        return resident_id

    said = N_("已撤销，恢复到操作之前。")
    return _answer("people/take_back.html", form, resident_id, do, said, find_stepping)


@blueprint.get("/residents/gone")
@needs(Permission.RESIDENT_WRITE)
@limited(PEOPLE_READS)
def show_gone() -> ViewAnswer:
    """Who left the registers of the reader's area, to bring somebody back (A3.4)."""
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        rows = read_gone(connection, access)
        hits_seen(connection, [row["id"] for row in rows])
    people = [
        {"url": f"/registers/residents/{row['id']}", "name": houses.shown(access, "residents", "name", row, locale),
         "type": say(codes.TYPES[row["type"]]), "day": row["state_date"],
         "reason": say(codes.STATE_REASONS.get(row["state_reason"] or "", row["state_reason"] or ""))}
        for row in rows
    ]  # fmt: skip
    return render("people/gone_list.html", "content", people=people)


# -- parts ---------------------------------------------------------------------------------


def _form(kind: type[Any], **offered: object) -> Any:
    return read_form(kind) if request.method == "POST" else kind(data=offered)


def _home(connection: Connection, form: forms.HomeForm) -> Home:
    house_id = None
    if form.house_number.data.strip():
        house_id = named_house(connection, form.house_number.data)
    return Home(house_id, form.since.data, form.tenure.data, form.no_house_reason.data or None)


def _target(connection: Connection, form: forms.MoveForm) -> tuple[int, Home]:
    """Grid and home; a house says its grid itself. Raises InvalidInput."""
    home = _home(connection, form)
    if home.house_id is not None:
        row = houses.read_record(connection, current_access(), "houses", home.house_id)
        return int(row["region_key"]), home
    if form.region.data is None:
        raise InvalidInput(N_("请选择网格。"), field="region")
    return int(form.region.data), home


def _answer(
    template: str, form: RecordForm, resident_id: int, do: Do, said: str, find: Find = find_person
) -> ViewAnswer:
    """The form, or what came of it: the change, the form with its errors, or beside what is stored now."""
    again = partial(_page, template, form, resident_id, find)
    if request.method == "GET":
        return again([], None)

    def carry(work: Writing) -> tuple[Address, str]:
        return ("residents", do(work)), say(said)

    return carry_out(form, carry, again)


def _page(
    template: str, form: RecordForm, resident_id: int, find: Find, errors: Errors, error: Exception | None
) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = find(connection, access, resident_id)
        person_seen(connection, resident_id, row["region_key"])
        head = houses.read_head(connection, access, "residents", row, locale)
        grids = houses.read_grids(connection, access) if isinstance(form, forms.MoveForm) else []
        stale = correcting.differences(connection, access, locale, form, row, error)
    values = shown_values(form)
    if request.method == "GET":
        values["version"] = row["version"]
    values |= fresh(error, dict(row))
    return render(
        template, "detail", detail=head, person=row, values=values, errors=errors, grids=grids, stale=stale,
        holder=getattr(error, "holder_id", None),
        options=identity_options() | {"reason": options(codes.DEREGISTER_REASONS)},
    )  # fmt: skip
