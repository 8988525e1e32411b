"""Adding a resident at the door: the number typed once, the house one stands at (A3.1 to A3.9, A6.6, A6.7)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.forms import Errors, read_form, shown_values
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.edge.writing import Address, carry_out
from geoapp.houses import reads as houses
from geoapp.houses.codes import TENURES
from geoapp.people import codes
from geoapp.people.forms import NewResidentForm
from geoapp.people.identity import check_told
from geoapp.people.registering import Home, add_person
from geoapp.people.views.base import blueprint, named_house, options, say


@blueprint.route("/residents/new", methods=["GET", "POST"])
@needs(Permission.RESIDENT_WRITE)
def new_resident() -> ViewAnswer:
    """Add a resident to a grid; a number that is on its register already is refused."""
    if request.method == "GET":
        asked = request.args
        values = {name: asked.get(name, type=int) for name in ("house", "region")}
        return _page(NewResidentForm(data=values | {"since": today()}), [], None)
    form = read_form(NewResidentForm)

    def do(work: Writing) -> tuple[Address, str]:
        person = check_told(form.told(), today())
        region_key, home = _home(work.connection, form)
        resident_id = add_person(work, region_key, person, home)
        at_the_door = form.house.data is not None
        said = say(N_("“%(name)s”已登记。"), name=person.name)
        return ("houses", form.house.data) if at_the_door else ("residents", resident_id), said

    return carry_out(form, do, lambda errors, error: _page(form, errors, error))


def _home(connection: Connection, form: NewResidentForm) -> tuple[int, Home]:
    """The grid and the home the form names; a house says its grid itself. Raises InvalidInput, NotFound."""
    house_id = form.house.data
    if house_id is None and form.house_number.data.strip():
        house_id = named_house(connection, form.house_number.data)
    region_key = form.region.data
    if house_id is not None:
        row = houses.read_record(connection, current_access(), "houses", house_id)
        if region_key is not None and region_key != row["region_key"]:
            raise InvalidInput(N_("这套房屋不在所选网格内。"), field="house_number")
        region_key = row["region_key"]
    if region_key is None:
        raise InvalidInput(N_("请选择网格。"), field="region")
    return region_key, Home(house_id, form.since.data, form.tenure.data, form.no_house_reason.data or None)


def _page(form: NewResidentForm, errors: Errors, error: Exception | None) -> str:
    access, locale, house = current_access(), reader_locale(), None
    with reading() as connection:
        if form.house.data is not None:
            row = houses.read_record(connection, access, "houses", form.house.data)
            house = houses.read_head(connection, access, "houses", row, locale)
        grids = [] if house else houses.read_grids(connection, access, form.region.data)
        if not house and not grids:
            raise NotFound()
    return render(
        "people/new.html", "detail", house=house, grids=grids, values=shown_values(form), errors=errors,
        holder=getattr(error, "holder_id", None), options=identity_options(),
    )  # fmt: skip


def identity_options() -> dict[str, list[tuple[str, str]]]:
    """(value, label) lists of the forms of a person, by field."""
    lists: Mapping[str, Mapping[str, str]] = {
        "type": codes.TYPES, "id_kind": codes.ID_KINDS, "sex": codes.SEXES, "tenure": TENURES,
        "unregistered_reason": codes.UNREGISTERED_REASONS, "overseas_kind": codes.OVERSEAS_KINDS,
        "no_house_reason": codes.NO_HOUSE_REASONS,
    }  # fmt: skip
    return {name: options(words) for name, words in lists.items()}
