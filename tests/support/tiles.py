"""Tiles of a selection, decoded; what is asked is written as in the address bar."""

from __future__ import annotations

import math
from collections.abc import Iterator
from urllib.parse import parse_qsl

import mapbox_vector_tile
import shapely
from sqlalchemy import Connection

from grids_boundaries.access import Access
from layers.registry import all_registers
from spatial_queries.parse import parse_query
from spatial_queries.selection import Selection, compile_query
from tests.factories import city_plan as plan
from tiles import service

AS_DRAWN = {"y_coord_down": True}
CITY = (plan.WEST, plan.NORTH - 2 * plan.HIGH, plan.WEST + 6 * plan.WIDE, plan.NORTH)
Place = tuple[int, int, int]


def selected(access: Access, name: str, query: str = "", areas=None) -> Selection:
    """The selection of a query string."""
    register = all_registers()[name]
    parsed = parse_query(register, parse_qsl(query), access, (areas or {}).__getitem__)
    return compile_query(parsed, register, access=access)


def drawn(connection: Connection, selection: Selection, place: Place) -> dict[str, list[dict]]:
    """Features of each layer of a tile."""
    body = service.register_tile(connection, selection, *place).plain()
    layers = mapbox_vector_tile.decode(body, default_options=AS_DRAWN) if body else {}
    return {name: layer["features"] for name, layer in layers.items()}


def place_of(lon: float, lat: float, zoom: int) -> Place:
    """The tile a point lies in."""
    side = 1 << zoom
    down = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return zoom, int((lon + 180) / 360 * side), int(down * side)


def places(zoom: int, extent=CITY, more: float = 0.002) -> Iterator[Place]:
    """All tiles of a zoom that touch the extent (west, south, east, north), and some beside it."""
    west, south, east, north = extent
    _, x0, y0 = place_of(west - more, north + more, zoom)
    _, x1, y1 = place_of(east + more, south - more, zoom)
    return ((zoom, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))


def in_degrees(place: Place, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a tile unit."""
    zoom, column, row = place
    side = 1 << zoom
    down = (row + y / 4096) / side
    return (column + x / 4096) / side * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))


def polygon(feature: dict) -> shapely.Geometry:
    """The shape of a feature in tile units."""
    return shapely.geometry.shape(feature["geometry"])
