"""A plan as a briefing map: one HTML file that opens, shows and prints without a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import shapely

from geoapp.core.i18n import N_, translate
from geoapp.planning import files, states
from geoapp.planning.editing import Session
from geoapp.planning.shapes import as_geojson
from spatial_queries.exports.briefing.base import base_around
from spatial_queries.exports.briefing.drawn import Group, feature
from spatial_queries.exports.briefing.page import render
from spatial_queries.exports.job import Meta

CLASSES = (
    (N_("低于区间"), "hatch", "#4c8dca"), (N_("在区间内"), "fill", "#4c9f70"),
    (N_("高于区间"), "crosshatch", "#c8553d"), (N_("专属网格"), "outline", "#8a94a3"),
)  # fmt: skip
"""Legend: by colour and by pattern, as on the map of grids."""
SHOWN = ("rank", "name", "households", "deviation", "sites", "workers", "area", "compactness")


def write_briefing(session: Session, path: Path, locale: str) -> None:
    """Write the file."""
    desk, plan = session.desk, session.plan
    rows, shapes = files.rows(session), files.shapes(desk)
    groups = [Group(translate(label, locale), shape, colour) for label, shape, colour in CLASSES]
    for row, geometry in zip(rows, as_geojson(shapes), strict=True):
        group = groups[_class(row)]
        group.count += 1
        group.features.append(feature(orjson.dumps(geometry).decode(), [_text(row[name]) for name in SHOWN]))
    west, south, east, north = (float(side) for side in shapely.total_bounds(desk.shown))
    ground = base_around(session.connection, (west, south, east, north))
    meta = Meta(region=plan.name, user="", sentence=plan.note or "")
    words: dict[str, Any] = {
        "_": lambda msgid, **facts: translate(msgid, locale, **facts), "title": translate(N_("网格规划方案"), locale),
        "meta": meta, "tally": SimpleNamespace(rows=len(rows)), "placed": translate(states.STATES[plan.state], locale),
        "lines": [(translate(N_("导出时间"), locale), f"{meta.local_time:%Y-%m-%d %H:%M}")], "sources": [],
        "remarks": [],
        "legend": translate(N_("网格"), locale),
    }  # fmt: skip
    titles = [translate(files.COLUMNS[name], locale) for name in SHOWN]
    path.write_text(render(ground, groups, titles, words, locale), "utf-8")


def _class(row: Mapping[str, Any]) -> int:
    if row["dedicated"]:
        return 3
    return 1 if row["deviation"] == 0 else 0 if row["deviation"] < 0 else 2


def _text(value: Any) -> str:
    return "" if value is None else str(value)
