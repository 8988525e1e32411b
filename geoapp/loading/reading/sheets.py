"""Rows of a spreadsheet or CSV as they stand there, the header row included; nothing is interpreted.

Each format has its reader: `xlsx`, `xls`, and csv here. They give rows one after the other, and what is odd
about them: hidden, merged, a formula.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from geoapp.loading.reading import answers, texts
from geoapp.loading.reading.cells import (
    MARK,
    MOST_COLUMNS,
    MOST_ROWS,
    ROWS_ABOVE,
    Fault,
    pieces,
)
from geoapp.loading.reading.frames import write_frame
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.tables import MAX_CELL

DELIMITERS = ",\t;"


def serve_cells(request: dict, path: Path, out: BinaryIO) -> None:
    """Every row of a file, columns by their place ("0", "1" …), the header row first. Raises Refusal."""
    found, odd = texts.Found(texts.UTF8, "utf8"), list[Fault]()
    rows: Iterator[list[Any]]
    if request["layer"] == "csv":
        found = texts.of_text_file(path, request["encoding"])
        rows = csv_rows(path, found.encoding)
    else:
        rows, odd = sheet_rows(path, request["unpacked_mb"])
    answers.send_opened(out, {"driver": "cells", "size": -1, "crs": "", "geometry_type": ""}, {}, found)
    answers.asked()
    at = 0
    for first, columns in pieces(rows):
        size, faults = len(columns[0]), list[Fault]()
        while at < len(odd) and odd[at][0] < first + size:
            row, code, place, facts = odd[at]
            faults.append((row - first, code, place, facts))
            at += 1
        named: answers.Columns = {str(n): values for n, values in enumerate(columns)}
        answers.send_rows(out, (first, size), named, faults, [])
    write_frame(out, {"kind": "end", "said": []})


def sheet_rows(path: Path, unpacked_mb: int) -> tuple[Iterator[list[Any]], list[Fault]]:
    """Rows of the first visible sheet, and what is odd about those that have come. Raises Refusal."""
    if zipfile.is_zipfile(path):
        from geoapp.loading.reading.xlsx import xlsx_rows

        return xlsx_rows(path, unpacked_mb)
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            raise Refusal("broken_archive", reason="zip")
    from geoapp.loading.reading.xls import xls_rows

    return xls_rows(path)


def csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """All rows of a CSV, the empty ones too. Raises Refusal."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        start = file.readline(MAX_CELL)
        file.seek(0)
        reader = csv.reader(file, delimiter=max(DELIMITERS, key=start.count))
        try:
            for count, row in enumerate(reader):
                if count >= MOST_ROWS + ROWS_ABOVE:
                    raise Refusal("too_many_rows", count=count, most=MOST_ROWS)
                if len(row) > MOST_COLUMNS:
                    raise Refusal("too_many_columns", count=len(row), most=MOST_COLUMNS)
                yield [_unquoted(cell) for cell in row]
        except csv.Error as error:
            raise Refusal("unreadable", reason=f"{reader.line_num}: {error}") from error


def _unquoted(cell: str) -> str:
    """="0123" is how a CSV says that a number is text."""
    if cell[:2] == '="' and cell[-1:] == '"' and len(cell) > 2:
        cell = cell[2:-1].replace('""', '"')
    return cell.lstrip(MARK)
