"""`geoapp load buildings`, checked and assigned to grids, beside ogr2ogr with COPY, unchecked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.place import HOME, City, say
from geoapp.core import cluster_roles as roles
from geoapp.core.cluster_place import OWNER_ROLE
from geoapp.core.settings import CHECKOUT

LIMIT, MOONSHOT = 0.4, 0.7
DATABASE = "bench_load"
LEAST_ROWS = 100_000
COLUMNS = "name, use AS building, storeys AS levels"
EMPTIED = (
    "residence, resident, household, house_number, house, building, cell_count, region_count, point_block, tile_version"
)


@dataclass(frozen=True)
class Loading:
    """Rows a second of the whole command, reading and indexes included; None without ogr2ogr.

    The middle one of `rounds` runs of each, taken in turns.
    """

    rows: int
    ours: float
    ogr2ogr: float | None
    rounds: int = 1

    @property
    def share(self) -> float | None:
        return self.ours / self.ogr2ogr if self.ogr2ogr else None


def measure_loading(city: City, rounds: int = 3) -> Loading:
    """Both load the same GeoPackage into a copy of the city that has regions and nothing else."""
    file = HOME / f"buildings_{city.houses}.gpkg"
    rows = write_file(city, file)
    ours, theirs = [], []
    try:
        _regions_alone(city)
        for number in range(rounds):
            say(f"  loading {rows:,} buildings, {number + 1} of {rounds}")
            _emptied(city)
            ours.append(_timed(lambda: _load(city, file)))
            stored = _count(city, "building")
            if stored != rows:
                raise RuntimeError(f"{stored} of {rows} buildings were stored")
            if shutil.which("ogr2ogr"):
                theirs.append(_timed(lambda: _ogr2ogr(city, file)))
    finally:
        roles.drop_database(city.cluster.place, DATABASE)
        file.unlink(missing_ok=True)
    return Loading(rows, rows / median(ours), rows / median(theirs) if theirs else None, rounds)


def write_file(city: City, file: Path) -> int:
    """At least LEAST_ROWS buildings as a customer would send them; returns how many.

    A small city's are written several times, each time a little smaller, around the same middle.
    """
    import geopandas
    from sqlalchemy import create_engine

    times = -(-LEAST_ROWS // city.rows["building"])
    size = "1 - 0.02 * n"
    engine = create_engine(city.cluster.place.url(OWNER_ROLE, city.database))
    frame = geopandas.read_postgis(
        f"SELECT source_id || '-' || n AS source_id, {COLUMNS},"
        f" ST_Scale(geom, ST_MakePoint({size}, {size}), ST_Centroid(geom)) AS geom"
        f" FROM building, generate_series(1, {times}) n ORDER BY n, id",
        engine, geom_col="geom", crs=4326,
    )  # fmt: skip
    engine.dispose()
    frame.to_file(file, driver="GPKG", layer="buildings")
    return len(frame)


def _regions_alone(city: City) -> None:
    place = city.cluster.place
    roles.drop_database(place, DATABASE)
    roles.create_database(place, DATABASE, city.database)
    _emptied(city)


def _emptied(city: City) -> None:
    with roles.connect(city.cluster.place, DATABASE, OWNER_ROLE) as connection:
        connection.execute("DROP TABLE IF EXISTS by_ogr2ogr")
        connection.execute(f"TRUNCATE {EMPTIED} CASCADE")
        connection.execute("VACUUM ANALYZE")
    with roles.connect(city.cluster.place) as connection:
        connection.execute("CHECKPOINT")


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _load(city: City, file: Path) -> None:
    environment = city.environment | {"GEOAPP_DATABASE_NAME": DATABASE}
    command = [str(Path(sys.executable).with_name("geoapp")), "load", "buildings", str(file)]
    subprocess.run(command, env=environment, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)


def _ogr2ogr(city: City, file: Path) -> None:
    target = f"PG:host={city.cluster.place.socket} dbname={DATABASE} user={OWNER_ROLE}"
    command = ["ogr2ogr", "-q", "-f", "PostgreSQL", target, str(file), "buildings", "-nln", "by_ogr2ogr"]
    subprocess.run(command, env=os.environ | {"PG_USE_COPY": "YES"}, check=True)


def _count(city: City, table: str) -> int:
    with roles.connect(city.cluster.place, DATABASE, OWNER_ROLE) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
