"""What a first fill would do and has done, in figures: by reason, by street and grid (D3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import LOCALES, Label, Words, translate
from geoapp.importing import codes
from geoapp.importing.models import ImportRow
from geoapp.importing.reads import Opened, open_row
from geoapp.importing.targets import problem_of

row_table = table_of(ImportRow)
STREET = 10**6
"""Keys of one street share what is left of these."""
UNSAID = "…"
"""Stands for all that stands in a cell."""
MOST_TOLD = 10_000
"""Rows that a dry run names; of the others it gives the number alone."""
MADE = and_(row_table.c.state == codes.CLAIMED, row_table.c.target_version.is_not(None))
STANDING = or_(
    row_table.c.state == codes.CLAIMED_ALONG,
    and_(row_table.c.state == codes.CLAIMED, row_table.c.target_version.is_(None)),
)
FAILED = and_(row_table.c.state.in_(codes.OPEN), row_table.c.failure.is_not(None))
WAITING = and_(row_table.c.state.in_(codes.OPEN), row_table.c.failure.is_(None))
OF_THE_ROW = frozenset({"incomplete", "no_grid", "not_mine", "no_permission", "gone", "busy", "taken"})
"""Reasons that follow from a row alone; the others tell who is on the register."""
Report = dict[str, Any]


def report_of(connection: Connection, batch_id: int) -> Report:
    """What a batch's rows have become, whoever wrote them in however many runs.

    {"made", "unchanged", "left", "failed": {code: rows}, "problems": [[sentence in Chinese, in English, rows]] of what
    is incomplete, without anything that stands in a cell, "regions": [[key, made, unchanged, failed, left]]}
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
        "left": sum(row.left for row in rows), "failed": failed, "problems": _problems(connection, batch_id),
        "regions": [[row.region_key, row.made, row.unchanged, row.failed, row.left] for row in rows],
    }  # fmt: skip


def dry_report_of(connection: Connection, batch_id: int) -> Report:
    """The same at the end of a dry run, and {"rows": [[id, code]]}: rows that cannot be made, the first MOST_TOLD."""
    named = select(row_table.c.id, row_table.c.failure).where(row_table.c.batch_id == batch_id, FAILED)
    rows = connection.execute(named.order_by(row_table.c.id).limit(MOST_TOLD))
    return report_of(connection, batch_id) | {"rows": [list(row) for row in rows]}


def faults_of(connection: Connection, batch_id: int) -> list[list[Any]]:
    """[column, code of the fault, level of a region or "", rows] of what was refused when read, most first."""
    found: Counter[tuple[str, str, str]] = Counter()
    refused = (row_table.c.batch_id == batch_id, row_table.c.state == codes.REFUSED)
    for opened in _opened(connection, *refused):
        found.update({(name, code, str(facts.get("level", ""))) for name, code, facts in opened.faults})
    return [[*fault, n] for fault, n in found.most_common()]


def refused_rows(
    connection: Connection, *mine: ColumnElement[bool], dry: Mapping[int, str], bare: bool
) -> Iterator[Opened]:
    """Rows that were refused when they were read, or that are no record, opened one by one with their reasons.

    `dry` are rows a dry run could not make, with the code why. `bare`: nothing that stands in a cell, and only what
    follows from the row alone, so nobody learns from a file of their own who is on the register (D3.4).
    """
    dry = {row: code for row, code in dry.items() if not bare or code in OF_THE_ROW}
    failed = and_(FAILED, row_table.c.failure.in_(OF_THE_ROW)) if bare else FAILED
    which = or_(row_table.c.state == codes.REFUSED, failed, row_table.c.id.in_(list(dry)))
    for opened in _opened(connection, *mine, which):
        code = opened.row.failure or dry.get(opened.row.id)
        yield replace(opened, faults=(_why(opened, code, bare),)) if code else opened


def by_street(report: Mapping[str, Any]) -> dict[int, list[int]]:
    """Key of a street (or of what lies above it) to its sums of made, unchanged, failed, left."""
    found: dict[int, list[int]] = {}
    for key, *counts in report["regions"]:
        sums = found.setdefault(key // STREET * STREET, [0] * len(counts))
        for at, n in enumerate(counts):
            sums[at] += n
    return found


# -- parts ---------------------------------------------------------------------------------


def _opened(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Opened]:
    query = select(row_table).where(*which).order_by(row_table.c.id)
    with connection.execute(query.execution_options(yield_per=1000)) as found:
        for row in found:
            yield open_row(row)


def _problems(connection: Connection, batch_id: int) -> list[list[Any]]:
    found: Counter[tuple[str, str]] = Counter()
    for opened in _opened(connection, row_table.c.batch_id == batch_id, FAILED, row_table.c.failure == "incomplete"):
        problem = problem_of(opened.row.register, opened.row, opened.cells)
        if problem is not None:
            words = _words(problem, bare=True)
            found[str(words), words.en] += 1
    return [[*words, n] for words, n in found.most_common()]


def _why(opened: Opened, code: str, bare: bool) -> tuple[str, str, Mapping[str, Any]]:
    """Why a row is no record, as a fault of no column."""
    problem = problem_of(opened.row.register, opened.row, opened.cells) if code == "incomplete" else None
    return ("", "flawed", {"problem": _words(problem, bare=bare)}) if problem else ("", code, {})


def _words(problem: InvalidInput, *, bare: bool) -> Words:
    shown = {k: v if isinstance(v, Label) or not bare else UNSAID for k, v in problem.facts.items()}
    try:
        zh, en = (translate(problem.msgid, locale, **shown) for locale in LOCALES)
    except (TypeError, ValueError):  # a number that is told as one
        zh, en = (translate(codes.ANSWER["incomplete"], locale) for locale in LOCALES)
    return Words(zh, en)
