"""Rows to claim as a map: counts of grids, what is not on it counted (A8.7, D3.4); single places come as tiles.

The same question as the list's (`geoapp.importing.views.asked`): the tiles are made from it by `tiles.service`,
the figures here. People are counts of grids alone; a reader who may not read their names sees none below five.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import Connection, false, func, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.importing import codes
from geoapp.importing.standing import PLACED, row_table
from grids_boundaries.models import Region
from spatial_queries.selection import Selection

region = table_of(Region)
MOST_GRIDS = 500
"""Outlines drawn and listed, those with the most rows; a street has fewer grids."""
FINE = 0.00002
"""Degrees, two metres: outlines are drawn this simple."""
SMALLEST = 5
"""The smallest count of people shown to who may not read their names (D3.4)."""


@dataclass(frozen=True)
class ClaimMap:
    """GeoJSON outlines of grids; how many rows have a point, only a grid, neither; what there is to see.

    `grids` are (name, code, rows as text) of those drawn; `box` is west, south, east, north of the points, degrees.
    """

    features: list[dict[str, Any]]
    points: int
    gridded: int
    unplaced: int
    grids: list[tuple[str, str, str]]
    box: tuple[float, float, float, float] | None


def read_map(connection: Connection, selection: Selection, register: str) -> ClaimMap:
    """Rows of one register that wait, in the reader's area."""
    people = register in codes.PEOPLE
    lon, lat = row_table.c.lon, row_table.c.lat
    located = false() if people else lon.is_not(None)
    parts = (located, PLACED & ~located, ~PLACED & ~located)
    figures = [func.count().filter(one) for one in parts]
    edges = [func.min(lon), func.min(lat), func.max(lon), func.max(lat)]
    found = connection.execute(selection.select(*figures, *(one.filter(located) for one in edges))).one()
    veiled = people and not selection.access.may(Permission.RESIDENT_NAME)
    features, named = _grids(connection, selection, register, SMALLEST if veiled else 1)
    box = None if found[3] is None else (found[3], found[4], found[5], found[6])
    return ClaimMap(features, found[0], found[1], found[2], named, box)


def _grids(
    connection: Connection, selection: Selection, register: str, least: int
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """Outlines of the grids with rows, the number of rows beside each; below `least` that there are fewer."""
    counted = (
        selection.select(row_table.c.region_key, func.count().label("n")).where(PLACED)
        .group_by(row_table.c.region_key).order_by(func.count().desc()).limit(MOST_GRIDS).subquery()
    )  # fmt: skip
    shape = func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(region.c.geom, FINE), 6)
    inside = func.ST_AsGeoJSON(func.ST_PointOnSurface(region.c.geom), 6)
    query = select(region.c.key, region.c.full_name, counted.c.n, shape.label("shape"), inside.label("inside"))
    query = query.join(counted, counted.c.region_key == region.c.key)
    rows = connection.execute(query.order_by(counted.c.n.desc(), region.c.key)).all()
    features = [
        {
            "type": "Feature", "geometry": orjson.loads(row.shape),
            "properties": {
                "label": _told(row.n, least), "href": in_grid(register, row.key),
                "at": orjson.loads(row.inside)["coordinates"],
            },
        }
        for row in rows if row.shape
    ]  # fmt: skip
    return features, [(row.full_name, str(row.key), _told(row.n, least)) for row in rows]


def in_grid(register: str, key: int) -> str:
    """Address of the list of one grid's rows."""
    return f"/imports/claims?{urlencode({'register': register, 'list': 'open', 'region': key})}"


def _told(n: int, least: int) -> str:
    return str(n) if n >= least else f"<{least}"
