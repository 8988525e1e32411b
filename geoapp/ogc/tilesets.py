"""Tile sets of the standard doors: WebMercatorQuad, one vector layer for each register."""

from __future__ import annotations

from sqlalchemy import Connection

from geoapp.core.db import HALF_WORLD
from geoapp.core.i18n import N_, translate
from geoapp.ogc.links import JSON, MVT, REL, base, link, own
from grids_boundaries.access import Access
from layers.declare import Register
from spatial_queries.crs import CRS84
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection
from tiles.address import MAX_ZOOM
from tiles.tilejson import MAX_TILE_ZOOM, extent

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
WEB_MERCATOR_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
TILE_SIDE = 256
PIXEL_METRES = 0.00028
"""Side of a pixel in the standard's scale denominators."""
_DIMENSIONS = {"Point": 0, "Polygon": 2, "MultiPolygon": 2}


def matrix_sets() -> dict:
    """The list of tile matrix sets, of which there is one."""
    entry = {"id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "crs": WEB_MERCATOR_URI,
             "links": [link(f"{base()}/tileMatrixSets/{MATRIX_SET}", "self", JSON)]}
    return {"tileMatrixSets": [entry], "links": own("/tileMatrixSets")}


def matrix_set() -> dict:
    """WebMercatorQuad as defined by OGC 17-083r4, annex D.1."""
    return {
        "id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "crs": WEB_MERCATOR_URI,
        "orderedAxes": ["X", "Y"], "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
        "links": own(f"/tileMatrixSets/{MATRIX_SET}"),
    }


def _matrix(zoom: int) -> dict:
    cell = 2 * HALF_WORLD / (TILE_SIDE << zoom)
    return {
        "id": str(zoom), "scaleDenominator": cell / PIXEL_METRES, "cellSize": cell, "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD, HALF_WORLD], "tileWidth": TILE_SIDE, "tileHeight": TILE_SIDE,
        "matrixWidth": 1 << zoom, "matrixHeight": 1 << zoom,
    }


def tilesets(register: Register, locale: str) -> dict:
    """The tile sets of a collection, of which there is one."""
    path = f"/collections/{register.name}/tiles"
    entry = {**_head(register, locale), "links": [link(f"{base()}{path}/{MATRIX_SET}", "self", JSON), _scheme()]}
    return {"tilesets": [entry], "links": own(path)}


def tileset(connection: Connection, register: Register, access: Access, locale: str) -> dict:
    """The tile set with its layer, zooms, box and the template of its tiles."""
    path = f"/collections/{register.name}/tiles/{MATRIX_SET}"
    address = f"{base()}{path}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    template = link(address, "item", MVT, translate(N_("矢量瓦片"), locale)) | {"templated": True}
    box = extent(connection, Selection(SpatialQuery(register.name), register, access))
    layer: dict[str, object] = {"id": register.name, "title": translate(register.title, locale), "dataType": "vector",
             "minTileMatrix": _first_zoom(register), "maxTileMatrix": str(MAX_TILE_ZOOM)}
    if register.geometry_type in _DIMENSIONS:
        layer["geometryDimension"] = _DIMENSIONS[register.geometry_type]
    document = {**_head(register, locale), "layers": [layer], "links": [*own(path), template, _scheme()]}
    if box:
        document["boundingBox"] = {"lowerLeft": box[:2], "upperRight": box[2:], "crs": CRS84}
    return document


def _first_zoom(register: Register) -> str:
    return str(register.points_from if register.holder is not None else 0)


def _head(register: Register, locale: str) -> dict:
    return {"title": translate(register.title, locale), "dataType": "vector", "crs": WEB_MERCATOR_URI,
            "tileMatrixSetURI": MATRIX_SET_URI, "tileMatrixSetId": MATRIX_SET}


def _scheme() -> dict:
    return link(f"{base()}/tileMatrixSets/{MATRIX_SET}", f"{REL}/tiling-scheme", JSON)
