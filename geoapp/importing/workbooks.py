"""The template as a spreadsheet: header, note row, text columns, drop-downs, version."""

from __future__ import annotations

import io

import xlsxwriter

from geoapp.importing.templates import NOTE_MARK, Template, lists_of

MOST_ROWS = 500_000
SHEET, CHOICES = "数据", "选项"
MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def template_file(template: Template) -> bytes:
    """The empty spreadsheet. Every cell is text, so no number loses a digit."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, choices = book.add_worksheet(SHEET), book.add_worksheet(CHOICES)
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#DCE6F1", "border": 1})
        note = book.add_format({"num_format": "@", "italic": True, "font_color": "#666666", "text_wrap": True})
        sheet.set_column(0, len(template.columns) - 1, 16, text)
        for place, column in enumerate(template.columns):
            sheet.write_string(0, place, column.title, head)
            sheet.write_string(1, place, _note(template, place), note)
        sheet.freeze_panes(2, 0)
        for at, (place, column) in enumerate(lists_of(template)):
            words = list(column.codes.values())
            choices.write_column(0, at, [column.title, *words])
            letter = xlsxwriter.utility.xl_col_to_name(at)
            source = f"={CHOICES}!${letter}$2:${letter}${len(words) + 1}"
            sheet.data_validation(2, place, MOST_ROWS + 1, place, {"validate": "list", "source": source})
        book.set_properties({"title": template.title, "comments": f"{template.register} {template.version}"})
        book.set_custom_property("template", f"{template.register}-{template.version}")
    return out.getvalue()


def _note(template: Template, place: int) -> str:
    """The note of a column; the first one begins with the mark and names the version."""
    said = template.columns[place].note
    return f"{NOTE_MARK}（{template.register}-{template.version}，本行不导入）：{said}" if place == 0 else said
