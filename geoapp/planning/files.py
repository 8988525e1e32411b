"""A plan as a file: GeoPackage, GeoJSON, Excel. Grids with full precision, so that they fit elsewhere too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from xlsxwriter import Workbook

from geoapp.core.db import WGS84
from geoapp.core.i18n import N_, translate
from geoapp.planning.answers import figures_of
from geoapp.planning.counts import shown_residents
from geoapp.planning.editing import Session
from geoapp.planning.workshop import Desk
from spatial_queries.exports.comma import defused

COLUMNS: Mapping[str, str] = {
    "code": N_("现行网格代码"), "rank": N_("序号"), "name": N_("名称"), "community": N_("社区代码"),
    "households": N_("户数"), "deviation": N_("与区间之差"), "residents": N_("居民（按社区平均估计）"),
    "sites": N_("场所"),
    "workers": N_("网格员"), "area": N_("面积（平方米）"), "compactness": N_("紧凑度"), "parts": N_("片数"),
    "dedicated": N_("专属网格"),
}  # fmt: skip
"""Columns of every file, in this order, with their titles."""


def write_geopackage(session: Session, path: Path, _locale: str) -> None:
    """Layers grids and units."""
    frame = gpd.GeoDataFrame(rows(session), geometry=shapes(session.desk), crs=WGS84)
    frame.to_file(path, layer="grids", driver="GPKG")
    desk = session.desk
    units = {"unit": np.arange(len(desk.shown)), "block": desk.problem.unit, "grid": desk.editor.grid}
    gpd.GeoDataFrame(units, geometry=desk.shown, crs=WGS84).to_file(path, layer="units", driver="GPKG")


def write_geojson(session: Session, path: Path, _locale: str) -> None:
    """One FeatureCollection (RFC 7946)."""
    drawn = shapely.to_geojson(shapes(session.desk)).tolist()
    features = [
        {"type": "Feature", "id": row["grid"], "geometry": json.loads(shape), "properties": row}
        for row, shape in zip(rows(session), drawn, strict=True)
    ]
    document = {"type": "FeatureCollection", "name": session.plan.name, "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def write_spreadsheet(session: Session, path: Path, locale: str) -> None:
    """One sheet of grids with their figures."""
    book = Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(translate(N_("网格"), locale))
    bold = book.add_format({"bold": True})
    for place, title in enumerate(COLUMNS.values()):
        sheet.write_string(0, place, translate(title, locale), bold)
    for line, row in enumerate(rows(session), 1):
        for place, name in enumerate(COLUMNS):
            value = row[name]
            if isinstance(value, str):
                sheet.write_string(line, place, defused(value))
            elif value is not None:
                sheet.write(line, place, value)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS), 14)
    book.close()


WRITERS: dict[str, tuple[Callable[[Session, Path, str], None], str]] = {
    "gpkg": (write_geopackage, "application/geopackage+sqlite3"),
    "geojson": (write_geojson, "application/geo+json"),
    "xlsx": (write_spreadsheet, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""Ending to what writes it and its media type."""


def _numbers(desk: Desk) -> list[int]:
    return sorted(desk.editor.cells_of)


def rows(session: Session) -> list[dict[str, Any]]:
    """Figures of every grid in the order of COLUMNS, with its number."""
    people = shown_residents(session.desk.counts, session.access)
    found = [figures_of(session.desk, number, people) for number in _numbers(session.desk)]
    return [{"grid": row["grid"], **{name: row[name] for name in COLUMNS}} | {"community": _code(row)} for row in found]


def _code(row: Mapping[str, Any]) -> str:
    return f"{row['community']:015d}"[:12]


def shapes(desk: Desk) -> np.ndarray:
    """Polygons (EPSG:4326) put together from the stored units, vertex by vertex."""
    members = [sorted(desk.editor.cells_of[number]) for number in _numbers(desk)]
    return np.array([shapely.coverage_union_all(desk.shown[cells]) for cells in members], dtype=object)
