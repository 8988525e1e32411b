"""OGC API Features and Tiles (#2): landing page, collections, items, tile sets, definition."""

from __future__ import annotations

from flask import Blueprint, Response, request

from geoapp.accounts.permissions import SIGNED_IN
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.noting import list_seen, record_seen, tile_seen
from geoapp.edge.pages import reader_locale
from geoapp.edge.query import open_register
from geoapp.ogc import tilesets as tiling
from geoapp.ogc.answers import answer, page, wants_html
from geoapp.ogc.collections import collection
from geoapp.ogc.conformance import CLASSES
from geoapp.ogc.items import item_bytes, page_bytes, page_links
from geoapp.ogc.links import GEOJSON, HTML, JSON, MVT, OPENAPI, REL, SCHEMA, Pairs, base, link, own
from geoapp.ogc.openapi import definition
from geoapp.ogc.parameters import (
    DOCUMENT,
    all_columns,
    only,
    read_item,
    read_items,
    read_tile_query,
)
from geoapp.ogc.schemas import queryables, returned
from geoapp.ogc.tables import feature_table
from layers.registry import listed_registers
from spatial_queries.crs import offered
from spatial_queries.features import read_feature, read_features
from spatial_queries.selection import compile_query
from tiles import service

blueprint = Blueprint("ogc", __name__, url_prefix="/ogc")


@blueprint.after_request
def name_the_door(response: Response) -> Response:
    """A client without a token is told which ones there are (RFC 9110, 11.6.1)."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="geoapp", Basic realm="geoapp"'
    return response


def asked_pairs() -> Pairs:
    """The query string as it was written."""
    return list(request.args.items(multi=True))


def words(msgid: str) -> str:
    """A word in the reader's language."""
    return translate(msgid, reader_locale())


@blueprint.get("/", strict_slashes=False)
@needs(SIGNED_IN)
def landing() -> Response:
    """Where a client starts."""
    only(asked_pairs(), DOCUMENT)
    here, title = base(), words(N_("社区网格管理：标准接口"))
    links = [
        *own(""),
        link(f"{here}/api", "service-desc", OPENAPI, words(N_("接口说明"))),
        link(f"{here}/api?f=html", "service-doc", HTML, words(N_("接口说明"))),
        link(f"{here}/conformance", "conformance", JSON, words(N_("符合的标准"))),
        link(f"{here}/collections", "data", JSON, words(N_("全部图层"))),
        link(f"{here}/tileMatrixSets", f"{REL}/tiling-schemes", JSON, words(N_("瓦片网格"))),
    ]
    return answer({"title": title, "description": words(N_("按您的管辖范围读取各登记册。")), "links": links}, title)


@blueprint.get("/conformance")
@needs(SIGNED_IN)
def conformance() -> Response:
    """The conformance classes that are met."""
    only(asked_pairs(), DOCUMENT)
    return answer({"conformsTo": list(CLASSES), "links": own("/conformance")}, words(N_("符合的标准")))


@blueprint.get("/api")
@needs(SIGNED_IN)
def api() -> Response:
    """The API definition for this reader."""
    only(asked_pairs(), DOCUMENT)
    access = current_access()
    document = definition(listed_registers(access), access, base(), reader_locale())
    return answer(document, words(N_("接口说明")), OPENAPI)


@blueprint.get("/collections")
@needs(SIGNED_IN)
def collections() -> Response:
    """The registers this reader may open."""
    only(asked_pairs(), DOCUMENT)
    access, locale = current_access(), reader_locale()
    with reading() as connection:
        listed = [collection(connection, register, access, locale) for register in listed_registers(access)]
    return answer({"collections": listed, "crs": list(offered()), "links": own("/collections")}, words(N_("全部图层")))


@blueprint.get("/collections/<name>")
@needs(SIGNED_IN)
def show_collection(name: str) -> Response:
    """One collection."""
    only(asked_pairs(), DOCUMENT)
    register = open_register(name)
    with reading() as connection:
        document = collection(connection, register, current_access(), reader_locale())
    return answer(document, words(register.title))


@blueprint.get("/collections/<name>/queryables")
@needs(SIGNED_IN)
def show_queryables(name: str) -> Response:
    """What a filter may name."""
    only(asked_pairs(), DOCUMENT)
    register = open_register(name)
    path = f"/collections/{register.name}/queryables"
    document = queryables(register, current_access(), f"{base()}{path}", reader_locale())
    return answer(document, words(N_("可筛选的字段")), SCHEMA)


