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

from bench.place import HOME, City
from geoapp.core import cluster_roles as roles
from geoapp.core.cluster_place import OWNER_ROLE
from geoapp.core.settings import CHECKOUT

LIMIT, MOONSHOT = 0.4, 0.7
DATABASE = "bench_load"
COLUMNS = "source_id, name, use AS building, storeys AS levels, geom"


@dataclass(frozen=True)
class Loading:
    """Rows a second of the whole command, reading and indexes included; None without ogr2ogr."""

    rows: int
    ours: float
    ogr2ogr: float | None

    @property
    def share(self) -> float | None:
        return self.ours / self.ogr2ogr if self.ogr2ogr else None


def measure_loading(city: City) -> Loading:
    """Both load the city's buildings from one GeoPackage into a copy of the city without any."""
    file = HOME / f"buildings_{city.houses}.gpkg"
    rows = city.rows["building"]
    if not file.exists():
        write_file(city, file)
    try:
        _empty_copy(city)
        ours = rows / _timed(lambda: _load(city, file))
        stored = _count("building")
        assert stored == rows, f"{stored} of {rows} buildings were stored"
        theirs = rows / _timed(lambda: _ogr2ogr(city, file)) if shutil.which("ogr2ogr") else None
    finally:
        roles.drop_database(city.cluster.place, DATABASE)
    return Loading(rows, ours, theirs)


def write_file(city: City, file: Path) -> None:
    """The city's buildings as a customer would send them."""
    import geopandas
    from sqlalchemy import create_engine

    engine = create_engine(city.cluster.place.url(OWNER_ROLE, city.database))
    frame = geopandas.read_postgis(f"SELECT {COLUMNS} FROM building", engine, geom_col="geom")
    frame.to_file(file, driver="GPKG", layer="buildings")
    engine.dispose()


def _empty_copy(city: City) -> None:
    place = city.cluster.place
    roles.drop_database(place, DATABASE)
    roles.create_database(place, DATABASE, city.database)
    with roles.connect(place, DATABASE, OWNER_ROLE) as connection:
        connection.execute(
            "TRUNCATE residence, resident, household, house_number, house, building, cell_count, region_count,"
            " point_block, tile_version"
        )
        connection.execute("VACUUM ANALYZE")


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
    command = [
        "ogr2ogr",
        "-q",
        "-f",
        "PostgreSQL",
        target,
        str(file),
        "buildings",
        "-nln",
        "by_ogr2ogr",
    ]
    subprocess.run(command, env=os.environ | {"PG_USE_COPY": "YES"}, check=True)


def _count(table: str) -> int:
    from geoapp.core.cluster import Cluster

    with roles.connect(Cluster(HOME).place, DATABASE, OWNER_ROLE) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
