"""From a sent file to rows that wait to be claimed: read in a limited child, checked, placed, sent by COPY.

One process at a time deals with a batch (an advisory lock, which dies with it). Each piece of rows and
how far the batch is commit together, and a row's id is known from its number in the file: a run that
was killed goes on where the last commit was, and no row is lost or written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import orjson
from sqlalchemy import Connection, Row, delete, func, text, update

from geoapp.core.bulk import copy_rows
from geoapp.core.clock import today
from geoapp.core.crypto import encrypt, keyed_hash
from geoapp.core.data_keys import KeyRing, ring
from geoapp.core.db import owner_engine, owner_transaction, table_of
from geoapp.core.errors import GeoappError, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.index_keys import index_ring
from geoapp.core.settings import Settings, get_settings
from geoapp.importing import codes, files
from geoapp.importing.checking import Cells, Fault, Faults, check_columns, check_rows
from geoapp.importing.models import ROWS_OF_BATCH, ImportBatch, ImportRow
from geoapp.importing.places import Placed, Places
from geoapp.importing.recognising import LOOKED_AT, Recognised, recognise, tidy
from geoapp.loading.files import Source
from geoapp.loading.options import Limits, LoadOptions
from geoapp.loading.reader import Reader, Rows, Wish, reader_process
from geoapp.people.numbers import same_number
from grids_boundaries.scope import RowScope

batch_table, row_table = table_of(ImportBatch), table_of(ImportRow)
LIMITS = Limits(memory_mb=2048, cpu_seconds=600, silent_seconds=120, unpacked_mb=1500)
"""What reading one file of 500,000 rows may cost."""
SAME = "import_row.same"
COLUMNS = {
    "id": "int8", "batch_id": "int8", "row_no": "int4", "register": "text", "region_key": "int8", "proposed": "text",
    "lon": "float8", "lat": "float8", "state": "int2", "cells_enc": "bytea", "same": "bytea",
}  # fmt: skip
Sides = tuple[Mapping[str, Cells], Mapping[str, Cells]]
"""Columns as values, and as they stood in the file."""
AfterPiece = Callable[[int], object]


_LOCK = text("SELECT pg_try_advisory_lock(hashtext('geoapp.import'), CAST(:id AS integer))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('geoapp.import'), CAST(:id AS integer))")
_WAITING = text("""
SELECT id FROM import_batch WHERE state IN ('waiting', 'running') AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid = import_batch.id::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = (hashtext('geoapp.import')::bigint & 4294967295)
) ORDER BY id
""")


class Cancelled(Exception):
    """Its sender has stopped the batch."""


def run_batch(settings: Settings, batch_id: int, after_piece: AfterPiece | None = None) -> bool:
    """Deal with a batch to its end; False where another process does, or it has ended.

    `after_piece(rows dealt with)` is called after each commit.
    """
    with _alone(settings, batch_id) as mine:
        if not mine:
            return False
        with owner_transaction(settings) as connection:
            begun = update(batch_table).where(
                batch_table.c.id == batch_id, batch_table.c.state.in_((codes.WAITING, codes.RUNNING))
            )
            batch = connection.execute(begun.values(state=codes.RUNNING).returning(batch_table)).one_or_none()
        if batch is None:
            return False
        try:
            with files.opened(settings, batch.stored) as path:
                _read(settings, batch, Source(path, "cells"), after_piece)
            _end(settings, batch, codes.DONE)
        except Cancelled:
            _end(settings, batch, codes.CANCELLED)
        except FileNotFoundError:
            missing = InvalidInput(N_("保存的文件已不在，请重新上传。"))
            _end(settings, batch, codes.FAILED, missing)
        except GeoappError as error:
            _end(settings, batch, codes.FAILED, error)
    return True


def _read(settings: Settings, batch: Row, source: Source, after_piece: AfterPiece | None) -> None:
    layer = "csv" if batch.file_kind == "csv" else None
    options = LoadOptions(layer_name=layer, limits=LIMITS, settings=settings)
    with reader_process() as process, owner_engine(settings).connect() as connection:
        reader = Reader(process, source, options, lambda: None)
        scope = RowScope.from_ranges(zip(batch.scope[::2], batch.scope[1::2], strict=True))
        stage = Stage(batch, Places(connection, scope, batch.region_key))
        connection.commit()
        done = batch.done
        for piece in reader.rows(Wish(())):
            if stage.known is None:
                stage.begin(piece)
            if piece.first + piece.size <= done:
                continue
            rows = stage.rows(piece, done)
            connection.commit()
            _write(settings, batch.id, (done, piece.first + piece.size), rows)
            done = piece.first + piece.size
            if after_piece:
                after_piece(done)
        if stage.known is None:
            raise InvalidInput(N_("文件中没有内容。"), field="file")


@dataclass
class Stage:
    """One file's rows made ready to be stored."""

    batch: Row
    places: Places
    known: Recognised | None = None
    keys: KeyRing = field(default_factory=ring)
    year: int = field(default_factory=lambda: today().year)

    def begin(self, piece: Rows) -> None:
        """Recognise the template by the first rows. Raises WrongTemplate."""
        names = sorted(piece.columns, key=int)
        top = [[piece.columns[name][row] or "" for name in names] for row in range(min(piece.size, LOOKED_AT))]
        self.known = recognise(top, self.batch.register)

    def rows(self, piece: Rows, done: int) -> list[tuple]:
        """Tuples in the order of COLUMNS, of the rows behind the first `done` of the file."""
        assert self.known is not None
        template, order = self.known.template, self.known.order
        blank: Cells = [None] * piece.size
        columns: dict[str, Cells] = {
            c.name: cast(Cells, piece.columns.get(str(p), blank)) for c, p in zip(template.columns, order, strict=True)
        }
        faults: Faults = {}
        self._told_by_reader(piece, faults)
        filled = self._filled(piece, columns, faults, max(self.known.skip, done))
        values = check_columns(template, columns, faults)
        check_rows(template.register, values, filled, faults)
        placed = self.places.place(values, filled, faults)
        return [
            self._row(piece.first + row + 1, row, (values, columns), placed, faults.get(row)) for row in filled
        ]

    def _told_by_reader(self, piece: Rows, faults: Faults) -> None:
        assert self.known is not None
        names = {str(p): c.name for c, p in zip(self.known.template.columns, self.known.order, strict=True)}
        for row, code, column, facts in piece.faults:
            name = names.get(column, "")
            if code != "formula" or name:
                faults.setdefault(row, []).append((name, code, facts))

    def _filled(self, piece: Rows, columns: Mapping[str, Sequence], faults: Faults, skip: int) -> list[int]:
        """Rows that hold anything; another header, and cells beside the table, are faults."""
        assert self.known is not None
        width = len(self.known.order)
        beside = [(int(name), cells) for name, cells in piece.columns.items() if int(name) >= width]
        titles = self.known.template.titles
        first = columns[self.known.template.columns[0].name]
        filled = []
        cells_of = list(columns.values())
        for row in range(max(skip - piece.first, 0), piece.size):
            for place, cells in beside:
                if cells[row] is not None:
                    faults.setdefault(row, []).append(("", "extra_cell", {"at": place + 1}))
            if first[row] is None and row not in faults and all(cells[row] is None for cells in cells_of):
                continue
            if first[row] is not None and tidy(first[row]) == titles[0]:
                faults.setdefault(row, []).append(("", "header_again", {}))
            filled.append(row)
        return filled

    def _row(self, number: int, row: int, sides: Sides, placed: Placed, told: list[Fault] | None) -> tuple:
        values, raw = sides
        row_id = self.batch.id * ROWS_OF_BATCH + number
        source = raw if told else values
        kept: dict[str, object] = {"cells": {name: cells[row] for name, cells in source.items() if cells[row]}}
        if told:
            kept["faults"] = told
        sealed = encrypt(
            orjson.dumps(kept).decode(), f"import_row.cells.{row_id}", keys=self.keys, year=self.year
        )
        lon, lat = placed.points[row].tolist()
        return (
            row_id, self.batch.id, number, self.batch.register, self.batch.region_key if told else placed.keys[row],
            "none" if told else placed.how[row], None if lon != lon else lon, None if lat != lat else lat,
            codes.REFUSED if told else codes.UNCLAIMED, sealed,
            None if told else same_hash(self.batch.register, row, values),
        )  # fmt: skip


