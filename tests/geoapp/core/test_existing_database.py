"""GEOAPP_DATABASE_URL: somebody else's server, with and without a superuser."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from geoapp.core import cluster_roles as roles
from geoapp.core.cluster_place import Place
from geoapp.core.db import app_engine
from geoapp.core.migrate import DatabaseUnfit, upgrade
from geoapp.core.settings import Settings
from tests.support.cluster import Databases, database_name, worker

OWNER = f"owner_of_{os.getpid()}"


@pytest.fixture
def place(databases: Databases) -> Iterator[Place]:
    """A database owned by a plain role of its own, empty but for PostGIS."""
    place, name = databases.cluster.place, database_name(f"{worker()}_existing")
    roles.create_database(place, name)
    with roles.connect(place) as connection:
        connection.execute(f"CREATE ROLE {OWNER}")
        connection.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    with roles.connect(place, name) as connection:
        connection.execute("CREATE EXTENSION postgis")
    yield place
    roles.drop_database(place, name)
    with roles.connect(place) as connection:
        connection.execute(f"DROP ROLE {OWNER}")


def settings_as(place: Place, role: str) -> Settings:
    """The URL signs in as superuser (peer) and takes the role on, as a pooler would."""
    name = database_name(f"{worker()}_existing")
    options = f"&options=-c%20role%3D{role}" if role != "postgres" else ""
    url = f"postgresql://postgres@/{name}?host={place.socket}{options}"
    return Settings.from_env({"GEOAPP_DATABASE_URL": url})


def who(settings: Settings) -> str:
    engine = app_engine(settings)
    try:
        with engine.connect() as connection:
            return str(connection.scalar(text("SELECT current_user")))
    finally:
        engine.dispose()


def test_a_superuser_s_database_is_prepared_and_served_by_the_lesser_role(place: Place):
    settings = settings_as(place, "postgres")
    upgrade(settings)
    upgrade(settings)
    assert who(settings) == "geoapp_app"


def test_a_plain_owner_who_may_use_the_role_can_migrate(place: Place):
    with roles.connect(place) as connection:
        connection.execute(f"GRANT geoapp_app TO {OWNER}")
    settings = settings_as(place, OWNER)
    upgrade(settings)
    assert who(settings) == "geoapp_app"


def test_a_plain_owner_without_the_role_is_told_what_a_superuser_must_do(place: Place):
    with pytest.raises(DatabaseUnfit) as caught:
        upgrade(settings_as(place, OWNER))
    assert "geoapp_app" in caught.value.message("zh")


def test_a_database_without_postgis_is_named(place: Place):
    name = database_name(f"{worker()}_existing")
    with roles.connect(place, name) as connection:
        connection.execute("DROP EXTENSION postgis")
        connection.execute(f"GRANT geoapp_app TO {OWNER}")
    with pytest.raises(DatabaseUnfit, match="postgis"):
        upgrade(settings_as(place, OWNER))
