"""The map of rows to claim (A8.7; issue #6)."""

from __future__ import annotations

from flask import Blueprint, request

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.importing import claim_map, codes, lists
from geoapp.importing.targets import TARGETS
from geoapp.importing.templates import REGISTERS, template_of
from geoapp.importing.views.switch import only_while_on

blueprint = only_while_on(Blueprint("import_mapping", __name__))


@blueprint.get("/imports/claims/map")
@needs(Permission.IMPORT_READ)
def show_map() -> ViewAnswer:
    """Rows that wait, as points or as counts of grids; `row` is the one that was tapped."""
    access, locale = current_access(), reader_locale()
    register, row_id = request.args.get("register", "sites"), request.args.get("row", "")
    if register not in REGISTERS or not access.may(f"register:{register}:read"):
        raise NotFound()
    with reading() as connection:
        seen = claim_map.read_map(connection, access, register)
        row = None
        if row_id.isdecimal() and len(row_id) < 19:
            row = lists.read_row(connection, access, int(row_id))
            if row.register != register or register in codes.PEOPLE or row.state not in codes.OPEN:
                raise NotFound()
        shown = lists.shown(row, access, locale) if row is not None else None
    registers = [
        (name, translate(template_of(name).title, locale)) for name in REGISTERS if access.may(f"register:{name}:read")
    ]
    return render(
        "importing/claims_map.html", "list", register=register, registers=registers, seen=seen, row=shown,
        most=claim_map.MOST_POINTS, people=register in codes.PEOPLE,
        may_claim=access.may(Permission.IMPORT_CLAIM) and access.may(TARGETS[register].permission),
        features={"type": "FeatureCollection", "features": seen.features},
    )  # fmt: skip
