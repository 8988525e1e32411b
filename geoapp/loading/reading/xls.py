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
HIDDEN = 0x20
MOST_SHEETS = 20
_HEAD = struct.Struct("<HH")


def xls_rows(path: Path) -> tuple[Iterator[list[Any]], list[Fault]]:
    """Rows of the first visible sheet from the very first one on, and what is odd about them. Raises Refusal."""
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
        sheet = book.get_sheet_by_index(places[0])
        others = [names[place] for place in places[1:MOST_SHEETS] if names[place] not in MORE_SHEETS]
        filled = [name for name in others if book.get_sheet_by_name(name).height]
    if filled:
        raise Refusal("many_sheets", names="、".join(name[:40] for name in filled[:5]))
    if sheet.total_width > MOST_COLUMNS:
        raise Refusal("too_many_columns", count=sheet.total_width, most=MOST_COLUMNS)
    faults, merged = _marks(path, places[0]), bytearray(sheet.total_height)
    for (top, _), (bottom, _) in sheet.merged_cell_ranges or []:
        last = min(bottom + 1, len(merged))
        merged[top:last] = b"\1" * max(last - top, 0)
    faults += [(row, "merged", "", {}) for row, reached in enumerate(merged) if reached]
    return _padded(sheet), sorted(faults, key=lambda fault: fault[0])


@contextmanager
def _refusing() -> Iterator[None]:
    """What the library says of a broken file becomes a Refusal; some make its Rust code panic."""
    try:
        yield
    except PasswordError as error:
        raise Refusal("password") from error
    except (CalamineError, OSError, ValueError, UnicodeError) as error:
        raise Refusal("unreadable", reason=str(error)[:200]) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal("unreadable", reason="xls") from error


def _padded(sheet: CalamineSheet) -> Iterator[list[Any]]:
    top, left = sheet.start or (0, 0)
    for _ in range(top):
        yield []
    blank = [""] * left
    with _refusing():
        for row in sheet.iter_rows():
            yield [*blank, *row] if left and len(row) < sheet.total_width else row


def _marks(path: Path, sheet: int) -> list[Fault]:
    """Hidden rows and formulas of the sheet at that place of the book."""
    try:
        with olefile.OleFileIO(str(path)) as file:
            name = next((one for one in ("Workbook", "Book") if file.exists(one)), None)
            stream = file.openstream(name).read() if name else b""
    except (OSError, ValueError, IndexError, struct.error, AttributeError, TypeError) as error:
        raise Refusal("unreadable", reason=str(error)[:200]) from error
    bound = (body for kind, body in _records(stream, 0) if kind == BOUND_SHEET and len(body) > 6)
    starts = [struct.unpack_from("<I", body)[0] for body in bound]
    found: list[Fault] = []
    for kind, body in _records(stream, starts[sheet]) if sheet < len(starts) else ():
        if kind == ROW and len(body) >= 14 and struct.unpack_from("<H", body, 12)[0] & HIDDEN:
            found.append((struct.unpack_from("<H", body)[0], "hidden_row", "", {}))
        elif kind == FORMULA and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            found.append((row, "formula", str(column), {}))
    return found


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Kind and body of the records of one part of the stream."""
    while at + _HEAD.size <= len(stream):
        kind, size = _HEAD.unpack_from(stream, at)
        if kind == END:
            return
        yield kind, stream[at + _HEAD.size : at + _HEAD.size + size]
        at += _HEAD.size + size
