"""Programs and configuration of a private PostgreSQL server: finding, making, describing it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoapp.core.cluster_place import APP_ROLE, OWNER_ROLE, SUPERUSER, Place
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_

DEBIAN = Path("/usr/lib/postgresql")
MEGABYTE = 1024 * 1024
LOG = "server.log"


class ClusterError(GeoappError):
    """The private database cluster cannot be made, started or used."""

    msgid = N_("数据库服务无法使用：%(reason)s。")


@dataclass(frozen=True)
class Installation:
    """An installed PostgreSQL server with PostGIS: major version and folder of its programs."""

    version: int
    programs: Path


def find_installation(version: int | None = None) -> Installation:
    """The newest server with PostGIS, or the one of `version`; raises ClusterError."""
    found = sorted(installations(), key=lambda one: -one.version)
    for one in found:
        if version in (None, one.version):
            return one
    if version is not None:
        raise ClusterError(
            N_("数据目录由 PostgreSQL %(version)s 建立，请安装该版本及其 PostGIS。"),
            version=version,
        )
    raise ClusterError(
        N_("没有找到带 PostGIS 的 PostgreSQL，请运行 make run 或安装 postgresql-postgis。")
    )


def installations() -> Iterator[Installation]:
    """Servers on this machine that have PostGIS: Debian's layout, then whatever is on PATH."""
    for programs in DEBIAN.glob("*/bin"):
        control = Path("/usr/share/postgresql") / programs.parent.name / "extension/postgis.control"
        if programs.parent.name.isdecimal() and (programs / "initdb").exists() and control.exists():
            yield Installation(int(programs.parent.name), programs)
    on_path = shutil.which("pg_config")
    if on_path and shutil.which("initdb"):
        folder = Path(_output([on_path, "--bindir"]))
        share = Path(_output([on_path, "--sharedir"]))
        version = re.search(r"(\d+)", _output([on_path, "--version"]))
        whole = (folder / "initdb").exists() and (share / "extension/postgis.control").exists()
        if version and whole and not folder.is_relative_to(DEBIAN):
            yield Installation(int(version[1]), folder)


def run_as_server(place: Place, command: Sequence[object]) -> subprocess.CompletedProcess[str]:
    """Run a program of the server as the user it belongs to, without our environment."""
    # PGHOST and its like would lead the programs astray; the folder must be one they may enter
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=place.user,
        group=place.user,
        extra_groups=[] if place.user else None,
    )


def make_cluster(place: Place, server: Installation) -> None:
    """Make the data folder with initdb, whole or not at all; raises ClusterError."""
    draft = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    give(place, draft)
    options = ["--locale=C.UTF-8", "--data-checksums", "--auth=peer", "--no-instructions"]
    command = [server.programs / "initdb", "-D", draft, "-U", SUPERUSER, "-E", "UTF8", *options]
    made = run_as_server(place, command)
    if made.returncode:
        raise ClusterError(reason=made.stderr.strip())
    write(place, draft / "pg_hba.conf", "local all all peer map=geoapp\n")
    write(place, draft / "pg_ident.conf", _identities(place))
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'geoapp.conf'\n")
    draft.rename(place.data)


def configuration(place: Place, *, time_zone: str, throwaway: bool, memory: int) -> str:
    """Text of `geoapp.conf`; `memory` is the machine's in bytes.

    The log never holds a statement or a row: both could hold personal data.
    """
    total = memory // MEGABYTE
    lines: dict[str, object] = {
        "listen_addresses": "''",
        "unix_socket_directories": _quoted(place.socket),
        "max_connections": 200,
        "max_locks_per_transaction": 256,
        "shared_preload_libraries": "'postgis-3'",
        "shared_buffers": f"{_between(128, total // 4, 256 if throwaway else 2048)}MB",
        "effective_cache_size": f"{_between(256, total // 2, 65536)}MB",
        "work_mem": "64MB" if total >= 4096 else "16MB",
        "maintenance_work_mem": f"{_between(64, total // 16, 1024)}MB",
        "max_wal_size": "2GB" if throwaway else "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": _quoted(time_zone),
        "log_timezone": _quoted(time_zone),
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
    }
    if throwaway:
        lines |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def machine_memory() -> int:
    """Bytes of memory this process may count on: the machine's, or its control group's limit."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    group = Path("/sys/fs/cgroup/memory.max")
    if group.exists() and (text := group.read_text("ascii").strip()).isdecimal():
        limits.append(int(text))
    return min(limits)


def write(place: Place, path: Path, text: str) -> None:
    """Write a file the server reads."""
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    give(place, path)


def give(place: Place, path: Path) -> None:
    """Hand a file or folder we made to the user who runs the server."""
    if place.user:
        shutil.chown(path, place.user, place.user)


def last_lines(path: Path, count: int = 5) -> str:
    """The end of the server's log, for an error message."""
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])


def _identities(place: Place) -> str:
    roles = (SUPERUSER, OWNER_ROLE, APP_ROLE)
    return "".join(f'geoapp "{user}" {role}\n' for user in place.system_users for role in roles)


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))


def _quoted(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
