"""Imported rows of people who are taken out of every table (PR-3, PR-4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, or_

from geoapp.core.db import table_of
from geoapp.importing.models import ImportRow
from geoapp.importing.same import current_hashes

row_table = table_of(ImportRow)
Person = tuple[int, str, str]
"""Id of the record, name, number or ""."""


def forget_rows(connection: Connection, register: str, people: Sequence[Person]) -> int:
    """Rows that became these records go, and rows that wait with the same name and number; how many."""
    hashes = [one for _, name, number in people for one in current_hashes(name, number)]
    ids = [record_id for record_id, _, _ in people]
    theirs = or_(row_table.c.target_id.in_(ids), row_table.c.holder_id.in_(ids), row_table.c.same.in_(hashes))
    return int(connection.execute(delete(row_table).where(row_table.c.register == register, theirs)).rowcount)
