"""Merging double residents: who may be the same, both side by side, one of them goes."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import Connection, RowMapping

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.i18n import N_
from geoapp.core.settings import undo_minutes
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.noting import hits_seen, person_seen
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.trail import region_trail
from geoapp.edge.writing import Address, carry_out
from geoapp.houses import reads as houses
from geoapp.people import forms, merging
from geoapp.people.gone import find_person
from geoapp.people.views.base import blueprint, say, version_of
from layers.registry import get_register

COMPARED = ("name", "type", "sex", "birth_year", "id_number", "birth_date", "phone", "no_house_reason", "updated_at")
CELLS = {"id_number": "id_enc", "birth_date": "birth_date_enc", "phone": "phone_enc"}


@blueprint.route("/residents/<int:resident_id>/merge", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def merge(resident_id: int) -> ViewAnswer:
    """Two records of one person side by side; the one that is chosen stays."""
    if request.method == "GET":
        other = request.args.get("other", type=int)
        return _page(forms.MergeForm(data={"other": other}), resident_id, [], None)
    form = read_form(forms.MergeForm)

    def do(work: Writing) -> tuple[Address, str]:
        mine, theirs = (resident_id, version_of(form)), (form.other.data, form.other_version.data)
        kept, gone = (mine, theirs) if form.keep.data == "this" else (theirs, mine)
        merging.merge(work, kept, gone)
        said = N_("两条记录已合并；%(minutes)s 分钟内可以在被合并的记录上撤销。")
        return ("residents", kept[0]), say(said, minutes=undo_minutes())

    return carry_out(form, do, lambda errors, error: _page(form, resident_id, errors, error))


# -- parts ---------------------------------------------------------------------------------


def _page(form: forms.MergeForm, resident_id: int, errors: Errors, error: Exception | None) -> str:
    access, locale = current_access(), reader_locale()
    other = None
    with reading() as connection:
        row = find_person(connection, access, resident_id)
        person_seen(connection, resident_id, row["region_key"])
        head = houses.read_head(connection, access, "residents", row, locale)
        candidates = merging.read_candidates(connection, access, row)
        hits_seen(connection, [one["id"] for one in candidates], row["region_key"])
        if form.other.data is not None:
            other = find_person(connection, access, form.other.data)
            person_seen(connection, other["id"], other["region_key"])
        pair = [_column(connection, one) for one in (row, other) if one is not None]
        offered = [_column(connection, one) for one in candidates]
    values = shown_values(form)
    if request.method == "GET" or isinstance(error, StaleForm):
        values["version"] = row["version"]
        values["other_version"] = other["version"] if other is not None else ""
    titles = [say(get_register("residents", access).field(name).title) for name in COMPARED]
    return render(
        "people/merge.html", "detail", detail=head, values=values, errors=errors, pair=pair, candidates=offered,
        titles=[*titles, say(N_("现住址")), say(N_("所属区划"))],
    )  # fmt: skip


def _column(connection: Connection, row: RowMapping) -> dict[str, Any]:
    """One record as the table shows it, every protected value masked."""
    access, locale = current_access(), reader_locale()
    opened = dict(row) | {name: row[column] for name, column in CELLS.items()}
    values = [houses.shown(access, "residents", name, opened, locale) for name in COMPARED]
    address = ""
    if row["house_id"] is not None and row["name_enc"] is None:
        address = houses.read_record(connection, access, "houses", row["house_id"])["address"]
    trail = region_trail(connection, access, row["region_key"])
    where = " ".join(name for name, *_ in trail)
    return {"id": row["id"], "name": values[0], "values": [*values, address, where]}
