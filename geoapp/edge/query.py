"""From a request to a Selection: the one way views ask for rows."""

from __future__ import annotations

from collections.abc import Iterable

import shapely
from flask import request
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, reading
from geoapp.people.searches import find_search
from grids_boundaries.areas import saved_area
from layers.declare import Register
from layers.registry import get_register
from spatial_queries.expressions import Found
from spatial_queries.parse import parse_query
from spatial_queries.selection import Selection, compile_query

PAGE_ONLY = frozenset({"view", "layers", "selected", "theme", "lang", "register"})
"""Names in the query string that steer the page, not the rows."""


def open_register(name: str) -> Register:
    """The register for this reader. Raises NotFound."""
    return get_register(name, current_access())


def request_selection(connection: Connection | None, register: Register) -> Selection:
    """The selection the request's query string asks for. Raises InvalidInput, NotFound.

    Without a connection one is opened where a saved area has to be read.
    """
    return selection_from(connection, register, request.args.items(multi=True))


def selection_from(
    connection: Connection | None, register: Register, pairs: Iterable[tuple[str, str]]
) -> Selection:
    """The selection of (name, value) pairs in the contract's grammar."""
    asked = [(name, value) for name, value in pairs if name not in PAGE_ONLY]
    access = current_access()
    query = parse_query(
        register, asked, access, lambda area_id: find_area(connection, area_id),
        lambda search_id: _kept_search(connection, register, search_id),
    )  # fmt: skip
    return compile_query(query, register, access=access)


def _kept_search(connection: Connection | None, register: Register, search_id: str) -> Found:
    if connection is None:
        with reading() as opened:
            return _kept_search(opened, register, search_id)
    return find_search(connection, current_access(), register.name, search_id)


def find_area(connection: Connection | None, area_id: str) -> BaseGeometry:
    """The geometry of a saved area (EPSG:4326). Raises InvalidInput when there is none."""
    if connection is None:
        with reading() as opened:
            return find_area(opened, area_id)
    named = area_id.isascii() and area_id.isalnum()
    query = select(saved_area.c.geom).where(saved_area.c.id == area_id)
    found = connection.scalar(query) if named else None
    if found is None:
        raise InvalidInput(N_("保存的范围“%(id)s”不存在。"), field="area", id=area_id[:40])
    return shapely.from_wkb(bytes(found.data))
