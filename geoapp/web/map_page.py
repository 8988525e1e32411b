"""The map page and the declaration of its layers."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import Connection, func, select

from geoapp.accounts.permissions import Permission
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer, reader_locale
from geoapp.web.context import ICONS
from geoapp.web.listing import FORMATS
from geoapp.web.regions import box_text, tree_nodes
from grids_boundaries.models import BaseFeature, Region
from layers.declare import ORIGIN_CODES, Register
from layers.registry import readable_registers

blueprint = Blueprint("map_page", __name__)
FIRST_REGISTER = "houses"
ATTRIBUTION = N_("边界数据来源")


@blueprint.get("/map")
@needs(Permission.MAP_VIEW)
def show_map() -> ViewAnswer:
    """The page's frame; list, tiles and details follow from the address."""
    access = current_access()
    registers = readable_registers(access)
    with reading() as connection:
        nodes = tree_nodes(connection, None)
        config = _config(connection, registers)
    shown = [
        (r.name, translate(r.title, reader_locale()), ICONS.get(r.name, "list")) for r in registers
    ]
    return render_template("map/page.html", registers=shown, nodes=nodes, config=config)


def _config(connection: Connection, registers: list[Register]) -> dict:
    access, settings = current_access(), get_settings()
    names = [r.name for r in registers]
    newest = connection.scalar(
        select(func.max(Region.updated_at)).where(access.scope.clause(Region.key))
    )
    lon, lat = settings.map_centre
    return {
        "register": FIRST_REGISTER if FIRST_REGISTER in names else (names or [""])[0],
        "home": home_box(connection),
        "centre": [lon, lat],
        "zoom": settings.map_zoom,
        "attribution": [{"text": translate(ATTRIBUTION, reader_locale()), "href": "/about"}],
        "updated_at": newest.isoformat() if newest else None,
        "exports": list(FORMATS) if access.may(Permission.EXPORT_CREATE) else [],
    }


def home_box(connection: Connection) -> list[float] | None:
    """Where the map opens: the data inside the reader's area, else the area itself.

    A county may be mapped only in places; an empty district would greet its director otherwise.
    """
    scope = current_access().scope
    mapped = select(func.ST_Extent(Region.geom)).where(
        scope.clause(Region.key), Region.level == "grid"
    )
    whole = select(func.ST_Extent(Region.geom)).where(scope.clause(Region.key))
    for statement in (mapped, whole):
        box = connection.scalar(statement)
        if box:
            return _edges(box)
    covered = connection.scalar(
        select(func.ST_Extent(BaseFeature.geom)).where(BaseFeature.layer == "coverage")
    )
    return _edges(covered) if covered else None


def _edges(box: str) -> list[float]:
    return [float(edge) for edge in box_text(box).split(",")]


@blueprint.get("/layers.json")
@needs(Permission.MAP_VIEW)
def show_layers() -> ViewAnswer:
    """The layers this reader may see, with their legends, in the reader's language."""
    return json_answer([_layer(register) for register in readable_registers(current_access())])


def _layer(register: Register) -> dict:
    locale = reader_locale()
    return {
        "register": register.name,
        "title": translate(register.title, locale),
        "label": register.label_field,
        "symbol": register.symbol,
        "minzoom": register.points_from,
        "geometry": register.geometry_type,
        "icon": ICONS.get(register.name, "list"),
        "legend": [
            {
                "value": e.value,
                "label": translate(e.label, locale),
                "colour": e.colour,
                "shape": e.shape,
                "mark": e.mark,
            }
            for e in register.legend
        ],
        "origins": [{"value": k, "label": translate(v, locale)} for k, v in ORIGIN_CODES.items()],
    }
