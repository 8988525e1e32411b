"""Readers of the standard doors: a client with a token for each user of the small city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geoapp.accounts.actions import create_token, open_session
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.web.factory import create_app
from geoapp.web.signed_in import COOKIE
from layers.registry import readable_registers
from tests.factories.city import City
from tests.support.server import served

WITHOUT_TOKENS = ("worker", "neighbour")
"""Users whose roles may not make tokens; they come with their session."""


@dataclass
class Reader:
    """One user's client."""

    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str, accept: str = "application/json", **query: object) -> TestResponse:
        """GET below /ogc; an underscore in a name stands for a hyphen."""
        named = {name.replace("_crs", "-crs").replace("_lang", "-lang"): value for name, value in query.items()}
        return self.client.get(f"/ogc{path}", query_string=named, headers={**self.headers, "Accept": accept})

    def json(self, path: str, **query: object) -> dict:
        """The document of a request that succeeds."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return orjson.loads(response.data)

    def ids(self, collection: str, **query: object) -> list[int]:
        """Ids of all pages, following `next`."""
        page = self.json(f"/collections/{collection}/items", **query)
        found = [feature["id"] for feature in page["features"]]
        while link := next((link for link in page["links"] if link["rel"] == "next"), None):
            response = self.client.get(link["href"], headers=self.headers)
            assert response.status_code == 200, response.text
            page = orjson.loads(response.data)
            found += [feature["id"] for feature in page["features"]]
        return found


@pytest.fixture(scope="session")
def app(city_settings: Settings) -> Flask:
    """The whole application; each test says by `city` which database it serves."""
    return create_app(city_settings)


@pytest.fixture(scope="session")
def issued() -> dict[str, str]:
    """Tokens made so far, by user name."""
    return {}


@pytest.fixture
def token(city: City, issued: dict[str, str]) -> Callable[[str], str]:
    """`token("director")`: a token for all registers, or a session where the role makes no tokens."""

    def secret(username: str) -> str:
        if username not in issued:
            make = make_session if username in WITHOUT_TOKENS else make_token
            issued[username] = make(city, username)
        return issued[username]

    return secret


@pytest.fixture
def reader(app: Flask, token: Callable[[str], str]) -> Callable[[str], Reader]:
    """`reader("director")`."""

    def made(username: str) -> Reader:
        if username not in WITHOUT_TOKENS:
            return Reader(app.test_client(), {"Authorization": f"Bearer {token(username)}"})
        client = app.test_client()
        client.set_cookie(COOKIE, token(username))
        return Reader(client, {})

    return made


def make_token(city: City, username: str) -> str:
    """A new token of the user in the database that `get_settings()` names."""
    registers = [register.name for register in readable_registers(city.access(username))]
    with owner_transaction() as connection:
        return create_token(connection, username, "test", registers, 1)


def make_session(city: City, username: str) -> str:
    """The secret of a new session."""
    with owner_transaction() as connection:
        return open_session(connection, city.users[username], "test")


@pytest.fixture(scope="session")
def server(city_settings: Settings) -> Iterator[str]:
    """Address of a server on the shared small city, for clients that bring their own HTTP."""
    with served(city_settings) as address:
        yield address
