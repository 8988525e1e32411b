"""Exact counts of a selection by child region and category, in one statement.

    WITH children AS (…regions below the one asked for…),
         counted AS MATERIALIZED (SELECT region_key, category, n …)
    SELECT children.*, category, sum(n) FROM children LEFT JOIN counted
        ON region_key BETWEEN children.key AND children.hi GROUP BY …
    UNION ALL SELECT NULL, …, category, sum(n) FROM counted GROUP BY category

The second part counts everything, so that rows which lie in no child are seen and not lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    and_,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
)  # fmt: skip

from geoapp.core.i18n import N_
from grids_boundaries.keys import DIGITS, KEY_DIGITS, RegionCode
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.kept import kept_conditions, region_count
from spatial_queries.selection import Selection

region = Region.__table__
_COLUMNS = (region.c.key, region.c.hi, region.c.code, region.c.name, region.c.level)
GRAIN = {2: 6, 4: 6, 6: 3}
"""Digits of the region asked for, and how many at the end of a key may be dropped before it is
matched with that region's children: one level finer than the next, since a city may have streets
without counties."""


@dataclass(frozen=True)
class Category:
    """One column: stored value, label (a message id), and how the legend draws it, if it does."""

    value: object
    label: str
    colour: str = ""
    shape: str = ""


class TableRow(NamedTuple):
    """A child region and its key range; what lies in no child has the code None."""

    key: int
    hi: int
    code: str | None
    name: str
    level: str


NO_CHILD = TableRow(-1, -1, None, N_("未归入下级"), "")
NO_VALUE = Category(None, N_("未填写"))


@dataclass(frozen=True)
class RegionTable:
    """`counts[r][c]` of `rows[r]` and `columns[c]`; the last column is `NO_VALUE`."""

    columns: tuple[Category, ...]
    rows: tuple[TableRow, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """Sum of each column."""
        return tuple(map(sum, zip(*self.counts, strict=True))) or (0,) * len(self.columns)

    def narrowed(self, width: int) -> RegionTable:
        """Its first `width` columns."""
        counts = tuple(row[:width] for row in self.counts)
        return RegionTable(self.columns[:width], self.rows, counts)


def read_table(
    connection: Connection, selection: Selection, field: FieldLike, level: str | None = None
) -> RegionTable:
    """Count the selection, from kept counts where these can answer, else row by row.

    By the children of the region asked for, or by all its regions of one `level`.
    """
    scope = selection.scope
    children = _children(scope) if level is None else _at_level(scope, level)
    counted, values = _counted(selection, field, _grain(scope) if level is None else 1)
    inside = counted.c.region_key.between(children.c.key, children.c.hi)
    n = func.sum(counted.c.n).label("n")
    by_child = (
        select(*children.c, counted.c.category, n)
        .select_from(children.outerjoin(counted, inside))
        .group_by(*children.c, counted.c.category)
    )
    nothing = [null().label(column.name) for column in children.c]
    whole = select(*nothing, counted.c.category, n).group_by(counted.c.category)
    found = connection.execute(union_all(by_child, whole)).all()
    return _gather(_categories(selection.register, field), values, found)


def _categories(register: RegisterLike, field: FieldLike) -> tuple[Category, ...]:
    codes = field.codes or {True: N_("是"), False: N_("否")}
    if field.name != register.category_field:
        return (*(Category(value, label) for value, label in codes.items()), NO_VALUE)
    legend = {entry.value: (entry.colour, entry.shape) for entry in register.legend}
    numbers = register.category_codes or {value: value for value in codes}
    drawn = (
        Category(value, label, *legend.get(numbers.get(value), ("", "")))
        for value, label in codes.items()
    )
    return (*drawn, NO_VALUE)


def _counted(
    selection: Selection, field: FieldLike, grain: int
) -> tuple[CTE, dict[object, object]]:
    """(region_key, category, n), and what stored value a category number stands for."""
    register = selection.register
    by_category = field.name == register.category_field
    where = kept_conditions(selection) if by_category else None
    if where is None:
        keys = (_coarse(register.scope_column, grain), field.column.label("category"))
        counted = selection.select(*keys, func.count().label("n"))
        values = {}
    else:
        keys = (_coarse(region_count.c.region_key, grain), region_count.c.category)
        counted = select(*keys, func.sum(region_count.c.n).label("n")).where(*where)
        values = {number: value for value, number in register.category_codes.items()}
    return counted.group_by(*keys).cte("counted").prefix_with("MATERIALIZED"), values


def _grain(scope: RowScope) -> int:
    parent = single_region(scope)
    return 10 ** GRAIN.get(len(parent.digits), 0) if parent else 1


def _coarse(key: ColumnElement, grain: int) -> ColumnElement:
    return (key if grain == 1 else key - key % literal(grain)).label("region_key")


def _children(scope: RowScope) -> CTE:
    """Child regions of the one region the scope is; of several, the topmost themselves.

    A region without children stands for itself.
    """
    parent = single_region(scope)
    if parent is None:
        top = or_(region.c.parent_key.is_(None), not_(scope.clause(region.c.parent_key)))
        return select(*_COLUMNS).where(scope.clause(region.c.key), top).cte("children")
    below = and_(region.c.parent_key == parent.lo, scope.clause(region.c.key))
    child = region.alias("child")
    has_child = select(literal(1)).where(child.c.parent_key == parent.lo).exists()
    itself = and_(region.c.key == parent.lo, not_(has_child))
    return select(*_COLUMNS).where(or_(below, itself)).cte("children")


def _at_level(scope: RowScope, level: str) -> CTE:
    here = and_(region.c.level == level, scope.clause(region.c.key))
    return select(*_COLUMNS).where(here).cte("children")


def single_region(scope: RowScope) -> RegionCode | None:
    """The region whose subtree is exactly the scope, or None."""
    if len(scope.ranges) != 1:
        return None
    text = f"{scope.ranges[0][0]:0{KEY_DIGITS}d}"
    codes = (RegionCode(text[:size], level) for level, size in DIGITS.items())
    return next((code for code in codes if (code.lo, code.hi) == scope.ranges[0]), None)


def _gather(
    columns: tuple[Category, ...], values: dict[object, object], found: Iterable
) -> RegionTable:
    places = {category.value: place for place, category in enumerate(columns)}
    rows: dict[TableRow | None, list[int]] = defaultdict(lambda: [0] * len(columns))
    for *place, category, n in found:
        row = None if place[0] is None else TableRow(*place)
        rows[row][places.get(values.get(category, category), len(columns) - 1)] += int(n or 0)
    whole = rows.pop(None, [0] * len(columns))
    ordered = dict(sorted(rows.items()))
    known = zip(*ordered.values(), strict=True) if ordered else ((0,) for _ in columns)
    rest = [n - sum(column) for n, column in zip(whole, known, strict=True)]
    if any(rest):
        ordered[NO_CHILD] = rest
    return RegionTable(columns, tuple(ordered), tuple(tuple(n) for n in ordered.values()))
