"""Rows that were not taken, as a spreadsheet of the same columns, each with its reasons beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from geoapp.core.i18n import N_, translate
from geoapp.importing.reads import Opened, sentence
from geoapp.importing.templates import Template
from geoapp.importing.workbooks import SHEET

HEAD_REASON, HEAD_ROW = N_("未导入原因"), N_("原行号")


def write_refused(path: Path, template: Template, rows: Iterable[Opened], locale: str) -> int:
    """Write the file; how many rows it has. Faulty cells are coloured; nothing is a formula."""
    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(SHEET)
        text = book.add_format({"num_format": "@"})
        bad = book.add_format({"num_format": "@", "bg_color": "#F8D7DA"})
        width = len(template.columns)
        sheet.set_column(0, width + 1, 16, text)
        for place, title in enumerate([*template.titles, translate(HEAD_REASON, locale), translate(HEAD_ROW, locale)]):
            sheet.write_string(0, place, title, text)
        for count, opened in enumerate(rows, start=1):
            wrong = {fault[0] for fault in opened.faults}
            for place, column in enumerate(template.columns):
                cell = opened.cells.get(column.name, "")
                cell = cell[2:] if cell[:1] == "\x02" else cell
                if cell or column.name in wrong:
                    sheet.write_string(count, place, cell, bad if column.name in wrong else text)
            reasons = " ".join(sentence(template, fault, locale) for fault in opened.faults)
            sheet.write_string(count, width, reasons[:32_000], bad)
            sheet.write_string(count, width + 1, str(opened.row.row_no), text)
    return count
