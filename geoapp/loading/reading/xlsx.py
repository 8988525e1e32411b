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
from geoapp.loading.reading.xlsx_book import Book, Place, refusing

MORE_SHEETS = frozenset({"选项", "说明", "Notes"})
"""Sheets of our own templates beside the data."""
MOST_SHEETS, MOST_MERGES = 20, 20_000
SHARED, TEXT, NUMBER, DATED, BOOLEAN, ERROR, ISO = range(7)
_TYPES = {"s": SHARED, "inlineStr": TEXT, "str": TEXT, "b": BOOLEAN, "e": ERROR, "d": ISO}
_FACT = re.compile(r'([A-Za-z]+)="([^"]*)"')
_MERGE = re.compile(rb"""<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref=["']\$?[A-Z]*\$?(\d+)(?::\$?[A-Z]*\$?(\d+))?["']""")
_COLUMN = re.compile(r"<(?:[\w.-]+:)?col\s([^<>]*)>")
_LETTERS = re.compile(r"[A-Z]{1,3}")
Row = list[str]
Numbered = tuple[int, Row, bool, list[int]]
"""Number in the sheet, cells, whether the row is hidden, places of formulas."""


def xlsx_rows(path: Path, unpacked_mb: int) -> tuple[Iterator[Row], list[Fault]]:
    """Rows of the first visible sheet from the very first one on; faults grow as they are read. Raises Refusal."""
    book, faults = Book(path, unpacked_mb), list[Fault]()
    if not book.sheets:
        raise Refusal("no_sheet")
    known = [one for one in book.sheets[:MOST_SHEETS] if one[0] not in MORE_SHEETS] or book.sheets[:1]
    filled = [one for one in known if _holds_anything(book, *one)] if len(known) > 1 else known
    if len(filled) > 1:
        raise Refusal("many_sheets", names="、".join(name[:40] for name, _ in filled[1:6]))
    return _rows(book, *(filled or known)[0], faults), faults


def _holds_anything(book: Book, name: str, part: str) -> bool:
    at = Place(name)
    with refusing(at):
        return any(any(row) or formulas for _, row, _, formulas in _Sheet(book, part, at).numbered())


def _rows(book: Book, name: str, part: str, faults: list[Fault]) -> Iterator[Row]:
    place = Place(name)
    with refusing(place):
        merged, at, sheet = _merged(book, name, part), 0, _Sheet(book, part, place)
        for number, row, hidden, formulas in sheet.numbered():
            if not any(row) and not formulas:
                continue
            if number > MOST_ROWS + ROWS_ABOVE:
                raise Refusal("too_many_rows", count=number, most=MOST_ROWS)
            if number <= at:
                place.row, place.column = number, 0
                raise ValueError(number)
            for blank in range(at, number):
                if merged[blank]:
                    faults.append((blank, "merged", "", {}))
                if blank < number - 1:
                    yield []
            at = number
            if hidden:
                faults.append((number - 1, "hidden_row", "", {}))
            faults += [(number - 1, "formula", str(one), {}) for one in formulas]
            unseen = next((one for one in sheet.hidden_columns if one < len(row) and row[one]), None)
            if unseen is not None:
                faults.append((number - 1, "hidden_column", str(unseen), {}))
            yield row


def _merged(book: Book, name: str, part: str) -> bytearray:
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
                raise Refusal("too_many_merges", name=name[:40], most=MOST_MERGES)
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

    def __init__(self, book: Book, part: str, at: Place) -> None:
        self.book, self.part, self.at = book, part, at
        self.hidden_columns: tuple[int, ...] = ()
        self._kinds: dict[str, int] = {}
        self._places: dict[str, int] = {}

    def numbered(self) -> Iterator[Numbered]:
        """The rows that the sheet names. Raises Refusal, ExpatError, ValueError, IndexError."""
        number = 0
        with self.book.open(self.part) as file:
            for prefix, segment, end in xlsx_xml.segments(file, "sheetData", "row", self._above):
                self.at.row, self.at.column = number + 1, 0
                fast = self._plain(prefix, segment, number)
                for one in (fast,) if fast else self._full(segment, end, number):
                    number = one[0]
                    yield one

    def _above(self, head: bytes) -> None:
        """What stands above the rows: which columns are hidden."""
        found: list[int] = []
        for column in _COLUMN.findall(head.decode("utf-8", "replace")):
            facts = dict(_FACT.findall(column))
            if _is_hidden(facts) and facts.get("min", "").isdigit() and facts.get("max", "").isdigit():
                found += range(int(facts["min"]) - 1, min(int(facts["max"]), MOST_COLUMNS))
        self.hidden_columns = tuple(found[:MOST_COLUMNS])

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
                    self.at.column = place + 1
                    raise ValueError(letters)
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
                said = cell.facts.get("r", "").upper()
                letters = _LETTERS.match(said)
                self.at.column = 0
                if said and not letters:
                    raise ValueError(said)
                place = _place(letters[0]) if letters else place + 1
                value, kind = "".join(cell.value), self._kind(cell.facts)
                text = xlsx_xml.unescaped("".join(cell.text)) or (self._value(kind, value) if value else "")
                if cell.formula:
                    formulas.append(place)
                if text:
                    self.at.column = place + 1
                    if place < len(row):
                        raise ValueError(place)
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
                raise ValueError(place)
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
    """Also of no height or width."""
    return facts.get("hidden") in ("1", "true") or "0" in (facts.get("ht"), facts.get("width"))


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
