"""Imported rows of people who are taken out of every table (PR-3, PR-4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from geoapp.core.db import table_of
from geoapp.importing.models import ImportBatch, ImportRow
from geoapp.importing.reads import open_row
from geoapp.importing.same import current_hashes, hash_of
from geoapp.messages.actions import send

row_table, batch_table = table_of(ImportRow), table_of(ImportBatch)
ENROLLING = "enrolments"
Person = tuple[int, str, str]
"""Id of the record, name, number or ""."""


def forget_rows(connection: Connection, register: str, people: Sequence[Person]) -> int:
    """Rows that became these records go, and rows that wait with the same name and number; how many."""
    hashes = [one for _, name, number in people for one in current_hashes(name, number)]
    ids = [record_id for record_id, _, _ in people]
    theirs = or_(row_table.c.target_id.in_(ids), row_table.c.holder_id.in_(ids), row_table.c.same.in_(hashes))
    gone = int(connection.execute(delete(row_table).where(row_table.c.register == register, theirs)).rowcount)
    return gone + _forget_enrolling(connection, hashes)


def _forget_enrolling(connection: Connection, hashes: Sequence[bytes]) -> int:
    """Rows of programmes with these names and numbers: sealed without a hash, so each is opened."""
    rows = connection.execute(select(row_table).where(row_table.c.register == ENROLLING).with_for_update()).all()
    cells = ((row.id, open_row(row).cells) for row in rows)
    same = [one for one, said in cells if hash_of(said.get("name"), said.get("id_number")) in hashes]
    return int(connection.execute(delete(row_table).where(row_table.c.id.in_(same))).rowcount)


def drop_unclaimed(connection: Connection, which: ColumnElement[bool]) -> int:
    """Rows that nobody has claimed for too long go, and who sent them is told how many of which file; how many."""
    counts = select(batch_table.c.id, batch_table.c.file_name, batch_table.c.sent_by, func.count().label("n"))
    joined = counts.join(row_table, row_table.c.batch_id == batch_table.c.id).where(which)
    for batch in connection.execute(joined.group_by(batch_table.c.id)).all():
        facts = {"file": batch.file_name, "n": batch.n}
        send(connection, [batch.sent_by], f"import_expired:{batch.id}", "import_expired", facts, f"/imports/{batch.id}")
    return int(connection.execute(delete(row_table).where(which)).rowcount)
