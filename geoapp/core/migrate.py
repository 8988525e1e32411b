"""Bring a database to the current schema.

Two steps with different rights. What only a superuser may do (extensions, roles, LEAKPROOF marks)
is repeated at every start because a dump, a restore or an extension upgrade loses it; the schema
itself is Alembic's, run by the owner with a lock time-out of 4 s so that a migration never stands
in front of the code still running.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

EXTENSIONS = ("postgis",)
AFTER = ("geoapp.accounts.following",)
"""Modules above the floor whose `follow(connection)` brings data after the schema, at each upgrade."""
LEAKPROOF = (
    "geometry_overlaps(geometry, geometry)",
    "geometry_contains(geometry, geometry)",
    "geometry_within(geometry, geometry)",
    "st_intersects(geometry, geometry)",
    "st_contains(geometry, geometry)",
    "st_within(geometry, geometry)",
    "st_covers(geometry, geometry)",
    "st_coveredby(geometry, geometry)",
    "st_dwithin(geography, geography, double precision, boolean)",
)
"""Without the mark a row policy keeps these from the GiST index (D3.7, research/performance 7)."""


class DatabaseUnfit(GeoappError):
    """The database lacks what we need and we may not make it."""


def upgrade(settings: Settings) -> None:
    """Extensions, roles, LEAKPROOF marks, then the migrations. Raises DatabaseUnfit."""
    if settings.superuser_database_url:
        engine = create_engine(settings.superuser_database_url, poolclass=NullPool)
        with engine.begin() as connection:
            prepare_database(connection, settings)
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        _require_extensions(connection)
        _run_migrations(connection)
        for name in AFTER:
            importlib.import_module(name).follow(connection)
        connection.commit()


def prepare_database(connection: Connection, settings: Settings) -> None:
    """The superuser's part; every statement may be run again."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('geoapp.prepare'))"))
    if not _is_superuser(connection):
        _ensure_role(connection, settings.app_role, login=False)
        return
    for name in EXTENSIONS:
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    _ensure_role(connection, settings.app_role, login=False)
    for signature in LEAKPROOF:
        connection.execute(text(f"ALTER FUNCTION {signature} LEAKPROOF"))


def missing_leakproof(connection: Connection) -> list[str]:
    """Spatial functions that lost their LEAKPROOF mark: queries stay right but turn slow."""
    rows = connection.execute(
        text(
            "SELECT s FROM unnest(CAST(:sigs AS text[])) s "
            "LEFT JOIN pg_proc p ON p.oid = to_regprocedure(s) WHERE p.proleakproof IS NOT TRUE"
        ),
        {"sigs": list(LEAKPROOF)},
    )
    return [row.s for row in rows]


def _is_superuser(connection: Connection) -> bool:
    return bool(
        connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    )


def _ensure_role(connection: Connection, role: str, *, login: bool) -> None:
    """The role, with ourselves as a member so that we may step down to it."""
    try:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}):
            kind = "LOGIN" if login else "NOLOGIN"
            connection.execute(
                text(f'CREATE ROLE "{role}" {kind} NOSUPERUSER NOBYPASSRLS NOCREATEDB')
            )
        if not connection.scalar(text("SELECT pg_has_role(:r, 'MEMBER')"), {"r": role}):
            connection.execute(text(f'GRANT "{role}" TO current_user'))
    except ProgrammingError as error:
        raise DatabaseUnfit(
            N_("数据库用户不能使用角色 %(role)s：请由超级用户建立该角色并授予此用户。"), role=role
        ) from error


def _require_extensions(connection: Connection) -> None:
    rows = connection.execute(text("SELECT extname FROM pg_extension")).scalars().all()
    missing = [name for name in EXTENSIONS if name not in rows]
    if missing:
        raise DatabaseUnfit(
            N_("数据库缺少扩展 %(names)s：请由超级用户执行 CREATE EXTENSION。"),
            names=", ".join(missing),
        )


def newest_revision() -> str | None:
    """The revision our code was written for."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return ScriptDirectory.from_config(config).get_current_head()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def _run_migrations(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_lock(hashtext('geoapp.migrate'))"))
    connection.commit()
    command.upgrade(alembic_config(connection), "head")
    connection.commit()
