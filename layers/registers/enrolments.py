"""Who is in the open programmes (A5, A4.0); the closed ones are in no register (D3.3)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.models import House
from geoapp.people.models import Resident
from geoapp.people.rules import CHILD
from geoapp.programmes.declared import OPEN
from geoapp.programmes.models import Enrolment
from geoapp.teams.bands import band_of
from geoapp.teams.codes import BANDS
from layers.declare import (
    PLACED_CODES,
    Field,
    Holder,
    Register,
    origin_field,
    region_field,
    updated_field,
)
from layers.registers.residents import house_address, shown_name

enrolment, resident, house = table_of(Enrolment), table_of(Resident), table_of(House)
NUMBERS = {code: number for number, code in enumerate(OPEN, start=1)}
_same = and_(resident.c.county_code == enrolment.c.county_code, resident.c.id == enrolment.c.resident_id)


def _of_resident(column: ColumnElement) -> ColumnElement:
    """A fact of the person, read where it is kept."""
    return select(column).where(_same).correlate(enrolment).scalar_subquery()


name = func.coalesce(_of_resident(resident.c.name), enrolment.c.name, "")

REGISTER = Register(
    "enrolments",
    title=N_("服务对象"),
    title_one=N_("服务事项"),
    permission=Permission.ENROLMENT_READ,
    table=enrolment,
    id_column=enrolment.c.id,
    county_column=enrolment.c.county_code,
    scope_column=enrolment.c.region_key,
    holder=Holder(
        house.c.id, house.c.county_code, house.c.region_key, house.c.geom, _of_resident(resident.c.house_id),
        (house.c.mx, house.c.my),
    ),
    placed=func.coalesce(_of_resident(resident.c.placed), 0),
    category=case(NUMBERS, value=enrolment.c.programme, else_=0),
    category_field="programme",
    category_codes=NUMBERS,
    always=(~enrolment.c.closed, enrolment.c.released_at.is_(None)),
    label_field="name",
    default_sort=("ends",),
    symbol="count",
    points_from=14,
    order=45,
    tiles_follow=("houses", "residents"),
    by_day=True,
    people=True,
    new_url="/enrolments/new",
    pages=((N_("已取消关注"), "/enrolments/released", "history"),),
    write_permission=Permission.ENROLMENT_WRITE,
    fields=(
        Field(
            "name", N_("姓名"), name, filterable=False, sortable=True, nullable=False, words={CHILD: CHILD},
            mask=shown_name, clear_permission=Permission.RESIDENT_NAME, field_class="S2",
        ),
        Field(
            "programme", N_("项目"), enrolment.c.programme, "code",
            {code: one.title for code, one in OPEN.items()}, nullable=False, field_class="S2",
        ),
        Field("begins", N_("开始日期"), enrolment.c.begins, "date", sortable=True, nullable=False, field_class="S2"),
        Field("ends", N_("期满日"), enrolment.c.ends, "date", sortable=True, nullable=False, field_class="S2"),
        Field(
            "house_address", N_("现住址"), _of_resident(house_address), filterable=False,
            permission=Permission.RESIDENT_NAME, field_class="S2",
        ),
        Field(
            "resident_id", N_("居民"), enrolment.c.resident_id, "integer", listed=False, exported=False,
            permission=Permission.RESIDENT_NAME,
        ),
        Field(
            "served", N_("最近接受服务"), band_of(enrolment.c.served_on), "code", BANDS, nullable=False, listed=False,
            field_class="S2",
        ),
        Field(
            "served_on", N_("最近服务日期"), enrolment.c.served_on, "date", sortable=True, listed=False,
            permission=Permission.RESIDENT_NAME, field_class="S2",
        ),
        region_field(enrolment.c.region_key),
        Field(
            "placed", N_("位置"), func.coalesce(_of_resident(resident.c.placed), 0), "integer", PLACED_CODES,
            nullable=False, filterable=False, listed=False, exported=False,
        ),
        origin_field(enrolment.c.origin),
        updated_field(enrolment.c.updated_at),
    ),
)  # fmt: skip
