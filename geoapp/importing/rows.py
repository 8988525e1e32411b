"""A file's rows made ready to be stored: recognised, checked, placed, sealed; column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import cast

import orjson
from psycopg.types.json import Jsonb
from sqlalchemy import Row, update

from geoapp.core.clock import today
from geoapp.core.crypto import encrypt_many
from geoapp.core.data_keys import KeyRing, ring
from geoapp.core.db import table_of
from geoapp.importing import codes
from geoapp.importing.checking import Cells, Faults, check_columns, check_rows
from geoapp.importing.coming_back import fill_regions
from geoapp.importing.models import ROWS_OF_BATCH, ImportBatch
from geoapp.importing.places import Placed, Places
from geoapp.importing.recognising import LOOKED_AT, Recognised, recognise, tidy
from geoapp.importing.same import hashes_of
from geoapp.loading.reader import Rows

COLUMNS = {
    "id": "int8", "batch_id": "int8", "row_no": "int4", "register": "text", "region_key": "int8", "proposed": "text",
    "lon": "float8", "lat": "float8", "state": "int2", "cells_enc": "bytea", "same": "bytea",
    "candidates": "jsonb",
}  # fmt: skip
STATE = list(COLUMNS).index("state")
IN_COLUMNS = ("formula", "hidden_column", "typed_other")
"""What the reader says of a cell; beside the table it is nothing."""
Columns = Mapping[str, Cells]
batch_table = table_of(ImportBatch)


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
        if self.known.unread:
            mine = update(batch_table).where(batch_table.c.id == self.batch.id)
            self.places.connection.execute(mine.values(unread=list(self.known.unread)))

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
        if self.known.exported:
            fill_regions(self.places, template.register, columns, faults, max(self.known.skip - piece.first, 0))
        filled = self._filled(piece, columns, faults, max(self.known.skip, done))
        values = check_columns(template, columns, faults)
        check_rows(template.register, values, filled, faults)
        placed = self.places.place(values, filled, faults, piece.first)
        good = [row for row in filled if row not in faults]
        bad = [row for row in filled if row in faults]
        made = [*self._good(piece.first, good, values, placed), *self._bad(piece.first, bad, columns, placed, faults)]
        return sorted(made) if bad else made

    def _told_by_reader(self, piece: Rows, faults: Faults) -> None:
        assert self.known is not None
        names = {str(p): c.name for c, p in zip(self.known.template.columns, self.known.order, strict=True)}
        for row, code, column, facts in piece.faults:
            name = names.get(column, "")
            if code not in IN_COLUMNS or name:
                faults.setdefault(row, []).append((name, code, facts))

    def _filled(self, piece: Rows, columns: Columns, faults: Faults, skip: int) -> list[int]:
        """Rows that hold anything; another header, and cells beside the table, are faults."""
        assert self.known is not None
        start = max(skip - piece.first, 0)
        self._beside(piece, faults, start)
        first = columns[self.known.template.columns[0].name]
        title = self.known.template.titles[0]
        heads = {cell for cell in set(first) if cell is not None and tidy(cell) == title}
        if heads:
            again = (row for row in range(start, piece.size) if first[row] in heads)
            for row in again:
                faults.setdefault(row, []).append(("", "header_again", {}))
        if None not in first:
            return list(range(start, piece.size))
        cells_of = list(columns.values())
        return [
            row for row in range(start, piece.size)
            if first[row] is not None or row in faults or any(cells[row] is not None for cells in cells_of)
        ]  # fmt: skip

    def _beside(self, piece: Rows, faults: Faults, start: int) -> None:
        assert self.known is not None
        width = self.known.width
        beside = [(int(name), cells) for name, cells in piece.columns.items() if int(name) >= width and any(cells)]
        for place, cells in beside:
            for row in range(start, piece.size):
                if cells[row] is not None:
                    faults.setdefault(row, []).append(("", "extra_cell", {"at": place + 1}))

    def _good(self, first: int, rows: Sequence[int], values: Columns, placed: Placed) -> Iterable[tuple]:
        """Rows without a fault: their values, where they lie, what equal ones share."""
        kept = [{"cells": cells} for cells in _cells_of(values, rows)]
        points = placed.points[list(rows)].tolist()
        return zip(
            *self._numbers(first, rows),
            [placed.keys[row] for row in rows], [placed.how[row] for row in rows],
            [None if lon != lon else lon for lon, _ in points], [None if lat != lat else lat for _, lat in points],
            repeat(codes.UNCLAIMED), self._sealed(first, rows, kept), self._same(rows, values),
            [Jsonb(placed.candidates[row]) if row in placed.candidates else None for row in rows],
            strict=False,
        )  # fmt: skip

    def _bad(self, first: int, rows: Sequence[int], raw: Columns, placed: Placed, faults: Faults) -> Iterable[tuple]:
        """Rows with faults: their cells as they stood in the file, and what is wrong; they lie at home."""
        kept = [
            {"cells": cells, "faults": faults[row]} for row, cells in zip(rows, _cells_of(raw, rows), strict=True)
        ]
        points = placed.points[list(rows)].tolist()
        return zip(
            *self._numbers(first, rows), repeat(self.batch.region_key), repeat("none"),
            [None if lon != lon else lon for lon, _ in points], [None if lat != lat else lat for _, lat in points],
            repeat(codes.REFUSED), self._sealed(first, rows, kept), repeat(None, len(rows)), repeat(None),
            strict=False,
        )  # fmt: skip

    def _numbers(self, first: int, rows: Sequence[int]) -> tuple[Iterable, ...]:
        """Id, batch, number in the file, register."""
        numbers = [first + row + 1 for row in rows]
        start = self.batch.id * ROWS_OF_BATCH
        return [start + number for number in numbers], repeat(self.batch.id), numbers, repeat(self.batch.register)

    def _sealed(self, first: int, rows: Sequence[int], kept: Sequence[Mapping[str, object]]) -> list[bytes]:
        start = self.batch.id * ROWS_OF_BATCH + first + 1
        places = (f"import_row.cells.{start + row}" for row in rows)
        return encrypt_many([orjson.dumps(one) for one in kept], places, keys=self.keys, year=self.year)

    def _same(self, rows: Sequence[int], values: Columns) -> list[bytes | None]:
        if self.batch.register != "residents":
            return [None] * len(rows)
        names, numbers, known = values["name"], values["id_number"], values["record"]
        # a row that names its record is that one: its number may be masked, which many share
        return hashes_of([None if known[row] else names[row] for row in rows], [numbers[row] for row in rows])


def _cells_of(columns: Columns, rows: Sequence[int]) -> Iterable[dict[str, str]]:
    """Of each row the cells that hold anything, by name."""
    names = tuple(columns)
    whole = zip(*([cells[row] for row in rows] for cells in columns.values()), strict=True)
    return ({name: cell for name, cell in zip(names, cells, strict=True) if cell} for cells in whole)
