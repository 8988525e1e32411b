"""CSV: RFC 4180 with CRLF, UTF-8 with a byte order mark (Excel reads Chinese only with it).

Formulas (research/trust IN-4). A spreadsheet evaluates a CSV cell that starts with = + - @, a tab
or a line break, and their full-width forms. Such a text gets an apostrophe in front; so does one
that already starts with apostrophes before such a sign, and taking one apostrophe off gives the
text back. Where Excel's list separator is a semicolon, a `;`, a tab or a line break inside a text
starts a cell of its own: the sign behind it gets an apostrophe, too. Numbers and dates are written
by us from typed values and are left alone. People are better served by xlsx, whose cells have
types.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

from geoapp.core.i18n import translate
from spatial_queries.columns import printed
from spatial_queries.exports.job import Job

_SIGNS = r"=+\-@＝＋－＠"
_START = re.compile(rf"'*\s*[{_SIGNS}]|'*[\t\r\n]")
_INSIDE = re.compile(rf"(?<=[;\t\r\n])([\s\"]*)(?=[{_SIGNS}])")


def write_comma(job: Job, path: Path) -> None:
    """Headings in the reader's language, then the rows as the list prints them."""
    text = [column.type == "text" for column in job.columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(translate(column.title, job.locale) for column in job.columns)
        for record in job.rows():
            cells = zip(map(printed, record.values), text, strict=True)
            writer.writerow([defused(cell) if is_text else cell for cell, is_text in cells])


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if text.isalnum():  # nearly all are: letters of any language and digits
        return text
    text = _INSIDE.sub(r"\1'", text)
    return f"'{text}" if _START.match(text) else text
