"""`geoapp up`: database, schema, demo and server in one command, until Ctrl-C.

One of these runs per data folder; a lock that its process holds says so, and goes with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from sqlalchemy import create_engine, text

from geoapp.core.anchor_files import set_aside
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_place import Place
from geoapp.core.cluster_roles import drop_database, ensure_database
from geoapp.core.console import say, step, tr
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.migrate import upgrade
from geoapp.core.settings import Settings

READY_SECONDS = 60
STOP_SECONDS = 6
LOG_BYTES = 20_000_000


class UpError(GeoappError):
    """The server cannot be started."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


def up(settings: Settings, *, demo: bool) -> None:
    """Start everything, say where it is, and stay until the server ends or a signal comes.

    Raises UpError where another one runs, the port is taken or the server does not answer.
    """
    with only_one(settings), signals_raise():
        require_free_port(settings)
        serve_until_stopped(settings, demo=demo)


def serve_until_stopped(settings: Settings, *, demo: bool) -> None:
    """Database, then server; stopped in the other order, whatever happens."""
    start = time.monotonic()
    with database(settings):
        prepare(settings, demo=demo)
        server = start_server(settings)
        try:
            with step(N_("启动网页服务")):
                wait_until_ready(settings, server)
            announce(settings, time.monotonic() - start)
            watch(settings, server)
        finally:
            stop_server(server)


@contextmanager
def database(settings: Settings) -> Iterator[None]:
    """The database running; the private cluster is stopped afterwards if we started it."""
    if not settings.managed_cluster:
        yield
        return
    cluster = Cluster(settings.data_dir, time_zone=settings.time_zone)
    using = cluster.use()
    with step(N_("启动数据库")):
        using.__enter__()
    try:
        yield
    finally:
        with step(N_("停止数据库")):
            using.__exit__(None, None, None)


def prepare(settings: Settings, *, demo: bool) -> None:
    """Database, schema and, in an empty database, the demo city."""
    marker = settings.data_dir / f"demo-{settings.database_name}.loading"
    if settings.managed_cluster:
        place = Place.of(settings.data_dir)
        if marker.exists():
            # an interrupted first load: nobody has used that database yet
            drop_database(place, settings.database_name)
            set_aside(settings)
        ensure_database(place, settings.database_name)
    with step(N_("更新数据库结构")):
        upgrade(settings)
    if demo and is_empty(settings):
        say(N_("  装入示范城市："))
        marker.touch()
        run_demo()
    marker.unlink(missing_ok=True)


def is_empty(settings: Settings) -> bool:
    """No region is loaded yet, so neither is anything else."""
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT EXISTS (SELECT FROM region)"))
    engine.dispose()
    return not found


def run_demo() -> None:
    """`geoapp demo` in a process of its own: its libraries are needed only once."""
    code = subprocess.call([sys.executable, "-m", "geoapp", "demo"])
    if code:
        raise UpError(N_("示范城市装入失败（代码 %(code)s）。"), code=code)


def start_server(settings: Settings) -> subprocess.Popen[bytes]:
    """The web server, its log in the data folder."""
    from geoapp.core.serve import gunicorn_command

    # should this process be killed outright, the server must not keep the port
    ends_with_us = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    command = [*ends_with_us, *gunicorn_command(settings)]
    with log_path(settings).open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def log_path(settings: Settings) -> Path:
    """Where the server's log is; one older file is kept when it has grown."""
    path = settings.data_dir / "logs" / "server.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def wait_until_ready(settings: Settings, server: subprocess.Popen[bytes]) -> None:
    """Until /readyz answers; raises UpError with the end of the log where it does not."""
    deadline = time.monotonic() + READY_SECONDS
    url = f"{settings.base_url}/readyz"
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise UpError(
        N_("网页服务没有启动，日志 %(path)s：\n%(tail)s"),
        path=str(log_path(settings)),
        tail="\n".join(log_path(settings).read_text("utf-8", "replace").splitlines()[-5:]),
    )


def announce(settings: Settings, seconds: float) -> None:
    """The address and, with the demo, its accounts."""
    say(N_("\n已就绪（%(seconds).1f 秒）：%(url)s"), seconds=seconds, url=settings.base_url)
    for line in demo_accounts(settings):
        click.echo(line)
    say(N_("日志：%(path)s；按 Ctrl-C 停止。"), path=str(log_path(settings)))


def demo_accounts(settings: Settings) -> list[str]:
    """Lines to print for the accounts the demo made; it leaves them as a file beside its data."""
    path = settings.data_dir / "demo-accounts.json"
    if not (settings.demo and path.exists()):
        return []
    accounts = json.loads(path.read_text("utf-8"))
    return [tr(N_("示范账号（用户名 / 密码）："))] + [
        f"  {one['username']} / {one['password']}  {tr(one['title'])}  {one['area']}"
        for one in accounts
    ]


def watch(settings: Settings, server: subprocess.Popen[bytes]) -> None:
    """Stay while the server runs; a database that crashed is started again."""
    cluster = Cluster(settings.data_dir, time_zone=settings.time_zone)
    while server.poll() is None:
        time.sleep(1)
        if settings.managed_cluster and not cluster.pid:
            say(N_("数据库意外停止，正在重新启动。"))
            cluster.revive()
    raise UpError(N_("网页服务已退出（代码 %(code)s）。"), code=server.returncode)


def stop_server(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, then make it."""
    if server.poll() is not None:
        return
    with step(N_("停止网页服务")):
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def require_free_port(settings: Settings) -> None:
    """Raises UpError where something listens on our address already."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise UpError(
                N_("无法监听 %(host)s:%(port)s（%(reason)s），请用 GEOAPP_PORT 另选端口。"),
                host=settings.host,
                port=settings.port,
                reason=error.strerror,
            ) from error


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One `up` per data folder; the second says where the first is."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "up.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid, _, url = lock.read().partition(" ")
            raise UpError(
                N_("已在运行（进程 %(pid)s）：%(url)s"), pid=pid, url=url.strip()
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} {settings.base_url}\n")
        lock.flush()
        yield


@contextmanager
def signals_raise() -> Iterator[None]:
    """Turn the first Ctrl-C, SIGTERM or hang-up into Stopped; later ones change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise Stopped

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, stop) for one in signals]
    try:
        yield
    except Stopped:
        say(N_("已停止。"))
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
