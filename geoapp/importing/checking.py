"""Cells to values, column by column: what cannot be understood is told, never guessed (A8.2 to A8.5).

Pure functions. A cell that was no text in the spreadsheet comes with a mark
(`geoapp.loading.reading.sheets`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from geoapp.importing.templates import Column, Template

MARK, NUMBER, DAY, YES_NO = "\x02", "N", "D", "B"
LONGEST = 200
MOST = 1e15
"""Above, a number is none that anybody typed."""
LOST = ("\ufffd", "锟斤拷")
Cells = list[str | None]
Fault = tuple[str, str, dict[str, Any]]
"""Name of the column or "", code of `codes.CELL_FAULTS`, facts; the column's title is added when it is told."""
Faults = dict[int, list[Fault]]
"""Row from 0 within the piece to what is wrong with it."""
_SCIENTIFIC = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)
_DAYS = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
WHOLE = ("county", "street", "community", "grid", "address", "lon", "lat", "crs")


def check_columns(template: Template, columns: Mapping[str, Cells], faults: Faults) -> dict[str, Cells]:
    """The values of each of the template's columns; what is wrong goes into `faults`."""
    return {one.name: _CHECKS[one.kind](one, columns[one.name], faults) for one in template.columns}


def check_rows(register: str, values: Mapping[str, Cells], rows: Sequence[int], faults: Faults) -> None:
    """What must stand in a row at import: residents ID or name (A8.4), others the name (A8.5)."""
    if register == "residents":
        one, other, code = values["name"], values["id_number"], "no_name_or_number"
    elif register == "households":
        one, other, code = values["number"], values["number"], "no_number"
    elif register == "houses":
        one, other, code = values["number"], values["address"], "no_house"
    else:
        one, other, code = values["name"], values["name"], "no_name"
    for row in rows:
        if not one[row] and not other[row]:
            faults.setdefault(row, []).append(("name", code, {}))


def read_day(text: str) -> date | None:
    """The day a text names, None where it names none."""
    for pattern in _DAYS:
        found = pattern.fullmatch(text)
        if found:
            try:
                return date(*(int(part) for part in found.groups()))
            except ValueError:
                return None
    return None


def read_number(text: str) -> float | None:
    """A finite number of a text, None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < MOST and "_" not in text else None


def _texts(column: Column, cells: Cells, faults: Faults) -> Cells:
    if _is_plain(cells):
        return cells
    found: Cells = []
    for row, cell in enumerate(cells):
        if cell is None:
            found.append(None)
            continue
        if cell[0] == MARK:
            _typed(column, cell, row, faults)
            found.append(cell[2:])
            continue
        if not cell.isascii():
            cell = unicodedata.normalize("NFC", cell)
            if any(sign in cell for sign in LOST):
                _tell(faults, row, column, "lost_text", value=cell[:40])
        if len(cell) > LONGEST:
            _tell(faults, row, column, "too_long", most=LONGEST)
        found.append(cell)
    return found


def _is_plain(cells: Cells, more: str = "") -> bool:
    """Whether no cell can be at fault or change: most columns of most files, looked at as one text.

    A part of a text in NFC is in NFC. `more` are further signs that need a closer look.
    """
    given = [cell for cell in cells if cell is not None]
    whole = "".join(given)
    if MARK in whole or any(sign in whole for sign in more) or max(map(len, given), default=0) > LONGEST:
        return False
    if whole.isascii():
        return True
    return not more and unicodedata.is_normalized("NFC", whole) and not any(sign in whole for sign in LOST)


def _digits(column: Column, cells: Cells, faults: Faults) -> Cells:
    """Numbers that are names: full-width signs narrowed, blanks closed; a spreadsheet's number is refused."""
    if _is_plain(cells, "+'"):
        return cells
    found = list(_texts(column, cells, faults))
    for row, cell in enumerate(found):
        if cell is None:
            continue
        if not cell.isascii() and column.name != "grid":
            found[row] = cell = unicodedata.normalize("NFKC", cell)
        if cell[0] == "'" and len(cell) > 1:  # as spreadsheets are told that a number is text
            found[row] = cell = cell[1:]
        if "+" in cell and cells[row][:1] != MARK and _SCIENTIFIC.fullmatch(cell):  # type: ignore[index]
            _tell(faults, row, column, "scientific", value=cell[:40])
    return found


def _codes(column: Column, cells: Cells, faults: Faults) -> Cells:
    known = column.by_word
    read = {cell: _code_of(cell, known) for cell in set(cells) if cell is not None}
    unknown = {cell for cell, code in read.items() if code is None}
    for row, cell in enumerate(cells if unknown else ()):
        if cell in unknown and cell is not None:
            _tell(faults, row, column, "not_listed", value=_word(cell)[:40])
    return [None if cell is None else read[cell] or _word(cell) for cell in cells]


def _word(cell: str) -> str:
    return cell[2:] if cell[0] == MARK else cell


def _code_of(cell: str, known: Mapping[str, str]) -> str | None:
    word = _word(cell)
    return known.get(word) or known.get(unicodedata.normalize("NFKC", word))


def _numbers(column: Column, cells: Cells, faults: Faults) -> Cells:
    if _are_numbers(cells):
        return cells
    found: Cells = []
    for row, cell in enumerate(cells):
        if cell is None:
            found.append(None)
            continue
        text = cell[2:] if cell[:2] == MARK + NUMBER else unicodedata.normalize("NFKC", cell)
        if read_number(text) is None:
            _tell(faults, row, column, "not_a_number", value=_word(text)[:40])
        found.append(text)
    return found


def _are_numbers(cells: Cells) -> bool:
    """Whether every cell is a plain number of the digits everybody writes."""
    given = [cell for cell in cells if cell is not None]
    whole = "".join(given)
    if not whole.isascii() or "_" in whole:
        return False
    try:
        return all(-MOST < value < MOST for value in map(float, given))
    except ValueError:
        return False


def _days(column: Column, cells: Cells, faults: Faults) -> Cells:
    read = {cell: _day_of(cell) for cell in set(cells) if cell is not None}
    wrong = {cell for cell, (is_day, _) in read.items() if not is_day}
    for row, cell in enumerate(cells if wrong else ()):
        if cell in wrong and cell is not None:
            text = read[cell][1]
            _tell(faults, row, column, "not_a_day", value=_word(text)[:40])
    return [None if cell is None else read[cell][1] for cell in cells]


def _day_of(cell: str) -> tuple[bool, str]:
    """Whether a cell names a day, and that day, or what stands there."""
    text = cell[2:] if cell[:2] == MARK + DAY else unicodedata.normalize("NFKC", cell)
    day = read_day(text)
    return day is not None, day.isoformat() if day else text


def _typed(column: Column, cell: str, row: int, faults: Faults) -> None:
    code = {NUMBER: "typed_number", DAY: "typed_day"}.get(cell[1:2], "typed_other")
    _tell(faults, row, column, code, value=cell[2:42])


def _tell(faults: Faults, row: int, column: Column, code: str, **facts: Any) -> None:
    faults.setdefault(row, []).append((column.name, code, facts))


_CHECKS: Mapping[str, Callable[[Column, Cells, Faults], Cells]] = {
    "text": _texts, "digits": _digits, "code": _codes, "number": _numbers, "day": _days,
}  # fmt: skip
