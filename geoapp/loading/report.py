"""What came of a load: counts, every refused row with its reason, what the loader decided."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate

REFUSED, WARNED = "refused", "warned"
RESULTS = {REFUSED: N_("拒绝"), WARNED: N_("提醒")}
HEADINGS = (N_("文件"), N_("行号"), N_("编号"), N_("结果"), N_("字段"), N_("原因"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class RowFault:
    """One row that was refused (or that someone should look at) and why.

    `row` counts from 1 in the order of the file; it is 0 where the whole file is meant.
    """

    row: int
    id: str
    field: str
    msgid: str
    facts: Mapping[str, object]
    result: str = REFUSED

    def reason(self, locale: str) -> str:
        """The sentence in the reader's language."""
        return translate(self.msgid, locale, **self.facts)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the loader decided or found that concerns the file, not a row."""

    msgid: str
    facts: Mapping[str, object]

    def text(self, locale: str) -> str:
        """The sentence in the reader's language."""
        return translate(self.msgid, locale, **self.facts)


@dataclass
class LoadReport:
    """Counts are rows of the file: read = added + updated + unchanged + refused.

    `outside` counts those of the first three that lie outside their region, `unplaced` those
    without a position. `seconds` maps steps to their time; they overlap where the reader works
    ahead.
    """

    path: Path
    register: str
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    outside: int = 0
    unplaced: int = 0
    dry_run: bool = False
    faults: list[RowFault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """Rows that did not get in."""
        return self.read - self.added - self.updated - self.unchanged

    @property
    def all_refused(self) -> bool:
        """Whether the file held rows and none of them got in."""
        return self.read > 0 and self.refused == self.read

    @property
    def total_seconds(self) -> float:
        """From the call to the end."""
        return self.seconds.get("total", 0.0)

    @property
    def rows_per_second(self) -> float:
        """Rows of the file read, checked and stored a second, all steps together."""
        return self.read / self.total_seconds if self.total_seconds else 0.0

    def note(self, msgid: str, **facts: object) -> None:
        """Add a note."""
        self.notes.append(Note(msgid, facts))

    def reasons(self, result: str = REFUSED) -> list[tuple[RowFault, int]]:
        """The first row of each reason and how many rows share it, most frequent first."""
        first: dict[tuple[str, str], RowFault] = {}
        count: Counter[tuple[str, str]] = Counter()
        for fault in self.faults:
            if fault.result == result:
                key = (fault.msgid, fault.field)
                first.setdefault(key, fault)
                count[key] += 1
        return [(first[key], number) for key, number in count.most_common()]


def write_report(path: Path, reports: list[LoadReport], locale: str) -> int:
    """Write every fault of the reports as CSV (UTF-8 with BOM, for spreadsheets); returns rows.

    Raises InvalidInput where the file cannot be written.
    """
    rows = 0
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(translate(heading, locale) for heading in HEADINGS)
            for report in reports:
                for fault in report.faults:
                    cells = (fault.id, translate(RESULTS[fault.result], locale), fault.field)
                    reason = fault.reason(locale)
                    row = fault.row or ""
                    writer.writerow([_safe(report.path.name), row, *map(_safe, (*cells, reason))])
                    rows += 1
    except OSError as error:
        raise InvalidInput(
            N_("报告 %(path)s 无法写入：%(reason)s。"), path=str(path), reason=error.strerror
        ) from error
    return rows


def _safe(cell: str) -> str:
    """A cell no spreadsheet takes for a formula: the file's own text ends up here."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
