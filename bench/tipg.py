"""The peer: tipg from PyPI, in a virtual environment of its own, on the same tables.

Set up to its advantage: two workers, uvloop and httptools, its catalogue read once (by default it
scans every table for its extent each five minutes), no limit of features a tile, our tile margin,
asked without gzip, which it does at level 6, while ours is asked with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from bench.http import opener
from bench.load import Way
from bench.place import HOME, City
from bench.server import Server, free_port, started
from geoapp.core.cluster_place import OWNER_ROLE

PLACE = HOME / "tipg"
PACKAGES = ("tipg", "uvicorn", "uvloop", "httptools")
HOUSE, BUILDING = ("id", "number", "storey", "status"), ("id", "name", "storeys", "use")
"""Four attributes a layer, as in research/performance 3."""


def install() -> str | None:
    """The peer's version; None where it cannot be had (then its columns stay empty)."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PLACE], check=True)
    if not (PLACE / "bin" / "uvicorn").exists():
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES]
        if subprocess.run(command, check=False).returncode:
            return None
    told = subprocess.run(
        [python, "-c", "import importlib.metadata as m; print(m.version('tipg'))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return told.stdout.strip() or None


@contextmanager
def running(city: City) -> Iterator[Server]:
    """tipg on the city's database, as the tables' owner (no row policies)."""
    port = free_port()
    socket = quote(str(city.cluster.place.socket), safe="")
    environment = {
        "PATH": "/usr/bin:/bin",
        # what the URL does not know goes to the session's settings
        "DATABASE_URL": f"postgresql://{OWNER_ROLE}@{socket}/{city.database}"
        "?jit=off&max_parallel_workers_per_gather=0",
        "TIPG_CATALOG_TTL": "1000000", "TIPG_MAX_FEATURES_PER_TILE": "10000000", "TIPG_TILE_BUFFER": "64",
        "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_SPATIAL_EXTENT": "false", "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_TABLE_CONFIG__public_house__pk": "id", "TIPG_TABLE_CONFIG__public_house__geomcol": "geom",
        "TIPG_TABLE_CONFIG__public_building__pk": "id", "TIPG_TABLE_CONFIG__public_building__geomcol": "geom",
    }  # fmt: skip
    command = [
        str(PLACE / "bin" / "python"), "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", "2",
        "--loop", "uvloop", "--http", "httptools", "--log-level", "warning",
    ]  # fmt: skip
    with started(command, environment, port, "/healthz", "tipg.log") as server:
        yield server


def way(city: City, server: Server) -> Way:
    """Requests to the peer."""
    return Way(
        "tipg", opener(server.port, {"Accept-Encoding": "identity"}), city.postmaster, server.pid
    )


def tile_path(
    table: str, columns: tuple[str, ...], z: int, x: int, y: int, limit: int | None = None
) -> str:
    """Address of a tile with some attributes."""
    query = f"properties={','.join(columns)}&geom-column=geom" + (
        f"&limit={limit}" if limit else ""
    )
    return f"/collections/public.{table}/tiles/WebMercatorQuad/{z}/{x}/{y}?{query}"


def count_features(body: bytes) -> int:
    """numberMatched of an items answer."""
    return int(json.loads(body)["numberMatched"])
