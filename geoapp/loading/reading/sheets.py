"""Cells of a spreadsheet or CSV as they stand there, the header row included; nothing is interpreted.

A cell that is no text carries MARK and a letter before its value, so that whoever knows the column
can refuse a number that was typed as a number. Library: calamine (python-calamine).
"""

from __future__ import annotations

import csv
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.tables import MAX_CELL

MARK = "\x02"
NUMBER, DAY, YES_NO, OTHER = "N", "D", "B", "O"
PIECE_ROWS = 5_000
MOST_ROWS, MOST_COLUMNS = 500_000, 200
ROWS_ABOVE = 10
"""Header and notes beside the rows of data."""
MORE_SHEETS = frozenset({"选项", "说明"})
"""Sheets of our own templates beside the data."""
LARGE_BYTES, MAX_RATIO = 100 << 20, 200
CHUNK, OVERLAP = 1 << 20, 4_096
_ROW, _NUMBER = re.compile(rb"<row [^>]*>"), re.compile(rb'\br="(\d+)"')
_IS_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*><f[ >/]')
_SHEET = re.compile(rb'<sheet [^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(rb"<Relationship [^>]*>")
_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u3000\u200b\ufeff]+")
Fault = tuple[int, str, str, dict[str, object]]
"""Row from 0 in the whole file, code, place of the column or "", facts."""


def sheet_rows(path: Path, unpacked_mb: int) -> tuple[Iterator[list[Any]], list[Fault]]:
    """Rows of the first visible sheet from its very first row on, and what is odd about them. Raises Refusal."""
    faults: list[Fault] = []
    zipped = zipfile.is_zipfile(path)
    if zipped:
        _check_zip(path, unpacked_mb)
    try:
        with path.open("rb") as file:
            book = load_workbook(file)
            visible = [
                one for one in book.sheets_metadata
                if one.visible is SheetVisibleEnum.Visible and one.typ is SheetTypeEnum.WorkSheet
            ]  # fmt: skip
            if not visible:
                raise Refusal("no_sheet")
            sheet = book.get_sheet_by_name(visible[0].name)
            others = [one.name for one in visible[1:] if one.name not in MORE_SHEETS]
            filled = [name for name in others[:20] if book.get_sheet_by_name(name).height]
    except PasswordError as error:
        raise Refusal("password") from error
    except (CalamineError, OSError, ValueError, UnicodeError) as error:
        raise Refusal("unreadable", reason=str(error)[:200]) from error
    if filled:
        raise Refusal("many_sheets", names="、".join(name[:40] for name in filled[:5]))
    if sheet.total_height > MOST_ROWS + ROWS_ABOVE:
        raise Refusal("too_many_rows", count=sheet.total_height, most=MOST_ROWS)
    if sheet.total_width > MOST_COLUMNS:
        raise Refusal("too_many_columns", count=sheet.total_width, most=MOST_COLUMNS)
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        faults += [(row, "merged", str(left), {}) for row in range(top, min(bottom, sheet.total_height - 1) + 1)]
    if zipped:
        faults += _marks_of(path, visible[0].name)
    return _padded(sheet), faults


def csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """All rows of a CSV, the empty ones too. Raises Refusal."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file)
        try:
            for count, row in enumerate(reader):
                if count >= MOST_ROWS + ROWS_ABOVE:
                    raise Refusal("too_many_rows", count=count, most=MOST_ROWS)
                if len(row) > MOST_COLUMNS:
                    raise Refusal("too_many_columns", count=len(row), most=MOST_COLUMNS)
                yield [_unquoted(cell) for cell in row]
        except csv.Error as error:
            raise Refusal("unreadable", reason=f"{reader.line_num}: {error}") from error


def pieces(rows: Iterator[list[Any]]) -> Iterator[tuple[int, list[list[str]]]]:
    """Rows by column in pieces: (first row from 0, columns of equal length)."""
    first, width = 0, 1
    while part := list(islice(rows, PIECE_ROWS)):
        width = max(width, *map(len, part))
        even = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in part]
        yield first, [_texts(column) for column in zip(*even, strict=True)]
        first += len(part)


def _texts(column: Sequence[Any]) -> list[str]:
    """Blanks at the ends gone, control signs and runs of blanks closed up; what is no text marked."""
    texts = [cell if type(cell) is str else _marked(cell) for cell in column]
    whole = "".join(texts)
    if whole.isprintable() and " " not in whole and "\u3000" not in whole:
        return texts
    return [text if text[:1] == MARK else _SPACES.sub(" ", text).strip() for text in texts]


def _marked(cell: Any) -> str:
    if isinstance(cell, bool):
        return f"{MARK}{YES_NO}{'是' if cell else '否'}"
    if isinstance(cell, int | float):
        whole = isinstance(cell, int) or (cell.is_integer() and abs(cell) < 1e15)
        return f"{MARK}{NUMBER}{int(cell) if whole else repr(cell)}"
    if isinstance(cell, datetime):
        bare = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return f"{MARK}{DAY}{cell.date().isoformat() if bare else cell.isoformat(' ')}"
    if isinstance(cell, date):
        return f"{MARK}{DAY}{cell.isoformat()}"
    return f"{MARK}{OTHER}{cell}" if cell is not None else ""


def _unquoted(cell: str) -> str:
    """="0123" is how a CSV says that a number is text."""
    if cell[:2] == '="' and cell[-1:] == '"' and len(cell) > 2:
        cell = cell[2:-1].replace('""', '"')
    return cell.lstrip(MARK)


def _padded(sheet: Any) -> Iterator[list[Any]]:
    top, left = sheet.start or (0, 0)
    for _ in range(top):
        yield []
    blank = [""] * left
    for row in sheet.iter_rows():
        yield [*blank, *row] if left and len(row) < sheet.total_width else row


def _check_zip(path: Path, unpacked_mb: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refusal("broken_archive", reason=str(error)[:200]) from error
    packed = max(path.stat().st_size, 1)
    if total > unpacked_mb << 20 or (total > LARGE_BYTES and total > MAX_RATIO * packed):
        raise Refusal("bomb", size=unpacked_mb)


def _marks_of(path: Path, name: str) -> list[Fault]:
    """Hidden rows and formulas, which the sheet's own text tells and calamine does not."""
    faults: list[Fault] = []
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, name)
            if part is None:
                return []
            with archive.open(part) as file:
                kept = b""
                while piece := file.read(CHUNK):
                    chunk = kept + piece
                    if b'hidden="' in chunk:
                        hidden = (tag for tag in _ROW.findall(chunk) if _IS_HIDDEN.search(tag))
                        numbers = (_NUMBER.search(tag) for tag in hidden)
                        faults += [(int(m[1]) - 1, "hidden_row", "", {}) for m in numbers if m]
                    if b"<f>" in chunk or b"<f " in chunk or b"<f/" in chunk:
                        faults += [(int(m[2]) - 1, "formula", str(_place(m[1])), {}) for m in _FORMULA.finditer(chunk)]
                    kept = chunk[-OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError) as error:
        raise Refusal("broken_archive", reason=str(error)[:200]) from error
    return [*{(row, code, place): (row, code, place, facts) for row, code, place, facts in faults}.values()]


def _part_of(archive: zipfile.ZipFile, name: str) -> str | None:
    """The member that holds the sheet of that name, None where the book does not say."""
    parts = archive.namelist()
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return None
    book = archive.read("xl/workbook.xml")[: CHUNK * 4]
    sheets = [(m[1].decode("utf-8", "replace"), m[2]) for m in _SHEET.finditer(book)]
    plain = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    wanted = next((key for title, key in sheets if title in (name, plain)), None)
    for one in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")[: CHUNK * 4]):
        target = re.search(rb'\bTarget="([^"]*)"', one)
        if wanted and target and b'Id="' + wanted + b'"' in one:
            found = target[1].decode("utf-8", "replace").lstrip("/")
            return next((part for part in (found, f"xl/{found}") if part in parts), None)
    return None


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return min(place - 1, sys.maxsize)
