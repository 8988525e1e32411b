"""The guard itself: tests reach this machine alone."""

import socket
import urllib.request

import pytest

from tests.support.network import OutsideCall


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1", "10.0.0.1", "2001:db8::1"])
def test_another_machine_cannot_be_reached(host: str):
    with pytest.raises(OutsideCall):
        urllib.request.urlopen(f"http://{f'[{host}]' if ':' in host else host}/", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str):
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection((host, server.getsockname()[1])) as near:
        assert near.getpeername() == server.getsockname()
