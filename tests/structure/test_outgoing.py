"""IN-7: nothing that is sent to us makes this server ask another address; IN-3: no statement is
put together of values.

Which modules may reach out is a closed list, each to an address of the settings. The 200 spellings
of addresses are sent wherever a parameter is read, while every connection and look-up is written down.
"""

from __future__ import annotations

import ast
import re
import socket
from itertools import product
from pathlib import Path

import pytest

from geoapp.web.factory import create_app
from tests.support.web import csrf_of, sign_in

FOLDERS = ("geoapp", "layers", "tiles", "spatial_queries", "grids_boundaries")
CODE = [path for folder in FOLDERS for path in Path(folder).rglob("*.py")]
CLIENTS = {"requests", "httpx", "urllib.request", "http.client", "smtplib", "ftplib", "socket", "authlib.integrations.requests_client", "aiohttp", "urllib3"}
REACH_OUT = {
    "geoapp/accounts/oidc.py": "the issuer of the settings, and what its own description names",
    "geoapp/audit/sending.py": "the mail server of the settings",
    "geoapp/core/up.py": "this server's own /readyz",
    "geoapp/core/cluster_server.py": "this machine's own database",
    "geoapp/core/doctor.py": "this machine",
    "geoapp/web/worker.py": "nobody: the socket of who asks us",
}
"""Modules that hold a network client, and whom they ask."""
HOSTS = (
    "169.254.169.254", "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0",
    "127.0.0.1.nip.io", "metadata.google.internal", "example.com@127.0.0.1", "127.0.0.1#@example.com", "127。0。0。1", "①②⑦.0.0.1", "[fd00:ec2::254]",
    "127.0.0.1:5432", "10.0.0.1", "evil.example",
)  # fmt: skip
SCHEMES = ("http://{}/", "https://{}/x", "//{}/", "file://{}/etc/passwd", "gopher://{}/_x", "dict://{}/", "ftp://{}/", "/vsicurl/http://{}/x", "jar:http://{}!/", "\\\\{}\\share")
SPELLINGS = [scheme.format(host) for scheme, host in product(SCHEMES, HOSTS)]
ASKED = (
    "/registers/houses?q={}", "/registers/houses?area={}", "/sign-in?next={}", "/map?view={}", "/ogc/collections/houses/items?crs={}",
    "/ogc/collections/houses/items?bbox=1,1,2,2&bbox-crs={}", "/ogc/collections/houses/items?filter-crs={}&filter=status=1", "/ogc/collections/houses/items?f={}",
    "/ogc/collections/houses/items?filter={}", "/tiles/houses/16/53940/24811.mvt?region={}", "/sign-in/sso/back?state={}&code=x&iss={}", "/welcome?key={}",
    "/export-requests/new?register={}", "/areas/{}", "/registers/{}",
)  # fmt: skip


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_in7_only_named_modules_reach_out():
    assert len(SPELLINGS) == 200
    found = {str(path) for path in CODE if imported(path) & CLIENTS and "bootstrap" not in path.name}
    assert found <= set(REACH_OUT), found - set(REACH_OUT)
    assert "geoapp/accounts/oidc.py" in found


def test_in7_no_spelling_of_an_address_is_asked(city, city_settings, monkeypatch: pytest.MonkeyPatch):
    reached: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: (reached.append(to) if self.family != socket.AF_UNIX else None, connect(self, to))[1])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: (reached.append(asked), look_up(*asked, **more))[1])
    client = sign_in(create_app(city_settings), "community")
    token, answers = csrf_of(client, "/about"), set()
    for number, spelling in enumerate(SPELLINGS):
        path = ASKED[number % len(ASKED)]
        answers.add(client.get(path.replace("{}", spelling), buffered=True).status_code)
        if number % 5 == 0:
            answers.add(client.post("/search", data={"q": spelling, "csrf_token": token}).status_code)
    assert reached == []
    assert answers <= {200, 302, 303, 308, 400, 401, 404, 429}, answers


def test_in3_no_statement_is_put_together_where_requests_are_read():
    """ruff (S608) refuses text in statements; where it is told to pass a line over, no request is near."""
    lines = {str(path): path.read_text("utf-8") for path in CODE}
    near = {path for path in lines if re.search(r"geoapp/(web|edge|ogc)/|/(views|forms)(\.py|/)", path)}
    assert len(near) > 50
    assert not [path for path in near if re.search(r"noqa:.*S608|exec_driver_sql|\btext\(f['\"]", lines[path])]
    assert '"S"' in Path("ruff.toml").read_text("utf-8")
