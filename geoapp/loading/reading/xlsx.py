"""Rows of an xlsx one after the other, in bounded memory; hidden rows, formulas and merged cells told with them.

A library holds a sheet of 500,000 rows whole, which takes more than 1 GB. Here a row is matched against what
spreadsheets write; one that holds anything else (formulas, rich text, entities, comments) goes through expat
(decision 0026; ECMA-376 part 1, 18.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from geoapp.loading.reading import xlsx_xml
from geoapp.loading.reading.cells import (
    DAY,
    MARK,
    MOST_COLUMNS,
    MOST_ROWS,
    OTHER,
    ROWS_ABOVE,
    Fault,
    marked,
)
from geoapp.loading.reading.refusal import Refusal
from geoapp.loading.reading.xlsx_book import Book, refusing

MORE_SHEETS = frozenset({"选项", "说明"})
"""Sheets of our own templates beside the data."""
MOST_SHEETS, MOST_MERGES = 20, 20_000
SHARED, TEXT, NUMBER, DATED, BOOLEAN, ERROR, ISO = range(7)
_TYPES = {"s": SHARED, "inlineStr": TEXT, "str": TEXT, "b": BOOLEAN, "e": ERROR, "d": ISO}
_FACT = re.compile(r'([A-Za-z]+)="([^"]*)"')
_MERGE = re.compile(rb"""<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref=["']\$?[A-Z]*\$?(\d+)(?::\$?[A-Z]*\$?(\d+))?["']""")
_LETTERS = re.compile(r"[A-Z]{1,3}")
Row = list[str]
Numbered = tuple[int, Row, bool, list[int]]
"""Number in the sheet, cells, whether the row is hidden, places of formulas."""


def xlsx_rows(path: Path, unpacked_mb: int) -> tuple[Iterator[Row], list[Fault]]:
    """Rows of the first visible sheet from the very first one on; faults grow as they are read. Raises Refusal."""
    book, faults = Book(path, unpacked_mb), list[Fault]()
    if not book.sheets:
        raise Refusal("no_sheet")
    others = [(name, part) for name, part in book.sheets[1:MOST_SHEETS] if name not in MORE_SHEETS]
    filled = [name for name, part in others if any(any(row) for row in _rows(book, part, []))]
    if filled:
        raise Refusal("many_sheets", names="、".join(name[:40] for name in filled[:5]))
    return _rows(book, book.sheets[0][1], faults), faults


def _rows(book: Book, part: str, faults: list[Fault]) -> Iterator[Row]:
    with refusing():
        merged, at = _merged(book, part), 0
        for number, row, hidden, formulas in _Sheet(book, part).numbered():
            if not any(row) and not formulas:
                continue
            if number > MOST_ROWS + ROWS_ABOVE:
                raise Refusal("too_many_rows", count=number, most=MOST_ROWS)
            if number <= at:
                raise Refusal("unreadable", reason=f"row {number}")
            for blank in range(at, number):
                if merged[blank]:
                    faults.append((blank, "merged", "", {}))
                if blank < number - 1:
                    yield []
            at = number
            if hidden:
                faults.append((number - 1, "hidden_row", "", {}))
            faults += [(number - 1, "formula", str(place), {}) for place in formulas]
            yield row


def _merged(book: Book, part: str) -> bytearray:
    """Of each row whether a merged cell reaches it. They stand behind the rows, so the text is gone through twice."""
    found, count, kept = bytearray(MOST_ROWS + ROWS_ABOVE), 0, b""
    with book.open(part) as file:
        while piece := file.read(xlsx_xml.CHUNK):
            chunk = kept + piece
            for match in _MERGE.finditer(chunk) if b"mergeCell " in chunk else ():
                first, last = int(match[1]) - 1, min(int(match[2] or match[1]), len(found))
                found[first:last] = b"\1" * max(last - first, 0)
                count += 1
            if count > MOST_MERGES:
                raise Refusal("unreadable", reason=f"> {MOST_MERGES} mergeCell")
            kept = chunk[chunk.rfind(b"<") :][-512:]
    return found


@lru_cache(maxsize=4)
def _patterns(prefix: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The start of a row, and a cell: letters, other facts, value, text."""
    p, space = re.escape(prefix), '(?: xml:space="preserve")?'
    facts = r'((?:\s[A-Za-z:0-9]+="[^"<]*")*)\s*'
    return re.compile(rf"\s*<{p}row{facts}>"), re.compile(
        rf'<{p}c(?:\s+r="([A-Z]{{1,3}})[0-9]+")?{facts}(?:/>|>(?:<{p}v{space}>([^<]*)</{p}v>'
        rf"|<{p}is><{p}t{space}>([^<]*)</{p}t></{p}is>)?</{p}c>)"
    )


class _Sheet:
    """One sheet as it is read."""

    def __init__(self, book: Book, part: str) -> None:
        self.book, self.part = book, part
        self._kinds: dict[str, int] = {}
        self._places: dict[str, int] = {}

    def numbered(self) -> Iterator[Numbered]:
        """The rows that the sheet names. Raises Refusal, ExpatError, ValueError, IndexError."""
        number = 0
        with self.book.open(self.part) as file:
            for prefix, segment, end in xlsx_xml.segments(file, "sheetData", "row"):
                fast = self._plain(prefix, segment, number)
                for one in (fast,) if fast else self._full(segment, end, number):
                    number = one[0]
                    yield one

    def _plain(self, prefix: str, segment: str, last: int) -> Numbered | None:
        """A row as spreadsheets write most of them; None for any other."""
        head, cells = _patterns(prefix)
        start = head.match(segment)
        if start is None or "&" in segment:
            return None
        parts: list[Any] = cells.split(segment[start.end() :])
        if "".join(parts[::5]).strip() or None in parts[1::5]:
            return None
        facts = dict(_FACT.findall(start[1]))
        return _number(facts, last), self._row(parts), _is_hidden(facts), []

    def _row(self, parts: Sequence[Any]) -> Row:
        row: Row = []
        kinds, places, append = self._kinds, self._places, row.append
        for letters, facts, value, text in zip(parts[1::5], parts[2::5], parts[3::5], parts[4::5], strict=True):
            if not value and not text:
                continue
            place = places.get(letters)
            if place is None:
                place = places[letters] = _held(_place(letters))
            if place != len(row):
                if place < len(row):
                    raise Refusal("unreadable", reason=f"<c r={letters}>")
                row += [""] * (place - len(row))
            if text:
                append(text if "_x" not in text else xlsx_xml.unescaped(text))
                continue
            kind = kinds.get(facts)
            if kind is None:
                kind = kinds[facts] = self._kind(dict(_FACT.findall(facts)))
            append(self._value(kind, value))
        return row

    def _full(self, segment: str, end: str, last: int) -> Iterator[Numbered]:
        for element in xlsx_xml.parsed(segment, end, "row"):
            row, formulas, place = Row(), list[int](), -1
            for cell in element.cells:
                letters = _LETTERS.match(cell.facts.get("r", ""))
                place = _place(letters[0]) if letters else place + 1
                value, kind = "".join(cell.value), self._kind(cell.facts)
                text = xlsx_xml.unescaped("".join(cell.text)) or (self._value(kind, value) if value else "")
                if cell.formula:
                    formulas.append(place)
                if text:
                    if place < len(row):
                        raise Refusal("unreadable", reason=f"<c> {place + 1}")
                    row += [""] * (_held(place) - len(row)) + [text]
            last = _number(element.facts, last)
            yield last, row, _is_hidden(element.facts), formulas

    def _kind(self, facts: xlsx_xml.Facts) -> int:
        kind = _TYPES.get(facts.get("t", ""))
        if kind is not None:
            return kind
        style = facts.get("s", "")
        dated = style.isdigit() and int(style) < len(self.book.dated) and self.book.dated[int(style)]
        return DATED if dated else NUMBER

    def _value(self, kind: int, value: str) -> str:
        if kind == SHARED:
            place = int(value)
            if place < 0:
                raise Refusal("unreadable", reason=f"<v>{value[:40]}")
            return self.book.strings[place]
        if kind == TEXT:
            return xlsx_xml.unescaped(value)
        if kind == BOOLEAN:
            return marked(value.strip() in ("1", "true"))
        if kind == ISO:
            return _iso(value)
        if kind == ERROR:
            return f"{MARK}{OTHER}{value}"
        try:
            number = float(value)
        except ValueError:
            return f"{MARK}{OTHER}{value}"
        return day_of(number, self.book.is_1904) if kind == DATED else marked(number)


def day_of(serial: float, is_1904: bool) -> str:
    """The day, or time of day, a number stands for; the first system knows a 29 February 1900 (18.17.4)."""
    if not 0 <= serial < 2_958_466:
        return f"{MARK}{OTHER}{serial!r}"
    if serial < 1:
        return f"{MARK}{OTHER}{datetime.combine(date.min, time()) + timedelta(days=serial):%H:%M:%S}"
    if is_1904:
        start = date(1904, 1, 1)
    elif int(serial) == 60:
        return f"{MARK}{DAY}1900-02-29"
    else:
        start = date(1899, 12, 30) if serial > 60 else date(1899, 12, 31)
    try:
        return marked(datetime.combine(start, time()) + timedelta(seconds=round(serial * 86_400)))
    except OverflowError:
        return f"{MARK}{OTHER}{serial!r}"


def _iso(value: str) -> str:
    try:
        return marked(datetime.fromisoformat(value.strip()).replace(tzinfo=None))
    except ValueError:
        return f"{MARK}{OTHER}{value}"


def _number(facts: xlsx_xml.Facts, last: int) -> int:
    return int(facts["r"]) if "r" in facts else last + 1


def _is_hidden(facts: xlsx_xml.Facts) -> bool:
    return facts.get("hidden") in ("1", "true")


def _place(letters: str) -> int:
    """Column letters to its place from 0."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _held(place: int) -> int:
    """A place where something stands. Raises Refusal far to the right."""
    if place >= MOST_COLUMNS:
        raise Refusal("too_many_columns", count=place + 1, most=MOST_COLUMNS)
    return place
