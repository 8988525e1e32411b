"""Rows of a spreadsheet or CSV as they stand there, the header row included; nothing is interpreted.

Each format has its reader: `xlsx`, `xls`, and csv here. They give rows one after the other, and what is odd
about them: hidden, merged, a formula.
"""

from __future__ import annotations

import csv
import re
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

DELIMITERS = ",\t;|"
_SAID = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?[\r\n]*", re.IGNORECASE)
"""How Excel says which sign stands between the columns."""


def serve_cells(request: dict, path: Path, out: BinaryIO) -> None:
    """Every row of a file, columns by their place ("0", "1" …), the header row first. Raises Refusal."""
    found, odd = texts.Found(texts.UTF8, "utf8"), list[Fault]()
    rows: Iterator[list[Any]]
    if request["layer"] == "csv":
        found = text_encoding(path, request["encoding"])
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
            raise Refusal("broken_zip")
    from geoapp.loading.reading.xls import xls_rows

    return xls_rows(path)


def text_encoding(path: Path, wanted: str | None) -> texts.Found:
    """What a CSV is written in. Raises Refusal that names the row."""
    try:
        return texts.of_text_file(path, wanted)
    except Refusal as refusal:
        if "at" in refusal.facts:
            refusal.facts["row"] = _lines_above(path, int(refusal.facts["at"] or 0)) + 1
        raise


def _lines_above(path: Path, at: int) -> int:
    with path.open("rb") as file:
        return file.read(at).count(b"\n")


def csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """All rows of a CSV, the empty ones too; a first line "sep=;" is none. Raises Refusal."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        start = file.readline(MAX_CELL)
        said = _SAID.fullmatch(start)
        if not said:
            file.seek(0)
        reader, count = csv.reader(file, delimiter=said[1] if said else _delimiter(start), strict=True), 0
        try:
            for count, row in enumerate(reader, start=1):
                if count > MOST_ROWS + ROWS_ABOVE:
                    raise Refusal("too_many_rows", count=count, most=MOST_ROWS)
                if len(row) > MOST_COLUMNS:
                    raise Refusal("too_many_columns", count=len(row), most=MOST_COLUMNS)
                yield [_unquoted(cell) for cell in row]
        except csv.Error as error:
            is_long = "field limit" in str(error)
            raise Refusal("cell_too_long" if is_long else "open_quote", row=count + 1, most=MAX_CELL) from error


def _delimiter(header: str) -> str:
    """The sign between the columns: the one there is most of in the header."""
    return max(DELIMITERS, key=header.count)


def _unquoted(cell: str) -> str:
    """="0123" is how a CSV says that a number is text."""
    if cell[:2] == '="' and cell[-1:] == '"' and len(cell) > 2:
        cell = cell[2:-1].replace('""', '"')
    return cell.lstrip(MARK)
