"""Code lists in CSV: a header and texts, no geometry."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from geoapp.loading.reading.refusal import Refusal

PIECE_ROWS = 65_536
MAX_CELL = 100_000


@dataclass
class TablePiece:
    """Rows of a CSV by column; `first` counts data rows from 0; `odd` are rows of other width."""

    first: int
    columns: dict[str, list[str]]
    odd: dict[int, int] = field(default_factory=dict)


def read_header(path: Path, encoding: str) -> list[str]:
    """Names of the columns. Raises Refusal."""
    with path.open(encoding=encoding, newline="") as file:
        try:
            header = [name.strip() for name in next(csv.reader(file), [])]
        except csv.Error as error:
            raise Refusal("cell_too_long", row=1, most=MAX_CELL) from error
    if not any(header) or len(set(header)) < len(header):
        raise Refusal("bad_header")
    return header


def read_rows(path: Path, encoding: str, header: list[str]) -> Iterator[TablePiece]:
    """The rows after the header in pieces. Raises Refusal."""
    csv.field_size_limit(MAX_CELL)
    first = 0
    rows: list[list[str]] = []
    odd: dict[int, int] = {}
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file)
        next(reader, None)
        try:
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    odd[len(rows)] = len(row)
                    row = (row + [""] * len(header))[: len(header)]
                rows.append(row)
                if len(rows) == PIECE_ROWS:
                    yield _piece(first, rows, odd, header)
                    first, rows, odd = first + len(rows), [], {}
        except csv.Error as error:
            raise Refusal("cell_too_long", row=reader.line_num, most=MAX_CELL) from error
    if rows:
        yield _piece(first, rows, odd, header)


def _piece(first: int, rows: list[list[str]], odd: dict[int, int], header: list[str]) -> TablePiece:
    columns = map(list, zip(*rows, strict=True))
    return TablePiece(first, dict(zip(header, columns, strict=True)), odd)
