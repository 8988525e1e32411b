"""The region tree and one region's place."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, Connection, Row, exists, func, literal, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer, reader_locale
from grids_boundaries.keys import RegionCode, parse_code
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from layers.registers.regions import LEVELS
from spatial_queries.kept import region_count

blueprint = Blueprint("regions", __name__)


@blueprint.get("/regions/tree")
@needs(Permission.REGION_READ)
def show_tree() -> ViewAnswer:
    """One level of the tree below ?parent=, or the top of the reader's area."""
    parent = request.args.get("parent", "")
    code = parse_code(parent) if parent else None
    with reading() as connection:
        nodes = tree_nodes(connection, code)
    return render_template("map/tree.html", parent=parent, nodes=nodes)


def tree_nodes(connection: Connection, parent: RegionCode | None) -> list[dict]:
    """Children of a region inside the reader's scope, or the scope's own tops."""
    scope = current_access().scope
    visible = scope.clause(Region.key)
    child = table_of(Region).alias("child")
    houses = (
        select(func.sum(region_count.c.n))
        .where(
            region_count.c.register == literal("houses"),
            region_count.c.region_key.between(Region.key, Region.hi),
        )
        .correlate(table_of(Region))
        .scalar_subquery()
    )
    has_children = exists().where(child.c.parent_key == Region.key, scope.clause(child.c.key))
    columns = (
        Region.key,
        Region.code,
        Region.name,
        Region.level,
        Region.origin,
        func.Box2D(Region.geom).label("box"),
        houses.label("houses"),
        has_children.label("has_children"),
    )
    query = select(*columns).where(visible).order_by(Region.key)
    query = query.where(Region.parent_key == parent.lo) if parent else query.where(_is_top(scope))
    return [_node(row) for row in connection.execute(query)]


def _is_top(scope: RowScope) -> ColumnElement[bool]:
    """A region whose parent the reader does not see."""
    above = table_of(Region).alias("above")
    return ~exists().where(above.c.key == Region.parent_key, scope.clause(above.c.key))


def _node(row: Row) -> dict:
    return {
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "level_title": translate(LEVELS[row.level], reader_locale()),
        "has_children": row.has_children,
        "origin": row.origin,
        "bbox": box_text(row.box),
        "houses": int(row.houses) if row.houses is not None else None,
        "households": None,
    }


def box_text(box: str | None) -> str:
    """PostGIS's BOX(w s,e n) as "w,s,e,n"."""
    return box[4:-1].replace(" ", ",") if box else ""


@blueprint.get("/regions/<code>.json")
@needs(Permission.REGION_READ)
def show_region(code: str) -> ViewAnswer:
    """Name and box of one region in scope."""
    asked = parse_code(code)
    columns = (
        Region.code,
        Region.name,
        Region.full_name,
        Region.level,
        Region.origin,
        func.Box2D(Region.geom).label("box"),
    )
    with reading() as connection:
        row = connection.execute(
            select(*columns).where(
                Region.key == asked.lo, current_access().scope.clause(Region.key)
            )
        ).one_or_none()
    if row is None:
        raise NotFound()
    parent = asked.parent()
    return json_answer(
        {
            "code": row.code,
            "name": row.name,
            "full_name": row.full_name,
            "level": row.level,
            "origin": row.origin,
            "bbox": box_text(row.box),
            "parent": parent.text if parent else None,
        }
    )
