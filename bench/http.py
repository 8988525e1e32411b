"""A small HTTP client: one kept connection, gzip asked for as browsers do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection

from bench.load import Ask


@dataclass(frozen=True)
class Request:
    """A path with its query; `status` is the only right answer."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Answer:
    """Status, headers and body as they came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Accept-Encoding": "gzip"} | dict(headers or {})

    def get(self, request: Request) -> Answer:
        """Ask; raises RuntimeError for an answer that is not the right one."""
        self.connection.request("GET", request.path, headers=self.headers | dict(request.headers))
        response = self.connection.getresponse()
        body = response.read()
        if response.status != request.status:
            raise RuntimeError(f"{request.path}: {response.status} {body[:300]!r}")
        return Answer(response.status, dict(response.getheaders()), body)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send; the answer whatever its status."""
        return self.ask("POST", path, body, headers)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request; the answer whatever its status."""
        self.connection.request(method, path, body, self.headers | dict(headers or {}))
        response = self.connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def close(self) -> None:
        self.connection.close()


def opener(
    port: int, headers: Mapping[str, str] | None = None
) -> Callable[[], tuple[Ask, Callable[[], None]]]:
    """A `Way.client` for requests of this kind."""

    def open_client() -> tuple[Ask, Callable[[], None]]:
        client = Client(port, headers)
        return lambda request: len(client.get(request).body), client.close

    return open_client
