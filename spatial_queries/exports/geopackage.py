"""GeoPackage: one layer of rows, in batches; the table `about` beside it. Library: pyogrio.

Rows without a position have no geometry; people are an attribute table, without any (D3.4).
Fields are named as in URLs, and their titles stand in `gpkg_data_columns` (the schema extension),
where GDAL and QGIS find them as aliases. Moments are stored in UTC, as the format wants.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pyogrio.raw
from sqlalchemy import func

from geoapp.core.i18n import translate
from spatial_queries.columns import Column, Value
from spatial_queries.exports.about import about_lines
from spatial_queries.exports.job import Job, Record

BATCH = 20_000
ABOUT = "about"
VERSION = {"VERSION": "1.3"}
"""The newest that GDAL of Debian 12 reads without a warning."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_OFFSET = 100
"""GDAL's number for UTC; each quarter of an hour is one more."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
    scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
    mime_type TEXT, constraint_name TEXT,
    CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema',
    'http://www.geopackage.org/spec121/#extension_schema', 'read-write');
"""


def write_geopackage(job: Job, path: Path) -> None:
    """The layer carries the register's name; its description is the filter in words."""
    geometry = () if job.geometry is None else (func.ST_AsBinary(job.geometry),)
    records = job.rows(*geometry)
    _write_batch(job, path, list(islice(records, BATCH)), append=False)
    for batch in _batches(records):
        _write_batch(job, path, batch, append=True)
    lines = about_lines(job)
    texts = [np.array(column, dtype=object) for column in zip(*lines, strict=True)]
    pyogrio.raw.write(path, None, texts, ["label", "text"], layer=ABOUT, driver="GPKG")
    _describe(job, path)


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _write_batch(job: Job, path: Path, batch: list[Record], *, append: bool) -> None:
    values = list(zip(*(record.values for record in batch), strict=True))
    values = values or [() for _ in job.columns]
    pairs = list(zip(job.columns, values, strict=True))
    located = job.geometry is not None
    moments = [column.label for column in job.columns if column.type == "datetime"]
    pyogrio.raw.write(
        path,
        np.array([_bytes(r.extra[0]) for r in batch], dtype=object) if located else None,
        [_array(column, cells) for column, cells in pairs],
        [column.label for column in job.columns],
        field_mask=[_mask(column, cells) for column, cells in pairs],
        layer=job.register.name,
        driver="GPKG",
        geometry_type=_geometry_type(job) if located else None,
        crs="EPSG:4326" if located else None,
        promote_to_multi=False,
        append=append,
        dataset_options=None if append else VERSION,
        gdal_tz_offsets={name: np.full(len(batch), UTC_OFFSET) for name in moments},
    )


def _geometry_type(job: Job) -> str:
    """Buildings are polygons, parts of several, or a mere point: their layer takes any."""
    declared = job.register.geometry_type
    return declared if declared in ("Point", "MultiPolygon") else "Unknown"


def _bytes(wkb: bytes | memoryview | None) -> bytes | None:
    return None if wkb is None else bytes(wkb)


def _array(column: Column, cells: Iterable[Value]) -> np.ndarray:
    """Values of a column as GDAL takes them; a stand-in where the mask says null."""
    if column.type == "integer":
        return np.array([v or 0 for v in cells], dtype=np.int64)
    if column.type == "number":
        return np.array([np.nan if v is None else v for v in cells], dtype=np.float64)
    if column.type == "datetime":
        return np.array([_utc(v) for v in cells], dtype="datetime64[ms]")
    if column.type == "date":
        return np.array([v or EPOCH.date() for v in cells], dtype="datetime64[D]")
    return np.array(list(cells), dtype=object)


def _mask(column: Column, cells: Iterable[Value]) -> np.ndarray | None:
    if column.type == "text":
        return None
    return np.array([value is None for value in cells], dtype=bool)


def _utc(value: Value) -> datetime:
    moment = value.astimezone(UTC) if isinstance(value, datetime) else EPOCH
    return moment.replace(tzinfo=None)


def _describe(job: Job, path: Path) -> None:
    layer, title = job.register.name, translate(job.register.title, job.locale)
    titles = {c.label: translate(c.title, job.locale) for c in job.columns}
    twice = {text for text, n in Counter(titles.values()).items() if n > 1}
    rows = [
        (layer, name, f"{text} ({name})" if text in twice else text)
        for name, text in titles.items()
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        database.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title)"
            " VALUES (?1, ?2, ?3, ?3)",
            rows,
        )
        database.execute(
            "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
            (title, job.meta.sentence, layer),
        )
