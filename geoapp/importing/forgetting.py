"""Imported rows of people who are taken out of every table (PR-3, PR-4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from geoapp.core.db import owner_transaction, table_of
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import Settings
from geoapp.importing import codes, files
from geoapp.importing.models import ImportBatch, ImportRow
from geoapp.importing.reads import open_row
from geoapp.importing.same import current_hashes, hash_of
from geoapp.messages.actions import send

row_table, batch_table = table_of(ImportRow), table_of(ImportBatch)
UNANSWERED = N_("等待选择坐标系的期限已过，这次导入已结束，文件已删除。请在文件中写明坐标系后重新导入。")
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


def end_unanswered(connection: Connection, which: ColumnElement[bool]) -> int:
    """Files whose senders did not choose a system of coordinates end, and the senders are told; how many.

    Rows that were read go unless they are claimed; the sealed files go with `drop_files`.
    """
    said = {locale: translate(UNANSWERED, locale) for locale in ("zh", "en")}
    over = {"state": codes.FAILED, "error": said, "ended_at": func.now()}
    kept = (batch_table.c.id, batch_table.c.file_name, batch_table.c.sent_by)
    ended = connection.execute(update(batch_table).where(which).values(over).returning(*kept)).all()
    mine = row_table.c.batch_id.in_([batch.id for batch in ended])
    connection.execute(delete(row_table).where(mine, row_table.c.state < codes.CLAIMED))
    for batch in ended:
        facts, url = {"file": batch.file_name}, f"/imports/{batch.id}"
        send(connection, [batch.sent_by], f"import_asks:{batch.id}", "import_unanswered", facts, url)
    return len(ended)


def drop_files(settings: Settings) -> int:
    """Sealed files that no open batch needs go: of ended ones, and of some that never became a batch; how many."""
    with owner_transaction(settings) as connection:
        open_ones = set(connection.scalars(select(batch_table.c.stored).where(batch_table.c.ended_at.is_(None))))
    return files.drop_others(settings, open_ones)
