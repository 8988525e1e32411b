"""Publishing a plan that moves 100,000 houses beside the plain UPDATE … FROM of the same rows (#5).

    GEOAPP_DATABASE_NAME=bench_publishing python -m bench.publishing      # makes that database where there is none

20 communities of 15 grids each get other grids. Both ways run in turns on the same rows and are rolled
back. The plain way knows the new polygons with their keys: one spatial join for the houses, one join for
each table that hangs on them. Ours also gives codes, keeps the past, moves what has no point, and recounts.
CPU is that of the database's process and of this one; it hardly changes when others use the machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import shapely
from sqlalchemy import Connection, text

from bench.cpu import spent
from geoapp.core import cluster_roles
from geoapp.core.cluster import Cluster
from geoapp.core.db import owner_engine
from geoapp.core.migrate import upgrade
from geoapp.core.settings import get_settings
from geoapp.planning.boundaries import NewGrid, replace_grids
from geoapp.planning.publishing_run import recount

COUNTY, STREET, COMMUNITIES, GRIDS, HOUSES = 510999, 510999001, 20, 15, 150_000
WEST, SOUTH, SIDE = 104.0, 30.0, 0.01
ROUNDS = 3
PLAIN = "plain UPDATE … FROM"


class Took(NamedTuple):
    """Seconds of CPU and of the clock."""

    cpu: float
    wall: float


def communities() -> list[int]:
    """Keys of the communities."""
    return [(STREET * 1000 + number) * 1000 for number in range(1, COMMUNITIES + 1)]


def strips(place: int, upright: bool) -> list[shapely.Geometry]:
    """A community cut into GRIDS strips, upright or lying."""
    west, south, step = WEST + place * SIDE, SOUTH, SIDE / GRIDS
    if upright:
        return [shapely.box(west + n * step, south, west + (n + 1) * step, south + SIDE) for n in range(GRIDS)]
    return [shapely.box(west, south + n * step, west + SIDE, south + (n + 1) * step) for n in range(GRIDS)]


def fill(connection: Connection) -> None:
    """Regions, houses with their numbers, one resident with one stay in each."""
    connection.execute(text("SELECT ensure_county(:code)"), {"code": str(COUNTY)})
    rows = [(COUNTY * 10**9, "county", None, None), (STREET * 10**6, "street", COUNTY * 10**9, None)]
    for place, key in enumerate(communities()):
        outline = shapely.box(WEST + place * SIDE, SOUTH, WEST + (place + 1) * SIDE, SOUTH + SIDE)
        rows.append((key, "community", STREET * 10**6, outline))
        rows += [(key + n, "grid", key, shape) for n, shape in enumerate(strips(place, True), 1)]
    span = {"county": 10**9, "street": 10**6, "community": 1000, "grid": 1}
    connection.execute(text(
        "INSERT INTO region (key, hi, code, level, name, full_name, parent_key, county_code, origin, geom) VALUES "
        "(:key, :hi, :code, :level, :code, :code, :parent, :county, 'synthetic', ST_Multi(ST_GeomFromText(:wkt, 4326)))"
    ), [
        {"key": key, "hi": key + span[level] - 1, "code": str(key), "level": level, "parent": parent,
         "county": str(COUNTY), "wkt": None if shape is None else shape.wkt}
        for key, level, parent, shape in rows
    ])  # fmt: skip
    for statement in _FILL.split(";\n"):
        facts = {
            "n": HOUSES, "county": str(COUNTY), "first": communities()[0], "west": WEST, "south": SOUTH, "side": SIDE,
            "count": COMMUNITIES, "grids": GRIDS,
        }  # fmt: skip
        connection.execute(text(statement), {name: value for name, value in facts.items() if f":{name}" in statement})


_FILL = """
INSERT INTO house (county_code, id, region_key, number, address, placed, origin, geom)
SELECT :county, n, CAST(:first AS bigint) + floor(x * :count)::bigint * 1000 + 1
       + floor((x * :count - floor(x * :count)) * :grids)::bigint, 'B' || n, 'x', 1, 'synthetic',
       ST_SetSRID(ST_MakePoint(:west + x * :count * :side, :south + y * :side), 4326)
FROM (SELECT n, abs(hashint4(n)) / 2147483648.0 AS x, abs(hashint4(-n)) / 2147483648.0 AS y
      FROM generate_series(1, :n) n) p;
