"""The county that edits are measured in: an instance of `bench.partition` as regions, units, buildings and houses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely
from sqlalchemy import Connection, text

from bench.partition.instances import Instance, instance
from bench.place import HOME, say
from geoapp.accounts.actions import create_user, ensure_roles
from geoapp.core.bulk import copy_rows
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.planning.deriving import communities_of, moved, store_units, stretched
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.derive.units import Units
from grids_boundaries.partition.model import PROFILES
from grids_boundaries.partition.propose import propose

COUNTY = "999901"
LON, LAT, ZERO = 104.0, 30.0, 500_000.0
"""Where the origin of the instance's metres lies."""
_REGION = """
INSERT INTO region (key, hi, code, level, name, full_name, parent_key, county_code, origin, geom) VALUES
(:key, :hi, :code, :level, :code, :code, :parent, :county, 'synthetic', ST_Multi(ST_GeomFromText(:wkt, 4326)))
"""


def fill(name: str) -> None:
    """Write it, as the owner: a planner, too. Raises KeyError for a name that is none."""
    found = instance(name, HOME / "partition")
    say("  grids")
    label = propose(found.problem, PROFILES["balanced"].with_effort(0.2), seed=1).grid
    _, back = stretched(LAT)

    def degrees(shapes: np.ndarray) -> np.ndarray:
        flat = shapely.transform(shapes, lambda points: points - ZERO)
        return np.asarray(shapely.transform(moved(flat, back), lambda points: points + np.array([LON, LAT])))

    with owner_transaction() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        ensure_roles(connection)
        create_user(connection, "planner", "correct horse 42", "Planner", "planner", [COUNTY])
        connection.execute(text("SELECT ensure_county(:code)"), {"code": COUNTY})
        key_of = _regions(connection, found, label, degrees(found.problem.cells))
        say("  houses")
        _buildings(connection, found, key_of[label], degrees(found.footprints))
    with owner_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _regions(connection: Connection, found: Instance, label: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """County, streets, communities with units, grids in force; the key of each grid of `label`."""
    problem = found.problem
    keys = [int(name) * 1000 for name in problem.names]
    _insert(connection, int(COUNTY) * 10**9, "county", None, shapely.union_all(cells))
    for street in sorted({key // 10**6 for key in keys}):
        mine = np.isin(problem.community, [n for n, key in enumerate(keys) if key // 10**6 == street])
        _insert(connection, street * 10**6, "street", int(COUNTY) * 10**9, shapely.coverage_union_all(cells[mine]))
    key_of = np.zeros(int(label.max()) + 1, np.int64)
    for number, outline in zip(*dissolve(cells, problem.community), strict=True):
        members = np.flatnonzero(problem.community == number)
        _insert(connection, keys[number], "community", keys[number] // 10**6 * 10**6, outline)
        for rank, (grid, shape) in enumerate(zip(*dissolve(cells[members], label[members]), strict=True), 1):
            key_of[grid] = keys[number] + rank
            _insert(connection, int(key_of[grid]), "grid", keys[number], shape)
        block = np.unique(problem.unit[members], return_inverse=True)[1].reshape(-1)
        units = Units(cells[members], block, key_of[label[members]], np.empty(0, dtype=object), 0.0, 0.0)
        (community,) = communities_of(connection, keys[number], keys[number])
        store_units(connection, community, units)
    return key_of


def _insert(connection: Connection, key: int, level: str, parent: int | None, shape: shapely.Geometry) -> None:
    digits = {"county": 6, "street": 9, "community": 12, "grid": 15}[level]
    connection.execute(text(_REGION), {
        "key": key, "hi": key + 10 ** (15 - digits) - 1, "code": f"{key:015d}"[:digits], "level": level,
        "parent": parent, "county": COUNTY, "wkt": shape.wkt,
    })  # fmt: skip


def _buildings(connection: Connection, found: Instance, keys: np.ndarray, shapes: np.ndarray) -> None:
    """Every footprint with its homes, each at a point of its own in it."""
    inside = shapely.point_on_surface(found.footprints)
    building, cell = shapely.STRtree(found.problem.cells).query(inside, predicate="intersects")
    region = np.zeros(len(inside), np.int64)
    region[building] = keys[cell]
    kinds = {"county_code": "text", "region_key": "int8", "source_id": "text", "source": "text", "use": "text",
             "storeys": "int2", "entrances": "int2", "placed": "int2", "position_source": "text", "origin": "text",
             "geom": "bytea"}  # fmt: skip
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), include_srid=True)
    _copy(connection, "building", kinds, (
        (COUNTY, int(key), str(n), "bench", "residential", 6, 1, 1, "imported", "synthetic", one)
        for n, (key, one) in enumerate(zip(region, wkb, strict=True))
    ))  # fmt: skip
    _copy(connection, "house", {
        "county_code": "text", "region_key": "int8", "number": "text", "address": "text", "placed": "int2",
        "position_source": "text", "origin": "text", "geom": "bytea",
    }, _homes(found, region, shapes))  # fmt: skip


def _copy(connection: Connection, table: str, kinds: dict[str, str], rows: Iterable[tuple]) -> None:
    """Rows of a table with row policies, which takes no COPY."""
    columns = ", ".join(kinds)
    connection.execute(text(f"CREATE TEMP TABLE sent ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"))
    copy_rows(connection, "sent", kinds, rows)
    connection.execute(text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM sent"))
    connection.execute(text("DROP TABLE sent"))


def _homes(found: Instance, region: np.ndarray, shapes: np.ndarray) -> Iterator[tuple]:
    centre = shapely.get_coordinates(shapely.point_on_surface(shapes))
    for building, count in enumerate(found.households.tolist()):
        points = centre[building] + np.column_stack([np.arange(count) % 9, np.arange(count) // 9 % 9]) * 1e-7
        wkb = shapely.to_wkb(shapely.set_srid(shapely.points(points), 4326), include_srid=True)
        for n, one in enumerate(wkb.tolist()):
            yield COUNTY, int(region[building]), f"{building}-{n}", "x", 1, "imported", "synthetic", one
