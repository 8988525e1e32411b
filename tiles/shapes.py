"""The general way: ST_AsMVT over the stored EPSG:3857 geometry, found by the EPSG:4326 index.

ST_AsMVTGeom moves every vertex to the tile's own grid of 4096 units, so two neighbours that
share a border still share it in the tile, whatever the zoom.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, SmallInteger, cast, func, literal, select

from grids_boundaries.access import Source
from spatial_queries.selection import Selection
from tiles import statements
from tiles.address import BUFFER, EXTENT, TileAddress

LABELS = "_label"
"""What the name of the layer of labels ends in."""


def layers(source: Source, selection: Selection, address: TileAddress) -> bytes:
    """MVT with the register's layer: feature id, `c`, its tile columns; and its labels, if any, with the same."""
    zoom = address.z if selection.register.zoom_filter is not None else ""
    build = _shapes_and_labels if selection.register.tile_labels else _shapes
    made = statements.statement(f"shapes{zoom}", selection, lambda: build(selection, address.z))
    return statements.only_bytes(made.run(source, **statements.degrees(address), **statements.metres(address)))


def _shapes(selection: Selection, zoom: int) -> Select:
    shape = _stored(selection)
    return _tile(selection.register.name, _touching(selection, zoom, _drawn(shape)))


def _shapes_and_labels(selection: Selection, zoom: int) -> Select:
    """Both from one look at the rows; a label is a point inside its shape, in the one tile it falls in (its west and
    north edge included)."""
    register = selection.register
    west, south, east, north = statements.edges("metres")
    found = _touching(selection, zoom, _stored(selection).label("shape")).cte("touching").prefix_with("MATERIALIZED")
    own = [column for column in found.c if column.name != "shape"]
    placed = select(*own, func.ST_PointOnSurface(found.c.shape).label("place")).subquery("placed")
    x, y = func.ST_X(placed.c.place), func.ST_Y(placed.c.place)
    point = func.ST_AsMVTGeom(placed.c.place, statements.box_metres(), EXTENT, 0, False).label("geom")
    inside = select(*(placed.c[column.name] for column in own), point).where(x >= west, x < east, y > south, y <= north)
    shapes = _tile(register.name, select(*own, _drawn(found.c.shape)))
    labels = _tile(register.name + LABELS, inside)
    return select(_or_nothing(shapes).op("||")(_or_nothing(labels)))


def _stored(selection: Selection) -> ColumnElement:
    assert selection.register.geometry_3857 is not None
    return selection.register.geometry_3857


def _or_nothing(tile: Select) -> ColumnElement:
    return func.coalesce(tile.scalar_subquery(), literal(b""))


def _drawn(shape: ColumnElement) -> ColumnElement:
    return func.ST_AsMVTGeom(shape, statements.box_metres(), EXTENT, BUFFER, True).label("geom")


def _touching(selection: Selection, zoom: int, *columns: ColumnElement) -> Select:
    """Id, tile columns and `c` of the rows whose box meets the tile's, and `columns`."""
    register = selection.register
    assert register.geometry is not None
    category = literal(0) if register.category is None else func.coalesce(register.category, 0)
    own = (*(column.label(name) for name, column in register.tile_columns), cast(category, SmallInteger).label("c"))
    found = selection.select(register.id_column.label("id"), *own, *columns)
    found = found.where(register.geometry.op("&&")(statements.box_degrees()))
    return found if register.zoom_filter is None else found.where(register.zoom_filter(zoom))


def _tile(layer: str, found: Select) -> Select:
    rows = found.subquery("found")
    # rows without a shape (a sliver smaller than a unit) are left out by ST_AsMVT itself
    return select(func.ST_AsMVT(rows.table_valued(), layer, EXTENT, "geom", "id"))
