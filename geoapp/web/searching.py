"""The search box: one text over every register the reader may open."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, literal, or_

from geoapp.accounts.limits import SEARCHES, limited
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, harmless, needs, reading
from geoapp.edge.noting import hits_seen
from geoapp.edge.pages import ViewAnswer, reader_locale
from geoapp.people.children import may_know_children
from geoapp.people.name_tokens import has_name, has_number, is_number
from geoapp.protection.reveals import count_number_search
from geoapp.web.context import ICONS
from geoapp.web.listing import record_url
from grids_boundaries.keys import from_key
from layers.declare import Register
from layers.registry import listed_registers
from spatial_queries.columns import label_column
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection, compile_query

blueprint = Blueprint("searching", __name__)
MOST_HITS = 6
MAX_TEXT = 100
NOTES = {
    "regions": "full_name",
    "buildings": "address",
    "houses": "number",
    "sites": "address",
    "organisations": "address",
    "residents": "house_address",
}


@blueprint.post("/search")
@needs(Permission.MAP_VIEW)
@limited(SEARCHES)
@harmless
def search() -> ViewAnswer:
    """Grouped hits; a POST because a name or a number may be typed (nothing personal in URLs)."""
    text = request.form.get("q", "").strip()
    if len(text) > MAX_TEXT or "\x00" in text:
        raise InvalidInput(N_("检索词最多 %(most)s 个字符。"), field="q", most=MAX_TEXT)
    groups, access = [], current_access()
    if text:
        with reading() as connection:
            if is_number(text) and access.may(Permission.RESIDENT_NAME):
                count_number_search(connection, access, "residents")
            groups = [
                group for r in listed_registers(access) if (group := _group(connection, r, text))
            ]
    return render_template("map/search.html", q=text, groups=groups)


def _group(connection: Connection, register: Register, text: str) -> dict | None:
    selection = compile_query(SpatialQuery(register.name), register, access=current_access())
    condition = _condition(selection, text)
    if condition is None:
        return None
    rows = connection.execute(_statement(selection, condition, text)).mappings().all()
    if not rows:
        return None
    if register.people:
        hits_seen(connection, [row["k_id"] for row in rows[:MOST_HITS]])
    return {
        "register": register.name,
        "title": translate(register.title, reader_locale()),
        "icon": ICONS.get(register.name, "list"),
        "more": len(rows) > MOST_HITS,
        "hits": [_hit(register, row) for row in rows[:MOST_HITS]],
    }


def _condition(selection: Selection, text: str) -> ColumnElement[bool] | None:
    """Text in a searchable field; people by tokens of their names, or an exact number or phone."""
    if selection.register.name == "residents":
        return _person(selection, text)
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    fields = selection.register.search_fields(selection.access)
    matches: list[ColumnElement[bool]] = [
        f.column.ilike(f"%{escaped}%", escape="\\") for f in fields
    ]
    return or_(*matches) if matches else None


def _person(selection: Selection, text: str) -> ColumnElement[bool] | None:
    if is_number(text):
        return has_number(text)
    return has_name(text, selection.scope, children=may_know_children(selection.access))


def _statement(selection: Selection, condition: ColumnElement[bool], text: str) -> Select:
    register = selection.register
    label = label_column(register, selection.access)
    columns = [
        register.id_column.label("k_id"),
        register.scope_column.label("k_region"),
        label.expression.label("label"),
    ]
    note = next(
        (
            f
            for f in register.fields
            if f.name == NOTES.get(register.name) and f.clear(selection.access)
        ),
        None,
    )
    columns.append((note.column if note else literal(None)).label("note"))
    if register.geometry is not None:
        point = func.ST_PointOnSurface(register.geometry)
        columns += [
            func.ST_X(point).label("lon"),
            func.ST_Y(point).label("lat"),
            func.Box2D(register.geometry).label("box"),
        ]
    exact = case(
        (label.expression == text, 0),
        (label.expression.startswith(text, autoescape=True), 1),
        else_=2,
    )
    return (
        selection.select(*columns)
        .where(condition)
        .order_by(exact, register.id_column)
        .limit(MOST_HITS + 1)
    )


def _hit(register: Register, row: RowMapping) -> dict:
    label = label_column(register, current_access())
    shown = (
        label.text(row["label"], row["k_id"], reader_locale()) or row["note"] or f"#{row['k_id']}"
    )
    box = row.get("box") if register.name == "regions" else None
    return {
        "id": row["k_id"],
        "label": shown,
        "note": row["note"] if row["note"] != shown else "",
        "lon": row.get("lon"),
        "lat": row.get("lat"),
        "bbox": box[4:-1].replace(" ", ",") if box else "",
        "url": record_url(register, row["k_id"]),
        "code": from_key(row["k_region"]).text if register.name == "regions" else None,
    }
