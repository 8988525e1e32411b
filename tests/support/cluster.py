"""A private test cluster, kept between runs, and databases copied from migrated templates.

A run is one `pytest` command, whatever its number of xdist workers: templates are made once per
run by whichever worker comes first, databases belong to one worker. Names carry the process id
of the run, so two runs at once do not meet, and what a dead run left is dropped by the next.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geoapp.core import cluster_roles as roles
from geoapp.core.cluster import Cluster
from geoapp.core.db import owner_engine
from geoapp.core.migrate import upgrade
from geoapp.core.settings import CHECKOUT, Settings, get_settings

HOME = CHECKOUT / ".data" / "test"
RUN = "TEST_RUN_PID"
EXPORT_ALONE = "1000000"
"""One person takes out the small city many times a day here; the limit has tests of its own."""
Fill = Callable[[Settings], None]


def prepare_environment() -> None:
    """Point the settings of this process, and of what it starts, at the test cluster."""
    for name in [name for name in os.environ if name.startswith("GEOAPP_")]:
        del os.environ[name]
    os.environ.setdefault(RUN, str(os.getpid()))
    os.environ["GEOAPP_DATA_DIR"] = str(HOME)
    os.environ["GEOAPP_DATABASE_NAME"] = database_name(worker())
    os.environ["GEOAPP_LOG_LEVEL"] = "WARNING"
    os.environ["GEOAPP_EXPORT_ALONE"] = EXPORT_ALONE
    get_settings.cache_clear()


def worker() -> str:
    """`gw0`, `gw1`, …; `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def database_name(suffix: str) -> str:
    """A name of this run: test_<process>_<suffix>."""
    return f"test_{os.environ[RUN]}_{suffix}"


@contextmanager
def open_databases() -> Iterator[Databases]:
    """The test cluster running, and its databases; what this worker made is dropped at the end."""
    cluster = Cluster(HOME, time_zone="Asia/Shanghai", throwaway=True)
    with cluster.use():
        databases = Databases(cluster)
        databases.drop_left_over()
        try:
            yield databases
        finally:
            databases.drop_own()


class Databases:
    """Migrated databases of this worker."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._own: list[str] = []
        self._count = 0

    def main(self, template: str = "empty", fill: Fill | None = None) -> Settings:
        """The database that `get_settings()` of this worker names."""
        return self._copy(worker(), template, fill)

    def fresh(self, template: str = "empty", fill: Fill | None = None) -> Settings:
        """One more database, for a test that commits; made in about 0.2 s.

        With `fill`, the template `template` is migrated and filled once per run.
        """
        self._count += 1
        return self._copy(f"{worker()}_{self._count}", template, fill)

    def drop(self, settings: Settings) -> None:
        """Delete one of these databases."""
        roles.drop_database(self.cluster.place, settings.database_name)
        self._own.remove(settings.database_name)

    def drop_own(self) -> None:
        """Delete all databases of this worker."""
        for name in self._own:
            roles.drop_database(self.cluster.place, name)
        self._own.clear()

    def drop_left_over(self) -> None:
        """Delete the databases of runs that no longer live."""
        for name in roles.databases(self.cluster.place):
            run = re.match(r"test_(\d+)_", name)
            if run and not Path(f"/proc/{run[1]}").exists():
                roles.drop_database(self.cluster.place, name)
        for path in (HOME / "audit").glob("test_*"):
            if not Path(f"/proc/{path.name.split('_')[1]}").exists():
                path.unlink(missing_ok=True)

    def _copy(self, suffix: str, template: str, fill: Fill | None) -> Settings:
        name = database_name(suffix)
        origin = self._template(template, fill)
        roles.create_database(self.cluster.place, name, origin, strategy="FILE_COPY")
        self._own.append(name)
        return settings_for(name)

    def _template(self, name: str, fill: Fill | None) -> str:
        """The template of this run, made by the first worker that asks."""
        done = database_name(f"template_{name}")
        if done in roles.databases(self.cluster.place):
            return done
        with (HOME / "template.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if done not in roles.databases(self.cluster.place):
                self._make_template(done, fill)
        return done

    def _make_template(self, done: str, fill: Fill | None) -> None:
        draft = f"{done}_draft"
        roles.drop_database(self.cluster.place, draft)
        if fill:
            roles.create_database(self.cluster.place, draft, self._template_of_empty())
            fill(settings_for(draft))
            owner_engine(settings_for(draft)).dispose()
        else:
            roles.create_database(self.cluster.place, draft)
            upgrade(settings_for(draft))
        with roles.connect(self.cluster.place) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [draft]
            )
            connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{done}"')

    def _template_of_empty(self) -> str:
        """Called with the lock held, so it makes the empty template itself."""
        empty = database_name("template_empty")
        if empty not in roles.databases(self.cluster.place):
            self._make_template(empty, None)
        return empty


def settings_for(name: str) -> Settings:
    """Settings of the test cluster's database `name`."""
    return Settings.from_env(
        {
            "GEOAPP_DATA_DIR": str(HOME),
            "GEOAPP_DATABASE_NAME": name,
            "GEOAPP_LOG_LEVEL": "WARNING",
            "GEOAPP_EXPORT_ALONE": EXPORT_ALONE,
        }
    )
