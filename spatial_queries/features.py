"""A page of a selection as GeoJSON features, written by the database.

PostgreSQL makes the text of each feature (row_to_json, ST_AsGeoJSON) and Python only joins it:
row by row in Python the same costs four to six times as much (research/performance 4). The
statement is `paging.ids_first`, as for lists; it is compiled once for all boxes, or all regions,
of a question (`open_statements`).

Residents have no position: their geometry is null (D3.4). Masked fields never leave the database
as a feature: they come beside it, are masked here and put in front of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Label,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.types import LargeBinary

from spatial_queries.columns import Column
from spatial_queries.crs import System
from spatial_queries.fields import RegisterLike
from spatial_queries.open_statements import LONG_FILTER, OPEN, Make, counted, opened
from spatial_queries.pages import wide_tallies
from spatial_queries.paging import page_token, walk
from spatial_queries.prepared import Prepared, prepare, run
from spatial_queries.selection import Selection


@dataclass(frozen=True)
class FeaturePage:
    """`features`: GeoJSON features, one text each. `total` counts the whole selection."""

    features: list[bytes]
    total: int
    next_token: str | None


def read_features(
    connection: Connection, selection: Selection, columns: tuple[Column, ...], system: System
) -> FeaturePage:
    """The page the query asks for, positions in `system`. Raises InvalidInput for a wrong token."""
    known = wide_tallies(connection, selection)
    make = counted if known is None else walk
    asked, given, keep_plan = opened(selection, make)
    unique = asked.query.after or len(repr(asked.query.where)) > LONG_FILTER
    compile_page = _compiled if unique else _kept
    prepared, names = compile_page(connection.dialect, make, asked, columns, system)
    rows = _Rows(run(connection, prepared, given, keep_plan), names, columns)
    total = int(rows.text(0, "t_total")) if known is None else known.total
    limit = selection.query.limit
    token = page_token(selection, rows.keys(limit - 1)) if rows.count > limit else None
    return FeaturePage(list(rows.features(limit)), total, token)


def read_feature(
    connection: Connection, selection: Selection, columns: tuple[Column, ...], system: System, record_id: int
) -> bytes | None:
    """One feature of the selection by its id, or None: absent and out of scope are the same."""
    register = selection.register
    chosen = [register.id_column.label("k_id"), *_labelled(register, columns, system)]
    statement = selection.select(*chosen).where(register.id_column == record_id)
    result = run(connection, prepare(connection.dialect, statement), {}, keep_plan=False)
    return next(_Rows(result, tuple(c.key for c in chosen), columns).features(1), None)


class _Rows:
    """A result read by column name; without a match the page's statement gives one empty row."""

    def __init__(self, result: PGresult, names: tuple[str, ...], columns: tuple[Column, ...]):
        self.result = result
        self.place = {name: place for place, name in enumerate(names)}
        self.masked = [column for column in columns if column.masked]
        found = result.ntuples
        self.count = 0 if found == 1 and self.value(0, "k_id") is None else found

    def value(self, row: int, name: str) -> bytes | None:
        """The column's text, None for NULL."""
        return self.result.get_value(row, self.place[name])

    def text(self, row: int, name: str) -> str:
        """The column's text, empty for NULL."""
        return (self.value(row, name) or b"").decode()

    def keys(self, row: int) -> Mapping[str, object]:
        """What a page token is made of."""
        sorts = {name: self.text(row, name) for name in self.place if name.startswith("k_sort")}
        return {**sorts, "k_id": int(self.text(row, "k_id"))}

    def features(self, most: int) -> Iterator[bytes]:
        """The first rows as features, with what is masked in its place."""
        for row in range(min(self.count, most)):
            feature = self.value(row, "feature") or b""
            yield feature if not self.masked else feature + self._masked(row) + (self.value(row, "rest") or b"")

    def _masked(self, row: int) -> bytes:
        record_id = int(self.text(row, "k_id"))
        shown = {c.label: c.render(self._stored(row, c), record_id, "zh") for c in self.masked}
        text = orjson.dumps(shown)
        return text[:-1] if self.value(row, "rest") == b"}}" else text[:-1] + b","

    def _stored(self, row: int, column: Column) -> object:
        """A masked column is text or ciphertext."""
        value = self.value(row, column.label)
        if value is None:
            return None
        if isinstance(column.expression.type, LargeBinary):
            return bytes.fromhex(value[2:].decode())
        return value.decode()


def _compiled(
    dialect: Dialect, make: Make, asked: Selection, columns: tuple[Column, ...], system: System
) -> tuple[Prepared, tuple[str, ...]]:
    """The page's statement and the names of its columns."""
    statement = make(asked, {c.key: c for c in _labelled(asked.register, columns, system)})
    names = tuple(str(column.key) for column in statement.selected_columns)
    return prepare(dialect, statement, OPEN), names


_kept = lru_cache(maxsize=512)(_compiled)


def _labelled(register: RegisterLike, columns: tuple[Column, ...], system: System) -> list[Label]:
    """The feature as one text; with masked columns, the text before and after these, and these."""
    clear = [column.expression.label(column.label) for column in columns if not column.masked]
    properties = _properties(register, clear)
    head = func.concat(
        '{"type":"Feature","id":', cast(register.id_column, Text), ',"geometry":', _geometry(register, system),
        ',"properties":',
    )
    masked = [column.expression.label(column.label) for column in columns if column.masked]
    if not masked:
        return [head.concat(properties).concat("}").label("feature")]
    return [head.label("feature"), func.substr(properties, 2).concat("}").label("rest"), *masked]


def _properties(register: RegisterLike, clear: Sequence[Label]) -> ColumnElement:
    """JSON text of the row of these columns."""
    if not clear:
        return literal_column("'{}'", Text)
    row = select(*clear).correlate(register.table).subquery("p")
    made = select(cast(func.row_to_json(literal_column("p")), Text)).select_from(row)
    return made.correlate(register.table).scalar_subquery()


def _geometry(register: RegisterLike, system: System) -> ColumnElement:
    geometry = register.geometry
    if geometry is None or register.people:
        return literal_column("'null'", Text)
    return func.coalesce(system.geojson(geometry), "null")
