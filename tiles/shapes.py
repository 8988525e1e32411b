"""The general way: ST_AsMVT over the stored EPSG:3857 geometry, found by the EPSG:4326 index.

ST_AsMVTGeom moves every vertex to the tile's own grid of 4096 units, so two neighbours that
share a border still share it in the tile, whatever the zoom.
"""

from __future__ import annotations

from sqlalchemy import Connection, SmallInteger, cast, func, literal, select

from spatial_queries.selection import Selection
from tiles.address import BUFFER, EXTENT, TileAddress


def layers(connection: Connection, selection: Selection, address: TileAddress) -> bytes:
    """MVT with the register's layer: feature id, `c`, the register's own tile columns."""
    register = selection.register
    box = func.ST_MakeEnvelope(*address.degrees(), 4326)
    bounds = func.ST_MakeEnvelope(*address.metres, 3857)
    category = literal(0) if register.category is None else register.category
    columns = [register.id_column.label("id"), cast(category, SmallInteger).label("c")]
    columns += [column.label(name) for name, column in register.tile_columns]
    drawn = func.ST_AsMVTGeom(register.geometry_3857, bounds, EXTENT, BUFFER, True).label("geom")
    found = selection.select(*columns, drawn).where(register.geometry.op("&&")(box))
    if register.zoom_filter is not None:
        found = found.where(register.zoom_filter(address.z))
    found = found.subquery("found")
    rows = select(found).where(found.c.geom.is_not(None)).subquery("rows")
    return bytes(
        connection.scalar(select(func.ST_AsMVT(rows.table_valued(), register.name, EXTENT, "geom", "id")))
    )
