"""Counts by category for each child region of a query's region, under the same conditions.

Registers about people hide small counts from readers without person rights (`small_cells`), and
those readers get fixed areas and fixed categories only: a drawn shape or a filter would let two
answers be subtracted from each other (D3.4; research/trust C8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from geoapp.core.crypto import keyed_hash
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.guard import CountsOnly, counts_only
from spatial_queries.paging import read_tallies
from spatial_queries.parse import readable_field
from spatial_queries.region_tables import Category, RegionTable, TableRow, read_table
from spatial_queries.selection import Selection
from spatial_queries.small_cells import (
    PUBLIC,
    STAFF,
    HiddenRow,
    Move,
    Rule,
    hide_table,
    hide_top_row,
    hide_totals,
    shown,
)  # fmt: skip

Count = int | None


@dataclass(frozen=True)
class RegionCounts:
    """One row; a count that may not be shown is None.

    `code` is None for what lies in no child region; `name` is then a message id.
    """

    code: str | None
    name: str
    level: str
    counts: tuple[Count, ...]
    total: Count


@dataclass(frozen=True)
class Breakdown:
    """`rows` by `columns` with the `totals` of the columns and of all; `field` says by what."""

    field: FieldLike
    columns: tuple[Category, ...]
    rows: tuple[RegionCounts, ...]
    totals: tuple[Count, ...]
    total: Count

    @property
    def hidden(self) -> bool:
        """Whether any count is not shown."""
        counts = [count for row in self.rows for count in (row.total, *row.counts)]
        return None in (self.total, *self.totals, *counts)


def breakdown(
    connection: Connection, selection: Selection, field_name: str | None = None
) -> Breakdown:
    """Count the selection by child region and by a field with codes (the category by default).

    Raises InvalidInput for a field that cannot be counted by, CountsOnly for a question about
    people that this reader may only ask of whole regions.
    """
    field = _field(selection, field_name)
    rule = rule_for(selection.register, selection.access)
    if rule is None:
        table = read_table(connection, selection, field)
        table = table.narrowed(_width(table))
        return _show(field, table, _Veil.none(table), None)
    if not selection.query.plain or selection.query.position:
        raise CountsOnly()
    return _guarded(connection, selection, field, rule)


def counted(connection: Connection, selection: Selection) -> Count:
    """How many there are, as this reader may know; None for a count too small to show."""
    if rule_for(selection.register, selection.access) is None:
        return read_tallies(connection, selection).total
    return breakdown(connection, selection).total


def rule_for(register: RegisterLike, access: Access) -> Rule | None:
    """The rule for small counts; None where counts are exact."""
    if not counts_only(register, access):
        return None
    return PUBLIC if access.user_id is None else STAFF


def _field(selection: Selection, name: str | None) -> FieldLike:
    register, access = selection.register, selection.access
    coded = [f for f in register.fields if (f.codes or f.kind == "boolean") and f.clear(access)]
    field = readable_field(register, name or register.category_field or coded[0].name, access)
    if field not in coded:
        raise InvalidInput(
            N_("字段“%(name)s”不能用来分类统计。"), field="by", name=Label(field.title)
        )
    return field


def _width(table: RegionTable) -> int:
    """Columns worth showing: the one for missing values only where there are any."""
    return len(table.columns) - (not table.totals[-1])


@dataclass(frozen=True)
class _Veil:
    """What of a table is hidden: counts, totals of rows, totals of columns, the total of all."""

    cells: np.ndarray
    rows: frozenset[int]
    columns: np.ndarray
    total: bool
    moves: tuple[frozenset[Move], ...] = ()

    @classmethod
    def none(cls, table: RegionTable) -> _Veil:
        """Nothing is hidden."""
        shape = len(table.rows), len(table.columns)
        return cls(np.zeros(shape, bool), frozenset(), np.zeros(shape[1], bool), False)

    @classmethod
    def below(cls, table: RegionTable, above: HiddenRow, rule: Rule) -> _Veil:
        """What is hidden of a table whose totals are `above`; all of it where their sum is."""
        if above.total:
            shape = len(table.rows), len(table.columns)
            every = frozenset(range(shape[0]))
            return cls(np.ones(shape, bool), every, np.ones(shape[1], bool), True)
        rows = hide_totals([sum(row) for row in table.counts], rule)
        inner = hide_table(table.counts, rows, above.moves, rule)
        return cls(inner.cells, rows, above.cells, False, inner.moves)

    def row(self, number: int) -> HiddenRow:
        """The row as totals of the table below it."""
        moves = self.moves[number] if self.moves else frozenset()
        return HiddenRow(self.cells[number], self.total or number in self.rows, moves)


def _guarded(
    connection: Connection, selection: Selection, field: FieldLike, rule: Rule
) -> Breakdown:
    """The table with small counts hidden, the same in it as in the tables above it.

    The tables from the top of the reader's area down to the one asked for are read one after the
    other, since each hides in its rows what the next has as its totals.
    """
    scope, wanted = selection.access.scope, selection.scope
    table = read_table(connection, _everything(selection, scope), field)
    width = _width(table)
    above = hide_top_row(table.totals[:width], rule)
    while True:
        table = table.narrowed(width)
        veil = _Veil.below(table, above, rule)
        if scope == wanted:
            return _show(field, table, veil, rule)
        inside = _row_around(table, wanted)
        if inside is None or (step := _scope_of(table.rows[inside])) == scope:
            return _show(field, *_picked(table, veil, wanted), rule)
        above, scope = veil.row(inside), step
        table = read_table(connection, _everything(selection, scope), field)


def _everything(selection: Selection, scope: RowScope) -> Selection:
    """The selection without conditions, of a part of the reader's area."""
    query = replace(selection.query, region=None)
    return Selection(query, selection.register, replace(selection.access, scope=scope), whole=True)