INSERT INTO house_number (number, county_code, house_id, region_key)
SELECT number, county_code, id, region_key FROM house;
INSERT INTO resident (county_code, id, region_key, name, sex, type, house_id, placed, origin)
SELECT county_code, id, region_key, 'x', 'female', 'registered', id, 1, 'synthetic' FROM house;
INSERT INTO residence (county_code, id, region_key, house_id, resident_id, since, origin)
SELECT county_code, id, region_key, id, id, '2020-01-01', 'synthetic' FROM house
"""
_FOLLOWS = (
    "UPDATE {0} t SET region_key = h.region_key FROM house h "
    "WHERE h.county_code = t.county_code AND h.id = t.house_id AND t.region_key <> h.region_key"
)
_PLAIN = (
    "CREATE TEMP TABLE plan (key bigint, geom geometry) ON COMMIT DROP",
    "INSERT INTO plan SELECT key, ST_GeomFromText(wkt, 4326) "
    "FROM unnest(CAST(:keys AS bigint[]), CAST(:shapes AS text[])) AS p (key, wkt)",
    "CREATE INDEX ON plan USING gist (geom)",
    "ANALYZE plan",
    "UPDATE house h SET region_key = p.key FROM plan p WHERE ST_Intersects(p.geom, h.geom) AND h.region_key <> p.key",
    *(_FOLLOWS.format(table) for table in ("resident", "residence", "house_number")),
)
_MOVED = """
SELECT count(*) FROM house, LATERAL (SELECT (ST_X(geom) - :west) / :side AS x) p
WHERE region_key <> CAST(:first AS bigint) + floor(x)::bigint * 1000 + 1 + floor((x - floor(x)) * :grids)::bigint
"""


def plan() -> list[NewGrid]:
    """The other division: lying strips, two thirds of the houses change their grid."""
    return [
        NewGrid(place * GRIDS + n, key, shape, code=str(key + n + 1))
        for place, key in enumerate(communities()) for n, shape in enumerate(strips(place, False))
    ]  # fmt: skip


def plainly(connection: Connection) -> None:
    """The same rows by plain joins, with keys known beforehand."""
    grids = plan()
    facts = {"keys": [int(str(g.code)) for g in grids], "shapes": [g.polygon.wkt for g in grids]}
    for statement in _PLAIN:
        connection.execute(text(statement), facts if ":keys" in statement else {})


def ours(connection: Connection) -> None:
    """As a publication does it, without counts."""
    replace_grids(connection, plan(), date(2026, 1, 1))


def whole(connection: Connection) -> None:
    """With the counts and tiles that follow."""
    ours(connection)
    recount(connection, communities())


def measure(way: Callable[[Connection], None]) -> tuple[Took, int]:
    """What one way takes, rolled back, and how many houses it moved."""
    with owner_engine().connect() as connection, connection.begin() as transaction:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
        start, before = time.perf_counter(), spent(process) + time.process_time()
        way(connection)
        took = Took(spent(process) + time.process_time() - before, time.perf_counter() - start)
        facts = {"first": communities()[0], "west": WEST, "side": SIDE, "grids": GRIDS}
        moved = connection.scalar(text(_MOVED), facts)
        transaction.rollback()
    with owner_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) house, resident, residence, house_number"))
    return took, int(moved or 0)


def main() -> None:
    """Make the database where there is none, measure in turns, print a table."""
    settings = get_settings()
    cluster = Cluster(settings.data_dir)
    with cluster.use():
        cluster_roles.ensure_database(cluster.place, settings.database_name)
        upgrade(settings)
        show(turns())


def turns() -> tuple[dict[str, list[Took]], int]:
    """Every way ROUNDS times, another one first each time, and how many houses each of them moves."""
    with owner_engine().begin() as connection:
        if not connection.scalar(text("SELECT EXISTS (SELECT FROM house)")):
            fill(connection)
    with owner_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    ways = {PLAIN: plainly, "publication": ours, "publication with counts": whole}
    times: dict[str, list[Took]] = {name: [] for name in ways}
    order, moved = list(ways), 0
    for _ in range(ROUNDS):
        for name in order:
            took, moved = measure(ways[name])
            times[name].append(took)
        order = [*order[1:], order[0]]
    return times, moved


def show(found: tuple[dict[str, list[Took]], int]) -> None:
    """Print the medians beside the plain way's."""
    times, moved = found
    print(f"{moved:,} of {HOUSES:,} houses move; median of {ROUNDS}")
    middle = {name: Took(*map(statistics.median, zip(*all_of, strict=True))) for name, all_of in times.items()}
    base = middle[PLAIN]
    for name, took in middle.items():
        beside = f"{took.cpu / base.cpu:5.2f} x  {took.wall:7.2f} s of the clock  {took.wall / base.wall:5.2f} x"
        print(f"{name:26} {took.cpu:7.2f} s CPU  {beside}")


if __name__ == "__main__":
    main()
