"""Team coverage: which share of the people of a region was served of late, and by how many teams (A1.5).

Colours are shares in five steps and nothing below 40 residents, so that no reader learns a small
number (D3.4); who has not been served is asked of the residents, by the right to see them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, SmallInteger, case, cast, func, select

from geoapp.accounts.permissions import Permission
from geoapp.core.db import table_of
from geoapp.core.i18n import N_
from geoapp.teams.models import Team
from geoapp.teams.rules import USUAL_SPAN
from grids_boundaries.models import Region
from layers.declare import Field, LegendEntry, Register, origin_field, updated_field
from layers.registers.regions import LEVELS, level

region, team = table_of(Region), table_of(Team)
SHARES = {
    0: N_("居民不足 40 人"), 1: N_("不到四分之一"), 2: N_("四分之一至一半"), 3: N_("一半至四分之三"),
    4: N_("四分之三至九成"), 5: N_("九成以上"),
}  # fmt: skip
LEVEL_BELOW = ((9, "county"), (12, "street"), (14, "community"), (99, "grid"))


def share(days: int) -> ColumnElement[int]:
    """SQL: the step of the share of a region's residents served within so many days; 0 for too few residents
    (below 40, D3.4).

    A function counts, also for readers from whom row policies hide residents: it gives steps alone, and looks once for
    each region whether it is the reader's, where a policy looks at each row.
    """
    return cast(func.coalesce(func.region_share(region.c.key, days), 0), SmallInteger)


def shown_at(zoom: int) -> ColumnElement[bool]:
    """The level drawn at a zoom, one alone: a community's colour would lie over those of its grids."""
    return region.c.level == next(level for most, level in LEVEL_BELOW if zoom < most)


def serving(low: Any, high: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL: active teams of a region (its first and last key), of areas above it and of its parts (A1.5).

    Areas of regions never overlap otherwise. Where no teams may be read, `region_coverage` counts them so (0045).
    """
    return team.c.region_key <= high, team.c.area_hi >= low, team.c.state == "active"


teams = (
    select(func.count()).select_from(team).where(*serving(region.c.key, region.c.hi))
    .correlate(region).scalar_subquery()
)  # fmt: skip
usual = share(USUAL_SPAN)

REGISTER = Register(
    "coverage",
    title=N_("服务覆盖"),
    title_one=N_("区划的服务覆盖"),
    permission=Permission.COVERAGE_READ,
    table=region,
    id_column=region.c.key,
    county_column=region.c.county_code,
    scope_column=region.c.key,
    geometry=region.c.geom,
    geometry_3857=region.c.geom_3857,
    geometry_type="MultiPolygon",
    placed=case((region.c.geom.is_(None), 0), else_=1),
    category=usual,
    category_field="share",
    zoom_filter=shown_at,
    tile_columns=(("level", level), ("name", region.c.name)),
    tile_labels=True,
    tiles_follow=("regions", "residents"),
    by_day=True,
    wide_below=14,
    label_field="name",
    default_sort=("code",),
    symbol="polygon",
    points_from=0,
    order=75,
    fields=(
        Field("code", N_("代码"), region.c.code, sortable=True, nullable=False, searched=True),
        Field("name", N_("名称"), region.c.name, sortable=True, nullable=False, searched=True),
        Field("level", N_("级别"), region.c.level, "code", LEVELS, nullable=False),
        Field("share", N_("90 天内服务到的居民"), usual, "integer", SHARES, nullable=False),
        Field("share_30", N_("30 天内服务到的居民"), share(30), "integer", SHARES, nullable=False),
        Field("share_365", N_("365 天内服务到的居民"), share(365), "integer", SHARES, nullable=False),
        Field("teams", N_("服务到这里的团队数"), teams, "integer", nullable=False, permission=Permission.TEAM_READ),
        origin_field(region.c.origin),
        updated_field(region.c.updated_at),
    ),
    legend=(
        LegendEntry(0, SHARES[0], "#8a94a3", "outline"),
        LegendEntry(1, SHARES[1], "#d03b3b", "crosshatch", "<25%"),
        LegendEntry(2, SHARES[2], "#c9772f", "hatch", "25–50%"),
        LegendEntry(3, SHARES[3], "#b58900", "dots", "50–75%"),
        LegendEntry(4, SHARES[4], "#4c8dca", "backhatch", "75–90%"),
        LegendEntry(5, SHARES[5], "#2e9e5b", "fill", "≥90%"),
    ),
)
