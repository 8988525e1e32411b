"""A city of the test's own behind the whole application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection

from geoapp.core.db import app_engine
from geoapp.web.factory import create_app


@pytest.fixture
def app(own_city) -> Flask:
    """The application on the test's own city."""
    return create_app()


@contextmanager
def begin() -> Iterator[Connection]:
    """A transaction of the application's role."""
    with app_engine().begin() as connection:
        yield connection
