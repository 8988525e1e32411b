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
    """MVT with the register's layer: feature id, `c`, its tile columns; and its labels, if any."""
    zoom = address.z if selection.register.zoom_filter is not None else ""
    places = statements.degrees(address) | statements.metres(address)
    made = statements.statement(f"shapes{zoom}", selection, lambda: _shapes(selection, address.z))
    tile = statements.only_bytes(made.run(source, **places))
    if selection.register.tile_labels:
        made = statements.statement(f"labels{zoom}", selection, lambda: _labels(selection, address.z))
        tile += statements.only_bytes(made.run(source, **places))
    return tile


def _shapes(selection: Selection, zoom: int) -> Select:
    register = selection.register
    category = literal(0) if register.category is None else func.coalesce(register.category, 0)
    drawn = func.ST_AsMVTGeom(register.geometry_3857, statements.box_metres(), EXTENT, BUFFER, True)
    found = _touching(selection, zoom, cast(category, SmallInteger).label("c"), drawn.label("geom"))
    return _tile(register.name, found)


def _labels(selection: Selection, zoom: int) -> Select:
    """A point inside each shape, in the one tile it falls in (its west and north edge included)."""
    register = selection.register
    west, south, east, north = statements.edges("metres")
    place = func.ST_PointOnSurface(register.geometry_3857).label("place")
    found = _touching(selection, zoom, place).cte("touching").prefix_with("MATERIALIZED")
    x, y = func.ST_X(found.c.place), func.ST_Y(found.c.place)
    drawn = func.ST_AsMVTGeom(found.c.place, statements.box_metres(), EXTENT, 0, False)
    own = (column for column in found.c if column.name != "place")
    inside = select(*own, drawn.label("geom")).where(x >= west, x < east, y > south, y <= north)
    return _tile(register.name + LABELS, inside)


def _touching(selection: Selection, zoom: int, *columns: ColumnElement) -> Select:
    register = selection.register
    assert register.geometry is not None
    own = (column.label(name) for name, column in register.tile_columns)
    found = selection.select(register.id_column.label("id"), *own, *columns)
    found = found.where(register.geometry.op("&&")(statements.box_degrees()))
    return found if register.zoom_filter is None else found.where(register.zoom_filter(zoom))


def _tile(layer: str, found: Select) -> Select:
    rows = found.subquery("found")
    # rows without a shape (a sliver smaller than a unit) are left out by ST_AsMVT itself
    return select(func.ST_AsMVT(rows.table_valued(), layer, EXTENT, "geom", "id"))
