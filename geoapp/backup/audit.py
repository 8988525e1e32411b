"""The audit log in a backup: the head of its chain, and a line that a backup was made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings

_HEAD = text("SELECT number, hash FROM audit_seal ORDER BY number DESC LIMIT 1")


def read_head(connection: Connection) -> dict[str, Any]:
    """Number and hash of the last seal; empty before the first."""
    row = connection.execute(_HEAD).one_or_none()
    return {"number": row.number, "hash": bytes(row.hash).hex()} if row else {}


def note_in_log(settings: Settings, action: Action, **facts: str | float) -> None:
    """Write that the command line made or restored a backup, in a transaction of its own."""
    with owner_transaction(settings) as connection:
        record(connection, SYSTEM, action, facts=facts)
