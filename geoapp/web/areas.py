"""Drawn areas: checked, kept, named by hash."""

from __future__ import annotations

from flask import Blueprint, request

from geoapp.accounts.limits import DAY, Rate, take
from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer
from geoapp.edge.query import find_area
from grids_boundaries.areas import as_geojson, save_area
from spatial_queries.geojson import read_geometry

blueprint = Blueprint("areas", __name__)
DRAWN_AREAS = Rate("area", 500, DAY)
"""Kept for good, so a person may add only so many a day; each is small (`read_geometry`)."""
DRAWN = ("Polygon", "MultiPolygon", "LineString")


@blueprint.post("/areas")
@needs(Permission.MAP_VIEW)
def create_area() -> ViewAnswer:
    """Check a drawn geometry and keep it; answers its id."""
    geometry = read_geometry(request.get_data(cache=False), allowed=DRAWN)
    access = current_access()
    take(DRAWN_AREAS, access.user_id)
    with reading() as connection:
        area_id = save_area(connection, geometry, access.user_id)
    return json_answer({"id": area_id}, 201)


@blueprint.get("/areas/<area_id>")
@needs(Permission.MAP_VIEW)
def show_area(area_id: str) -> ViewAnswer:
    """The geometry behind an id, for a colleague's link."""
    if not (area_id.isascii() and area_id.isalnum() and len(area_id) == 16):
        raise InvalidInput(N_("保存的范围“%(id)s”不存在。"), field="area", id=area_id[:40])
    with reading() as connection:
        geometry = find_area(connection, area_id)
    return json_answer(as_geojson(geometry))
