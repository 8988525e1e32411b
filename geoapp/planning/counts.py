"""What stands and lives in each cell of a plan, counted from the registers as they are now.

A record lies in the cell that holds its point, on a border in the cell of the lowest number. A house
without a point is where its building is. What has neither, or lies outside the plan's area, is
counted in the cell with most homes of the grid it is registered in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection, text

from grids_boundaries.access import Access

LEAST_RESIDENTS = 40
"""Communities below this give no average (D3.4, decision 0010)."""
LEAST_HOUSES = 5
"""An average of fewer houses would tell how many live in one of them."""
READS = ("buildings", "houses", "organisations", "regions", "residents", "sites")
"""Registers a plan is counted from, whatever its planner may read; what is shown goes by `shown_residents`."""

_DOUBLES, _INTS, _LONGS = ">f8", ">i4", ">i8"
_HOUSES = text("""
SELECT string_agg(int8send(h.id), '') AS id, string_agg(int8send(h.region_key), '') AS region,
       string_agg(float8send(coalesce(ST_X(p.point), 'NaN')), '') AS x,
       string_agg(float8send(coalesce(ST_Y(p.point), 'NaN')), '') AS y,
       string_agg(int4send((h.use = 'dwelling')::integer), '') AS home,
       string_agg(int4send(h.residents::integer), '') AS residents
FROM house h
LEFT JOIN building b ON h.geom IS NULL AND b.county_code = h.county_code AND b.id = h.building_id
CROSS JOIN LATERAL (SELECT coalesce(h.geom, ST_PointOnSurface(b.geom)) AS point OFFSET 0) p
WHERE h.region_key BETWEEN :lo AND :hi
""")
_POINTS = """
SELECT string_agg(int8send(t.id), '') AS id, string_agg(int8send(t.region_key), '') AS region,
       string_agg(float8send(coalesce(ST_X(t.geom), 'NaN')), '') AS x,
       string_agg(float8send(coalesce(ST_Y(t.geom), 'NaN')), '') AS y,
       string_agg(int4send(({flag})::integer), '') AS flag
FROM {table} t WHERE t.region_key BETWEEN :lo AND :hi AND {condition}
"""
_SITES = text(_POINTS.format(table="site", condition="t.active", flag="t.next_due IS NOT NULL"))
_ORGANISATIONS = text(_POINTS.format(table="organisation", condition="t.state = 'active'", flag="false"))
_FLOATING = text(
    "SELECT string_agg(int8send(house_id), '') AS id FROM resident "
    "WHERE region_key BETWEEN :lo AND :hi AND type = 'floating' AND state = 'active' AND house_id IS NOT NULL"
)
_WORKERS = text(
    "SELECT code, count(*) AS n FROM app_user u, unnest(u.area_codes) AS code "
    "WHERE u.active AND u.role_key = 'grid_worker' AND length(code) = 15 AND code BETWEEN :lo AND :hi GROUP BY code"
)


@dataclass(frozen=True)
class Records:
    """Records of one kind: cell (-1: none), id, and a column of the kind's own."""

    cell: np.ndarray
    ids: np.ndarray


@dataclass(frozen=True)
class Counts:
    """By cell: homes (dwellings), houses, residents, floating, sites, due (inspections), organisations.

    `workers`: key of a grid in force to its grid workers. `estimate`: residents by cell as a reader
    without person rights is shown them, None where a community is too small for an average. `astray`:
    places (n, 2) of houses outside all cells.
    """

    homes: np.ndarray
    houses: np.ndarray
    residents: np.ndarray
    floating: np.ndarray
    sites: np.ndarray
    due: np.ndarray
    organisations: np.ndarray
    workers: Mapping[int, int]
    estimate: np.ndarray
    house: Records
    astray: np.ndarray


def count(
    connection: Connection, bounds: tuple[int, int], cells: np.ndarray, in_force: np.ndarray, community: np.ndarray
) -> Counts:
    """Counts of the area `bounds` (range of keys) by cell (EPSG:4326).

    Needs a transaction that opens READS. Every record of the area counts exactly once.
    """
    lo, hi = bounds
    facts = {"lo": lo, "hi": hi}
    # an area of half a million homes takes a few seconds, once for a planner's session
    connection.execute(text("SET LOCAL statement_timeout = 120000"))
    size = len(cells)
    ids, region, x, y, home, people = _arrays(connection, _HOUSES, facts, _INTS, _INTS)
    found = placed(cells, x, y)
    first = np.bincount(found[found >= 0], home[found >= 0], size)
    anchors = _anchors(in_force, first)
    at = _settled(found, region, anchors)
    order = np.argsort(ids)
    living = _column(connection.execute(_FLOATING, facts).scalar_one(), _LONGS)
    spot = np.searchsorted(ids[order], living)
    known = (spot < len(ids)) & (ids[order][np.minimum(spot, max(len(ids) - 1, 0))] == living) if len(ids) else spot > 0
    floating = np.bincount(at[order][spot[known]], minlength=size)[:size] if known.any() else np.zeros(size, int)
    homes, houses = _sum(at, home, size), _sum(at, np.ones(len(at)), size)
    residents, at_home = _sum(at, people, size), _sum(at, people * (home > 0), size)
    sites, due = _located(connection, _SITES, facts, cells, anchors)
    organisations, _ = _located(connection, _ORGANISATIONS, facts, cells, anchors)
    posts = connection.execute(_WORKERS, {"lo": f"{lo:015d}", "hi": f"{hi:015d}"})
    workers = {int(row.code): int(row.n) for row in posts}
    return Counts(
        homes, houses, residents, floating, sites, due, organisations, workers,
        _estimate(community, np.array([homes, houses - homes]), np.array([at_home, residents - at_home])),
        Records(at, ids), np.column_stack([x, y])[(found < 0) & ~np.isnan(x)],
    )  # fmt: skip


