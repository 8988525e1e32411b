"""Collections: a register as the standard describes it."""

from __future__ import annotations

from sqlalchemy import Connection

from geoapp.core.i18n import N_, translate
from geoapp.ogc.links import GEOJSON, HTML, JSON, REL, SCHEMA, base, link, own
from grids_boundaries.access import Access
from layers.declare import Register
from layers.registry import all_registers
from spatial_queries.crs import CRS84, offered
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import Selection
from tiles.tilejson import extent

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


def collection(connection: Connection, register: Register, access: Access, locale: str) -> dict:
    """The collection document, with the reader's own extent from kept boxes, never from the rows."""
    document = {
        "id": register.name, "title": translate(register.title, locale), "itemType": "feature",
        "extent": _extent(connection, register, access), "crs": list(offered()), "storageCrs": CRS84,
        "links": _links(register, locale),
    }
    if register.description:
        document["description"] = translate(register.description, locale)
    return document


def _extent(connection: Connection, register: Register, access: Access) -> dict:
    """People have no positions of their own; the box is that of the regions they live in."""
    located = register if register.geometry is not None else all_registers()["regions"]
    box = extent(connection, Selection(SpatialQuery(located.name), located, access))
    extent_of: dict[str, dict] = {"temporal": {"interval": [[None, None]], "trs": GREGORIAN}}
    if box is not None:
        extent_of["spatial"] = {"bbox": [[round(edge, 7) for edge in box]], "crs": CRS84}
    return extent_of


def _links(register: Register, locale: str) -> list[dict]:
    here, title = f"{base()}/collections/{register.name}", translate(register.title, locale)
    return [
        *own(f"/collections/{register.name}"),
        link(f"{here}/items", "items", GEOJSON, title),
        link(f"{here}/items?f=html", "items", HTML, title),
        link(f"{here}/queryables", f"{REL}/queryables", SCHEMA, translate(N_("可筛选的字段"), locale)),
        link(f"{here}/schema", f"{REL}/schema", SCHEMA, translate(N_("返回的字段"), locale)),
        link(f"{here}/tiles", f"{REL}/tilesets-vector", JSON, translate(N_("矢量瓦片"), locale)),
    ]
