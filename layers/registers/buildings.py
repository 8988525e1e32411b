"""Buildings (A10.1, A19)."""

from __future__ import annotations

from sqlalchemy import case

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.codes import BUILDING_CLASSES, BUILDING_USES, POSITION_SOURCES
from geoapp.houses.models import Building
from layers.declare import (
    ORIGIN_CODES,
    Field,
    LegendEntry,
    Register,
    centre_cells,
    located_fields,
    origin_field,
    region_field,
    updated_field,
)

building = table_of(Building)


REGISTER = Register(
    "buildings",
    title=N_("楼栋"),
    title_one=N_("楼栋"),
    permission=Permission.BUILDING_READ,
    table=building,
    id_column=building.c.id,
    county_column=building.c.county_code,
    scope_column=building.c.region_key,
    geometry=building.c.geom,
    geometry_3857=building.c.geom_3857,
    geometry_type="Polygon",
    placed=building.c.placed,
    category=case(BUILDING_CLASSES, value=building.c.use, else_=BUILDING_CLASSES["unknown"]),
    category_field="use",
    category_codes=BUILDING_CLASSES,
    cells=centre_cells(building.c.geom_3857),
    kept=True,
    label_field="name",
    default_sort=("id",),
    symbol="polygon",
    points_from=14,
    order=20,
    fields=(
        Field(
            "id",
            N_("编号"),
            building.c.id,
            "integer",
            sortable=True,
            nullable=False,
            filterable=False,
            listed=False,
        ),
        Field("name", N_("名称"), building.c.name, sortable=True, searched=True),
        Field("address", N_("地址"), building.c.address, searched=True),
        Field("estate", N_("小区"), building.c.estate, searched=True),
        Field("use", N_("用途"), building.c.use, "code", BUILDING_USES, nullable=False),
        Field("storeys", N_("层数"), building.c.storeys, "integer", sortable=True),
        Field(
            "storeys_origin",
            N_("层数来源"),
            building.c.storeys_origin,
            "code",
            ORIGIN_CODES,
            listed=False,
        ),
        Field("entrances", N_("单元数"), building.c.entrances, "integer", listed=False),
        Field("houses", N_("房屋数"), building.c.houses, "integer", sortable=True, nullable=False),
        Field(
            "residents",
            N_("居住人数"),
            building.c.residents,
            "integer",
            sortable=True,
            nullable=False,
            permission=Permission.RESIDENT_NAME,
        ),
        region_field(building.c.region_key),
        *located_fields(building, POSITION_SOURCES),
        origin_field(building.c.origin),
        updated_field(building.c.updated_at),
    ),
    legend=(
        LegendEntry(1, BUILDING_USES["residential"], "#d9a441", "fill"),
        LegendEntry(2, BUILDING_USES["dormitory"], "#c78f6b", "fill"),
        LegendEntry(3, BUILDING_USES["education"], "#7c9fc9", "fill"),
        LegendEntry(4, BUILDING_USES["commercial"], "#c96f6f", "fill"),
        LegendEntry(5, BUILDING_USES["office"], "#8f86c2", "fill"),
        LegendEntry(6, BUILDING_USES["industrial"], "#8b8b7a", "fill"),
        LegendEntry(7, BUILDING_USES["public"], "#6aa58a", "fill"),
        LegendEntry(8, BUILDING_USES["other"], "#a6a6a6", "fill"),
        LegendEntry(9, BUILDING_USES["unknown"], "#c3c7cd", "fill"),
    ),
)
