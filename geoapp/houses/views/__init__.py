"""Pages of buildings and houses, and the forms that change a house."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.dictionaries.lists import offered
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, RecordForm, read_form, shown_values
from geoapp.edge.noting import hits_seen, record_seen
from geoapp.edge.pages import reader_locale, render
from geoapp.edge.writing import Address, Do, carry_out
from geoapp.houses import actions, forms, reads, rules
from geoapp.houses.codes import HOUSE_USES
from geoapp.houses.details import building_detail, house_detail, words
from geoapp.houses.stale import differences
from geoapp.houses.timeline import MOST, kind_titles, read_timeline

blueprint = Blueprint("houses", __name__)
DETAILS = {"buildings": building_detail, "houses": house_detail}
"""Register to the function that reads one record: (connection, id) -> (template, context)."""


@blueprint.get("/buildings/<int:record_id>")
@needs(Permission.BUILDING_READ)
def show_building(record_id: int) -> str:
    """A building's units as a grid (楼盘表)."""
    return _show_record("buildings", record_id)


@blueprint.get("/houses/<int:record_id>")
@needs(Permission.HOUSE_READ)
def show_house(record_id: int) -> str:
    """A house and who lives there."""
    return _show_record("houses", record_id)


@blueprint.get("/houses/<int:house_id>/timeline")
@needs(Permission.HOUSE_READ)
def show_timeline(house_id: int) -> str:
    """What happened at a house, by date."""
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_record(connection, access, "houses", house_id)
        head = reads.read_head(connection, access, "houses", row, locale)
        entries = read_timeline(connection, access, row, locale)
        record_seen(connection, "houses", house_id, {"detail": head})
        named = sorted({entry.resident_id for entry in entries if entry.resident_id is not None})
        if named:
            hits_seen(connection, named, row["region_key"])
    kinds = kind_titles(locale)
    return render("houses/timeline.html", "detail", detail=head, entries=entries, kinds=kinds, most=MOST)


