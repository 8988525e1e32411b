"""Whoever holds the database server: no trigger, policy or grant stops them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine

from geoapp.core.settings import get_settings


@contextmanager
def superuser() -> Iterator[Connection]:
    """One transaction; committed unless an exception leaves it."""
    engine = create_engine(get_settings().superuser_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection
