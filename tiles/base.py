"""The base map: roads, water, land use, coverage and gates. Public data, the same for everybody."""

from __future__ import annotations

from sqlalchemy import Connection, func, literal, select

from geoapp.core.db import table_of
from grids_boundaries.models import BaseFeature
from tiles.address import BUFFER, EXTENT, TileAddress

LAYERS = ("landuse", "water", "road", "railway", "coverage", "gate")
"""Layers in the order they are drawn; anything else in the table is not for the map."""


def layers(connection: Connection, address: TileAddress) -> bytes:
    """MVT of all base layers; properties `kind` and `name`."""
    t = table_of(BaseFeature)
    box = func.ST_MakeEnvelope(*address.degrees(), 4326)
    bounds = func.ST_MakeEnvelope(*address.metres, 3857)
    drawn = func.ST_AsMVTGeom(t.c.geom_3857, bounds, EXTENT, BUFFER, True)
    found = (
        select(t.c.layer, t.c.kind, t.c.name, drawn.label("geom"))
        .where(t.c.layer.in_(LAYERS), t.c.min_zoom <= address.z, t.c.geom.op("&&")(box))
        .cte("found")
    )
    parts = []
    for name in LAYERS:
        rows = select(found.c.kind, found.c.name, found.c.geom).where(
            found.c.layer == name, found.c.geom.is_not(None)
        ).subquery("rows")
        parts.append(select(func.ST_AsMVT(rows.table_valued(), name, EXTENT, "geom").label("layer")))
    joined = parts[0].union_all(*parts[1:]).subquery("parts")
    drawn_layers = select(func.string_agg(joined.c.layer, literal(b"")))
    return bytes(connection.execute(drawn_layers).scalar_one())