@blueprint.route("/houses/new", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def new_house() -> Response | tuple[str, int] | str:
    """Add a house (A6.2, A6.6); its number is offered and may be replaced."""
    if request.method == "GET":
        return _new_form(_offered(), [], None)
    form = read_form(forms.NewHouseForm)

    def do(work: Writing) -> tuple[Address, str]:
        found = actions.add_house(work, form.region.data, form.number.data, form.facts(), form.building.data)
        return ("houses", found), _say(N_("房屋“%(number)s”已登记。"), number=form.number.data)

    return carry_out(form, do, lambda errors, error: _new_form(form, errors, error))


@blueprint.route("/houses/<int:house_id>/edit", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def edit_house(house_id: int) -> Response | tuple[str, int] | str:
    """Correct what is written of a house, its number apart."""
    form = _form(forms.FactsForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        changed = actions.correct_house(work, house_id, _version(form), form.facts())
        said = N_("更正已保存。") if changed else N_("没有改动，已记为核实。")
        return ("houses", house_id), _say(said)

    return _answer("houses/edit.html", form, house_id, do)


@blueprint.route("/houses/<int:house_id>/number", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def renumber_house(house_id: int) -> Response | tuple[str, int] | str:
    """Change a house's number; one in use is refused (A6.4)."""
    form = _form(forms.NumberForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.renumber_house(work, house_id, _version(form), form.number.data)
        return ("houses", house_id), _say(N_("编号已变更。"))

    return _answer("houses/number.html", form, house_id, do)


@blueprint.route("/houses/<int:house_id>/position", methods=["GET", "POST"])
@needs(Permission.HOUSE_WRITE)
def place_house(house_id: int) -> Response | tuple[str, int] | str:
    """Set or move a house's point, clicked on the map or typed."""
    form = _form(forms.PositionForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        placing = actions.place_house(work, house_id, _version(form), form.lon.data, form.lat.data)
        said = N_("位置已保存。")
        if placing.placed == rules.PLACED_OUTSIDE:
            said = N_("位置已保存，但在所属网格之外。")
        if placing.grid_name:
            said = N_("位置已保存，但在所属网格之外，落在“%(grid)s”内。")
        return ("houses", house_id), _say(said, grid=placing.grid_name)

    return _answer("houses/position.html", form, house_id, do)


@blueprint.post("/houses/<int:house_id>/confirm")
@needs(Permission.HOUSE_WRITE)
def confirm_house(house_id: int) -> Response | tuple[str, int] | str:
    """Somebody was there and all is as written (A6.11)."""
    form = _form(forms.ConfirmForm, house_id)

    def do(work: Writing) -> tuple[Address, str]:
        actions.confirm_house(work, house_id, _version(form))
        return ("houses", house_id), _say(N_("已记为核实。"))

    return _answer("houses/confirm.html", form, house_id, do)


# -- parts ---------------------------------------------------------------------------------


def _show_record(register: str, record_id: int) -> str:
    with reading() as connection:
        template, facts = DETAILS[register](connection, record_id)
        record_seen(connection, register, record_id, facts)
    return render(template, "detail", register=words(register), **facts)


def _say(msgid: str, **facts: object) -> str:
    return translate(msgid, reader_locale(), **facts)


def _version(form: RecordForm) -> int:
    """The version the form was opened with; a form without one is refused."""
    if form.version.data is None:
        raise InvalidInput(N_("表单缺少版本号，请刷新页面后重试。"), field="version")
    return int(form.version.data)


def _form(kind: type[Any], house_id: int) -> Any:
    """The form as sent, or filled with what is stored. Raises NotFound."""
    if request.method == "POST":
        return read_form(kind)
    with reading() as connection:
        row = reads.read_record(connection, current_access(), "houses", house_id)
    values = {name: value for name, value in row.items() if name != "region_key"}
    return kind(data=values | {"lon": reads.degrees(row["p_lon"]), "lat": reads.degrees(row["p_lat"])})


def _answer(template: str, form: RecordForm, house_id: int, do: Do) -> Response | tuple[str, int] | str:
    def again(errors: Errors, error: Exception | None) -> str:
        return _page(template, form, house_id, errors, error)

    if request.method == "GET":
        return again([], None)
    return carry_out(form, do, again)


def _page(
    template: str, form: RecordForm, house_id: int, errors: Errors, error: Exception | None
) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = reads.read_record(connection, access, "houses", house_id)
        head = reads.read_head(connection, access, "houses", row, locale)
        number = None
        if isinstance(form, forms.NumberForm):
            place = (row["region_key"], row["building_id"], row["entrance"], row["storey"])
            number = reads.offered_number(connection, access, *place)
        stale = differences(connection, form, row) if isinstance(error, StaleForm) else None
    values = shown_values(form)
    if stale:
        values["version"] = row["version"]
    return render(
        template, "detail", detail=head, house=row, values=values, errors=errors, stale=stale,
        holder=getattr(error, "holder_id", None), offered=number, uses=use_options(row["use"]),
    )  # fmt: skip


def use_options(kept: str | None = None) -> list[tuple[str, str]]:
    """(value, label) of the uses of a house that may be chosen, and of the one it has."""
    return [(value, _say(label)) for value, label in offered(HOUSE_USES, kept).items()]


def _offered() -> forms.NewHouseForm:
    """An empty form for the building, entrance and storey of the address, with a free number."""
    access, asked = current_access(), request.args
    entrance, storey = (asked.get(name, type=int) for name in ("entrance", "storey"))
    building_id, base, within = asked.get("building", type=int), "", asked.get("region", type=int)
    with reading() as connection:
        if building_id is not None:
            row = reads.read_record(connection, access, "buildings", building_id)
            within, base = row["region_key"], row["address"] or row["name"] or ""
        grids = reads.read_grids(connection, access, within)
        region, number = grids[0][0] if len(grids) == 1 else None, None
        if region is not None:
            place = (region, building_id, entrance, storey)
            number = reads.offered_number(connection, access, *place)
    room = rules.offered_room(number, storey)
    return forms.NewHouseForm(
        data={
            "region": region, "building": building_id, "entrance": entrance, "storey": storey,
            "room": room, "number": number or "", "use": "dwelling",
            "address": rules.offered_address(base, entrance, room) if base else "",
        }
    )  # fmt: skip


def _new_form(form: forms.NewHouseForm, errors: Errors, error: Exception | None) -> str:
    access, locale = current_access(), reader_locale()
    values = shown_values(form)
    building = None
    with reading() as connection:
        within = None
        if form.building.data is not None:
            row = reads.read_record(connection, access, "buildings", form.building.data)
            within, building = row["region_key"], reads.read_head(connection, access, "buildings", row, locale)
        grids = reads.read_grids(connection, access, within)
        if not grids:
            raise NotFound()
    return render(
        "houses/new.html", "detail", values=values, errors=errors, building=building, grids=grids,
        holder=getattr(error, "holder_id", None), uses=use_options(),
    )  # fmt: skip
