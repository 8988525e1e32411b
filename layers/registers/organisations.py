"""Organisations: units, new-economy and social organisations (A7.1, A7.8, A7.9, A19)."""

from __future__ import annotations

from sqlalchemy import case

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.codes import POSITION_SOURCES
from geoapp.organisations.codes import CATEGORIES, KIND_CLASSES, TITLES
from geoapp.organisations.models import Organisation
from layers.declare import (
    Field,
    LegendEntry,
    Register,
    located_fields,
    origin_field,
    region_field,
    updated_field,
)

organisation = table_of(Organisation)


REGISTER = Register(
    "organisations",
    title=N_("单位和组织"),
    title_one=N_("单位或组织"),
    permission=Permission.ORGANISATION_READ,
    table=organisation,
    id_column=organisation.c.id,
    county_column=organisation.c.county_code,
    scope_column=organisation.c.region_key,
    geometry=organisation.c.geom,
    geometry_3857=organisation.c.geom_3857,
    geometry_type="Point",
    placed=organisation.c.placed,
    category=case(KIND_CLASSES, value=organisation.c.kind, else_=0),
    category_field="kind",
    category_codes=KIND_CLASSES,
    cells=(organisation.c.mx, organisation.c.my),
    kept=True,
    always=(organisation.c.state == "active",),
    label_field="name",
    default_sort=("name",),
    symbol="circle",
    points_from=12,
    order=60,
    new_url="/organisations/new",
    pages=((N_("已注销的单位和组织"), "/organisations/former", "history"),),
    write_permission=Permission.ORGANISATION_WRITE,
    fields=(
        Field("name", N_("名称"), organisation.c.name, sortable=True, nullable=False, searched=True),
        Field("kind", N_("组织类别"), organisation.c.kind, "code", TITLES, nullable=False),
        Field("category", N_("类别"), organisation.c.category, "code", CATEGORIES),
        Field(
            "licence_number", N_("证照号码"), organisation.c.licence_number, sortable=True, searched=True
        ),
        Field("registered", N_("已登记注册"), organisation.c.registered, "boolean", nullable=False),
        Field("address", N_("地址"), organisation.c.address, searched=True),
        region_field(organisation.c.region_key),
        *located_fields(organisation, POSITION_SOURCES),
        origin_field(organisation.c.origin),
        updated_field(organisation.c.updated_at),
    ),
    legend=(
        LegendEntry(1, TITLES["unit"], "#3f6fb5", "square"),
        LegendEntry(2, TITLES["new_economic"], "#8a5aa8", "diamond"),
        LegendEntry(3, TITLES["social"], "#2a8c8c", "circle"),
    ),
)