def shown_residents(counts: Counts, access: Access) -> np.ndarray:
    """Residents by cell as this reader may see them: exact with person rights, else the community's average."""
    exact = access.may("register:residents:read") and access.may("register:residents:name")
    return counts.residents.astype(float) if exact else counts.estimate


def placed(cells: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cell of each point (EPSG:4326), -1 for none; on a border the lowest number."""
    found = np.full(len(x), -1)
    real = np.flatnonzero(~np.isnan(x))
    if len(real) and len(cells):
        tree = shapely.STRtree(shapely.points(x[real], y[real]))
        cell, point = tree.query(cells, predicate="intersects")
        best = np.full(len(real), len(cells))
        np.minimum.at(best, point, cell)
        found[real] = np.where(best < len(cells), best, -1)
    return found


def _anchors(in_force: np.ndarray, homes: np.ndarray) -> dict[int, int]:
    """Grid in force (and community) to its cell with most homes."""
    anchors: dict[int, int] = {}
    for cell in np.argsort(homes, kind="stable").tolist():
        key = int(in_force[cell])
        anchors[key] = anchors[key // 1000 * 1000] = cell
    return anchors


def _settled(cell: np.ndarray, region: np.ndarray, anchors: Mapping[int, int]) -> np.ndarray:
    """Those without a cell go to the anchor of their grid, of their community, or the first cell."""
    settled = cell.copy()
    for number in np.flatnonzero(cell < 0).tolist():
        key = int(region[number])
        settled[number] = anchors.get(key, anchors.get(key // 1000 * 1000, 0))
    return settled


def _estimate(community: np.ndarray, houses: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Residents by cell from averages of the community: of dwellings, and of all other houses (dormitories).

    `houses`, `people`: (2, cells), dwellings first. The two are told apart only where each average is of
    LEAST_RESIDENTS and LEAST_HOUSES; a few people elsewhere count with the dwellings.
    """
    count = int(community.max(initial=-1)) + 1
    there = np.array([np.bincount(community, kind, count) for kind in houses])
    living = np.array([np.bincount(community, kind, count) for kind in people])
    whole, few = living.sum(axis=0), there < LEAST_HOUSES
    average = living / np.maximum(there, 1)
    at_home = (living[1] < LEAST_RESIDENTS) & ~few[0]
    average = np.where(at_home, np.array([whole / np.maximum(there[0], 1), np.zeros(count)]), average)
    alone = at_home | ((living >= LEAST_RESIDENTS) & ~few).all(axis=0)
    average = np.where(alone, average, whole / np.maximum(there.sum(axis=0), 1)).round(1)
    average[:, whole < LEAST_RESIDENTS] = np.nan
    return np.asarray((average[:, community] * houses).sum(axis=0))


def _located(
    connection: Connection, query: object, facts: dict[str, int], cells: np.ndarray, anchors: Mapping[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """How many records each cell has, and how many of them are marked."""
    _, region, x, y, flag = _arrays(connection, query, facts, _INTS)
    at = _settled(placed(cells, x, y), region, anchors)
    return _sum(at, np.ones(len(at)), len(cells)), _sum(at, flag, len(cells))


def _arrays(connection: Connection, query: object, facts: dict[str, int], *more: str) -> list[np.ndarray]:
    """Columns of a query that packs each into one binary string: a hundred thousand rows in milliseconds."""
    row = connection.execute(query, facts).one()  # type: ignore[call-overload]
    types = (_LONGS, _LONGS, _DOUBLES, _DOUBLES, *more)
    return [_column(value, kind) for value, kind in zip(row, types, strict=True)]


def _column(packed: bytes | None, kind: str) -> np.ndarray:
    return np.frombuffer(packed or b"", kind).astype(kind[1:])


def _sum(at: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(at, values, size).astype(np.int64)
