"""Excel: typed cells, written row by row with constant memory. Library: XlsxWriter.

Texts are always written as texts, so nothing is evaluated and no long number loses digits
(research/trust 0.5, IN-4). A sheet of Excel ends at 1,048,576 rows; what is more goes on further
sheets, and the sheet 说明 (About) says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from geoapp.core.i18n import N_, translate
from spatial_queries.columns import Column, Value, printed
from spatial_queries.exports.about import Lines, about_lines
from spatial_queries.exports.job import Job

ROWS_PER_SHEET = 1_048_575
"""Below the heading."""
MAX_TEXT = 32_767
"""Characters of a cell; Excel's limit."""
EXACT = 10**15
"""Whole numbers from here on lose digits in a number cell."""
MEASURED_ROWS = 100
NARROWEST, WIDEST = 8, 60
Put = Callable[[Worksheet, int, int, Value], None]


def write_spreadsheet(job: Job, path: Path, rows_per_sheet: int = ROWS_PER_SHEET) -> None:
    """The rows on the first sheet (and on more where one is full), the About sheet second."""
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    with Workbook(str(path), options) as book:
        made_at = job.meta.local_time.replace(tzinfo=None)
        title = translate(job.register.title, job.locale)
        book.set_properties({"title": title, "author": job.meta.user, "created": made_at})
        table = _Table(book, job, rows_per_sheet)
        about = book.add_worksheet(_sheet_name(translate(N_("说明"), job.locale)))
        for record in job.rows():
            table.add(record.values)
        table.finish()
        _write_about(book, about, about_lines(job) + table.remarks())


class _Table:
    """The rows, on as many sheets as they need."""

    def __init__(self, book: Workbook, job: Job, rows_per_sheet: int) -> None:
        self.book, self.job, self.most = book, job, rows_per_sheet
        self.bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.put = [_writer(column, day) for column in job.columns]
        self.widths = [_width(translate(c.title, job.locale)) + 3 for c in job.columns]
        self.sheets: list[Worksheet] = []
        self.row = self.most
        self.cut = 0
        self._open()

    def add(self, values: list[Value]) -> None:
        """One row, on a new sheet where this one is full."""
        if self.row == self.most:
            self._close()
            self._open()
        self.row += 1
        sheet = self.sheets[-1]
        for place, value in enumerate(values):
            if value is not None:
                self.put[place](sheet, self.row, place, value)
                self.cut += isinstance(value, str) and len(value) > MAX_TEXT
        if self.row <= MEASURED_ROWS and len(self.sheets) == 1:
            measured = (_width(printed(value)) + 1 for value in values)
            self.widths = [max(pair) for pair in zip(self.widths, measured, strict=True)]

    def finish(self) -> None:
        """Column widths and the filter of the last sheet."""
        self._close()

    def remarks(self) -> Lines:
        """What the limits of Excel did to the rows."""
        lines = []
        locale = self.job.locale
        if len(self.sheets) > 1:
            text = translate(N_("记录超过一张工作表的上限，分为 %(n)s 张"), locale, n=len(self.sheets))
            lines.append((translate(N_("工作表"), locale), text))
        if self.cut:
            text = translate(N_("%(n)s 个单元格超过 32,767 个字符，已截短"), locale, n=self.cut)
            lines.append((translate(N_("截短"), locale), text))
        return lines

    def _open(self) -> None:
        title = translate(self.job.register.title, self.job.locale)
        number = len(self.sheets) + 1
        sheet = self.book.add_worksheet(_sheet_name(title if number == 1 else f"{title} {number}"))
        for place, column in enumerate(self.job.columns):
            sheet.write_string(0, place, translate(column.title, self.job.locale), self.bold)
        sheet.freeze_panes(1, 0)
        self.sheets.append(sheet)
        self.row = 0

    def _close(self) -> None:
        sheet = self.sheets[-1]
        if self.widths:
            sheet.autofilter(0, 0, self.row, len(self.widths) - 1)
        for place, width in enumerate(self.widths):
            sheet.set_column(place, place, min(max(width, NARROWEST), WIDEST))


def _writer(column: Column, day: object) -> Put:
    if column.numeric:
        return _put_number
    if column.type == "date":
        return lambda sheet, row, place, value: _put_moment(sheet, row, place, value, day)
    if column.type == "datetime":
        return _put_moment
    return _put_text


def _put_text(sheet: Worksheet, row: int, place: int, value: Value) -> None:
    sheet.write_string(row, place, str(value)[:MAX_TEXT])


def _put_number(sheet: Worksheet, row: int, place: int, value: Value) -> None:
    if isinstance(value, int | float) and abs(value) < EXACT:
        sheet.write_number(row, place, value)
    else:
        sheet.write_string(row, place, str(value))


def _put_moment(
    sheet: Worksheet, row: int, place: int, value: Value, style: object = None
) -> None:
    """A day or a moment without its zone; Excel's calendar starts in 1900."""
    assert isinstance(value, date)
    plain = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    if plain.year > 1900:
        sheet.write_datetime(row, place, plain, style)
    else:
        sheet.write_string(row, place, printed(value))


def _write_about(book: Workbook, sheet: Worksheet, lines: Lines) -> None:
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for row, (label, text) in enumerate(lines):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, text, wrapped)


def _width(text: str) -> int:
    """Columns a text takes: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _sheet_name(title: str) -> str:
    """At most 31 characters and none of []:*?/\\ (Excel's rules)."""
    return "".join("_" if c in "[]:*?/\\" else c for c in title)[:31].strip("'")
