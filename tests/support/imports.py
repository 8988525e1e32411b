"""Files as departments send them, and batches of them in the small city."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from geoapp.core.settings import get_settings
from geoapp.importing import actions, files
from geoapp.importing.staging import run_batch
from geoapp.importing.templates import all_templates
from grids_boundaries.access import begin

COUNTY = "110108"


def rows_of(register, *changes):
    """Rows of the register's template, with the district alone unless the changes say more."""
    names = [column.name for column in all_templates()[register].columns]
    return [[{"county": COUNTY, **change}.get(name, "") for name in names] for change in changes]


def xlsx(register, rows, **options):
    """A spreadsheet of the template with these rows; cells that are no text are written as they are."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, all_templates()[register].titles)
        for at, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str) and not cell.startswith("="):
                    sheet.write_string(at, place, cell)
                else:
                    sheet.write(at, place, cell)
    return out.getvalue()


def csv_file(register, rows, encoding="utf-8"):
    """The same as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(all_templates()[register].titles)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def sent(access, register, content, name="名单.xlsx"):
    """Id of a batch that waits."""
    stored = files.store(get_settings(), io.BytesIO(content), name)
    with begin(access) as connection:
        return actions.send(connection, access, register, stored, name)


def imported(access, register, content, name="名单.xlsx"):
    """Id of a batch that was dealt with."""
    batch_id = sent(access, register, content, name)
    assert run_batch(get_settings(), batch_id)
    return batch_id
