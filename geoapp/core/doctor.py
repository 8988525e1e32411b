"""What `geoapp doctor` looks at."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from geoapp.core.assets import missing_assets
from geoapp.core.cluster_server import ClusterError, find_installation
from geoapp.core.i18n import N_
from geoapp.core.migrate import missing_leakproof
from geoapp.core.settings import Settings

LEAST_DISK = 2 * 1024**3


class Finding(NamedTuple):
    """One check: its name, whether all is well, and the fact behind it."""

    title: str
    good: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """All checks, none of which changes anything."""
    return [*_machine(settings), *_database(settings)]


def _machine(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(N_("Python"), sys.version_info >= (3, 11), version)
    missing = missing_assets()
    yield Finding(N_("前端文件"), not missing, ", ".join(missing) or "13")
    there = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    free = shutil.disk_usage(there).free
    yield Finding(N_("可用磁盘"), free > LEAST_DISK, f"{free / 1024**3:.1f} GiB {there}")
    if settings.managed_cluster:
        try:
            found = find_installation()
        except ClusterError as error:
            yield Finding(N_("PostgreSQL 与 PostGIS"), False, str(error))
        else:
            yield Finding(N_("PostgreSQL 与 PostGIS"), True, f"{found.version} {found.programs}")


def _database(settings: Settings) -> Iterator[Finding]:
    engine = create_engine(settings.owner_database_url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            version = connection.scalar(text("SELECT postgis_lib_version()"))
            schema = connection.scalar(text("SELECT version_num FROM alembic_version"))
            unmarked = missing_leakproof(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding(N_("数据库"), False, f"{reason} (geoapp db start)")
        return
    finally:
        engine.dispose()
    yield Finding(N_("数据库"), True, f"PostGIS {version}, {schema}")
    yield Finding(N_("空间索引在行级安全下可用"), not unmarked, ", ".join(unmarked) or "LEAKPROOF")
