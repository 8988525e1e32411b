"""What stands in a cell, as one text: blanks closed up, and a mark before what is no text.

A cell that is no text carries MARK and a letter before its value, so that whoever knows the column
can refuse a number that was typed as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

MARK = "\x02"
NUMBER, DAY, YES_NO, OTHER = "N", "D", "B", "O"
PIECE_ROWS = 5_000
MOST_ROWS, MOST_COLUMNS = 500_000, 200
ROWS_ABOVE = 10
"""Header and notes beside the rows of data."""
_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_UNSEEN = re.compile(r"[\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Signs without width that come with copied text: they go, and leave no blank."""
_HALVES = re.compile(r"[\ud800-\udfff]")
Fault = tuple[int, str, str, dict[str, object]]
"""Row from 0 in the whole file, code, place of the column or "", facts."""


def pieces(rows: Iterator[list[Any]]) -> Iterator[tuple[int, list[list[str]]]]:
    """Rows by column in pieces: (first row from 0, columns of equal length)."""
    first, width = 0, 1
    while part := list(islice(rows, PIECE_ROWS)):
        width = max(width, *map(len, part))
        even = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in part]
        yield first, [_texts(column) for column in zip(*even, strict=True)]
        first += len(part)


def marked(cell: Any) -> str:
    """A cell that is no text, with its mark; "" for none."""
    if isinstance(cell, bool):
        return f"{MARK}{YES_NO}{'是' if cell else '否'}"
    if isinstance(cell, int | float):
        whole = isinstance(cell, int) or (cell.is_integer() and abs(cell) < 1e15)
        return f"{MARK}{NUMBER}{int(cell) if whole else repr(cell)}"
    if isinstance(cell, datetime):
        bare = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return f"{MARK}{DAY}{cell.date().isoformat() if bare else cell.isoformat(' ')}"
    if isinstance(cell, date):
        return f"{MARK}{DAY}{cell.isoformat()}"
    return f"{MARK}{OTHER}{cell}" if cell is not None else ""


def _texts(column: Sequence[Any]) -> list[str]:
    """Blanks at the ends gone, control signs and runs of blanks closed up; what is no text marked."""
    texts = [cell if type(cell) is str else marked(cell) for cell in column]
    whole = "".join(texts)
    if whole.isprintable() and " " not in whole and "\u3000" not in whole:
        return texts
    if not whole.isascii() and _HALVES.search(whole):
        texts = [_HALVES.sub("\ufffd", text) for text in texts]
    if not whole.isascii() and _UNSEEN.search(whole):
        texts = [_UNSEEN.sub("", text) for text in texts]
    return [
        text[:2] + _SPACES.sub(" ", text[2:]).strip() if text[:1] == MARK else _SPACES.sub(" ", text).strip()
        for text in texts
    ]
