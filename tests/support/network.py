"""Tests reach this machine and nothing else."""

from __future__ import annotations

import ipaddress
import socket

import pytest


class OutsideCall(RuntimeError):
    """A test tried to reach another machine."""


def block_outside(patch: pytest.MonkeyPatch) -> None:
    """Refuse connections to and look-ups of anything but loopback; unix sockets stay open."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _require_local(address[0])
        return connect(self, address)

    def guarded_look_up(host: object, *args: object, **options: object) -> object:
        _require_local(host)
        return look_up(host, *args, **options)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket, "getaddrinfo", guarded_look_up)


def _require_local(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        local = ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        local = name == "localhost"
    if not local:
        raise OutsideCall(f"tests may not reach {name}")
