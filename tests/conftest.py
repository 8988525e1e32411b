"""Fixtures for all tests: a real database, no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, Engine, event, text
from werkzeug.routing import Rule

from geoapp.accounts import limits
from geoapp.accounts.identity import forget_kept
from geoapp.audit.grouping import groups
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings, get_settings
from tests.factories.city import City, fill_small_city, small_city
from tests.support import cluster
from tests.support.network import block_outside


def pytest_configure() -> None:
    """Settle the environment before any test module is imported."""
    cluster.prepare_environment()


LONGEST_FIRST = (
    "tests/journeys/test_map.py", "tests/journeys/", "tests/structure/test_scope_matrix.py", "tests/geoapp/core/test_up.py",
    "tests/parity/", "tests/geoapp/ogc/", "tests/geoapp/demo/",
)  # fmt: skip
"""Files go to the workers one by one; the long ones first, so that none is left over at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, within a file as it is written."""
    items.sort(key=lambda item: next((i for i, p in enumerate(LONGEST_FIRST) if item.nodeid.startswith(p)), len(LONGEST_FIRST)))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Nothing leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        block_outside(patch)
        yield


class _Compiled(BytecodeCache):
    """Templates compiled once for the run: each test has an application of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates() -> Iterator[None]:
    """One cache for the applications of all tests of this worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": _Compiled()})
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_addresses() -> Iterator[None]:
    """How an address is put together is compiled once for the run: werkzeug does it anew for each application, in 60 ms."""
    compile_builder, kept = Rule._compile_builder, {}

    def once(rule: Rule, append_unknown: bool = True) -> object:
        key = rule.rule, repr(rule.defaults), append_unknown
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session")
def databases() -> Iterator[cluster.Databases]:
    """The test cluster, started when first needed."""
    with cluster.open_databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def settings(databases: cluster.Databases) -> Settings:
    """A migrated, empty database shared by the tests of this worker: roll back or clean up."""
    return databases.main()


@pytest.fixture
def own_settings(databases: cluster.Databases) -> Iterator[Settings]:
    """A migrated, empty database for one test."""
    settings = databases.fresh()
    yield settings
    databases.drop(settings)


@pytest.fixture(scope="session")
def city_settings(databases: cluster.Databases) -> Settings:
    """The small city of tests/factories/city.py, shared by this worker: read it, leave it as it is."""
    return databases.fresh("small_city", fill_small_city)


@pytest.fixture
def city(city_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """`get_settings()` names the shared small city; for tests that only read.

    What earlier tests were counted for is forgotten: together they ask more than a person may in an hour.
    """
    with _naming(city_settings, monkeypatch):
        limits._leases.clear()
        with owner_transaction() as connection:
            connection.execute(text("DELETE FROM rate_count"))
        yield small_city()


@pytest.fixture
def own_city(databases: cluster.Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """A small city of the test's own, to write in."""
    settings = databases.fresh("small_city", fill_small_city)
    with _naming(settings, monkeypatch):
        yield small_city()
    databases.drop(settings)


_USED: set[Engine] = set()
"""Every engine that connected; a test that changes settings has engines of its own."""


@event.listens_for(Engine, "engine_connect")
def _remember(connection: Connection) -> None:
    _USED.add(connection.engine)


@contextmanager
def _naming(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own settings are these for a while; identities of other databases are forgotten.

    Connections are closed at the end: the engine may leave the cache before the run is over.
    """
    with monkeypatch.context() as patch:
        patch.setenv("GEOAPP_DATABASE_NAME", settings.database_name)
        get_settings.cache_clear()
        forget_kept()
        groups.__init__()  # counts of answers from another database
        yield
    get_settings.cache_clear()
    for engine in [used for used in _USED if used.url.database == settings.database_name]:
        _USED.discard(engine)
        engine.dispose()
