"""The map of rows to claim: figures and outlines, tiles of places, the rows that were picked on it (A8.7; D3.4)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import NotFound
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, reader_locale, render
from geoapp.importing import claim_map, codes, lists
from geoapp.importing.checking import read_number
from geoapp.importing.standing import WAITING, row_table
from geoapp.importing.targets import TARGETS
from geoapp.importing.views.asked import asked
from geoapp.importing.views.claiming import register_tabs
from geoapp.importing.views.switch import only_while_on
from tiles import service
from tiles.tilejson import MAX_TILE_ZOOM

blueprint = only_while_on(Blueprint("import_mapping", __name__))


@blueprint.get("/imports/claims/map")
@needs(Permission.IMPORT_READ)
def show_map() -> ViewAnswer:
    """Rows that wait: places as points or counted cells, all of them as counts of grids."""
    register = request.args.get("register", "sites")
    selection = asked(register, WAITING, {})
    layer = selection.register
    legend = [{"value": e.value, "colour": e.colour, "shape": e.shape} for e in layer.legend]
    with reading() as connection:
        seen = claim_map.read_map(connection, selection, register)
        counts = lists.count_rows(connection, current_access())
    return render(
        "importing/claims_map.html", "list", register=register, registers=register_tabs(counts, "open"), seen=seen,
        people=register in codes.PEOPLE, layer=layer, legend=legend, at=_place(request.args.get("at", "")),
        features={"type": "FeatureCollection", "features": seen.features}, nearest=MAX_TILE_ZOOM,
        tiles=f"/imports/claims/tiles/{register}/{{z}}/{{x}}/{{y}}.mvt",
    )  # fmt: skip


@blueprint.get("/imports/claims/tiles/<register_name>/<int:z>/<int:x>/<int:y>.mvt")
@needs(Permission.IMPORT_READ)
def show_tile(register_name: str, z: int, x: int, y: int) -> Response:
    """One tile of the places that wait; of people there is nothing in it."""
    selection = asked(register_name, WAITING, request.args)
    tile = service.passing_tile(selection.access, selection, z, x, y)
    if request.accept_encodings.best_match(["gzip"]):
        response = Response(tile.body, mimetype=tile.media_type)
        response.headers["Content-Encoding"] = tile.content_encoding
    else:
        response = Response(tile.plain(), mimetype=tile.media_type)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(tile.etag, weak=True)
    response.make_conditional(request)
    return response


@blueprint.get("/imports/claims/map/rows")
@needs(Permission.IMPORT_READ)
def show_picked() -> ViewAnswer:
    """The rows somebody has tapped (`row`, once for each) or drawn a box around (`bbox`), ready to be claimed."""
    register, locale = request.args.get("register", "sites"), reader_locale()
    tapped = [int(one) for one in request.args.getlist("row") if one.isdecimal() and len(one) < 19]
    if register in codes.PEOPLE:
        raise NotFound()
    selection = asked(register, WAITING, request.args)
    with reading() as connection:
        chosen = (row_table.c.id.in_(tapped[: lists.PAGE]),) if tapped else ()
        if not tapped and not request.args.get("bbox"):
            raise NotFound()
        rows = lists.read_rows(connection, selection, locale, also=chosen)
        total = len(rows) if tapped else lists.total_of(connection, selection)
    return render(
        "importing/picked.html", "picked", register=register, rows=rows, total=total, bbox=request.args.get("bbox"),
        may_claim=_may_claim(register),
    )  # fmt: skip


def _place(text: str) -> list[float] | None:
    """Longitude and latitude to begin at, in degrees; None for anything else."""
    numbers = [read_number(one) for one in text.split(",")]
    lon, lat = numbers if len(numbers) == 2 else (None, None)
    return [lon, lat] if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) < 85 else None


def _may_claim(register: str) -> bool:
    access = current_access()
    return access.may(Permission.IMPORT_CLAIM) and access.may(TARGETS[register].permission)