def _row_around(table: RegionTable, wanted: RowScope) -> int | None:
    """Number of the row whose region holds all of `wanted`."""
    for number, row in enumerate(table.rows):
        if wanted and row.key <= wanted.ranges[0][0] and wanted.ranges[-1][1] <= row.hi:
            return number
    return None


def _scope_of(row: TableRow) -> RowScope:
    return RowScope(((row.key, row.hi),))


def _picked(table: RegionTable, veil: _Veil, wanted: RowScope) -> tuple[RegionTable, _Veil]:
    """Those rows of several topmost regions that lie in `wanted`; a sum only of what is shown."""
    numbers = [n for n, row in enumerate(table.rows) if row.key in wanted]
    rows = tuple(table.rows[n] for n in numbers)
    cells = veil.cells[numbers]
    hidden = frozenset(place for place, n in enumerate(numbers) if n in veil.rows)
    picked = RegionTable(table.columns, rows, tuple(table.counts[n] for n in numbers))
    return picked, _Veil(cells, hidden, np.any(cells, axis=0), bool(hidden))


def _show(field: FieldLike, table: RegionTable, veil: _Veil, rule: Rule | None) -> Breakdown:
    def cell(count: int, hidden: bool, *place: object) -> Count:
        return None if hidden else shown(count, rule, _coin(field.name, *place) if rule else 0)

    values = [column.value for column in table.columns]
    rows = tuple(
        RegionCounts(
            row.code, row.name, row.level,
            tuple(cell(n, veil.cells[r, c], row.key, values[c]) for c, n in enumerate(table.counts[r])),
            cell(sum(table.counts[r]), r in veil.rows, row.key),
        )
        for r, row in enumerate(table.rows)
    )  # fmt: skip
    keys = [row.key for row in table.rows]
    totals = tuple(cell(n, veil.columns[c], keys, values[c]) for c, n in enumerate(table.totals))
    return Breakdown(field, table.columns, rows, totals, cell(sum(table.totals), veil.total, keys))


def _coin(*place: object) -> float:
    """0 to 1, always the same for one cell: asking twice averages nothing out (research/trust C8)."""
    return int.from_bytes(keyed_hash(repr(place), "small_cells.coin")[:4], "big") / 2**32
