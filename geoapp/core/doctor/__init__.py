"""What `geoapp doctor` looks at: machine, settings, keys, database, upkeep. Nothing is changed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from geoapp.core.doctor import database, keys, machine, upkeep
from geoapp.core.doctor.finding import Finding
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

__all__ = ["Finding", "examine"]
FEATURES = ("geoapp.accounts.doctor", "geoapp.audit.doctor", "geoapp.people.doctor")
"""Modules above the floor with `findings_of(connection, settings)`."""


def examine(settings: Settings) -> list[Finding]:
    """All checks; those of the database end with the first that cannot reach it."""
    return [
        *machine.findings(settings), *keys.findings(settings), *_database(settings), *upkeep.findings(settings)
    ]  # fmt: skip


def _database(settings: Settings) -> Iterator[Finding]:
    engine = create_engine(settings.owner_database_url, hide_parameters=True, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield from database.findings(connection, settings)
            yield from keys.findings_of(connection, settings)
            yield from upkeep.findings_of(connection, settings)
            for name in FEATURES:
                yield from importlib.import_module(name).findings_of(connection, settings)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding.bad(N_("数据库"), f"{reason} (geoapp db start)")
