"""The product's own server in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from geoapp.core.settings import CHECKOUT, Settings

START_SECONDS = 180


@contextmanager
def served(settings: Settings, log: IO[bytes] | None = None, **more: str) -> Iterator[str]:
    """The server for this database on a free port, with more environment; yields its address.

    What it says goes to `log`; nobody reads a pipe, which would fill and hold the server up.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "GEOAPP_DATABASE_NAME": settings.database_name, "GEOAPP_PORT": str(port), "GEOAPP_WORKERS": "1",
        **more,
    }  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as unread:
        said = log or unread
        server = subprocess.Popen(
            [sys.executable, "-m", "geoapp", "serve"], cwd=CHECKOUT, env=environment, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(server, address, said)
            yield address
        finally:
            _stop(server)


def _stop(server: subprocess.Popen) -> None:
    """As an operator does; who still reads messages would hold it up for three seconds, which have a test of their own."""
    server.terminate()
    try:
        server.wait(timeout=1)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)


def _wait_for(server: subprocess.Popen, address: str, said: IO[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            said.seek(0)
            pytest.fail(f"the server stopped: {said.read().decode()[-2000:]}")
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not get ready")