def same_hash(register: str, row: int, values: Mapping[str, Cells]) -> bytes | None:
    """What equal rows have in common beside the grid (A8.8): name and number; None without both."""
    if register != "residents":
        return None
    return hash_of(values["name"][row], values["id_number"][row])


def hash_of(name: str | None, number: str | None, key: bytes | None = None) -> bytes | None:
    """Keyed hash of a name and a number, however they were typed."""
    if not name or not number:
        return None
    return keyed_hash(f"{''.join(name.split())}\0{same_number(number)}", SAME, key=key)[:16]


# -- parts ---------------------------------------------------------------------------------


def _write(settings: Settings, batch_id: int, span: tuple[int, int], rows: list[tuple]) -> None:
    """One piece: its rows and how far the batch is, or neither. Raises Cancelled."""
    bad = sum(row[8] == codes.REFUSED for row in rows)
    with owner_transaction(settings) as connection:
        on = (batch_table.c.id == batch_id, batch_table.c.done == span[0], batch_table.c.state == codes.RUNNING)
        step = update(batch_table).where(*on, ~batch_table.c.cancel_asked).values(
            done=span[1], good=batch_table.c.good + len(rows) - bad, bad=batch_table.c.bad + bad
        )  # fmt: skip
        if connection.execute(step).rowcount != 1:
            raise Cancelled
        # COPY does not go through row policies, an INSERT does
        names, types = ", ".join(COLUMNS), ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(text(f"CREATE TEMP TABLE import_piece ({types}) ON COMMIT DROP"))
        copy_rows(connection, "import_piece", COLUMNS, rows)
        connection.execute(text(f"INSERT INTO import_row ({names}) SELECT {names} FROM import_piece"))  # noqa: S608


