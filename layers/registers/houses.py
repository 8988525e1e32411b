"""Houses: every dwelling and unit with a number of its own (A6, A19)."""

from __future__ import annotations

from typing import Any

from geoapp.accounts.permissions import Permission
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.codes import (
    HOUSE_STATUS,
    HOUSE_USES,
    POSITION_SOURCES,
    RENTAL_KINDS,
    RENTAL_USES,
)
from geoapp.houses.models import House
from geoapp.people.rules import masked_name, masked_phone
from layers.declare import (
    Field,
    LegendEntry,
    Register,
    located_fields,
    origin_field,
    region_field,
    updated_field,
)

house = table_of(House)


def landlord_name(cell: Any, record_id: int) -> str:
    """A landlord's name as pages show it."""
    return masked_name(decrypt(bytes(cell), f"house.landlord_name.{record_id}")) if cell else ""


def landlord_phone(cell: Any, record_id: int) -> str:
    """A landlord's phone as pages show it."""
    return masked_phone(decrypt(bytes(cell), f"house.landlord_phone.{record_id}")) if cell else ""


REGISTER = Register(
    "houses",
    title=N_("房屋"),
    title_one=N_("房屋"),
    permission=Permission.HOUSE_READ,
    table=house,
    id_column=house.c.id,
    county_column=house.c.county_code,
    scope_column=house.c.region_key,
    geometry=house.c.geom,
    geometry_3857=house.c.geom_3857,
    geometry_type="Point",
    placed=house.c.placed,
    category=house.c.status,
    category_field="status",
    cells=(house.c.mx, house.c.my),
    kept=True,
    label_field="address",
    default_sort=("number",),
    symbol="circle",
    points_from=14,
    order=30,
    fields=(
        Field(
            "number", N_("房屋编号"), house.c.number, sortable=True, nullable=False, searched=True
        ),
        Field(
            "address", N_("房屋地址"), house.c.address, sortable=True, nullable=False, searched=True
        ),
        Field("status", N_("居住状态"), house.c.status, "integer", HOUSE_STATUS, nullable=False),
        Field(
            "residents",
            N_("居住人数"),
            house.c.residents,
            "integer",
            sortable=True,
            nullable=False,
            permission=Permission.RESIDENT_NAME,
        ),
        Field("use", N_("房屋用途"), house.c.use, "code", HOUSE_USES, nullable=False),
        Field("rental", N_("出租房"), house.c.rental, "boolean", nullable=False),
        Field("rental_use", N_("出租用途"), house.c.rental_use, "code", RENTAL_USES, listed=False),
        Field("rental_kind", N_("出租类型"), house.c.rental_kind, "code", RENTAL_KINDS, listed=False),
        Field(
            "landlord_name",
            N_("出租人"),
            house.c.landlord_name_enc,
            filterable=False,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            mask=landlord_name,
            field_class="S3",
            cell="landlord_name",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field(
            "landlord_phone",
            N_("出租人电话"),
            house.c.landlord_phone_enc,
            filterable=False,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            mask=landlord_phone,
            field_class="S3",
            cell="landlord_phone",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field("building_id", N_("楼栋编号"), house.c.building_id, "integer", listed=False),
        Field("entrance", N_("单元"), house.c.entrance, "integer", sortable=True, listed=False),
        Field("storey", N_("楼层"), house.c.storey, "integer", sortable=True, listed=False),
        Field("room", N_("室"), house.c.room, listed=False),
        Field(
            "area_m2", N_("面积（平方米）"), house.c.area_m2, "number", sortable=True, listed=False
        ),
        region_field(house.c.region_key),
        *located_fields(house, POSITION_SOURCES),
        origin_field(house.c.origin),
        Field(
            "checked_at",
            N_("上次核实"),
            house.c.checked_at,
            "datetime",
            sortable=True,
            listed=False,
        ),
        updated_field(house.c.updated_at),
    ),
    legend=(
        LegendEntry(0, HOUSE_STATUS[0], "#9aa3af", "ring"),
        LegendEntry(1, HOUSE_STATUS[1], "#6b7280", "square"),
        LegendEntry(2, HOUSE_STATUS[2], "#2f7d57", "circle"),
        LegendEntry(3, HOUSE_STATUS[3], "#b4692a", "diamond"),
    ),
)
