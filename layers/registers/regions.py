"""Regions: the administrative tree from city to grid (A0.8, A9, A19)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, func, literal, or_, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from grids_boundaries.models import Region
from layers.declare import Field, LegendEntry, Register, origin_field, updated_field
from spatial_queries.kept import region_count

region = table_of(Region)

LEVELS = {
    "province": N_("省"),
    "city": N_("市"),
    "county": N_("区县"),
    "street": N_("街道"),
    "community": N_("社区"),
    "grid": N_("网格"),
}
level = case({name: i for i, name in enumerate(LEVELS, 1)}, value=region.c.level)
BAND = (300, 500)
"""Households of a grid (A9.4)."""

houses = (
    select(func.coalesce(func.sum(region_count.c.n), 0))
    .where(
        region_count.c.register == literal("houses"),
        region_count.c.region_key.between(region.c.key, region.c.hi),
    )
    .correlate(region)
    .scalar_subquery()
)
band = case(
    (or_(region.c.level != "grid", region.c.dedicated), 0),
    (houses == 0, 0),
    (houses < BAND[0], 1),
    (houses <= BAND[1], 2),
    else_=3,
)


def shown_at(zoom: int) -> ColumnElement[bool]:
    """Levels drawn at a zoom: districts from afar, grids near by."""
    if zoom < 9:
        return region.c.level.in_(("city", "county"))
    if zoom < 12:
        return region.c.level.in_(("county", "street"))
    if zoom < 14:
        return region.c.level.in_(("street", "community"))
    return region.c.level.in_(("street", "community", "grid"))


REGISTER = Register(
    "regions",
    title=N_("区划与网格"),
    title_one=N_("区划"),
    permission=Permission.REGION_READ,
    table=region,
    id_column=region.c.key,
    county_column=region.c.county_code,
    scope_column=region.c.key,
    geometry=region.c.geom,
    geometry_3857=region.c.geom_3857,
    geometry_type="MultiPolygon",
    placed=case((region.c.geom.is_(None), 0), else_=1),
    category=band,
    zoom_filter=shown_at,
    tile_columns=(("level", level), ("name", region.c.name)),
    tile_labels=True,
    tiles_follow=("houses",),
    label_field="name",
    default_sort=("code",),
    symbol="polygon",
    points_from=0,
    order=10,
    fields=(
        Field("code", N_("代码"), region.c.code, sortable=True, nullable=False, searched=True),
        Field("name", N_("名称"), region.c.name, sortable=True, nullable=False, searched=True),
        Field("level", N_("级别"), region.c.level, "code", LEVELS, nullable=False),
        Field(
            "houses",
            N_("房屋数"),
            houses,
            "integer",
            filterable=False,
            permission=Permission.HOUSE_READ,
        ),
        Field("area_m2", N_("面积（平方米）"), region.c.area_m2, "integer", sortable=True),
        Field(
            "dedicated", N_("专属网格"), region.c.dedicated, "boolean", nullable=False, listed=False
        ),
        Field("full_name", N_("全称"), region.c.full_name, nullable=False, listed=False),
        Field("note", N_("说明"), region.c.note, filterable=False, listed=False),
        origin_field(region.c.origin),
        updated_field(region.c.updated_at),
    ),
    legend=(
        LegendEntry(0, N_("专属网格、无户数或非网格"), "#8a94a3", "outline"),
        LegendEntry(1, N_("少于 300 户"), "#4c8dca", "hatch"),
        LegendEntry(2, N_("300 至 500 户"), "#4c9f70", "fill"),
        LegendEntry(3, N_("多于 500 户"), "#c9772f", "crosshatch"),
    ),
)
