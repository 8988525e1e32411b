"""Conformance classes that are met in full; the tests exercise each of them."""

from __future__ import annotations

from spatial_queries import cql2

_OGC = "http://www.opengis.net/spec"
CLASSES = (
    *(f"{_OGC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "oas30", "html")),
    f"{_OGC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_OGC}/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(f"{_OGC}/cql2/1.0/conf/{name}" for name in cql2.CONFORMANCE),
    *(
        f"{_OGC}/ogcapi-tiles-1/1.0/conf/{name}"
        for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
    ),
)
