"""The real server on the shared small city, and people who bring their session to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from geoapp.accounts.actions import open_session
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from tests.factories.city import City
from tests.support.server import served


@pytest.fixture(scope="module")
def server(city_settings: Settings) -> Iterator[str]:
    """Address of the server."""
    with served(city_settings) as address:
        yield address


@pytest.fixture
def cookie(city: City) -> Callable[[str], str]:
    """`cookie("worker")`: the header of a new session."""

    def opened(username: str) -> str:
        with owner_transaction() as connection:
            return f"geoapp_session={open_session(connection, city.users[username], 'test')}"

    return opened
