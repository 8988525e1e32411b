"""The private PostgreSQL cluster: unix socket only, own data folder, never run by root.

`Cluster(home).use()` is what commands and the server take: it makes and starts the cluster when
needed, and whoever leaves last stops what was started that way. `start()` keeps it running.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from geoapp.core import cluster_server as server
from geoapp.core.cluster_place import Place, digest
from geoapp.core.cluster_roles import connect, ensure_roles
from geoapp.core.cluster_server import ClusterError
from geoapp.core.i18n import N_

START_SECONDS = 300  # crash recovery of a large cluster takes its time
STOP_SECONDS = 60
LAST_RESORT = Path("/var/lib/geoapp")


class Cluster:
    """The cluster whose record and locks stand in the folder `home`.

    `throwaway` trades safety for speed and is for tests alone.
    """

    def __init__(self, home: Path, *, time_zone: str = "UTC", throwaway: bool = False) -> None:
        self.home = home
        self.time_zone = time_zone
        self.throwaway = throwaway
        self.place = Place.of(home)

    @property
    def pid(self) -> int | None:
        """Process of the running server; a stale number in postmaster.pid does not count."""
        try:
            text = (self.place.data / "postmaster.pid").read_text("ascii").split("\n", 1)[0]
            number = int(text)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except PermissionError as error:
            raise self._not_ours() from error
        return number if _works_in(number, self.place.data) else None

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.place.data / server.LOG

    def start(self) -> bool:
        """Make the cluster if there is none and start it; it stays up until `stop`.

        Returns whether this call started it. Raises ClusterError.
        """
        with self._locked():
            started = self._start()
            self._marker.unlink(missing_ok=True)
            return started

    def revive(self) -> bool:
        """Start a server that died under its users, without making it stay; True if it was."""
        with self._locked():
            return self._start()

    def stop(self) -> bool:
        """Stop the server; returns whether it ran. Raises ClusterError."""
        with self._locked():
            return self._stop()

    @contextmanager
    def use(self) -> Iterator[bool]:
        """Run a block with the server up; yields whether this call started it.

        The last of several users to leave stops a server that `use` started.
        """
        with self._locked():
            users = self._open("cluster.users")
            fcntl.flock(users, fcntl.LOCK_SH)
            started = self._start()
            if started:
                self._marker.touch()
        try:
            yield started
        finally:
            self._leave(users)

    def destroy(self) -> None:
        """Stop the server and delete the whole cluster with all its data."""
        with self._locked():
            self._stop()
            apart = not self.place.data.is_relative_to(self.home)
            data = self.place.data.parent if apart else self.place.data
            for folder in (data, self.place.socket):
                shutil.rmtree(folder, ignore_errors=True)
            (self.home / "cluster.json").unlink(missing_ok=True)

    @property
    def _marker(self) -> Path:
        return self.home / "cluster.auto"

    def _leave(self, users: IO[bytes]) -> None:
        with self._locked(), users:
            fcntl.flock(users, fcntl.LOCK_UN)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self._marker.exists():
                self._stop()
                self._marker.unlink(missing_ok=True)

    def _start(self) -> bool:
        if self._is_ready():
            return False
        program = self._prepare().programs / "pg_ctl"
        command = [program, "start", "-D", self.place.data, "-l", self.log, "-s", "-w"]
        result = server.run_as_server(self.place, [*command, "-t", str(START_SECONDS)])
        if result.returncode:
            reason = server.last_lines(self.log) or result.stderr.strip()
            raise ClusterError(reason=reason)
        ensure_roles(self.place)
        return True

    def _prepare(self) -> server.Installation:
        """Everything up to the start: data folder, configuration, socket folder, stale files."""
        if not self.place.data.exists():
            self._make()
        if self.place.data.stat().st_uid != _uid(self.place):
            raise self._not_ours()
        version = (self.place.data / "PG_VERSION").read_text("ascii").strip()
        installation = server.find_installation(int(version))
        _clear_stale(self.place)
        _socket_folder(self.place)
        text = server.configuration(
            self.place,
            time_zone=self.time_zone,
            throwaway=self.throwaway,
            memory=server.machine_memory(),
        )
        server.write(self.place, self.place.data / "geoapp.conf", text)
        return installation

    def _make(self) -> None:
        installation = server.find_installation()
        place = Place.wanted(self.home)
        if place.user and not _may_enter(place):
            # a checkout in root's home: the server's user cannot reach it
            data = LAST_RESORT / digest(self.home) / "pg"
            data.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            place = Place(place.home, data, place.socket, place.user)
        self.place = place
        place.save()
        server.make_cluster(place, installation)

    def _stop(self) -> bool:
        if not self.pid:
            return False
        version = (self.place.data / "PG_VERSION").read_text("ascii").strip()
        program = server.find_installation(int(version)).programs / "pg_ctl"
        command = [program, "stop", "-D", self.place.data, "-s", "-w", "-t", str(STOP_SECONDS)]
        for mode in ("fast", "immediate"):
            result = server.run_as_server(self.place, [*command, "-m", mode])
            if not result.returncode or not self.pid:
                return True
        raise ClusterError(reason=result.stderr.strip())

    def _is_ready(self) -> bool:
        """Whether a server answers; waits for one that recovers from a crash."""
        deadline = time.monotonic() + START_SECONDS
        while self.pid:
            try:
                connect(self.place).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise ClusterError(reason=str(error).strip()) from error
                time.sleep(0.1)
            else:
                return True
        return False

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the cluster."""
        with self._open("cluster.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.place = Place.of(self.home)
            yield

    def _open(self, name: str) -> IO[bytes]:
        try:
            self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
            return (self.home / name).open("ab")
        except OSError as error:
            raise ClusterError(
                N_("数据目录 %(path)s 无法写入：%(reason)s。"),
                path=str(self.home),
                reason=error.strerror,
            ) from error

    def _not_ours(self) -> ClusterError:
        return ClusterError(
            N_("数据目录 %(path)s 属于用户 %(owner)s，请以同一用户运行，或另设 GEOAPP_DATA_DIR。"),
            path=str(self.place.data),
            owner=pwd.getpwuid(self.place.data.stat().st_uid).pw_name,
        )


def _uid(place: Place) -> int:
    return pwd.getpwnam(place.user).pw_uid if place.user else os.geteuid()


def _may_enter(place: Place) -> bool:
    try:
        return not server.run_as_server(place, ["test", "-x", place.home]).returncode
    except (KeyError, LookupError) as error:
        raise ClusterError(
            N_("系统中没有用户 %(user)s，请先安装 PostgreSQL。"), user=place.user
        ) from error


def _socket_folder(place: Place) -> None:
    """Make the folder of the socket; in a shared place like /tmp it must be ours alone."""
    try:
        place.socket.mkdir(mode=0o755)
        server.give(place, place.socket)
    except FileExistsError:
        status = os.lstat(place.socket)
        if not place.socket.is_dir() or place.socket.is_symlink() or status.st_uid != _uid(place):
            raise ClusterError(
                N_("套接字目录 %(path)s 已被占用，请删除后重试。"), path=str(place.socket)
            ) from None


def _clear_stale(place: Place) -> None:
    """Remove what a killed server left; its orphans must have gone before a new one starts."""
    deadline = time.monotonic() + 10
    while orphans := _processes_in(place.data):
        if time.monotonic() > deadline:
            raise ClusterError(
                N_("上次的数据库进程尚未退出：%(pids)s。"), pids=", ".join(map(str, orphans))
            )
        time.sleep(0.2)
    # another process may have the number by now, and PostgreSQL would take it for a server
    for stale in (place.data / "postmaster.pid", place.socket / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """Processes whose working folder is `folder`, as that of every process of a server is."""
    if not Path("/proc/self").exists():
        return []
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [number for number in numbers if _works_in(number, folder)]


def _works_in(pid: int, folder: Path) -> bool:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        except OSError:
            return False
    return not subprocess.run(["kill", "-0", str(pid)], check=False, capture_output=True).returncode
