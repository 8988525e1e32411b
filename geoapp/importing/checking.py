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
    return value if abs(value) < 1e15 else None


def _texts(column: Column, cells: Cells, faults: Faults) -> Cells:
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


def _digits(column: Column, cells: Cells, faults: Faults) -> Cells:
    """Numbers that are names: full-width signs narrowed, blanks closed; a spreadsheet's number is refused."""
    found = _texts(column, cells, faults)
    for row, cell in enumerate(found):
        if cell is None:
            continue
        if not cell.isascii() and column.name != "grid":
            found[row] = cell = unicodedata.normalize("NFKC", cell)
        if "+" in cell and cells[row][:1] != MARK and _SCIENTIFIC.fullmatch(cell):  # type: ignore[index]
            _tell(faults, row, column, "scientific", value=cell[:40])
    return found


def _codes(column: Column, cells: Cells, faults: Faults) -> Cells:
    known = column.by_word
    found: Cells = []
    for row, cell in enumerate(cells):
        if cell is None:
            found.append(None)
            continue
        word = cell[2:] if cell[0] == MARK else cell
        code = known.get(word)
        if code is None:
            code = known.get(unicodedata.normalize("NFKC", word))
        if code is None:
            _tell(faults, row, column, "not_listed", value=word[:40])
        found.append(word if code is None else code)
    return found


def _numbers(column: Column, cells: Cells, faults: Faults) -> Cells:
    found: Cells = []
    for row, cell in enumerate(cells):
        if cell is None:
            found.append(None)
            continue
        text = cell[2:] if cell[:2] == MARK + NUMBER else unicodedata.normalize("NFKC", cell)
        if read_number(text) is None:
            _tell(faults, row, column, "not_a_number", value=text.lstrip(MARK)[:40])
        found.append(text)
    return found


def _days(column: Column, cells: Cells, faults: Faults) -> Cells:
    found: Cells = []
    for row, cell in enumerate(cells):
        if cell is None:
            found.append(None)
            continue
        text = cell[2:] if cell[:2] == MARK + DAY else unicodedata.normalize("NFKC", cell)
        day = read_day(text)
        if day is None:
            _tell(faults, row, column, "not_a_day", value=(text[2:] if text[0] == MARK else text)[:40])
        found.append(day.isoformat() if day else text)
    return found


def _typed(column: Column, cell: str, row: int, faults: Faults) -> None:
    code = {NUMBER: "typed_number", DAY: "typed_day"}.get(cell[1:2], "typed_other")
    _tell(faults, row, column, code, value=cell[2:42])


def _tell(faults: Faults, row: int, column: Column, code: str, **facts: Any) -> None:
    faults.setdefault(row, []).append((column.name, code, facts))


_CHECKS: Mapping[str, Callable[[Column, Cells, Faults], Cells]] = {
    "text": _texts, "digits": _digits, "code": _codes, "number": _numbers, "day": _days,
}  # fmt: skip
