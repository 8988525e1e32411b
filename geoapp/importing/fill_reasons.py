"""Why rows of a first fill were not taken, without anything that stands in them (D3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from geoapp.core.i18n import N_, translate
from geoapp.importing.fill_report import UNSAID
from geoapp.importing.reads import Opened, sentence
from geoapp.importing.refused import HEAD_REASON, HEAD_ROW
from geoapp.importing.templates import Template
from geoapp.importing.workbooks import SHEET

HEAD_COLUMN = N_("列")
FACTS = ("value", "lon", "lat", "level", "most", "at")
"""What a sentence may name; a cell of a person's row can stand in any of the first three."""
OF_CELLS = frozenset(FACTS[:3])


def reason(template: Template, fault: tuple[str, str, Mapping[str, Any]], locale: str) -> str:
    """One fault in the reader's language, with `UNSAID` for all that stands in a cell."""
    name, code, facts = fault
    known = {key: value for key, value in facts.items() if key not in OF_CELLS}
    return sentence(template, (name, code, dict.fromkeys(FACTS, UNSAID) | known), locale)


def write_reasons(path: Path, template: Template, rows: Iterable[Opened], locale: str) -> None:
    """A line for each fault: number of the row in the file, column, reason."""
    titles = {column.name: column.title for column in template.columns}
    at = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(SHEET)
        sheet.set_column(0, 1, 16)
        sheet.set_column(2, 2, 80)
        for place, head in enumerate((HEAD_ROW, HEAD_COLUMN, HEAD_REASON)):
            sheet.write_string(0, place, translate(head, locale))
        for opened in rows:
            for fault in opened.faults:
                at += 1
                sheet.write_string(at, 0, str(opened.row.row_no))
                sheet.write_string(at, 1, translate(titles[fault[0]], locale) if fault[0] in titles else "")
                sheet.write_string(at, 2, reason(template, fault, locale))
