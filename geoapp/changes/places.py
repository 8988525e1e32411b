"""Where a new record lies: the region of the writer's own area that holds a point."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Row, func, select

from geoapp.changes.actions import Writing
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses.rules import check_position
from grids_boundaries.models import Region

region = table_of(Region)


def point_at(lon: float, lat: float) -> ColumnElement:
    """A point in degrees (EPSG:4326) as SQL."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)


def own_region_at(work: Writing, lon: float, lat: float, level: str = "grid") -> Row:
    """(key, county_code) of the region of that level in the writer's area that holds the point.

    Raises InvalidInput where there is none, and for a point that is none.
    """
    check_position(lon, lat)
    query = select(region.c.key, region.c.county_code).where(
        work.access.scope.clause(region.c.key), region.c.level == level,
        func.ST_Covers(region.c.geom, point_at(lon, lat)),
    )  # fmt: skip
    found = work.connection.execute(query.order_by(region.c.key).limit(1)).one_or_none()
    if found is None and level == "grid":
        raise InvalidInput(N_("该位置不在您的网格内，只能登记在自己的网格。"), field="lon")
    if found is None:
        raise InvalidInput(N_("该位置不在您管辖的这一级区划内。"), field="lon")
    return found
