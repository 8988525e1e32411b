"""Fixtures for all tests: a real database, no network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from geoapp.core.settings import Settings
from tests.support import cluster
from tests.support.network import block_outside


def pytest_configure() -> None:
    """Settle the environment before any test module is imported."""
    cluster.prepare_environment()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Nothing leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        block_outside(patch)
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
