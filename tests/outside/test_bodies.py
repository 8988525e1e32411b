"""IN-10, IN-9: what is too large, too much or too slow is refused in time, and every line of the log stays JSON.

Against the real server: gunicorn reads a request's head before the application is asked.
"""

from __future__ import annotations

import json
import re
import select
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
import requests

from geoapp.web.worker import PATIENCE
from tests.support.server import served

GIGABYTE = 1 << 30
MOST_MB = 50


@pytest.fixture(scope="module")
def said() -> Iterator[IO[bytes]]:
    """What the server says."""
    with tempfile.TemporaryFile() as file:
        yield file


@pytest.fixture(scope="module")
def server(city_settings, said: IO[bytes]) -> Iterator[str]:
    with served(city_settings, said, GEOAPP_LOG_LEVEL="INFO") as address:
        yield address


def opened(server: str, path: str, *headers: str, method: str = "POST") -> socket.socket:
    """A connection with the head of a request sent."""
    place = urlsplit(server)
    connection = socket.create_connection((place.hostname, place.port), timeout=60)
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""])
    connection.sendall(head.encode("utf-8", "surrogateescape"))
    return connection


def status_of(connection: socket.socket) -> int:
    """The answer's status; 0 where the server only closed."""
    with connection:
        try:
            line = connection.recv(64)
        except ConnectionResetError:
            return 0
    return int(line.split()[1]) if line else 0


def resident_mb(server: str) -> float:
    """Memory of the server's processes, in MB: all that listen on its port and what they started."""
    port, total = f":{urlsplit(server).port} ".encode(), 0.0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if port.strip() in (path / "cmdline").read_bytes() and b"gunicorn" in (path / "cmdline").read_bytes():
                total += int(re.search(r"VmRSS:\s+(\d+)", (path / "status").read_text())[1]) / 1024
        except (OSError, TypeError):
            continue
    return total


def test_in10_a_gigabyte_ten_thousand_parts_and_a_drip_are_refused_and_others_go_on(server: str, cookie: Callable[[str], str]):
    """413 or 408, at most 50 MB more, and the sign-in page answers meanwhile."""
    worker, form = f"Cookie: {cookie('worker')}", "Content-Type: application/x-www-form-urlencoded"
    assert requests.get(f"{server}/sign-in", timeout=20).status_code == 200
    before, start = resident_mb(server), time.monotonic()
    drips = [opened(server, "/sign-in", form, "Content-Length: 1000") for _ in range(20)]
    heads = [opened(server, "/sign-in\r\nX-Half: 1", method="GET") for _ in range(2)]
    for path, who in (("/sign-in", form), ("/search", f"{worker}\r\n{form}"), ("/areas", worker)):
        large = opened(server, path, who, f"Content-Length: {GIGABYTE}")
        assert pushed(large, 8 << 20) in (400, 413, 0), path
        endless = opened(server, path, who, "Transfer-Encoding: chunked")
        assert pushed(endless, 200 << 20, chunked=True) in (400, 403, 413, 0), path
    parts = [(f"a{n}", (None, "1")) for n in range(10_000)]
    answer = requests.post(f"{server}/sign-in", files=parts, timeout=60)
    assert answer.status_code in (400, 413)
    assert requests.get(f"{server}/sign-in", timeout=60).status_code == 200
    assert before > 20
    assert resident_mb(server) - before < MOST_MB
    for drip in drips:
        drip.sendall(b"a")
    assert {status_of(drip) for drip in drips} == {408}
    assert time.monotonic() - start < PATIENCE + 60
    for head in heads:
        head.close()


def pushed(connection: socket.socket, most: int, *, chunked: bool = False) -> int:
    """Send until the server answers, closes or `most` bytes are gone; the status."""
    block = b"x" * 65_536
    sent, frame = 0, b"10000\r\n" + block + b"\r\n" if chunked else block
    with connection:
        try:
            while sent < most and not select.select([connection], [], [], 0)[0]:
                connection.sendall(frame)
                sent += len(block)
        except OSError:
            return 0
        return status_of(connection)


ODD = ("\x1b[2J", "%0d%0aX: 1", "a\x85b", "%c2%85%e2%80%a8", "\u2028{", "%ff%fe", "%00", "x" * 6_000, "\udcff", '"}\\', "%1b%5b31m")


def test_in9_every_line_of_the_log_is_one_json_object(server: str, said: IO[bytes], cookie: Callable[[str], str]):
    """Whatever stands in the path, the query and the headers, and however the reader splits lines."""
    for odd in ODD:
        for path in (f"/registers/{odd}", f"/sign-in?next={odd}", f"/tiles/houses/1/1/{odd}.mvt"):
            odd_header = odd.replace("\u2028", "x")
            status_of(opened(server, path, f"User-Agent: {odd_header}", f"Cookie: {cookie('worker')}; x={odd_header}", method="GET"))
    time.sleep(0.3)
    said.seek(0)
    text = said.read().decode("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert sum(line.get("message") == "request" for line in lines) > len(ODD)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
