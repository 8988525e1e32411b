"""Roles and databases of a private cluster.

`geoapp_owner` owns the schema: migrations and loads. `geoapp_app` serves requests: it owns
nothing and row level security binds it. Both sign in by the machine's user (peer), without a
password.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from geoapp.core.cluster_place import APP_ROLE, OWNER_ROLE, SUPERUSER, Place

# a request never needs parallel workers: they cost more CPU than they save time
_ROLES = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER_ROLE}') THEN
        CREATE ROLE {OWNER_ROLE};
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
        CREATE ROLE {APP_ROLE};
    END IF;
END $$;
ALTER ROLE {OWNER_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE {APP_ROLE} SET max_parallel_workers_per_gather = 0;
"""  # noqa: S608 - the names are constants


def connect(place: Place, database: str = "postgres", role: str = SUPERUSER) -> psycopg.Connection:
    """An autocommit connection through the socket of `place`."""
    return psycopg.connect(host=str(place.socket), user=role, dbname=database, autocommit=True)


def ensure_roles(place: Place) -> None:
    """Make our two roles where they are not there yet."""
    with connect(place) as connection:
        connection.execute(_ROLES)


def databases(place: Place) -> set[str]:
    """Names of the databases there are."""
    with connect(place) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def ensure_database(place: Place, name: str) -> bool:
    """Make the database where there is none; returns whether it was made."""
    if name in databases(place):
        return False
    create_database(place, name)
    return True


def create_database(
    place: Place, name: str, template: str = "template0", *, strategy: str = "WAL_LOG"
) -> None:
    """A new database owned by `geoapp_owner`, closed to everybody but our roles.

    `strategy` is PostgreSQL's: FILE_COPY halves the time where a checkpoint costs nothing.
    """
    facts = {
        "name": sql.Identifier(name),
        "template": sql.Identifier(template),
        "owner": sql.Identifier(OWNER_ROLE),
        "app": sql.Identifier(APP_ROLE),
        "strategy": sql.Identifier(strategy),
    }
    statements = (
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} STRATEGY {strategy}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {name} TO {app}",
    )
    with connect(place) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**facts))


def drop_database(place: Place, name: str) -> None:
    """Delete a database, ending the connections to it; nothing happens where there is none."""
    with connect(place) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
