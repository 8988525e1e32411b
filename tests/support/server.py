"""The product's own server in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from geoapp.core.settings import CHECKOUT, Settings

START_SECONDS = 40


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The server for this database on a free port; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "GEOAPP_DATABASE_NAME": settings.database_name, "GEOAPP_PORT": str(port), "GEOAPP_WORKERS": "1",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "geoapp", "serve"], cwd=CHECKOUT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(server, address)
        yield address
    finally:
        server.terminate()
        server.communicate(timeout=15)


def _wait_for(server: subprocess.Popen, address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"the server stopped: {server.communicate()[1].decode()[-2000:]}")
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not get ready")
