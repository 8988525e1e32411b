"""Inspections of key sites: the form, their photos, and what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.photos import clean_photo
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import reader_locale, render
from geoapp.edge.records import version_of
from geoapp.edge.writing import Address, carry_out
from geoapp.houses.details import words
from geoapp.sites import forms, inspection_rules, inspections, reads, rules
from geoapp.sites.codes import FINDINGS, KINDS, intervals

blueprint = Blueprint("inspections", __name__)
Answer = Response | tuple[str, int] | str


@blueprint.route("/sites/<int:site_id>/inspections/new", methods=["GET", "POST"])
@needs(Permission.SITE_WRITE)
def inspect_site(site_id: int) -> Answer:
    """Write down what was found at a site, with photos, and when it is due again."""
    if request.method == "GET":
        return _form(None, site_id, [], None)
    form = read_form(forms.InspectionForm)
    sent = [file for file in request.files.getlist("photos") if file.filename]

    def do(work: Writing) -> tuple[Address, str]:
        inspection_rules.check_photos(len(sent))
        photos = [clean_photo(file.read()) for file in sent]
        inspections.record_inspection(work, site_id, version_of(form), form.facts(), photos)
        return ("sites", site_id), translate(N_("检查已登记。"), reader_locale())

    return carry_out(form, do, lambda errors, error: _form(form, site_id, errors, error))


@blueprint.get("/sites/photos/<int:photo_id>")
@needs(Permission.SITE_READ)
def show_photo(photo_id: int) -> Response:
    """A photo, by a link of the last ten minutes made for this reader."""
    with reading() as connection:
        key = request.args.get("key", "")
        found = inspections.read_photo(connection, current_access(), photo_id, key)
    response = Response(found.content, mimetype=found.mimetype)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/sites/due")
@needs(Permission.SITE_READ)
def show_due() -> str:
    """Sites overdue and due within a week, by grid, each with its list and its map."""
    day = today()
    with reading() as connection:
        found = inspections.read_due(connection, current_access(), day)
    late, soon = day - timedelta(days=1), day + timedelta(days=inspection_rules.WEEK)
    queries = {
        "overdue": f"next_due__lte={late}", "week": f"next_due__gte={day}&next_due__lte={soon}",
        "never": "inspected_on__null=true",
    }  # fmt: skip
    return render("sites/due.html", "list", register=words("sites"), grids=found, queries=queries)


def _form(form: forms.InspectionForm | None, site_id: int, errors: Errors, error: Exception | None) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_site(connection, access, site_id)
        head = reads.head_of(connection, access, row, words("sites")["title_one"])
    if form is None:
        day = today()
        due = inspection_rules.offered_due(row["types"], day, intervals())
        form = forms.InspectionForm(data={"day": day, "next_due": due, "version": row["version"]})
    values: dict[str, Any] = shown_values(form)
    if error is not None:
        values["version"] = row["version"]  # what is found adds to the record and overwrites nothing
    types = [(key, translate(KINDS[key], locale)) for key in rules.active_types(row["types"])]
    findings = [(value, translate(label, locale)) for value, label in FINDINGS.items()]
    return render(
        "sites/inspect.html", "detail", detail=head, values=values, errors=errors, types=types,
        findings=findings, most=inspection_rules.MOST_PHOTOS,
    )  # fmt: skip
