"""Key sites: places with a safety concern, in green, yellow and red (A7.2 to A7.7, D3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, SmallInteger, Text, func, literal_column

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.codes import POSITION_SOURCES
from geoapp.sites.codes import CATEGORIES, KIND_TITLES, LEVELS, TYPES, SiteType
from geoapp.sites.models import Site
from layers.declare import (
    ORIGIN_CODES,
    Field,
    LegendEntry,
    Register,
    located_fields,
    origin_field,
    region_field,
    updated_field,
)

site = table_of(Site)


def _of_type(one: SiteType) -> Iterator[Field]:
    """The level of one type and, where it has kinds, its kind; empty for a site not of that type."""
    key: ColumnElement[str] = literal_column(f"'{one.key}'")
    level = func.site_type_level(site.c.types, key, type_=SmallInteger)
    yield Field(one.key, one.title, level, "integer", LEVELS, sortable=True)
    if one.kinds:
        kind = func.site_type_kind(site.c.types, key, type_=Text)
        yield Field(f"{one.key}_kind", KIND_TITLES[one.key], kind, "code", one.kinds, listed=False)


REGISTER = Register(
    "sites",
    title=N_("重点场所"),
    title_one=N_("场所"),
    permission=Permission.SITE_READ,
    table=site,
    id_column=site.c.id,
    county_column=site.c.county_code,
    scope_column=site.c.region_key,
    geometry=site.c.geom,
    geometry_3857=site.c.geom_3857,
    geometry_type="Point",
    placed=site.c.placed,
    category=site.c.attention_level,
    category_field="attention_level",
    cells=(site.c.mx, site.c.my),
    kept=True,
    always=(site.c.active,),
    label_field="name",
    default_sort=("name",),
    symbol="level",
    points_from=12,
    order=50,
    new_url="/sites/new",
    pages=(
        (N_("检查到期"), "/sites/due", "clock"),
        (N_("已取消关注的场所"), "/sites/former", "history"),
    ),
    write_permission=Permission.SITE_WRITE,
    fields=(
        Field("name", N_("名称"), site.c.name, sortable=True, nullable=False, searched=True),
        Field(
            "attention_level",
            N_("关注等级"),
            site.c.attention_level,
            "integer",
            LEVELS,
            sortable=True,
            nullable=False,
        ),
        *(field for one in TYPES.values() for field in _of_type(one)),
        Field("category", N_("类别"), site.c.category, "code", CATEGORIES, nullable=False),
        Field(
            "level_origin", N_("等级来源"), site.c.level_origin, "code", ORIGIN_CODES, listed=False
        ),
        Field("address", N_("地址"), site.c.address, searched=True),
        region_field(site.c.region_key),
        *located_fields(site, POSITION_SOURCES),
        Field("inspected_on", N_("上次检查"), site.c.inspected_on, "date", sortable=True),
        Field("next_due", N_("下次检查"), site.c.next_due, "date", sortable=True),
        origin_field(site.c.origin),
        updated_field(site.c.updated_at),
    ),
    legend=(
        LegendEntry(0, LEVELS[0], "#8a94a3", "ring"),
        LegendEntry(1, LEVELS[1], "#2e9e5b", "circle"),
        LegendEntry(2, LEVELS[2], "#d9a400", "triangle"),
        LegendEntry(3, LEVELS[3], "#d03b3b", "octagon"),
    ),
)
