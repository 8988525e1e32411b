"""The page on which somebody chooses among the places a row's address may mean (A8.7)."""

from __future__ import annotations

from flask import Blueprint

from geoapp.accounts.limits import PEOPLE_READS, take
from geoapp.accounts.permissions import Permission
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.changes.actions import Writing
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.importing import choosing, codes, lists
from geoapp.importing.forms import PlaceForm
from geoapp.importing.views.claiming import address, carry_out, say
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("import_choosing", __name__))


@blueprint.get("/imports/rows/<int:row_id>/places")
@needs(Permission.IMPORT_READ)
def show_places(row_id: int) -> ViewAnswer:
    """The candidates of a row with their scores."""
    return _page(row_id, [])


@blueprint.post("/imports/rows/<int:row_id>/places")
@needs(Permission.IMPORT_CLAIM)
def choose_place(row_id: int) -> ViewAnswer:
    """Who claims the row says that it lies at one of them, or at none."""
    return _choose(row_id)


@blueprint.post("/imports/rows/<int:row_id>/places/assign")
@needs(Permission.IMPORT_ASSIGN)
def assign_place(row_id: int) -> ViewAnswer:
    """The street says so of a row nobody could place."""
    return _choose(row_id)


def _choose(row_id: int) -> ViewAnswer:
    access, form = current_access(), read_form(PlaceForm)

    def do(work: Writing) -> tuple[str, str]:
        register = lists.read_row(work.connection, access, row_id).register
        if choosing.choose(work, row_id, form.version.data or 0, form.place.data) is None:
            return address(register, "unplaced"), say(N_("已记下：没有相符的地址。"))
        return address(register, "open"), say(N_("已选定地址，行已归入所在网格。"))

    return carry_out(form, do, lambda errors: _page(row_id, errors))


def _page(row_id: int, errors: Errors) -> str:
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        row = lists.read_row(connection, access, row_id)
        if not row.candidates or row.state not in codes.OPEN:
            raise NotFound()
        access.require(f"register:{row.register}:read")
        places = choosing.places_of(connection, access, row)
        shown = lists.shown(row, access, locale)
        if row.register in codes.PEOPLE:
            take(PEOPLE_READS, access.user_id)
            record(connection, access, Action.LIST_VIEW, register="residents", count=1, area_key=row.region_key)
    if not shown["address"]:  # who may not read the row's own address does not learn it from what is like it
        places = [{**one, "address": ""} for one in places]
    return render(
        "importing/places.html", "detail", row=shown, places=places, nobody=choosing.NOBODY, errors=errors,
        may_claim=access.may(Permission.IMPORT_CLAIM),
        features={"type": "FeatureCollection", "features": choosing.features_of(row, places)},
    )  # fmt: skip
