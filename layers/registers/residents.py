"""Residents: the base register of people (A2, A3). Never points on a map (D3.4)."""

from __future__ import annotations

from sqlalchemy import and_, case, select

from geoapp.accounts.permissions import Permission
from geoapp.core.crypto import decrypt
from geoapp.core.i18n import N_
from geoapp.houses.models import House
from geoapp.people.codes import NO_HOUSE_REASONS, SEXES, TYPE_CLASSES, TYPES
from geoapp.people.models import Resident
from geoapp.people.rules import masked_name, masked_number
from layers.declare import ORIGIN_CODES, PLACED_CODES, Field, Holder, Register, region_field

house_address = (
    select(House.address)
    .where(and_(House.county_code == Resident.county_code, House.id == Resident.house_id))
    .correlate(Resident).scalar_subquery()
)


def shown_number(cell: object, record_id: int) -> str:
    """The masked identity number; the stored cell is ciphertext."""
    return masked_number(decrypt(bytes(cell), f"resident.id_number.{record_id}")) if cell else ""


def shown_name(name: object, record_id: int) -> str:
    """The masked name for readers above the grid."""
    return masked_name(str(name))


REGISTER = Register(
    "residents", title=N_("实有人口"), title_one=N_("居民"), permission=Permission.RESIDENT_READ,
    table=Resident.__table__, id_column=Resident.id, county_column=Resident.county_code,
    scope_column=Resident.region_key,
    holder=Holder(House.id, House.county_code, House.region_key, House.geom, Resident.house_id, (House.mx, House.my)),
    placed=Resident.placed, category=case(TYPE_CLASSES, value=Resident.type, else_=0), kept=True,
    always=(Resident.state == "active",), label_field="name", default_sort=("name",), symbol="count",
    points_from=14, order=40,
    fields=(
        Field("name", N_("姓名"), Resident.name, sortable=True, nullable=False, searched=True,
              mask=shown_name, clear_permission=Permission.RESIDENT_NAME),
        Field("sex", N_("性别"), Resident.sex, "code", SEXES, nullable=False),
        Field("birth_year", N_("出生年份"), Resident.birth_year, "integer", sortable=True,
              permission=Permission.RESIDENT_NAME),
        Field("type", N_("人口类型"), Resident.type, "code", TYPES, nullable=False),
        Field("id_number", N_("证件号码"), Resident.id_enc, mask=shown_number),
        Field("house_address", N_("现住址"), house_address, filterable=False,
              permission=Permission.RESIDENT_NAME),
        Field("no_house_reason", N_("无房原因"), Resident.no_house_reason, "code", NO_HOUSE_REASONS, listed=False),
        Field("house_id", N_("房屋"), Resident.house_id, "integer", listed=False, exported=False),
        region_field(Resident.region_key),
        Field("placed", N_("位置"), Resident.placed, "integer", PLACED_CODES, nullable=False, listed=False),
        Field("origin", N_("来源"), Resident.origin, "code", ORIGIN_CODES, nullable=False),
        Field("updated_at", N_("更新时间"), Resident.updated_at, "datetime", sortable=True, nullable=False),
    ),
)
