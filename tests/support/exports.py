"""Write an export of the small city and read it back with other programs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyogrio
from python_calamine import CalamineWorkbook

from grids_boundaries.access import Access, begin
from spatial_queries.columns import printed, shown_columns
from spatial_queries.exports import ExportFile, Meta, write_export
from spatial_queries.pages import read_page
from spatial_queries.region_names import region_names
from tests.support.tiles import selected

ABOUT = "说明"


def write(
    access: Access, name: str, query: str, fmt: str, path: Path, areas=None, locale="zh", **options
) -> ExportFile:
    """Export what the reader's list of `name?query` shows."""
    selection = selected(access, name, query, areas)
    meta = Meta(region="示例市", user="王主任", sentence=selection.query.sentence(locale))
    with begin(access) as connection:
        return write_export(connection, selection, fmt, locale, meta, path, **options)


def listed(access: Access, name: str, query: str, areas=None, locale="zh") -> list[tuple[int, list[str]]]:
    """(id, printed cells) of every row of the list, walked page by page by its tokens."""
    rows, token = [], ""
    while token is not None:
        asked = f"{query}&limit=40" + (f"&after={token}" if token else "")
        selection = selected(access, name, asked, areas)
        columns = shown_columns(selection.register, access)
        with begin(access) as connection:
            page = read_page(connection, selection, {c.label: c.expression for c in columns})
            regions = [c.label for c in columns if c.field.kind == "region"]
            names = region_names(connection, access, {row[label] for row in page.rows for label in regions})
        for row in page.rows:
            cells = [c.text(row[c.label], row["k_id"], locale) for c in columns]
            named = [names[row[c.label]] if c.label in regions else cell for c, cell in zip(columns, cells, strict=True)]
            rows.append((row["k_id"], named))
        token = page.next_token
    return rows


def read_xlsx(path: Path, sheet: int = 0) -> list[list]:
    """Rows of a sheet as another program reads them, with the types of their cells."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(sheet).to_python()


def about_of(path: Path) -> dict[str, str]:
    """The About sheet of a workbook."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(ABOUT).to_python()
    return {str(label): str(text) for label, text in rows}


def read_csv(path: Path) -> list[list[str]]:
    """Rows as Python's csv module reads them from UTF-8 with its mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def read_geojson(path: Path) -> dict:
    """The document as plain JSON."""
    return json.loads(path.read_text("utf-8"))


def read_gdal(path: Path, layer: str | None = None):
    """(metadata, geometries as WKB, columns by name) as GDAL reads a layer."""
    meta, _, geometry, values = pyogrio.raw.read(path, layer=layer)
    return meta, geometry, dict(zip(meta["fields"], values, strict=True))


def as_printed(value: object) -> str:
    """A cell of a spreadsheet as the list prints it."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return printed(value)
