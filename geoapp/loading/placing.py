"""In which region a point lies: the smallest one whose outline holds it.

The regions drive: each outline is prepared once and asked for all points of the batch in one
call; one point at a time would be sixteen times slower (research/performance 6). A point on a
border belongs to the region of the smaller key, so that it is in exactly one grid.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from sqlalchemy import Connection, text

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from grids_boundaries.keys import parse_code

SMALLEST_FIRST = ("grid", "community", "street", "county")
"""Levels a record can belong to; above the county nobody keeps registers."""
NOBODY = np.iinfo(np.int64).max
_OUTLINES = text("""
SELECT key, hi, level, ST_AsBinary(geom) AS wkb FROM region
WHERE level = ANY(:levels) AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
  AND key <> ALL(:loaded) ORDER BY key
""")
_EXTENT = text("SELECT ST_AsBinary(ST_Extent(geom)::geometry) FROM region WHERE geom IS NOT NULL")


def known_extent(connection: Connection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all outlines, degrees; None where there are none."""
    found = connection.scalar(_EXTENT)
    if found is None:
        return None
    west, south, east, north = shapely.from_wkb(bytes(found)).bounds
    return west, south, east, north


class RegionFinder:
    """Outlines of the regions, read from the database as far as the points reach."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._box: np.ndarray | None = None
        self._keys: dict[str, list[int]] = {level: [] for level in SMALLEST_FIRST}
        self._shapes: dict[str, list[shapely.Geometry]] = {level: [] for level in SMALLEST_FIRST}
        self._codes: dict[str, tuple[int, int] | None] = {}

    def find(self, points: np.ndarray) -> np.ndarray:
        """Key of the smallest region around each point (n, 2), degrees; 0 where there is none."""
        keys = np.zeros(len(points), dtype=np.int64)
        open_rows = np.flatnonzero(np.isfinite(points).all(axis=1))
        if not len(open_rows):
            return keys
        self._reach(points[open_rows])
        for level in SMALLEST_FIRST:
            if not self._shapes[level] or not len(open_rows):
                continue
            keys[open_rows] = self._inside(level, points[open_rows])
            open_rows = open_rows[keys[open_rows] == 0]
        return keys

    def _inside(self, level: str, points: np.ndarray) -> np.ndarray:
        tree = shapely.STRtree(shapely.points(points))
        region, point = tree.query(self._shapes[level], predicate="intersects")
        best = np.full(len(points), NOBODY)
        np.minimum.at(best, point, np.array(self._keys[level], dtype=np.int64)[region])
        return np.where(best == NOBODY, 0, best)

    def _reach(self, points: np.ndarray) -> None:
        """Read the outlines that the points need and that are not here yet."""
        box = np.array([*points.min(axis=0), *points.max(axis=0)])
        if self._box is not None:
            if (box[:2] >= self._box[:2]).all() and (box[2:] <= self._box[2:]).all():
                return
            box = np.array(
                [*np.minimum(box[:2], self._box[:2]), *np.maximum(box[2:], self._box[2:])]
            )
        west, south, east, north = box.tolist()
        loaded = [key for keys in self._keys.values() for key in keys]
        facts = {"west": west, "south": south, "east": east, "north": north, "loaded": loaded}
        for row in self.connection.execute(_OUTLINES, {**facts, "levels": list(SMALLEST_FIRST)}):
            shape = shapely.from_wkb(bytes(row.wkb))
            shapely.prepare(shape)
            self._keys[row.level].append(row.key)
            self._shapes[row.level].append(shape)
        self._box = box

    def stated(self, codes: Iterable[str | None]) -> list[tuple[int, int] | None]:
        """Key range of each stated region; None for one that is not there or above the county."""
        codes = list(codes)
        unknown = {code for code in codes if code is not None and code not in self._codes}
        if unknown:
            self._look_up(unknown)
        return [None if code is None else self._codes[code] for code in codes]

    def _look_up(self, codes: set[str]) -> None:
        keys: dict[str, int] = {}
        for code in codes:
            try:
                keys[code] = parse_code(code).lo
            except InvalidInput:
                continue
        found = self.connection.execute(
            text("SELECT key, hi FROM region WHERE key = ANY(:keys) AND level = ANY(:levels)"),
            {"keys": list(keys.values()), "levels": list(SMALLEST_FIRST)},
        )
        ranges = {row.key: (row.key, row.hi) for row in found}
        self._codes.update({code: ranges.get(keys.get(code, -1)) for code in codes})

    def required(self, code: str) -> tuple[int, int]:
        """Key range of the region an option names. Raises InvalidInput."""
        (found,) = self.stated([code])
        if found is None:
            raise InvalidInput(
                N_("区划 %(code)s 不存在，或高于区县一级。"), field="region", code=code
            )
        return found


def county_of(keys: np.ndarray) -> np.ndarray:
    """County code, as a number, of region keys."""
    return np.asarray(keys) // 10**9
