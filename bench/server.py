"""Our server as it is run, on a free port of this machine, and the peer beside it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

from bench.cpu import spent
from bench.http import Client, Request
from bench.place import HOME, City
from geoapp.core.serve import APPLICATION, gunicorn_command
from geoapp.core.settings import CHECKOUT, Settings

COOKIE = "geoapp_session"
QUIET_SECONDS = 3
START_SECONDS = 180


@dataclass(frozen=True)
class Server:
    """A running server: its port and the process all others of it come from."""

    port: int
    pid: int


@contextmanager
def ours(
    city: City, tile_cache_mb: int = 0, application: str = APPLICATION
) -> Iterator[tuple[Server, dict[str, str]]]:
    """The real server and the header that signs the reader in.

    Without memory for tiles by default: what is measured is making them.
    """
    port = free_port()
    environment = city.environment | {
        "GEOAPP_PORT": str(port), "GEOAPP_TILE_CACHE_MB": str(tile_cache_mb), "GEOAPP_DEMO": "no",
    }  # fmt: skip
    settings = Settings.from_env({k: v for k, v in environment.items() if k.startswith("GEOAPP_")})
    header = {"Cookie": f"{COOKIE}={city.session}"}
    command = [application if part == APPLICATION else part for part in gunicorn_command(settings)]
    with started(command, environment, port, "/healthz", "geoapp.log") as server:
        _wake(server.port, header)
        _settle(server.pid)
        yield server, header


def _wake(port: int, header: Mapping[str, str]) -> None:
    """Let every worker import, connect and answer once before anything is measured."""

    def ask(_: int) -> None:
        client = Client(port, header)
        for _ in range(10):
            client.get(Request("/tiles/houses/10/0/0.mvt"))
        client.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(16)))


def _settle(pid: int) -> None:
    """Wait until the server is done with its own start: it looks through a day of the audit log."""
    end = time.monotonic() + START_SECONDS
    quiet = 0
    while quiet < QUIET_SECONDS and time.monotonic() < end:
        before = spent(pid)
        time.sleep(1)
        quiet = quiet + 1 if spent(pid) - before < 0.02 else 0


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], port: int, ready: str, log: str
) -> Iterator[Server]:
    """A server process that answers `ready`, ended with the block; its words go to a log file."""
    with (HOME / log).open("ab") as words:
        process = subprocess.Popen(
            command, env=environment, cwd=CHECKOUT, stdout=words, stderr=words
        )
        try:
            _wait(process, port, ready, log)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen, port: int, path: str, log: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"the server ended at once; see {HOME / log}")
        client = Client(port)
        try:
            client.get(Request(path))
        except (OSError, HTTPException, RuntimeError):
            time.sleep(0.2)
        else:
            return
        finally:
            client.close()
    sys.exit(f"the server did not answer within {START_SECONDS} s; see {HOME / log}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
