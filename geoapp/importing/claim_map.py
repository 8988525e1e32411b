"""Rows to claim as a map: places as points, people as counts of their grids (A8.7, D3.4), what is not on it counted.

Rows are no register of their own: they are sealed, of many registers, and belong to nobody yet, so they have no
tiles, exports or standard doors. The page reads what it shows under the reader's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import Connection, false, func, select

from geoapp.core.db import table_of
from geoapp.importing import codes
from geoapp.importing.lists import shown_cells
from geoapp.importing.models import ImportRow
from geoapp.importing.reads import open_row
from grids_boundaries.access import Access
from grids_boundaries.models import Region

row_table, region = table_of(ImportRow), table_of(Region)
MOST_POINTS = 1000
"""Rows drawn one by one, the oldest first; the page says how many there are beside them."""
MOST_GRIDS = 500
FINE = 0.00002
"""Degrees, two metres: outlines are drawn this simple."""
SPAN = 1000
"""Keys that end in three zeros are no grid (`grids_boundaries.keys`)."""
WAITING = row_table.c.state.in_(codes.OPEN)
IN_GRID = row_table.c.region_key % SPAN > 0


@dataclass(frozen=True)
class ClaimMap:
    """GeoJSON features; how many rows have a point, only a grid, neither; `grids` are (name, rows) of those drawn."""

    features: list[dict[str, Any]]
    points: int
    gridded: int
    unplaced: int
    grids: list[tuple[str, int]]


def read_map(connection: Connection, access: Access, register: str) -> ClaimMap:
    """Rows of one register that wait, in the reader's area."""
    mine = (access.scope.clause(row_table.c.region_key), row_table.c.register == register, WAITING)
    located = false() if register in codes.PEOPLE else row_table.c.lon.is_not(None)
    parts = (located, IN_GRID & ~located, ~IN_GRID & ~located)
    counts = connection.execute(select(*(func.count().filter(one) for one in parts)).where(*mine)).one()
    grids, named = _grids(connection, mine, register)
    points = _points(connection, access, (*mine, located), register) if counts[0] else []
    return ClaimMap([*grids, *points], counts[0], counts[1], counts[2], named)


def href(register: str, **more: object) -> str:
    """Address of the map of a register, with a row to show under it."""
    return f"/imports/claims/map?{urlencode({'register': register, **more})}"


def _grids(connection: Connection, mine: tuple, register: str) -> tuple[list[dict[str, Any]], list[tuple[str, int]]]:
    """Outlines of the grids with rows, the number of rows beside each."""
    counted = (
        select(row_table.c.region_key, func.count().label("n")).where(*mine, IN_GRID)
        .group_by(row_table.c.region_key).order_by(func.count().desc()).limit(MOST_GRIDS).subquery()
    )  # fmt: skip
    shape = func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(region.c.geom, FINE), 6)
    query = select(region.c.full_name, counted.c.n, shape.label("shape"))
    query = query.join(counted, counted.c.region_key == region.c.key)
    rows = connection.execute(query.order_by(counted.c.n.desc(), region.c.key)).all()
    back = f"/imports/claims?{urlencode({'register': register, 'list': 'open'})}"
    features = [
        {
            "type": "Feature", "geometry": orjson.loads(row.shape),
            "properties": {"n": 1, "label": str(row.n), "href": back},
        }
        for row in rows if row.shape
    ]  # fmt: skip
    return features, [(row.full_name, row.n) for row in rows]


def _points(connection: Connection, access: Access, mine: tuple, register: str) -> list[dict[str, Any]]:
    query = select(row_table).where(*mine).order_by(row_table.c.id).limit(MOST_POINTS)
    return [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [round(row.lon, 7), round(row.lat, 7)]},
            "properties": {
                "n": 0, "label": _label(shown_cells(register, open_row(row).cells, access)),
                "href": href(register, row=row.id),
            },
        }
        for row in connection.execute(query)
    ]  # fmt: skip


def _label(cells: Mapping[str, str]) -> str:
    return cells.get("name") or cells.get("address") or cells.get("number") or ""
