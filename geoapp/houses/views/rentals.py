"""Pages of letting a house: register, correct, deregister, reinstate, undo (A6.8 to A6.10)."""

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
from geoapp.edge.pages import reader_locale, render
from geoapp.edge.records import differences, version_of
from geoapp.edge.writing import Address, Do, carry_out
from geoapp.houses import reads, rentals
from geoapp.houses import rental_forms as forms
from geoapp.houses.codes import (
    RENTAL_KINDS,
    RENTAL_REASONS,
    RENTAL_REINSTATE_REASONS,
    RENTAL_USES,
)

blueprint = Blueprint("rentals", __name__)
Answer = Response | tuple[str, int] | str


@blueprint.route("/houses/<int:house_id>/rental/new", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def let_house(house_id: int) -> Answer:
    """A house is let: since when, as what, by whom (A6.9)."""
    form = _form(forms.LetForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        rentals.let_house(work, house_id, version_of(form), form.facts(), form.day.data)
        return ("houses", house_id), _say(N_("已登记为出租房；%(minutes)s 分钟内可以撤销。"))

    return _answer("houses/rental.html", form, house_id, do)


@blueprint.route("/houses/<int:house_id>/rental", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def correct_rental(house_id: int) -> Answer:
    """Correct what is written of a letting."""
    form = _form(forms.RentalForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        changed = rentals.correct_rental(work, house_id, version_of(form), form.facts())
        return ("houses", house_id), _say(N_("更正已保存。") if changed else N_("没有改动，已记为核实。"))

    return _answer("houses/rental.html", form, house_id, do)


@blueprint.route("/houses/<int:house_id>/rental/deregister", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def deregister_rental(house_id: int) -> Answer:
    """No longer let, with reason and time (A6.10)."""
    form = _form(forms.OffForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        rentals.deregister_rental(work, house_id, version_of(form), form.reason.data, form.day.data)
        return ("houses", house_id), _say(N_("出租已注销；%(minutes)s 分钟内可以撤销。"))

    return _answer("houses/rental_step.html", form, house_id, do)


@blueprint.route("/houses/<int:house_id>/rental/reinstate", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def reinstate_rental(house_id: int) -> Answer:
    """Let again: the letting comes back (A6.10)."""
    form = _form(forms.BackForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        rentals.reinstate_rental(work, house_id, version_of(form), form.reason.data, form.day.data)
        return ("houses", house_id), _say(N_("已取消注销；%(minutes)s 分钟内可以撤销。"))

    return _answer("houses/rental_step.html", form, house_id, do)


@blueprint.post("/houses/<int:house_id>/rental/undo")
@needs(Permission.HOUSE_WRITE)
def undo_rental(house_id: int) -> Answer:
    """Take the last step of letting back."""
    form = read_form(forms.UndoForm)

    def do(work: Writing) -> tuple[Address, str]:
        rentals.undo_rental(work, house_id, version_of(form))
        return ("houses", house_id), _say(N_("已撤销上一次操作。"))

    return _answer("layouts/refused.html", form, house_id, do)


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str) -> str:
    return translate(msgid, reader_locale(), minutes=undo_minutes())


def _options(codes: Mapping[str, str], kept: str | None = None) -> list[tuple[str, str]]:
    return [(value, _say(label)) for value, label in offered(codes, kept).items()]


def _form(kind: type[Any], house_id: int) -> Any:
    """The form as sent, or filled with what is stored. Raises NotFound."""
    if request.method == "POST":
        return read_form(kind)
    with reading() as connection:
        row = reads.read_record(connection, current_access(), "houses", house_id)
    return kind(data=_stored(row) | {"day": today()})


def _stored(row: reads.Row) -> dict[str, Any]:
    """What a form opened now would show; what is sealed stays empty."""
    kept = {"use": row["rental_use"] or "dwelling", "kind": row["rental_kind"] or "flat"}
    return kept | {"version": row["version"], "landlord_name": "", "landlord_phone": "", "no_landlord": False}


def _answer(template: str, form: RecordForm, house_id: int, do: Do) -> Answer:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, house_id, errors, error)

    if request.method == "GET":
        return again([], None)
    return carry_out(form, do, again)


def _page(template: str, form: RecordForm, house_id: int, errors: Errors, error: Exception | None) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_record(connection, access, "houses", house_id)
        head = reads.read_head(connection, access, "houses", row, locale)
        stale = None
        if isinstance(error, StaleForm) and isinstance(form, forms.RentalForm):
            stale = differences(connection, form, _stored(row) | {"day": ""}, "houses", house_id)
    values = shown_values(form)
    if isinstance(error, StaleForm):
        values["version"] = row["version"]
    leaving = isinstance(form, forms.OffForm)
    return render(
        template, "detail", detail=head, values=values, errors=errors, stale=stale, leaving=leaving,
        letting=isinstance(form, forms.LetForm),
        uses=_options(RENTAL_USES, row["rental_use"]), kinds=_options(RENTAL_KINDS, row["rental_kind"]),
        reasons=_options(RENTAL_REASONS if leaving else RENTAL_REINSTATE_REASONS),
    )  # fmt: skip
