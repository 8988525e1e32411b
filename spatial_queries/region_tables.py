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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    and_,
    bindparam,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from grids_boundaries.keys import DIGITS, KEY_DIGITS, RegionCode
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.kept import kept_conditions, region_count
from spatial_queries.selection import Selection

region = table_of(Region)
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
WHOLE = TableRow(-2, -2, None, "", "")
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

    By the children of the region asked for, or by all its regions of one `level`. Raises CountsOnly.
    """
    selection.require_rows()
    register, scope = selection.register, selection.scope
    parent = single_region(scope)
    values: dict[object, object] = {n: value for value, n in register.category_codes.items()}
    where = kept_conditions(selection) if field.name == register.category_field else None
    grain = 1 if level or not parent else 10 ** GRAIN.get(len(parent.digits), 0)
    plain = selection.query.plain and not selection.query.position
    if where is not None and plain and parent and not level:
        facts = {"register": register.name, "lo": parent.lo, "hi": parent.hi}
        found = connection.execute(_plain_statement(grain), facts)
    elif where is not None:
        found = connection.execute(_statement(_rows(scope, level), _kept(where, grain)))
    else:
        values = {}
        counted = _live(selection, field, grain)
        found = connection.execute(_statement(_rows(scope, level), counted))
    return _gather(_categories(register, field), values, found)


@lru_cache(maxsize=4)
def _plain_statement(grain: int) -> CompoundSelect:
    """Kept counts of one region without further conditions, the question asked most: built once."""
    t = region_count.c
    inside = t.region_key.between(bindparam("lo"), bindparam("hi"))
    where = [t.register == bindparam("register"), inside]
    return _statement(_children_of(bindparam("lo"), bindparam("hi")), _kept(where, grain))


def _statement(children: CTE, counted: CTE) -> CompoundSelect:
    inside = counted.c.region_key.between(children.c.key, children.c.hi)
    n = func.sum(counted.c.n).label("n")
    by_child = (
        select(*children.c, counted.c.category, n)
        .select_from(children.outerjoin(counted, inside))
        .group_by(*children.c, counted.c.category)
    )
    nothing = [null().label(column.name) for column in children.c]
    whole = select(*nothing, counted.c.category, n).group_by(counted.c.category)
    return union_all(by_child, whole)


def _categories(register: RegisterLike, field: FieldLike) -> tuple[Category, ...]:
    codes = field.codes or {True: N_("是"), False: N_("否")}
    if field.name != register.category_field:
        return (*(Category(value, label) for value, label in codes.items()), NO_VALUE)
    legend: dict[object, tuple[str, str]] = {
        entry.value: (entry.colour, entry.shape) for entry in register.legend
    }
    numbers = register.category_codes
    drawn = (
        Category(value, label, *legend.get(numbers.get(value, value), ("", "")))
        for value, label in codes.items()
    )
    return (*drawn, NO_VALUE)


def _kept(where: list[ColumnElement[bool]], grain: int) -> CTE:
    """(region_key, category, n) from kept counts."""
    keys = (_coarse(region_count.c.region_key, grain), region_count.c.category)
    counted = select(*keys, func.sum(region_count.c.n).label("n")).where(*where).group_by(*keys)
    return counted.cte("counted").prefix_with("MATERIALIZED")


def _live(selection: Selection, field: FieldLike, grain: int) -> CTE:
    """(region_key, stored value, n) from the rows; what follows from a day is worked out once a day, not once a row."""
    region_key, day = _coarse(selection.register.scope_column, grain), _day_behind(field.column)
    of = field.column if day is None else day
    keys = (region_key, of.label("category"))
    counted = selection.select(*keys, func.count().label("n")).group_by(*keys)
    if day is not None:
        days = counted.subquery("days")
        keys = (days.c.region_key, _following(field.column, day, days.c.category).label("category"))
        counted = select(*keys, func.sum(days.c.n).label("n")).group_by(*keys)
    return counted.cte("counted").prefix_with("MATERIALIZED")


def _following(expression: ColumnElement, column: Column, other: ColumnElement) -> ColumnElement:
    """The expression with another column in the place of one."""

    def replace(element: ColumnElement, **_: Any) -> ColumnElement | None:
        return other if element is column else None

    found: ColumnElement = replacement_traverse(expression, {}, replace)
    return found


def _day_behind(expression: ColumnElement) -> Column | None:
    """The one column, a date, that an expression depends on; None for a column itself and for any other expression."""
    columns = {part for part in iterate(expression) if isinstance(part, Column)}
    found = columns.pop() if len(columns) == 1 else None
    return found if found is not expression and found is not None and isinstance(found.type, Date) else None


def _coarse(key: ColumnElement, grain: int) -> ColumnElement:
    return (key if grain == 1 else key - key % literal(grain)).label("region_key")


def _rows(scope: RowScope, level: str | None) -> CTE:
    """Regions of the level; else children of the one region the scope is, or the topmost of several."""
    parent = single_region(scope)
    inside = scope.clause(region.c.key)
    if level is not None:
        return select(*_COLUMNS).where(region.c.level == level, inside).cte("children")
    if parent is not None:
        return _children_of(literal(parent.lo), literal(parent.hi))
    top = or_(region.c.parent_key.is_(None), not_(scope.clause(region.c.parent_key)))
    return select(*_COLUMNS).where(inside, top).cte("children")


def _children_of(lo: ColumnElement, hi: ColumnElement) -> CTE:
    """Child regions of the region with the key `lo`; one without children stands for itself."""
    below = and_(region.c.parent_key == lo, region.c.key.between(lo, hi))
    child = region.alias("child")
    has_child = select(literal(1)).where(child.c.parent_key == lo).exists()
    itself = and_(region.c.key == lo, not_(has_child))
    return select(*_COLUMNS).where(or_(below, itself)).cte("children")


def single_region(scope: RowScope) -> RegionCode | None:
    """The region whose subtree is exactly the scope, or None."""
    if len(scope.ranges) != 1:
        return None
    text = f"{scope.ranges[0][0]:0{KEY_DIGITS}d}"
    codes = (RegionCode(text[:size], level) for level, size in DIGITS.items())
    return next((code for code in codes if (code.lo, code.hi) == scope.ranges[0]), None)


def _gather(
    columns: tuple[Category, ...], values: Mapping[Any, object], found: Iterable
) -> RegionTable:
    places = {category.value: place for place, category in enumerate(columns)}
    rows: dict[TableRow, list[int]] = defaultdict(lambda: [0] * len(columns))
    for *place, category, n in found:
        row = WHOLE if place[0] is None else TableRow(*place)
        rows[row][places.get(values.get(category, category), len(columns) - 1)] += int(n or 0)
    whole = rows.pop(WHOLE, [0] * len(columns))
    ordered = dict(sorted(rows.items()))
    known = [sum(counts[place] for counts in ordered.values()) for place in range(len(columns))]
    rest = [n - inside for n, inside in zip(whole, known, strict=True)]
    if any(rest):
        ordered[NO_CHILD] = rest
    return RegionTable(columns, tuple(ordered), tuple(tuple(n) for n in ordered.values()))
