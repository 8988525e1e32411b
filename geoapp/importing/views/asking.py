"""The page that asks which system of coordinates a file's positions are in (D4.2)."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import Connection, Row

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.acting import act
from geoapp.edge.forms import Errors, read_form
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.importing import actions, asking, codes, reads
from geoapp.importing.forms import SystemForm
from geoapp.importing.positions import NO_SYSTEM
from geoapp.importing.templates import template_of
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("import_asking", __name__))


@blueprint.get("/imports/<int:batch_id>/system")
@needs(Permission.IMPORT_UPLOAD)
def show_systems(batch_id: int) -> ViewAnswer:
    """Some rows on the map, once for each system they can be in."""
    return _page(batch_id, [])


@blueprint.post("/imports/<int:batch_id>/system")
@needs(Permission.IMPORT_UPLOAD)
def choose_system(batch_id: int) -> ViewAnswer:
    """Reading goes on with the system the sender chose, or refuses the rows that name none."""
    form = read_form(SystemForm)

    def do(connection: Connection) -> tuple[str, str]:
        batch = _asking(connection, batch_id)
        choices = asking.choices_of(connection, current_access(), batch, reader_locale())
        if form.system.data not in {NO_SYSTEM, *(choice.system for choice in choices)}:
            raise InvalidInput(N_("请选择一个坐标系。"), field="system")
        actions.choose_system(connection, current_access(), batch_id, form.system.data)
        return f"/imports/{batch_id}", translate(N_("已选择坐标系，正在继续读取。"), reader_locale())

    return act(form, do, lambda errors: _page(batch_id, errors))


def _asking(connection: Connection, batch_id: int) -> Row:
    """The sender's own batch that asks. Raises NotFound."""
    batch = reads.read_batch(connection, current_access(), batch_id)
    if batch.sent_by != current_access().user_id or batch.state != codes.ASKING:
        raise NotFound()
    return batch


def _page(batch_id: int, errors: Errors) -> str:
    locale = reader_locale()
    with reading() as connection:
        batch = _asking(connection, batch_id)
        samples = asking.samples_of(batch)
        choices = asking.choices_of(connection, current_access(), batch, locale)
        people = batch.register in codes.PEOPLE
        keys = {key for choice in choices for key in choice.keys} | {one.lo for one in samples}
        names = asking.region_names(connection, keys)
        features = asking.features_of(connection, choices, samples, people)
    rows = [
        {"no": one.row_no, "east": one.east, "north": one.north, "named": names.get(one.lo, ""),
         "falls": [names.get(choice.keys[place], "") for choice in choices]}
        for place, one in enumerate(samples)
    ]  # fmt: skip
    return render(
        "importing/asking.html", "detail", batch=batch, title=translate(template_of(batch.register).title, locale),
        choices=choices, rows=rows, refuse=NO_SYSTEM, people=people, errors=errors,
        features={"type": "FeatureCollection", "features": features},
    )  # fmt: skip
