"""What a first fill would do and has done, in figures: by reason, by street and grid. No row, no value (D3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from geoapp.core.db import table_of
from geoapp.importing import codes
from geoapp.importing.models import ImportRow
from geoapp.importing.reads import Opened, open_row

row_table = table_of(ImportRow)
STREET = 10**6
"""Keys of one street share what is left of these."""
MADE = and_(row_table.c.state == codes.CLAIMED, row_table.c.target_version.is_not(None))
STANDING = or_(
    row_table.c.state == codes.CLAIMED_ALONG,
    and_(row_table.c.state == codes.CLAIMED, row_table.c.target_version.is_(None)),
)
FAILED = and_(row_table.c.state.in_(codes.OPEN), row_table.c.failure.is_not(None))
WAITING = and_(row_table.c.state.in_(codes.OPEN), row_table.c.failure.is_(None))
Report = dict[str, Any]


def report_of(connection: Connection, batch_id: int) -> Report:
    """What a batch's rows have become, whoever wrote them in however many runs. As a `Report`.

    {"made", "unchanged", "left", "failed": {code: rows}, "regions": [[key, made, unchanged, failed, left]]}
    """
    kinds = (("made", MADE), ("unchanged", STANDING), ("failed", FAILED), ("left", WAITING))
    counts = [func.count().filter(condition).label(name) for name, condition in kinds]
    mine = (row_table.c.batch_id == batch_id, row_table.c.state != codes.REFUSED)
    grouped = select(row_table.c.region_key, *counts).where(*mine).group_by(row_table.c.region_key)
    rows = connection.execute(grouped.order_by(row_table.c.region_key)).all()
    reasons = select(row_table.c.failure, func.count()).where(*mine, FAILED).group_by(row_table.c.failure)
    failed = {row[0]: row[1] for row in connection.execute(reasons)}
    return {
        "made": sum(row.made for row in rows), "unchanged": sum(row.unchanged for row in rows),
        "left": sum(row.left for row in rows), "failed": failed,
        "regions": [[row.region_key, row.made, row.unchanged, row.failed, row.left] for row in rows],
    }  # fmt: skip


def faults_of(connection: Connection, batch_id: int) -> list[list[Any]]:
    """[name of the column, code of the fault, rows] of what was refused when the file was read, most first."""
    found: Counter[tuple[str, str]] = Counter()
    for opened in refused_rows(connection, row_table.c.batch_id == batch_id):
        found.update({(fault[0], fault[1]) for fault in opened.faults})
    return [[name, code, n] for (name, code), n in found.most_common()]


def refused_rows(connection: Connection, *mine: ColumnElement[bool]) -> Iterator[Opened]:
    """Rows that were refused when they were read, or that did not become a record, opened one by one."""
    which = or_(row_table.c.state == codes.REFUSED, FAILED)
    query = select(row_table).where(*mine, which).order_by(row_table.c.id)
    with connection.execute(query.execution_options(yield_per=1000)) as found:
        for row in found:
            opened = open_row(row)
            yield opened if row.failure is None else replace(opened, faults=(("", row.failure, {}),))


def by_street(report: Mapping[str, Any]) -> dict[int, list[int]]:
    """Key of a street (or of what lies above it) to its sums of made, unchanged, failed, left."""
    found: dict[int, list[int]] = {}
    for key, *counts in report["regions"]:
        sums = found.setdefault(key // STREET * STREET, [0] * len(counts))
        for at, n in enumerate(counts):
            sums[at] += n
    return found