def _end(settings: Settings, batch: Row, state: str, error: GeoappError | None = None) -> None:
    """The batch has ended; of one that was stopped go the rows nobody has claimed, and every file."""
    said = {locale: error.message(locale) for locale in ("zh", "en")} if error else None
    with owner_transaction(settings) as connection:
        if state != codes.DONE:
            drop_rows(connection, batch.id)
        ended = update(batch_table).where(batch_table.c.id == batch.id)
        connection.execute(ended.values(state=state, error=said, ended_at=func.now()))
    files.drop(settings, batch.stored)


def drop_rows(connection: Connection, batch_id: int) -> int:
    """The rows of a batch that nobody has claimed go."""
    mine = (row_table.c.batch_id == batch_id, row_table.c.state < codes.CLAIMED)
    return int(connection.execute(delete(row_table).where(*mine)).rowcount)


@contextmanager
def _alone(settings: Settings, batch_id: int) -> Iterator[bool]:
    """Whether this process alone deals with the batch."""
    with owner_engine(settings).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        words = {"id": batch_id}
        if not connection.scalar(_LOCK, words):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(_UNLOCK, words)


def waiting(settings: Settings) -> list[int]:
    """Batches that have not ended and that no process deals with, the oldest first."""
    with owner_transaction(settings) as connection:
        return list(connection.scalars(_WAITING))


def current_hashes(name: str | None, number: str | None) -> list[bytes]:
    """What a stored row may have been hashed as: two while the key is changed."""
    found = (hash_of(name, number, key) for key in index_ring().keys().reading)
    return [one for one in found if one is not None]


def main() -> None:
    """`python -m geoapp.importing.staging`: deal with all batches that wait, then end."""
    settings = get_settings()
    for batch_id in waiting(settings):
        run_batch(settings, batch_id)


if __name__ == "__main__":
    main()
