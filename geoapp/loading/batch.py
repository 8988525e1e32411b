"""A batch of rows on its way: which are still good, and the sentences about those that are not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from geoapp.core.i18n import N_
from geoapp.loading.faults import row_fault
from geoapp.loading.reader import Rows
from geoapp.loading.report import REFUSED, WARNED, LoadReport, RowFault
from geoapp.loading.values import MAX_TEXT, as_texts

T = TypeVar("T")
_SPOILT = re.compile(r"\d(?:\.\d+)?E\+\d+")
Facts = Mapping[str, object] | Callable[[int], Mapping[str, object]]


class Batch:
    """Rows with the mapping of their columns. `ok` is the mask of the rows not refused so far."""

    def __init__(
        self, rows: Rows, mapping: Mapping[str, str], report: LoadReport, id_field: str
    ) -> None:
        self.rows = rows
        self.mapping = mapping
        self.report = report
        self.ok = np.ones(rows.size, dtype=bool)
        self._texts: dict[str, list[str | None]] = {}
        self._ids = self.text(id_field)
        for row, code, column, facts in rows.faults:
            self.refuse_row(row, column, *row_fault(code, facts))

    @property
    def size(self) -> int:
        """Number of rows, the refused included."""
        return self.rows.size

    @property
    def located(self) -> np.ndarray:
        """Mask of the rows with a point."""
        return np.asarray(np.isfinite(self.rows.points[:, 0]))

    def text(self, name: str) -> list[str | None]:
        """The field as texts; all None where the file has no such column."""
        if name not in self._texts:
            column = self.mapping.get(name)
            self._texts[name] = (
                [None] * self.size if column is None else as_texts(self.rows.columns[column])
            )
        return self._texts[name]

    def short_text(self, name: str) -> list[str | None]:
        """The field as texts of at most MAX_TEXT characters; longer ones are refused."""
        texts = self.text(name)
        if max(map(len, filter(None, texts)), default=0) <= MAX_TEXT:
            return texts
        for row, text in enumerate(texts):
            if text is not None and len(text) > MAX_TEXT:
                self.refuse_row(row, name, N_("文字超过 %(most)s 个字符。"), {"most": MAX_TEXT})
        return texts

    def identifying_text(self, name: str) -> list[str | None]:
        """Like `short_text`, for codes and numbers; one a spreadsheet spoilt (4.4E+17) is refused."""
        texts = self.short_text(name)
        for row, text in enumerate(texts):
            if text is not None and "E+" in text and _SPOILT.fullmatch(text):
                msgid = N_("“%(value)s”像是被表格软件改成科学计数的编号。")
                self.refuse_row(row, name, msgid, {"value": text})
        return texts

    def parsed(self, name: str, parse: Callable[[str], T]) -> list[T | None]:
        """The field's values; a cell that cannot be understood becomes None, with a warning."""
        if name not in self.mapping:
            return [None] * self.size
        texts = self.text(name)
        known: dict[str | None, T | None] = {None: None}
        for text in set(texts) - {None}:
            known[text] = _tried(parse, str(text))
        strange = {text for text, value in known.items() if value is None and text is not None}
        if strange:
            for row, text in enumerate(texts):
                if text in strange:
                    facts = {"value": str(text)[:60]}
                    self.warn_row(row, name, N_("取值“%(value)s”无法理解，留空。"), facts)
        return [known[text] for text in texts]

    def counted(
        self, name: str, parse: Callable[[str], T], default: T, unknown: Counter
    ) -> list[T]:
        """Like `parsed` for code lists: unknown words become the default and are only counted."""
        texts = self.text(name)
        known: dict[str | None, T] = {None: default}
        strange: set[str | None] = set()
        for text in set(texts) - {None}:
            value = _tried(parse, str(text))
            known[text] = default if value is None else value
            if value is None:
                strange.add(text)
        if strange:
            good = zip(texts, self.ok.tolist(), strict=True)
            unknown.update(str(text)[:60] for text, ok in good if ok and text in strange)
        return [known[text] for text in texts]

    def refuse(self, rows: np.ndarray, name: str, msgid: str, facts: Facts | None = None) -> None:
        """Refuse the good ones among the rows of a mask."""
        for row in np.flatnonzero(rows & self.ok).tolist():
            self.refuse_row(row, name, msgid, facts(row) if callable(facts) else facts or {})

    def refuse_row(self, row: int, name: str, msgid: str, facts: Mapping[str, object]) -> None:
        """Refuse one row; the first reason counts."""
        if self.ok[row]:
            self.ok[row] = False
            self._tell(row, name, msgid, facts, REFUSED)

    def warn_row(self, row: int, name: str, msgid: str, facts: Mapping[str, object]) -> None:
        """Tell something about a row that is kept."""
        if self.ok[row]:
            self._tell(row, name, msgid, facts, WARNED)

    def number(self, row: int) -> int:
        """The row's number in the file, from 1."""
        return self.rows.first + row + 1

    def id(self, row: int) -> str:
        """What the file calls the row; empty where it does not say."""
        return self._ids[row] or ""

    def _tell(
        self, row: int, name: str, msgid: str, facts: Mapping[str, object], result: str
    ) -> None:
        column = self.mapping.get(name, name)
        fault = RowFault(self.number(row), self.id(row), column, msgid, facts, result)
        self.report.faults.append(fault)


def _tried(parse: Callable[[str], T], text: str) -> T | None:
    try:
        return parse(text)
    except ValueError:
        return None
