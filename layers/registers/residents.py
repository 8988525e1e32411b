"""Residents: the base register of people (A2, A3). Never points on a map (D3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, case, select

from geoapp.accounts.permissions import Permission
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.models import House
from geoapp.people.codes import (
    NO_HOUSE_REASONS,
    OVERSEAS_KINDS,
    SEXES,
    TYPE_CLASSES,
    TYPES,
    UNREGISTERED_REASONS,
)
from geoapp.people.models import Resident
from geoapp.people.rules import (
    CHILD,
    age_band,
    born_at_latest,
    masked_name,
    masked_number,
    masked_phone,
)
from geoapp.teams.bands import band_of
from geoapp.teams.codes import BANDS
from layers.declare import ORIGIN_CODES, PLACED_CODES, Field, Holder, Register, region_field

house = table_of(House)
resident = table_of(Resident)

house_address = (
    select(house.c.address)
    .where(and_(house.c.county_code == resident.c.county_code, house.c.id == resident.c.house_id))
    .where(resident.c.name_enc.is_(None))  # where a child lives no list says (D3.1)
    .correlate(resident)
    .scalar_subquery()
)


def _masking(name: str, mask: Callable[[str], str]) -> Callable[[Any, int], str]:
    """The mask of a sealed column: opened, masked, forgotten."""

    def shown(cell: Any, record_id: int) -> str:
        return mask(decrypt(bytes(cell), f"resident.{name}.{record_id}")) if cell else ""

    return shown


def age_today(stored: str) -> str:
    """The age band of a stored day or year of birth."""
    born = born_at_latest(stored)
    return age_band(born, today()) if born else ""


def child_name(cell: object, record_id: int) -> str:
    """What a child's name is shown as to everybody."""
    return CHILD if cell else ""


def shown_name(name: object, record_id: int) -> str:
    """The masked name for readers above the grid."""
    return masked_name(str(name))


REGISTER = Register(
    "residents",
    title=N_("实有人口"),
    title_one=N_("居民"),
    permission=Permission.RESIDENT_READ,
    table=resident,
    id_column=resident.c.id,
    county_column=resident.c.county_code,
    scope_column=resident.c.region_key,
    holder=Holder(
        house.c.id,
        house.c.county_code,
        house.c.region_key,
        house.c.geom,
        resident.c.house_id,
        (house.c.mx, house.c.my),
    ),
    placed=resident.c.placed,
    category=case(TYPE_CLASSES, value=resident.c.type, else_=0),
    category_field="type",
    category_codes=TYPE_CLASSES,
    kept=True,
    always=(resident.c.state == "active",),
    label_field="name",
    default_sort=("name",),
    symbol="count",
    points_from=14,
    order=40,
    tiles_follow=("houses",),
    by_day=True,
    people=True,
    fields=(
        Field(
            "name",
            N_("姓名"),
            resident.c.name,
            filterable=False,
            sortable=True,
            nullable=False,
            words={CHILD: CHILD},
            mask=shown_name,
            clear_permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "child_name",
            N_("未成年人姓名"),
            resident.c.name_enc,
            words={CHILD: CHILD},
            filterable=False,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            mask=child_name,
            field_class="S3",
            cell="name",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field("sex", N_("性别"), resident.c.sex, "code", SEXES, nullable=False, field_class="S2"),
        Field(
            "birth_year",
            N_("出生年份"),
            resident.c.birth_year,
            "integer",
            sortable=True,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field("type", N_("人口类型"), resident.c.type, "code", TYPES, nullable=False),
        Field(
            "id_number",
            N_("证件号码"),
            resident.c.id_enc,
            mask=_masking("id_number", masked_number),
            field_class="S3",
            cell="id_number",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field(
            "phone",
            N_("电话"),
            resident.c.phone_enc,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            mask=_masking("phone", masked_phone),
            field_class="S3",
            cell="phone",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field(
            "birth_date",
            N_("出生日期"),
            resident.c.birth_date_enc,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            mask=_masking("birth_date", age_today),
            field_class="S3",
            cell="birth_date",
            reveal_permission=Permission.RESIDENT_REVEAL,
        ),
        Field(
            "house_address",
            N_("现住址"),
            house_address,
            filterable=False,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "no_house_reason",
            N_("无房原因"),
            resident.c.no_house_reason,
            "code",
            NO_HOUSE_REASONS,
            listed=False,
        ),
        Field(
            "registered_place",
            N_("户籍地"),
            resident.c.registered_place,
            filterable=False,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "unregistered_reason",
            N_("未落户原因"),
            resident.c.unregistered_reason,
            "code",
            UNREGISTERED_REASONS,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "overseas_kind",
            N_("境外人员类别"),
            resident.c.overseas_kind,
            "code",
            OVERSEAS_KINDS,
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "house_id",
            N_("房屋"),
            resident.c.house_id,
            "integer",
            listed=False,
            exported=False,
            permission=Permission.RESIDENT_NAME,
        ),
        Field(
            "served",
            N_("最近接受服务"),
            band_of(resident.c.served_on),
            "code",
            BANDS,
            nullable=False,
            listed=False,
        ),
        Field(
            "served_on",
            N_("最近服务日期"),
            resident.c.served_on,
            "date",
            sortable=True,
            listed=False,
            permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        region_field(resident.c.region_key),
        Field(
            "placed",
            N_("位置"),
            resident.c.placed,
            "integer",
            PLACED_CODES,
            nullable=False,
            listed=False,
        ),
        Field("origin", N_("来源"), resident.c.origin, "code", ORIGIN_CODES, nullable=False),
        Field(
            "updated_at",
            N_("更新时间"),
            resident.c.updated_at,
            "datetime",
            sortable=True,
            nullable=False,
        ),
    ),
)
