"""One page of a list with its exact tallies, in one statement.

Ids first: the matching keys are made once (MATERIALIZED), counted, sorted, cut, and only the
page is joined with the table. PostgreSQL prices `count(*) OVER ()` and `ORDER BY … LIMIT` wrongly
by factors of ten to four hundred here (research/performance 5). A large region without further
filters walks the sort index instead and takes its total from the kept counts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
)

from geoapp.core.crypto import CannotDecrypt, seal, unseal
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from spatial_queries.kept import kept_tallies
from spatial_queries.selection import Selection

SEALED_AS = "page.token"
"""Purpose of a page token's seal."""
Order = tuple[tuple[ColumnElement, bool], ...]
"""Sort expressions; True for descending."""


@dataclass(frozen=True)
class Tallies:
    """How many match, how many of them have no position, and lie outside their region."""

    total: int
    no_position: int
    outside: int


def read_tallies(connection: Connection, selection: Selection) -> Tallies:
    """Exact counts of the selection, from kept counts where these can answer."""
    kept = kept_tallies(connection, selection)
    if kept is not None:
        return Tallies(*kept)
    placed = selection.register.placed
    row = connection.execute(selection.select(*_counts(placed))).one()
    return Tallies(*row)


def _counts(placed: ColumnElement | None) -> tuple[ColumnElement, ...]:
    if placed is None:
        return func.count().label("t_total"), literal(0).label("t_no_position"), literal(0).label("t_outside")
    return (
        func.count().label("t_total"),
        func.count().filter(placed == 0).label("t_no_position"),
        func.count().filter(placed == 2).label("t_outside"),
    )


def _keys(selection: Selection) -> list[ColumnElement]:
    sort = [column.label(f"k_sort{i}") for i, (column, _) in enumerate(selection.order())]
    return [selection.register.id_column.label("k_id"), selection.register.county_column.label("k_county"), *sort]


def ids_first(
    selection: Selection, columns: dict[str, ColumnElement], only_total: bool = False
) -> Select:
    """The page's statement: t_total, t_no_position and t_outside beside k_id, sort keys and columns.

    One row more than the limit tells that there is a next page; without a match there is one row
    with k_id NULL.
    """
    register = selection.register
    keys = _keys(selection)
    placed = register.placed if register.placed is not None else literal(1)
    carried = keys if only_total else [*keys, placed.label("k_placed")]
    ids = selection.select(*carried).cte("ids").prefix_with("MATERIALIZED")
    counts = (func.count().label("t_total"),) if only_total else _counts(ids.c.k_placed)
    tallies = select(*counts).select_from(ids).subquery("tallies")
    order = selection.order()
    sorts = [ids.c[f"k_sort{i}"] for i in range(len(order))]
    picked = [ids.c.k_id, ids.c.k_county, *sorts]
    page = (
        select(*picked).where(_after(selection, sorts, ids.c.k_id))
        .order_by(*_ordering(sorts, order), ids.c.k_id).limit(selection.query.limit + 1).subquery("page")
    )
    found = page.join(
        register.table, and_(register.id_column == page.c.k_id, register.county_column == page.c.k_county)
    )
    sorted_by = [page.c[f"k_sort{i}"] for i in range(len(order))]
    return (
        select(tallies, page, *(c.label(name) for name, c in columns.items()))
        .select_from(tallies.outerjoin(found, true()))
        .order_by(*_ordering(sorted_by, order), page.c.k_id)
    )


def walk(selection: Selection, columns: dict[str, ColumnElement]) -> Select:
    """The page's statement along the sort index, without tallies."""
    order = selection.order()
    sorts = [column for column, _ in order]
    id_column = selection.register.id_column
    labelled = [c.label(name) for name, c in columns.items()]
    return (
        selection.select(*_keys(selection), *labelled).where(_after(selection, sorts, id_column))
        .order_by(*_ordering(sorts, order), id_column).limit(selection.query.limit + 1)
    )


def _ordering(columns: Sequence[ColumnElement], order: Order) -> list[ColumnElement]:
    return [c.desc() if descending else c for c, (_, descending) in zip(columns, order, strict=True)]


def _after(selection: Selection, columns: Sequence[ColumnElement], key: ColumnElement) -> ColumnElement[bool]:
    """Rows behind the page token: (a > x) OR (a = x AND key > id), direction respected."""
    if not selection.query.after:
        return true()
    *values, last = _read_token(selection, len(columns))
    condition: ColumnElement[bool] = key > last
    order = selection.order()
    for column, value, (_, descending) in reversed(list(zip(columns, values, order, strict=True))):
        bound = literal(value, column.type)
        beyond = column < bound if descending else column > bound
        condition = or_(beyond, and_(column == bound, condition))
    return condition


def page_token(selection: Selection, row: Mapping[str, Any] | RowMapping) -> str:
    """What asks for the page behind `row` (a mapping with the sort keys).

    Sealed, because it stands in addresses and the sort key may be a name; nobody can forge one.
    """
    values = [row[f"k_sort{i}"] for i in range(len(selection.order()))]
    packed = orjson.dumps([_sort_token(selection), *(_plain(v) for v in values), row["k_id"]])
    return base64.urlsafe_b64encode(seal(packed.decode(), SEALED_AS)).decode().rstrip("=")


def _plain(value: str | float | Decimal | date) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, (int, float, str)) else value.isoformat()


def _sort_token(selection: Selection) -> str:
    return f"{selection.query.token}:{selection.query.sort!r}"


def _read_token(selection: Selection, count: int) -> list:
    text = selection.query.after or ""
    try:
        cell = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values = orjson.loads(unseal(cell, SEALED_AS))
    except (CannotDecrypt, ValueError, TypeError):
        values = None
    if not isinstance(values, list) or len(values) != count + 2 or values[0] != _sort_token(selection):
        raise InvalidInput(N_("翻页标记无效，或属于另一个查询。"), field="after")
    return [_typed(c, v) for (c, _), v in zip(selection.order(), values[1:-1], strict=True)] + [_key(values[-1])]


def _key(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise InvalidInput(N_("翻页标记无效，或属于另一个查询。"), field="after")
    return value


def _typed(column: ColumnElement, value: object) -> object:
    """A token value with the column's type; a forged one is refused, never sent to SQL."""
    wanted = column.type.python_type
    try:
        if hasattr(wanted, "fromisoformat"):
            return wanted.fromisoformat(value)
        if isinstance(value, bool) is not (wanted is bool):
            raise TypeError
        return wanted(value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidInput(N_("翻页标记无效，或属于另一个查询。"), field="after") from error
