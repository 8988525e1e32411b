"""Python, front-end files, disk, PostgreSQL's programs, settings that do not go together."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from geoapp.core.assets import missing_assets
from geoapp.core.cluster_server import ClusterError, find_installation
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import LOOPBACK, Settings

LEAST_DISK = 2 * 1024**3


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that needs no database."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding.of(N_("Python"), sys.version_info >= (3, 11), version)
    missing = missing_assets()
    yield Finding.of(N_("前端文件"), not missing, ", ".join(missing) or "✓")
    there = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    yield Finding.of(N_("可用磁盘"), free > LEAST_DISK, f"{free / 1024**3:.1f} GiB {there}")
    if settings.managed_cluster:
        try:
            found = find_installation()
        except ClusterError as error:
            yield Finding.bad(N_("PostgreSQL 与 PostGIS"), str(error))
        else:
            yield Finding.of(N_("PostgreSQL 与 PostGIS"), True, f"{found.version} {found.programs}")
    yield _open_to_others(settings)


def _open_to_others(settings: Settings) -> Finding:
    """A server that others reach needs https (secure cookies) and no demo accounts."""
    local = settings.host in LOOPBACK and not settings.trusted_proxies
    wrong = [
        name
        for name, bad in (
            ("GEOAPP_SECURE_COOKIES", not settings.secure_cookies),
            ("GEOAPP_DEMO", settings.demo),
            ("GEOAPP_LOG_LEVEL", settings.log_level == "DEBUG"),
        )
        if bad and not local
    ]
    where = settings.host if local else f"{settings.host}, GEOAPP_TRUSTED_PROXIES={settings.trusted_proxies}"
    return Finding.of(N_("对外服务的设置"), not wrong, ", ".join(wrong) or where)
