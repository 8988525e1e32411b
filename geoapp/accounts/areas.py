"""Areas by name, part of a name or code, for whoever has to give one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, or_, select

from geoapp.core.db import table_of
from grids_boundaries.keys import parse_code
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope

MOST_HITS = 20
MOST_CODES = 50
above = table_of(Region).alias("above")
child = table_of(Region).alias("child")


def find_areas(connection: Connection, scope: RowScope, text: str, levels: Collection[str] = ()) -> list[Row[Any]]:
    """Regions of the scope whose name or code holds `text`, names that begin with it first.

    Rows have code, name, full_name, level and has_children; of `levels` only, if any are named.
    """
    named: list[ColumnElement[bool]] = [Region.full_name.icontains(text, autoescape=True)]
    if text.isascii() and text.isdigit():
        named.append(Region.code.startswith(text))
    query = _regions(scope).where(or_(*named))
    if levels:
        query = query.where(Region.level.in_(levels))
    first = Region.name.istartswith(text, autoescape=True).desc()
    return list(connection.execute(query.order_by(first, Region.key).limit(MOST_HITS)))


def areas_below(connection: Connection, scope: RowScope, parent: str = "") -> list[Row[Any]]:
    """Children of a region inside the scope, or the scope's own tops. Raises InvalidInput."""
    query = _regions(scope)
    if parent:
        query = query.where(Region.parent_key == parse_code(parent).lo)
    else:
        top = exists().where(above.c.key == Region.parent_key, scope.clause(above.c.key))
        query = query.where(~top)
    return list(connection.execute(query.order_by(Region.key)))


def areas_named(connection: Connection, scope: RowScope, codes: Collection[str]) -> list[Row[Any]]:
    """Those of the codes that lie in the scope. Raises InvalidInput."""
    keys = [parse_code(code).lo for code in list(codes)[:MOST_CODES]]
    return list(connection.execute(_regions(scope).where(Region.key.in_(keys)).order_by(Region.key)))


def _regions(scope: RowScope) -> Any:
    has_children = exists().where(child.c.parent_key == Region.key, scope.clause(child.c.key))
    columns = (Region.code, Region.name, Region.full_name, Region.level, has_children.label("has_children"))
    return select(*columns).where(scope.clause(Region.key))
