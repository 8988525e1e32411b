"""Batches and their rows as their readers see them; cells are opened for the rows that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, exists, select

from geoapp.accounts.models import User
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import Label, translate
from geoapp.importing import codes
from geoapp.importing.models import FirstFill, ImportBatch, ImportRow
from geoapp.importing.places import title_facts
from geoapp.importing.templates import Template, template_of
from grids_boundaries.access import Access

batch_table, row_table, sender = table_of(ImportBatch), table_of(ImportRow), table_of(User)
fill_table = table_of(FirstFill)
SHOWN_BATCHES, SHOWN_FAULTS = 50, 50
FILLED = ("written", "dropped")
"""How a first fill has ended; before, its file is on the pages of first fills alone."""
_SENT = batch_table.c.id.not_in(select(fill_table.c.batch_id).where(fill_table.c.state.not_in(FILLED)))
_BATCH = (*[c for c in batch_table.columns if c.name != "stored"], sender.c.display_name.label("sender"))


@dataclass(frozen=True)
class Opened:
    """A row with its cells: {name: text}, and what was wrong with them."""

    row: Row
    cells: Mapping[str, str]
    faults: Sequence[tuple[str, str, Mapping[str, Any]]] = ()


def read_batches(connection: Connection, access: Access) -> Sequence[Row]:
    """Batches of the reader's area, the newest first."""
    query = select(*_BATCH).join(sender, sender.c.id == batch_table.c.sent_by)
    mine = access.scope.clause(batch_table.c.region_key)
    return connection.execute(query.where(mine, _SENT).order_by(batch_table.c.id.desc()).limit(SHOWN_BATCHES)).all()


def read_batch(connection: Connection, access: Access, batch_id: int) -> Row:
    """One of them. Raises NotFound."""
    query = select(*_BATCH).join(sender, sender.c.id == batch_table.c.sent_by)
    mine = (access.scope.clause(batch_table.c.region_key), batch_table.c.id == batch_id, _SENT)
    row = connection.execute(query.where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def name_of(connection: Connection, access: Access, batch_id: str) -> str:
    """Name of the file a list is narrowed to, where its reader has rows of it; else nothing."""
    if not batch_id.isdecimal() or len(batch_id) > 18:
        return ""
    mine = exists().where(access.scope.clause(row_table.c.region_key), row_table.c.batch_id == batch_table.c.id)
    query = select(batch_table.c.file_name).where(batch_table.c.id == int(batch_id), mine)
    return str(connection.scalar(query) or "")


def read_refused(
    connection: Connection, access: Access, batch: Row, most: int | None = SHOWN_FAULTS
) -> Iterator[Opened]:
    """Rows of a batch that were not taken, for its sender. Raises NotFound for others."""
    if batch.sent_by != access.user_id:
        raise NotFound()
    mine = (access.scope.clause(row_table.c.region_key), row_table.c.batch_id == batch.id)
    query = select(row_table).where(*mine, row_table.c.state == codes.REFUSED).order_by(row_table.c.id).limit(most)
    with connection.execute(query.execution_options(yield_per=1000)) as found:
        for row in found:
            yield open_row(row)


def open_row(row: Row) -> Opened:
    """The row with its cells unsealed."""
    if row.cells_enc is None:
        return Opened(row, {})
    kept = orjson.loads(decrypt(bytes(row.cells_enc), f"import_row.cells.{row.id}"))
    return Opened(row, kept["cells"], [tuple(fault) for fault in kept.get("faults", ())])


def sentences(opened: Opened, locale: str) -> list[str]:
    """What was wrong with a row, one sentence for each fault."""
    template = template_of(opened.row.register)
    return [sentence(template, fault, locale) for fault in opened.faults]


def sentence(template: Template, fault: tuple[str, str, Mapping[str, Any]], locale: str) -> str:
    """One fault in words, or why the row did not become a record."""
    name, code, facts = fault
    title = next((column.title for column in template.columns if column.name == name), "")
    words = codes.CELL_FAULTS.get(code) or codes.ANSWER[code]
    return translate(words, locale, **{"column": Label(title), **title_facts(facts)})
