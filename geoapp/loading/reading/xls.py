"""Rows of an xls, and the hidden rows and formulas in its records.

Values come from calamine; it holds the sheet, which has 65,536 rows at most. What it does not tell stands in the
records of the workbook's stream ([MS-XLS] 2.4.221 Row, 2.4.127 Formula, 2.4.28 BoundSheet8, 2.4.53 ColInfo, 2.4.24
BoolErr). Libraries: calamine, olefile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import olefile
from python_calamine import (
    CalamineError,
    CalamineSheet,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from geoapp.loading.reading.cells import MOST_COLUMNS, Fault
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.xlsx import MORE_SHEETS

BOUND_SHEET, ROW, FORMULA, END = 0x0085, 0x0208, 0x0006, 0x000A
DIMENSIONS, COLUMN_FACTS = 0x0200, 0x007D
TRUTH = 0x0205
CELLS = frozenset({FORMULA, TRUTH, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x027E})
"""Records of cells that hold something; each begins with row and column."""
HIDDEN = 0x20
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
"""The library leaves these cells empty ([MS-XLS] 2.5.10 Bes)."""
MOST_HIGH, MOST_WIDE, MOST_CELLS = 65_536, 256, 5_000_000
"""What an xls can have, and what may stand in a sheet so that it fits into memory."""
_SIZE, _CELL = struct.Struct("<IIHH"), struct.Struct("<HH")
MOST_SHEETS = 20
_HEAD = struct.Struct("<HH")


@dataclass
class Marks:
    """What the records of a sheet tell beside its values: hidden rows, formulas, errors, places of hidden columns."""

    faults: list[Fault] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)


def xls_rows(path: Path) -> tuple[Iterator[list[Any]], list[Fault]]:
    """Rows of the one visible sheet with data, from the very first one on, and what is odd. Raises Refusal."""
    marks = _marks(_stream(path))
    with _refusing():
        with path.open("rb") as file:
            book = load_workbook(file)
        places = [
            place for place, one in enumerate(book.sheets_metadata)
            if one.visible is SheetVisibleEnum.Visible and one.typ is SheetTypeEnum.WorkSheet
        ]  # fmt: skip
        if not places:
            raise Refusal("no_sheet")
        names = [one.name for one in book.sheets_metadata]
        known = [place for place in places[:MOST_SHEETS] if names[place] not in MORE_SHEETS] or places[:1]
        filled = [place for place in known if book.get_sheet_by_index(place).height]
        if len(filled) > 1:
            raise Refusal("many_sheets", names="、".join(names[place][:40] for place in filled[1:6]))
        place = (filled or known)[0]
        sheet = book.get_sheet_by_index(place)
    if sheet.total_width > MOST_COLUMNS:
        raise Refusal("too_many_columns", count=sheet.total_width, most=MOST_COLUMNS)
    known_of = marks[place] if place < len(marks) else Marks()
    faults, merged = known_of.faults, bytearray((sheet.start or (0, 0))[0] + sheet.height)
    for (top, _), (bottom, _) in sheet.merged_cell_ranges or []:
        last = min(bottom + 1, len(merged))
        merged[top:last] = b"\1" * max(last - top, 0)
    faults += [(row, "merged", "", {}) for row, reached in enumerate(merged) if reached]
    rows = _padded(sheet)
    if known_of.hidden:
        rows = _unseen(rows, known_of.hidden, faults)
    return rows, sorted(faults, key=lambda fault: fault[0])


@contextmanager
def _refusing() -> Iterator[None]:
    """What the library says of a broken file becomes a Refusal; some make its Rust code panic."""
    try:
        yield
    except PasswordError as error:
        raise Refusal("password") from error
    except (CalamineError, OSError, ValueError, UnicodeError) as error:
        raise Refusal("broken_xls") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal("broken_xls") from error


def _padded(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """The library gives rows from the first of the sheet on, cells from the first column that holds anything."""
    blank = [""] * (sheet.start or (0, 0))[1]
    with _refusing():
        for row in sheet.iter_rows():
            yield [*blank, *row]


def _stream(path: Path) -> bytes:
    """The workbook's stream. Raises Refusal."""
    try:
        with olefile.OleFileIO(str(path)) as file:
            if file.exists("EncryptedPackage"):
                raise Refusal("password")
            name = next((one for one in ("Workbook", "Book") if file.exists(one)), None)
            if name is None:
                raise Refusal("no_book", name="?ole")
            return bytes(file.openstream(name).read())
    except (OSError, ValueError, IndexError, struct.error, AttributeError, TypeError) as error:
        raise Refusal("broken_xls") from error


def _marks(stream: bytes) -> list[Marks]:
    """What the records tell of each sheet. Raises Refusal for one larger than what fits into memory.

    The library takes room for all a sheet says it has, and for all between its outermost cells ([MS-XLS] 2.4.90).
    """
    bound = (body for kind, body in _records(stream, 0) if kind == BOUND_SHEET and len(body) > 6)
    return [_of_sheet(_records(stream, struct.unpack_from("<I", body)[0])) for body in bound]


def _of_sheet(records: Iterator[tuple[int, bytes]]) -> Marks:
    marks, high, wide = Marks(), 0, 0
    for kind, body in records:
        if kind in CELLS and len(body) >= 4:
            row, column = _CELL.unpack_from(body)
            high, wide = max(high, row + 1), max(wide, column + 1)
            if kind == TRUTH and len(body) >= 8 and body[7]:
                marks.faults.append((row, "typed_other", str(column), {"value": ERRORS.get(body[6], "#N/A")}))
            if kind == FORMULA:
                marks.faults.append((row, "formula", str(column), {}))
        elif kind == ROW and len(body) >= 14 and struct.unpack_from("<H", body, 12)[0] & HIDDEN:
            marks.faults.append((struct.unpack_from("<H", body)[0], "hidden_row", "", {}))
        elif kind == COLUMN_FACTS and len(body) >= 10:
            first, last, _, _, facts = struct.unpack_from("<5H", body)
            marks.hidden += range(first, min(last + 1, MOST_COLUMNS)) if facts & 1 else ()
        elif kind == DIMENSIONS and len(body) >= _SIZE.size:
            top, bottom, left, right = _SIZE.unpack_from(body)
            if top > bottom or left > right:
                raise Refusal("broken_xls")
            high, wide = max(high, bottom), max(wide, right)
    if high > MOST_HIGH or wide > MOST_WIDE or high * wide > MOST_CELLS:
        raise Refusal("too_large_sheet", name="xls", row=high, column=wide)
    return marks


def _unseen(rows: Iterator[list[Any]], hidden: list[int], faults: list[Fault]) -> Iterator[list[Any]]:
    """The rows; into `faults` go cells in hidden columns."""
    whole = list(rows)
    for number, row in enumerate(whole):
        unseen = next((one for one in hidden if one < len(row) and row[one] not in ("", None)), None)
        if unseen is not None:
            faults.append((number, "hidden_column", str(unseen), {}))
    return iter(whole)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Kind and body of the records of one part of the stream."""
    while at + _HEAD.size <= len(stream):
        kind, size = _HEAD.unpack_from(stream, at)
        if kind == END:
            return
        yield kind, stream[at + _HEAD.size : at + _HEAD.size + size]
        at += _HEAD.size + size
