"""Service teams of every level (A1); a team stands on the map inside the area it serves."""

from __future__ import annotations

from sqlalchemy import case

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.houses.codes import POSITION_SOURCES
from geoapp.teams.codes import CLASS_NUMBERS, CLASSES
from geoapp.teams.models import Team
from layers.declare import (
    Field,
    LegendEntry,
    Register,
    located_fields,
    origin_field,
    region_field,
    updated_field,
)

team = table_of(Team)
COLOURS = {
    "governance": ("#3f6fb5", "square"), "party": ("#c0392b", "diamond"), "self_governance": ("#8a5aa8", "square"),
    "mass_prevention": ("#d9a400", "triangle"), "volunteers": ("#2e9e5b", "circle"),
    "task_group": ("#c9772f", "octagon"), "grid_service": ("#2a8c8c", "diamond"), "other": ("#8a94a3", "ring"),
}  # fmt: skip

REGISTER = Register(
    "teams",
    title=N_("服务团队"),
    title_one=N_("团队"),
    permission=Permission.TEAM_READ,
    table=team,
    id_column=team.c.id,
    county_column=team.c.county_code,
    scope_column=team.c.region_key,
    geometry=team.c.geom,
    geometry_3857=team.c.geom_3857,
    geometry_type="Point",
    placed=team.c.placed,
    category=case(CLASS_NUMBERS, value=team.c["class"], else_=0),
    category_field="class",
    category_codes=CLASS_NUMBERS,
    cells=(team.c.mx, team.c.my),
    kept=True,
    always=(team.c.state == "active",),
    label_field="name",
    default_sort=("name",),
    symbol="circle",
    points_from=12,
    order=70,
    new_url="/teams/new",
    pages=((N_("已注销的团队"), "/teams/former", "history"),),
    write_permission=Permission.TEAM_WRITE,
    fields=(
        Field("name", N_("名称"), team.c.name, sortable=True, nullable=False, searched=True),
        Field("class", N_("团队类别"), team.c["class"], "code", CLASSES, nullable=False),
        Field("subclass", N_("子类"), team.c.subclass, searched=True),
        Field("members", N_("成员数"), team.c.members, "integer", sortable=True, nullable=False),
        Field("served_on", N_("最近服务"), team.c.served_on, "date", sortable=True),
        Field("duty", N_("职责"), team.c.duty, listed=False, searched=True),
        region_field(team.c.region_key),
        *located_fields(team, POSITION_SOURCES),
        origin_field(team.c.origin),
        updated_field(team.c.updated_at),
    ),
    legend=tuple(
        LegendEntry(number, CLASSES[key], *COLOURS[key]) for key, number in CLASS_NUMBERS.items()
    ),
)
