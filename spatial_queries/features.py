"""A page of a selection as GeoJSON features, written by the database.

PostgreSQL makes the text of each feature (row_to_json, ST_AsGeoJSON) and Python only joins it:
row by row in Python the same costs four to six times as much (research/performance 4). The
statement is `paging.ids_first`, as for lists. It is built once for all boxes of a question and
then only filled with their values, since building it costs more than running it.

Residents have no position: their geometry is null (D3.4). Masked fields never leave the database
as they are stored: they are masked here and put in front of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.types import LargeBinary

from grids_boundaries.access import Access
from spatial_queries.columns import Column
from spatial_queries.crs import System
from spatial_queries.fields import RegisterLike
from spatial_queries.kept import kept_tallies
from spatial_queries.paging import WALK_FROM, ids_first, page_token, walk
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection

MOST_BOXES = 2


@dataclass(frozen=True)
class FeaturePage:
    """`features`: GeoJSON features, one text each. `total` counts the whole selection."""

    features: list[str]
    total: int
    next_token: str | None


def read_features(
    connection: Connection, selection: Selection, columns: tuple[Column, ...], system: System
) -> FeaturePage:
    """The page the query asks for, positions in `system`. Raises InvalidInput for a wrong token."""
    kept = kept_tallies(connection, selection)
    if kept is not None and kept[0] > WALK_FROM:
        statement = walk(selection, _expressions(selection.register, columns, system))
        rows: Sequence[RowMapping] = connection.execute(statement).mappings().all()
        total = kept[0]
    else:
        rows = _run(connection, selection, columns, system)
        total = rows[0]["t_total"]
        rows = rows if rows[0]["k_id"] is not None else []
    limit = selection.query.limit
    token = page_token(selection, rows[limit - 1]) if len(rows) > limit else None
    return FeaturePage(_texts(rows[:limit], columns), total, token)


def read_feature(
    connection: Connection, selection: Selection, columns: tuple[Column, ...], system: System, record_id: int
) -> str | None:
    """One feature of the selection by its id, or None: absent and out of scope are the same."""
    register = selection.register
    labelled = [c.label(name) for name, c in _expressions(register, columns, system).items()]
    statement = selection.select(register.id_column.label("k_id"), *labelled).where(register.id_column == record_id)
    rows = connection.execute(statement).mappings().all()
    return _texts(rows, columns)[0] if rows else None


def _texts(rows: Sequence[RowMapping], columns: tuple[Column, ...]) -> list[str]:
    masked = [column for column in columns if column.masked]
    if not masked:
        return [row["feature"] for row in rows]
    return [row["feature"] + _masked_json(row, masked) + row["rest"] for row in rows]


def _masked_json(row: RowMapping, masked: list[Column]) -> str:
    shown = {c.label: c.render(row[c.label], row["k_id"], "zh") for c in masked}
    text = orjson.dumps(shown).decode()
    return text[:-1] if row["rest"] == "}}" else text[:-1] + ","


def _expressions(register: RegisterLike, columns: tuple[Column, ...], system: System) -> dict[str, ColumnElement]:
    """The feature as one text; with masked columns, the text before and after these, and these."""
    clear = [column.expression.label(column.label) for column in columns if not column.masked]
    properties = _properties(register, clear)
    head = func.concat(
        '{"type":"Feature","id":', cast(register.id_column, Text), ',"geometry":', _geometry(register, system),
        ',"properties":',
    )
    masked = {column.label: column.expression for column in columns if column.masked}
    if not masked:
        return {"feature": head.concat(properties).concat("}")}
    rest = func.substr(properties, 2).concat("}")
    return {"feature": head, "rest": rest, **masked}


def _properties(register: RegisterLike, clear: Sequence[ColumnElement]) -> ColumnElement:
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


# -- one statement for all boxes of a question ------------------------------------------------


class _AnyBox:
    """Stands for the outline of a box that is known when the statement runs."""

    def __init__(self, number: int):
        self.wkb = bindparam(f"box_{number}", type_=LargeBinary)

    @property
    def wkb_hex(self) -> str:
        """A name for it in a repr."""
        return str(self.wkb.key)


_ANY_BOX = tuple(_AnyBox(number) for number in range(MOST_BOXES))


def _run(
    connection: Connection, selection: Selection, columns: tuple[Column, ...], system: System
) -> Sequence[RowMapping]:
    query = selection.query
    boxes = query.shapes
    if query.after or query.near or len(boxes) > MOST_BOXES or any(shape.kind != "bbox" for shape in boxes):
        statement = ids_first(selection, _expressions(selection.register, columns, system))
        return connection.execute(statement).mappings().all()
    any_boxes = tuple(replace(shape, geometry=box) for shape, box in zip(boxes, _ANY_BOX, strict=False))
    asker = Access(selection.access.scope, selection.access.permissions)
    statement = _statement(replace(query, shapes=any_boxes), selection.register, asker, columns, system)
    values = {f"box_{number}": shape.geometry.wkb for number, shape in enumerate(boxes)}
    return connection.execute(statement, values).mappings().all()


@lru_cache(maxsize=256)
def _statement(
    query: SpatialQuery, register: RegisterLike, access: Access, columns: tuple[Column, ...], system: System
) -> Select:
    return ids_first(Selection(query, register, access), _expressions(register, columns, system))
