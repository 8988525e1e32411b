"""Vector tiles: same query string as the list, answered from the same selection."""

from __future__ import annotations

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import SIGNED_IN
from geoapp.edge.access import needs, reading
from geoapp.edge.noting import tile_seen
from geoapp.edge.pages import ViewAnswer, json_answer, reader_locale
from geoapp.edge.query import open_register, request_selection
from tiles import service
from tiles.tilejson import describe, extent

blueprint = Blueprint("tile_routes", __name__)


@blueprint.get("/tiles/<register_name>/<int:z>/<int:x>/<int:y>.mvt")
@needs(SIGNED_IN)
def register_tile(register_name: str, z: int, x: int, y: int) -> ViewAnswer:
    """One tile of a register; 304 when the reader's copy still holds."""
    register = open_register(register_name)
    selection = request_selection(None, register)
    tile_seen(register)
    # one message each: what a transaction of several would cost is as much as a small tile
    etag = service.register_etag(selection.access, selection, z, x, y)
    if request.if_none_match.contains_weak(etag):
        return unchanged(etag)
    return tile_answer(service.register_tile(selection.access, selection, z, x, y, etag=etag))


@blueprint.get("/tiles/base/<int:z>/<int:x>/<int:y>.mvt")
@needs(SIGNED_IN)
def base_tile(z: int, x: int, y: int) -> ViewAnswer:
    """One tile of the base map."""
    with reading() as connection:
        etag = service.base_etag(connection, z, x, y)
        if request.if_none_match.contains_weak(etag):
            return unchanged(etag)
        return tile_answer(service.base_tile(connection, z, x, y, etag=etag))


@blueprint.get("/tiles/<register_name>/tile.json")
@needs(SIGNED_IN)
def tile_json(register_name: str) -> ViewAnswer:
    """TileJSON of a register's layer."""
    register = open_register(register_name)
    address = f"{request.url_root}tiles/{register.name}/{{z}}/{{x}}/{{y}}.mvt"
    with reading() as connection:
        bounds = extent(connection, request_selection(connection, register))
    return json_answer(describe(register, address, locale=reader_locale(), bounds=bounds))


def unchanged(etag: str) -> Response:
    """304 with the tag the reader already has."""
    response = Response(status=304)
    return _tagged(response, etag)


def tile_answer(tile: service.Tile) -> Response:
    """The tile's ready bytes; unpacked only for the rare client without gzip."""
    if tile.content_encoding in request.accept_encodings:
        response = Response(tile.body, mimetype=tile.media_type)
        response.headers["Content-Encoding"] = tile.content_encoding
    else:
        response = Response(tile.plain(), mimetype=tile.media_type)
    response.headers["Vary"] = "Accept-Encoding"
    return _tagged(response, tile.etag)


def _tagged(response: Response, etag: str) -> Response:
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
