"""The door to all formats."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from spatial_queries.columns import Column, shown_columns
from spatial_queries.exports import briefing, comma, geojson, geopackage, spreadsheet
from spatial_queries.exports.job import Job, Meta
from spatial_queries.selection import Selection

MAX_NAME = 80
"""Characters of a file name before its date."""


class Format(NamedTuple):
    """A format: its media type and what writes it."""

    mimetype: str
    write: Callable[[Job, Path], None]


FORMATS: dict[str, Format] = {
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        spreadsheet.write_spreadsheet,
    ),
    "csv": Format("text/csv; charset=utf-8", comma.write_comma),
    "geojson": Format("application/geo+json", geojson.write_geojson),
    "gpkg": Format("application/geopackage+sqlite3", geopackage.write_geopackage),
    "html": Format("text/html; charset=utf-8", briefing.write_briefing),
}


class ExportFile(NamedTuple):
    """What was written: a name to offer, its media type, how many records it stands for."""

    name: str
    mimetype: str
    rows: int


def write_export(
    connection: Connection,
    selection: Selection,
    fmt: str,
    locale: str,
    meta: Meta,
    out_path: Path,
    progress: Callable[[int], None] | None = None,
    names: Iterable[str] | None = None,
) -> ExportFile:
    """Write every row the query selects to `out_path`; page and limit of the query are left out.

    `names` chooses other columns than the list's (`shown_columns`). The file appears whole or not
    at all. Raises InvalidInput for an unknown format or column, Forbidden for a map of people
    asked for by a reader without the right to see them by name.
    """
    if fmt not in FORMATS:
        raise InvalidInput(
            N_("导出格式“%(value)s”无效，可用：%(allowed)s。"),
            field="format", value=fmt[:40], allowed=", ".join(FORMATS),
        )  # fmt: skip
    columns = shown_columns(selection.register, selection.access, names)
    if meta.numbered:
        columns = (*columns, Column(selection.register.number_field))
    job = Job(connection, selection, columns, locale, meta, progress)
    draft = out_path.with_name(f"{out_path.name}.draft.{fmt}")
    try:
        FORMATS[fmt].write(job, draft)
        draft.replace(out_path)
    finally:
        draft.unlink(missing_ok=True)
    title = translate(selection.register.title, locale)
    name = file_name(title, meta.region, meta.local_time.date(), fmt)
    return ExportFile(name, FORMATS[fmt].mimetype, job.tally.rows)


def file_name(title: str, region: str, day: date, extension: str) -> str:
    """`房屋_燕园街道_2026-11-22.xlsx`: letters of any language, no sign a file system refuses."""
    text = "_".join(part for part in (title, region) if part)
    kept = (c if c.isalnum() or c in "-_（）()" else "_" for c in unicodedata.normalize("NFC", text))
    return f"{''.join(kept)[:MAX_NAME].strip('_')}_{day.isoformat()}.{extension}"
