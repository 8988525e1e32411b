"""One page of a list with its tallies: the statement is kept where it serves others too.

Compiling a page's statement costs more than running it (`spatial_queries.prepared`). What a reader
asks most (a region, a box, the nearest) differs in its values only, so its text is made once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    RowMapping,
    Select,
    Text,
    cast,
    func,
    select,
)

from spatial_queries.kept import kept_tallies
from spatial_queries.open_statements import NARROW_KEYS, OPEN, Make, opened
from spatial_queries.paging import Tallies, ids_first, page_token, walk
from spatial_queries.prepared import Prepared, prepare, run, typed
from spatial_queries.selection import Selection

WALK_FROM = 20_000
"""Kept total above which the sort index is walked instead of sorting all keys."""
Labelled = tuple[tuple[str, ColumnElement], ...]
Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True)
class Page:
    """Rows (mappings by column label), tallies of the whole selection, token of the next page."""

    rows: Sequence[Row]
    tallies: Tallies
    next_token: str | None


def read_page(connection: Connection, selection: Selection, columns: Mapping[str, ColumnElement]) -> Page:
    """The page the query asks for. `columns` maps labels to expressions of the register.

    The same expressions serve the next call; new ones would be compiled anew. Raises InvalidInput
    for a page token of another query.
    """
    tallies = wide_tallies(connection, selection)
    rows = _rows(connection, selection, ids_first if tallies is None else walk, tuple(columns.items()))
    if tallies is None:
        first = rows[0]
        tallies = Tallies(first["t_total"], first["t_no_position"], first["t_outside"])
        rows = [row for row in rows if row["k_id"] is not None]
    limit = selection.query.limit
    token = page_token(selection, rows[limit - 1]) if len(rows) > limit else None
    return Page(rows[:limit], tallies, token)


def wide_tallies(connection: Connection, selection: Selection) -> Tallies | None:
    """The tallies where the sort index is walked, which does not count; else None."""
    spans = sum(hi - lo + 1 for lo, hi in selection.scope.ranges)
    kept = kept_tallies(connection, selection) if spans > NARROW_KEYS and not selection.query.near else None
    return Tallies(*kept) if kept is not None and kept[0] > WALK_FROM else None


def read_box(connection: Connection, selection: Selection) -> str:
    """Box of every row with a position, "w,s,e,n" in degrees; "" where there is none."""
    whole = replace(selection, query=replace(selection.query, after=None, sort=(), limit=1))
    box = _rows(connection, whole, _boxed, ())[0]["box"]
    return box[4:-1].replace(" ", ",") if box else ""


def _boxed(selection: Selection, _: dict[str, ColumnElement]) -> Select:
    geometry = selection.geometry
    assert geometry is not None
    found = selection.select(geometry.label("g")).subquery()
    return select(cast(func.ST_Extent(found.c.g), Text).label("box"))


def _rows(connection: Connection, selection: Selection, make: Make, columns: Labelled) -> Sequence[Row]:
    asked, given, keep_plan = opened(selection, make)
    if not given:
        return connection.execute(make(selection, dict(columns))).mappings().all()
    prepared, names = _compiled(connection.dialect, make, asked, columns)
    found = typed(connection, run(connection, prepared, given, keep_plan))
    return [dict(zip(names, row, strict=True)) for row in found]


@lru_cache(maxsize=512)
def _compiled(dialect: Dialect, make: Make, asked: Selection, columns: Labelled) -> tuple[Prepared, tuple[str, ...]]:
    """The page's statement and the names of its columns."""
    statement = make(asked, dict(columns))
    names = tuple(str(column.key) for column in statement.selected_columns)
    return prepare(dialect, statement, OPEN), names
