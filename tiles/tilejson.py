"""TileJSON 3.0 of a register's layer (https://github.com/mapbox/tilejson-spec)."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from geoapp.core.i18n import translate
from layers.declare import Register
from spatial_queries.kept import tile_version
from spatial_queries.selection import Selection

MAX_TILE_ZOOM = 16
"""Clients enlarge tiles of this zoom for nearer views: one unit is 15 cm there."""


def describe(
    register: Register, url: str, *, locale: str,
    bounds: tuple[float, float, float, float] | None = None,
) -> dict[str, object]:
    """The document; `url` is the tile address with {z}, {x} and {y}.

    `bounds` are west, south, east, north in degrees (see `extent`); left out where unknown.
    """
    first = register.points_from if register.holder is not None else 0
    document: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": translate(register.title, locale),
        "scheme": "xyz",
        "tiles": [url],
        "minzoom": first,
        "maxzoom": MAX_TILE_ZOOM,
        "vector_layers": [
            {"id": register.name, "description": translate(register.description, locale),
             "minzoom": first, "maxzoom": MAX_TILE_ZOOM, "fields": {}}
        ],
    }
    if bounds is not None:
        document["bounds"] = list(bounds)
    return document


def extent(connection: Connection, selection: Selection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the register's rows in the selection's scope, or None.

    From the kept extents of the regions: never computed from the rows on request.
    """
    t = tile_version
    box = func.ST_Extent(t.c.extent)
    row = connection.execute(
        select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
        .where(t.c.register == selection.register.name, selection.scope.clause(t.c.region_key))
    ).one()
    return None if row[0] is None else tuple(row)