@blueprint.get("/collections/<name>/schema")
@needs(SIGNED_IN)
def show_schema(name: str) -> Response:
    """What features carry."""
    only(asked_pairs(), DOCUMENT)
    register = open_register(name)
    path = f"/collections/{register.name}/schema"
    columns = all_columns(register, current_access())
    return answer(returned(register, columns, f"{base()}{path}", reader_locale()), words(N_("返回的字段")), SCHEMA)


@blueprint.get("/collections/<name>/items")
@needs(SIGNED_IN)
def items(name: str) -> Response:
    """A page of features."""
    register, pairs, access = open_register(name), asked_pairs(), current_access()
    asked = read_items(register, pairs, access)
    html = wants_html()
    with reading() as connection:
        selection = compile_query(asked.query, register, access=access)
        found = read_features(connection, selection, asked.columns, asked.system)
        list_seen(connection, selection, len(found.features))
    links = page_links(register, found, pairs)
    if html:
        summary = {"numberMatched": found.total, "numberReturned": len(found.features), "links": links}
        return page(summary, words(register.title), feature_table(register, asked.columns, found.features))
    return _features(page_bytes(found, links), asked.system.uri)


@blueprint.get("/collections/<name>/items/<int:record_id>")
@needs(SIGNED_IN)
def item(name: str, record_id: int) -> Response:
    """One feature; out of scope and absent are alike."""
    register, pairs, access = open_register(name), asked_pairs(), current_access()
    asked = read_item(register, pairs, access)
    html = wants_html()
    with reading() as connection:
        selection = compile_query(asked.query, register, access=access)
        found = read_feature(connection, selection, asked.columns, asked.system, record_id)
        if found is not None:
            record_seen(connection, register.name, record_id, {})
    if found is None:
        raise NotFound()
    if html:
        links = own(f"/collections/{register.name}/items/{record_id}", GEOJSON, pairs)
        return page({"links": links}, words(register.title), feature_table(register, asked.columns, [found]))
    return _features(item_bytes(found, register, record_id, pairs), asked.system.uri)


def _features(body: bytes, crs: str) -> Response:
    response = Response(body, content_type=GEOJSON)
    response.headers["Content-Crs"] = f"<{crs}>"
    return response


@blueprint.get("/collections/<name>/tiles")
@needs(SIGNED_IN)
def tilesets(name: str) -> Response:
    """The tile sets of a collection."""
    only(asked_pairs(), DOCUMENT)
    return answer(tiling.tilesets(open_register(name), reader_locale()), words(N_("矢量瓦片")))


@blueprint.get("/collections/<name>/tiles/WebMercatorQuad")
@needs(SIGNED_IN)
def tileset(name: str) -> Response:
    """The tile set of a collection."""
    only(asked_pairs(), DOCUMENT)
    register = open_register(name)
    with reading() as connection:
        document = tiling.tileset(connection, register, current_access(), reader_locale())
    return answer(document, words(N_("矢量瓦片")))


@blueprint.get("/collections/<name>/tiles/WebMercatorQuad/<int:z>/<int:row>/<int:col>")
@needs(SIGNED_IN)
def tile(name: str, z: int, row: int, col: int) -> Response:
    """One vector tile; 304 when the reader's copy still holds."""
    register, access = open_register(name), current_access()
    tile_seen(register)
    query = read_tile_query(register, asked_pairs(), access)
    with reading() as connection:
        selection = compile_query(query, register, access=access)
        etag = service.register_etag(connection, selection, z, col, row)
        if request.if_none_match.contains_weak(etag):
            return _tagged(Response(status=304), etag)
        made = service.register_tile(connection, selection, z, col, row, etag)
    return _tagged(_tile_response(made), etag)


def _tile_response(made: service.Tile) -> Response:
    if "gzip" in request.accept_encodings:
        response = Response(made.body, content_type=MVT)
        response.headers["Content-Encoding"] = made.content_encoding
        return response
    return Response(made.plain(), content_type=MVT)


def _tagged(response: Response, etag: str) -> Response:
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Accept-Encoding")
    return response


@blueprint.get("/tileMatrixSets")
@needs(SIGNED_IN)
def matrix_sets() -> Response:
    """The tile matrix sets."""
    only(asked_pairs(), DOCUMENT)
    return answer(tiling.matrix_sets(), words(N_("瓦片网格")))


@blueprint.get("/tileMatrixSets/WebMercatorQuad")
@needs(SIGNED_IN)
def matrix_set() -> Response:
    """WebMercatorQuad."""
    only(asked_pairs(), DOCUMENT)
    return answer(tiling.matrix_set(), tiling.MATRIX_SET)
