"""The audit log in a backup: the head of its chain, its verification, and a line that a backup was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine

from geoapp.audit import sealing
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.audit.verification import verify
from geoapp.backup.errors import BackupError
from geoapp.core.settings import Settings


def read_head(connection: Connection) -> dict[str, Any]:
    """Number and hash of the last seal; empty before the first."""
    number, link = sealing.read_head(connection)
    return {"number": number, "hash": link.hex()} if number else {}


def check_chain(settings: Settings, head: dict[str, Any]) -> int:
    """Verify the chain of a restored database up to the head it was dumped with; how many events.

    Anchors are left aside: those of today know of events after the day of the backup. What was
    written and not sealed that day is not sealed in the copy either. Raises BackupError.
    """
    with TemporaryDirectory(prefix="geoapp-drill-") as nowhere:
        apart = replace(settings, data_dir=Path(nowhere))
        with _owner(settings).connect() as connection:
            report, found = verify(connection, apart), read_head(connection)
    if found != head or report.trouble not in (None, "unsealed"):
        raise BackupError(reason=f"audit: {report.trouble or 'head'} {report.bad_number or ''}".strip())
    return report.events


def note_in_log(settings: Settings, action: Action, **facts: str | float) -> None:
    """Write that the command line made or restored a backup, in a transaction of its own."""
    with _owner(settings).begin() as connection:
        record(connection, SYSTEM, action, facts=facts)


def _owner(settings: Settings) -> Engine:
    """The owner in a database that is not the process's own; nothing stays connected to it."""
    return create_engine(settings.owner_database_url, poolclass=NullPool)
