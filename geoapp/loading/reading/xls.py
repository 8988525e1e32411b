"""Rows of an xls, and the hidden rows and formulas in its records.

Values come from calamine; it holds the sheet, which has 65,536 rows at most. What it does not tell stands in the
records of the workbook's stream ([MS-XLS] 2.4.221 Row, 2.4.127 Formula, 2.4.28 BoundSheet8). Libraries: calamine,
olefile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
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
DIMENSIONS, COLUMNS = 0x0200, 0x007D
HIDDEN = 0x20
MOST_HIGH, MOST_WIDE, MOST_CELLS = 65_536, 256, 5_000_000
"""What an xls can have, and what may stand in a sheet so that it fits into memory."""
_SIZE = struct.Struct("<IIHH")
MOST_SHEETS = 20
_HEAD = struct.Struct("<HH")


def xls_rows(path: Path) -> tuple[Iterator[list[Any]], list[Fault]]:
    """Rows of the one visible sheet with data, from the very first one on, and what is odd. Raises Refusal."""
    stream = _stream(path)
    sheets = _sheets(stream)
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
    faults, merged = _marks(stream, sheets, place), bytearray(sheet.total_height)
    for (top, _), (bottom, _) in sheet.merged_cell_ranges or []:
        last = min(bottom + 1, len(merged))
        merged[top:last] = b"\1" * max(last - top, 0)
    faults += [(row, "merged", "", {}) for row, reached in enumerate(merged) if reached]
    rows = _padded(sheet)
    hidden = _hidden_columns(stream, sheets, place)
    if hidden:
        rows = _unseen(rows, hidden, faults)
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
    top, left = sheet.start or (0, 0)
    for _ in range(top):
        yield []
    blank = [""] * left
    with _refusing():
        for row in sheet.iter_rows():
            yield [*blank, *row] if left and len(row) < sheet.total_width else row


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


def _sheets(stream: bytes) -> list[int]:
    """Where the sheets begin. Raises Refusal for one that says it is larger than what fits into memory.

    The library takes room for all of it before it reads a cell ([MS-XLS] 2.4.90 Dimensions).
    """
    bound = [body for kind, body in _records(stream, 0) if kind == BOUND_SHEET and len(body) > 6]
    starts = [struct.unpack_from("<I", body)[0] for body in bound]
    for start in starts:
        for kind, body in _records(stream, start):
            if kind == DIMENSIONS and len(body) >= _SIZE.size:
                top, bottom, left, right = _SIZE.unpack_from(body)
                rows, columns = bottom - top, right - left
                if rows > MOST_HIGH or columns > MOST_WIDE or rows * columns > MOST_CELLS:
                    raise Refusal("too_large_sheet", name="xls", row=rows, column=columns)
    return starts


def _marks(stream: bytes, starts: list[int], sheet: int) -> list[Fault]:
    """Hidden rows and formulas of the sheet at that place of the book."""
    found: list[Fault] = []
    for kind, body in _records(stream, starts[sheet]) if sheet < len(starts) else ():
        if kind == ROW and len(body) >= 14 and struct.unpack_from("<H", body, 12)[0] & HIDDEN:
            found.append((struct.unpack_from("<H", body)[0], "hidden_row", "", {}))
        elif kind == FORMULA and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            found.append((row, "formula", str(column), {}))
    return found


def _hidden_columns(stream: bytes, starts: list[int], sheet: int) -> list[int]:
    """Places of hidden columns ([MS-XLS] 2.4.53 ColInfo)."""
    found: list[int] = []
    for kind, body in _records(stream, starts[sheet]) if sheet < len(starts) else ():
        if kind == COLUMNS and len(body) >= 10:
            first, last, _, _, facts = struct.unpack_from("<5H", body)
            if facts & 1:
                found += range(first, min(last + 1, MOST_COLUMNS))
    return found


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
