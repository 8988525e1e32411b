"""GeoJSON (RFC 7946): one FeatureCollection, WGS84, longitude first, 7 decimals (1 cm).

A row without a position has the geometry null, and so has every person (D3.4). Properties carry
the field names; titles and everything else about the file stand in foreign members after the
features, where readers that do not know them pass by.
"""

from __future__ import annotations

from pathlib import Path

import orjson
from sqlalchemy import ColumnElement, func, null

from geoapp.core.i18n import translate
from spatial_queries.exports.about import about_lines, origin_texts
from spatial_queries.exports.job import Job, Record

DECIMALS = 7
_FEATURE = b'{"type":"Feature","id":%d,"geometry":%b,"properties":%b}'


def write_geojson(job: Job, path: Path) -> None:
    """Features in the order of the list, written as they come."""
    labels = [column.label for column in job.columns]
    with path.open("wb") as file:
        name = orjson.dumps(job.register.name)
        file.write(b'{"type":"FeatureCollection","name":%b,"features":[' % name)
        separator = b"\n"
        for record in job.rows(_geometry(job)):
            file.write(separator + _feature(record, labels))
            separator = b",\n"
        file.write(b"\n]," + _about(job)[1:] + b"\n")


def _geometry(job: Job) -> ColumnElement:
    if job.geometry is None:
        return null()
    return func.ST_AsGeoJSON(func.ST_ForcePolygonCCW(job.geometry), DECIMALS, 0)


def _feature(record: Record, labels: list[str]) -> bytes:
    geometry = record.extra[0]
    properties = orjson.dumps(dict(zip(labels, record.values, strict=True)))
    return _FEATURE % (record.id, b"null" if geometry is None else geometry.encode(), properties)


def _about(job: Job) -> bytes:
    titles = {column.label: translate(column.title, job.locale) for column in job.columns}
    about = {
        "titles": titles, "about": [list(line) for line in about_lines(job)],
        "attribution": "; ".join(origin_texts(job)),
    }  # fmt: skip
    return orjson.dumps(about)
