"""Where the measured cities are: a private cluster of their own, a database for each size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from geoapp.core import cluster_roles as roles
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_place import OWNER_ROLE
from geoapp.core.settings import CHECKOUT

HOME = Path(os.environ.get("GEOAPP_DATA_DIR") or CHECKOUT / ".data") / "bench"
"""A data folder of its own, so that no measurement touches what `make run` shows."""
RESULTS = CHECKOUT / "bench" / "results"


@dataclass(frozen=True)
class City:
    """A filled database and who reads it; `rows` by table, `area` the first and last region key."""

    houses: int
    database: str
    environment: dict[str, str]
    rows: dict[str, int]
    session: str
    area: tuple[int, int]
    postmaster: int
    cluster: Cluster

    def connect(self, role: str = OWNER_ROLE) -> psycopg.Connection:
        """A kept connection as hand-written SQL would use it: no parallel workers, no JIT."""
        connection = roles.connect(self.cluster.place, self.database, role)
        connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
        return connection


def say(text: str) -> None:
    """Progress on standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The cluster of the benches, running."""
    found = Cluster(HOME, time_zone="Asia/Shanghai")
    with found.use():
        yield found


def city(found: Cluster, houses: int, refill: bool = False) -> City:
    """The city with so many houses, its schema up to date.

    Filled where it is not there yet, or not to the end; that takes minutes, once.
    """
    database = f"bench_{houses}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GEOAPP_")},
        "GEOAPP_DATA_DIR": str(HOME), "GEOAPP_DATABASE_NAME": database, "GEOAPP_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    done = HOME / f"{database}.json"  # there when the city is full
    if refill or database not in roles.databases(found.place) or not done.exists():
        say(f"  filling {houses:,} houses, once")
        roles.drop_database(found.place, database)
        roles.create_database(found.place, database)
        done.unlink(missing_ok=True)
        run([sys.executable, "-m", "bench.fill", str(houses)], environment)
        done.touch()
    say("  bringing the schema up to date")
    told = run([sys.executable, "-m", "bench.fill", "--open-sessions"], environment)
    facts = json.loads(told)
    return City(
        houses, database, environment, facts["rows"], facts["session"], tuple(facts["area"]),
        found.pid or 0, found,
    )  # fmt: skip


def run(command: Sequence[str], environment: dict[str, str]) -> str:
    """Run a program of ours; its errors are shown, its output is returned."""
    done = subprocess.run(
        command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout
