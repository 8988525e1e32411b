"""Households: police books and local families, through the house they live in (A3.10 to A3.13).

A household is people, so it is never a point of its own and small counts are hidden (D3.4).
"""

from __future__ import annotations

from sqlalchemy import and_, case, or_, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.households.codes import FAMILY, KIND_CLASSES, KINDS, MODULE
from geoapp.households.models import Household
from geoapp.houses.models import House
from geoapp.modules.models import ModuleState
from geoapp.people.models import Resident
from geoapp.people.rules import CHILD, masked_name
from layers.declare import (
    PLACED_CODES,
    Field,
    Holder,
    Register,
    origin_field,
    region_field,
    updated_field,
)

house, household = table_of(House), table_of(Household)
head = table_of(Resident).alias("head")
HIDDEN = "****"

_is_head = and_(head.c.county_code == household.c.county_code, head.c.id == household.c.head_id)
head_name = select(head.c.name).where(_is_head).correlate(household).scalar_subquery()
grown_up = select(head.c.id).where(_is_head, head.c.name_enc.is_(None)).correlate(household).exists()
address = (
    select(house.c.address)
    .where(house.c.county_code == household.c.county_code, house.c.id == household.c.house_id)
    .where(grown_up)  # where a child lives no list says (D3.1)
    .correlate(household)
    .scalar_subquery()
)
is_on = select(ModuleState.key).where(ModuleState.key == MODULE, ModuleState.is_on).exists()
"""Local families are of the module alone (A3.13): off, they are in no list, total, tile or export."""


def shown_name(name: object, record_id: int) -> str:
    """The masked name for readers above the grid."""
    return masked_name(str(name))


def shown_number(number: object, record_id: int) -> str:
    """A number leads to a family: nothing of it for readers above the grid."""
    return HIDDEN if number else ""


REGISTER = Register(
    "households",
    title=N_("家庭"),
    title_one=N_("家庭户"),
    permission=Permission.HOUSEHOLD_READ,
    table=household,
    id_column=household.c.id,
    county_column=household.c.county_code,
    scope_column=household.c.region_key,
    holder=Holder(
        house.c.id, house.c.county_code, house.c.region_key, house.c.geom, household.c.house_id,
        (house.c.mx, house.c.my),
    ),
    placed=household.c.placed,
    category=case(KIND_CLASSES, value=household.c.kind, else_=0),
    category_field="kind",
    category_codes=KIND_CLASSES,
    kept=True,
    always=(or_(household.c.kind != FAMILY, is_on),),
    gated=(MODULE, household.c.kind == FAMILY),
    label_field="number",
    default_sort=("number",),
    symbol="count",
    points_from=14,
    order=45,
    tiles_follow=("houses",),
    people=True,
    fields=(
        Field(
            "number", N_("户号或家庭编号"), household.c.number, sortable=True, nullable=False,
            mask=shown_number, clear_permission=Permission.RESIDENT_NAME, field_class="S2",
        ),
        Field("kind", N_("家庭类别"), household.c.kind, "code", KINDS, nullable=False),
        Field(
            "head", N_("户主"), head_name, filterable=False, words={CHILD: CHILD}, mask=shown_name,
            clear_permission=Permission.RESIDENT_NAME, field_class="S2",
        ),
        Field(
            "members", N_("成员人数"), household.c.members, "integer", sortable=True, nullable=False,
            permission=Permission.RESIDENT_NAME,
        ),
        Field(
            "house_address", N_("现住址"), address, filterable=False, permission=Permission.RESIDENT_NAME,
            field_class="S2",
        ),
        Field(
            "house_id", N_("房屋"), household.c.house_id, "integer", listed=False, exported=False,
            permission=Permission.RESIDENT_NAME,
        ),
        region_field(household.c.region_key),
        Field("placed", N_("位置"), household.c.placed, "integer", PLACED_CODES, nullable=False, listed=False),
        origin_field(household.c.origin),
        updated_field(household.c.updated_at),
    ),
)  # fmt: skip
