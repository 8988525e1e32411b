"""TileJSON 3.0 of a register's layer (https://github.com/mapbox/tilejson-spec)."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from geoapp.core.i18n import N_, translate
from layers.declare import Register
from spatial_queries.guard import counts_only
from spatial_queries.kept import tile_version
from spatial_queries.selection import Selection
from tiles.shapes import LABELS

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
    zooms: dict[str, object] = {"minzoom": first, "maxzoom": MAX_TILE_ZOOM}
    described = {"description": translate(register.description, locale)} | zooms
    layers = [{"id": register.name, "fields": _fields(register, locale)} | described]
    if register.tile_labels:
        layers.append({"id": register.name + LABELS, "fields": _single(register, locale)} | described)
    document = {
        "tilejson": "3.0.0", "name": translate(register.title, locale), "scheme": "xyz",
        "tiles": [url], "vector_layers": layers,
    } | zooms  # fmt: skip
    return document if bounds is None else document | {"bounds": list(bounds)}


def _fields(register: Register, locale: str) -> dict[str, str]:
    """Properties of the features at any zoom, each with what it means."""
    count = {"n": translate(N_("记录数"), locale)}
    if register.holder is not None:
        return count
    single = _single(register, locale)
    if register.cells is None or not register.points_from:
        return single
    legend = {f"c{entry.value}": translate(entry.label, locale) for entry in register.legend}
    return single | count | legend


def _single(register: Register, locale: str) -> dict[str, str]:
    return {"c": translate(N_("类别"), locale)} | _own_fields(register, locale)


def _own_fields(register: Register, locale: str) -> dict[str, str]:
    titles = {field.name: field.title for field in register.fields}
    return {name: translate(titles.get(name, name), locale) for name, _ in register.tile_columns}


def extent(connection: Connection, selection: Selection) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the register's rows in the selection's scope, or None.

    From the kept extents of the regions: never computed from the rows on request. None for a reader
    who gets counts alone: where the people of a small area live is more than how many they are.
    """
    if counts_only(selection.register, selection.access):
        return None
    t = tile_version
    box = func.ST_Extent(t.c.extent)
    row = connection.execute(
        select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
        .where(t.c.register == selection.register.name, selection.scope.clause(t.c.region_key))
    ).one()
    return None if row[0] is None else tuple(row)
