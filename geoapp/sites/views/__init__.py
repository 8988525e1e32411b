"""Pages of key sites, and the forms that change one (A7.2 to A7.7)."""

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
from geoapp.sites import actions, forms, reads, rules
from geoapp.sites.codes import (
    CATEGORIES,
    ENROL_REASONS,
    KINDS,
    LEVELS,
    RATED,
    RELEASE_REASONS,
    TYPES,
)
from geoapp.sites.details import site_detail

blueprint = Blueprint("sites", __name__)
DETAILS = {"sites": site_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""
Answer = Response | tuple[str, int] | str


@blueprint.get("/sites/<int:record_id>")
@needs(Permission.SITE_READ)
def show_site(record_id: int) -> str:
    """A site with its types and levels."""
    with reading() as connection:
        template, facts = site_detail(connection, record_id)
        record_seen(connection, "sites", record_id, facts)
    return render(template, "detail", register=words("sites"), **facts)


@blueprint.get("/sites/former")
@needs(Permission.SITE_READ)
def show_former() -> str:
    """Sites that need no attention any more, to look up and to bring back."""
    with reading() as connection:
        found = reads.read_former(connection, current_access())
    lines = [(row, reads.type_lines(row["types"], reader_locale())) for row in found]
    return render("sites/former.html", "list", register=words("sites"), lines=lines, most=reads.MOST_FORMER)


@blueprint.route("/sites/new", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def new_site() -> Answer:
    """Register a site at a point of one's own grid."""
    if request.method == "GET":
        point = {name: request.args.get(name, type=float) for name in ("lon", "lat")}
        return _new_form(forms.NewSiteForm(data=point), [], None)
    form = read_form(forms.NewSiteForm)

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.add_site(work, form.facts(), form.lon.data, form.lat.data)
        return ("sites", found), _say(N_("场所“%(name)s”已登记。"), name=form.name.data)

    return carry_out(form, do, lambda errors, error: _new_form(form, errors, error))


@blueprint.route("/sites/<int:site_id>/edit", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def edit_site(site_id: int) -> Answer:
    """Correct name, address, types and levels."""
    form = _form(forms.FactsForm, site_id)

    def do(work: Writing) -> tuple[Address, str]:
        changed = actions.correct_site(work, site_id, version_of(form), form.facts())
        return ("sites", site_id), _say(N_("更正已保存。") if changed else N_("没有改动，已记为核实。"))

    return _answer("sites/edit.html", form, site_id, do)


@blueprint.route("/sites/<int:site_id>/position", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def place_site(site_id: int) -> Answer:
    """Move a site's point, clicked on the map or typed."""
    form = _form(forms.PlaceForm, site_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.place_site(work, site_id, version_of(form), form.lon.data, form.lat.data)
        return ("sites", site_id), _say(N_("位置已保存。"))

    return _answer("sites/position.html", form, site_id, do)


@blueprint.post("/sites/<int:site_id>/confirm")
@needs(Permission.SITE_WRITE)
def confirm_site(site_id: int) -> Answer:
    """Somebody was there and all is as written."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.confirm_site(work, site_id, version_of(form))
        return ("sites", site_id), _say(N_("已记为核实。"))

    return _answer("layouts/refused.html", form, site_id, do)


@blueprint.route("/sites/<int:site_id>/release", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def release_site(site_id: int) -> Answer:
    """取消关注 with reason and day (A7.2)."""
    form = _form(forms.ReleaseForm, site_id)

    def do(work: Writing) -> tuple[Address, str]:
        step = (form.types.data, form.reason.data, form.day.data)
        actions.release_site(work, site_id, version_of(form), *step)
        return ("sites", site_id), _say(N_("已取消关注；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("sites/step.html", form, site_id, do)


@blueprint.route("/sites/<int:site_id>/enrol", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def enrol_site(site_id: int) -> Answer:
    """重新关注 with reason and day (A17, A18.14)."""
    form = _form(forms.EnrolForm, site_id)

    def do(work: Writing) -> tuple[Address, str]:
        step = (form.types.data, form.reason.data, form.day.data)
        actions.enrol_site(work, site_id, version_of(form), *step)
        return ("sites", site_id), _say(N_("已重新关注；%(minutes)s 分钟内可以撤销。"), minutes=undo_minutes())

    return _answer("sites/step.html", form, site_id, do)


@blueprint.post("/sites/<int:site_id>/undo")
@needs(Permission.SITE_WRITE)
def undo_step(site_id: int) -> Answer:
    """Take the last release or enrolment back."""
    form = read_form(forms.ConfirmForm)

    def do(work: Writing) -> tuple[Address, str]:
        actions.undo_step(work, site_id, version_of(form))
        return ("sites", site_id), _say(N_("已撤销上一次操作。"))

    return _answer("layouts/refused.html", form, site_id, do)


# -- parts ---------------------------------------------------------------------------------


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _options(codes: Mapping[Any, str], kept: str | None = None) -> list[tuple[str, str]]:
    return [(str(value), _say(label)) for value, label in offered(codes, kept).items()]


def _form(kind: type[Any], site_id: int) -> Any:
    """The form as sent, or filled with what is stored. Raises NotFound."""
    if request.method == "POST":
        return read_form(kind)
    with reading() as connection:
        row = reads.read_site(connection, current_access(), site_id)
    data = _stored(row)
    if issubclass(kind, forms.StepForm):
        among = rules.active_types if kind is forms.ReleaseForm else rules.released_types
        data |= {"types": list(among(row["types"])), "day": today()}
    return kind(data=data)


def _stored(row: Row) -> dict[str, Any]:
    """What a form opened now would show."""
    names = ("version", "name", "address", "category")
    point = {"lon": degrees(row["p_lon"]), "lat": degrees(row["p_lat"])}
    return {name: row[name] for name in names} | point | forms.stored_values(row["types"])


def _answer(template: str, form: RecordForm, site_id: int, do: Do) -> Answer:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, site_id, errors, error)

    if request.method == "GET":
        return again([], None)
    return carry_out(form, do, again)


def _page(template: str, form: RecordForm, site_id: int, errors: Errors, error: Exception | None) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_site(connection, access, site_id)
        head = reads.head_of(connection, access, row, words("sites")["title_one"])
        stale = None
        if isinstance(error, StaleForm) and hasattr(form, "titles"):
            stale = differences(connection, form, _stored(row), "sites", site_id)
    values = shown_values(form)
    if isinstance(error, StaleForm):
        values["version"] = row["version"]
    return render(
        template, "detail", detail=head, values=values, errors=errors, stale=stale,
        step=_step(form, row, locale), **_lists(rules.released_types(row["types"]), row["category"]),
    )  # fmt: skip


def _step(form: RecordForm, row: Row, locale: str) -> dict[str, Any] | None:
    """What a form of 取消关注 or 重新关注 offers."""
    if not isinstance(form, forms.StepForm):
        return None
    releasing = isinstance(form, forms.ReleaseForm)
    lines = [line for line in reads.type_lines(row["types"], locale) if bool(line.released) != releasing]
    return {
        "path": "release" if releasing else "enrol", "types": [(line.key, line.title) for line in lines],
        "chosen": form.types.data or [], "reasons": _options(RELEASE_REASONS if releasing else ENROL_REASONS),
    }  # fmt: skip


def _lists(released: Mapping[str, Any], category: str | None = None) -> dict[str, Any]:
    """What the inputs of a site offer: categories, and each type that is not released."""
    levels = [(str(level), _say(LEVELS[level])) for level in RATED]
    types = [
        {"key": key, "title": _say(KINDS[key]), "kinds": _options(one.kinds), "released": key in released}
        for key, one in TYPES.items()
    ]
    return {"categories": _options(CATEGORIES, category), "types": types, "levels": levels, "unrated": _say(LEVELS[0])}


def _new_form(form: forms.NewSiteForm, errors: Errors, _error: Exception | None) -> str:
    return render("sites/new.html", "detail", values=shown_values(form), errors=errors, **_lists({}))
