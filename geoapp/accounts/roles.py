"""The roles a new installation starts with. They are data: rows an administrator may change."""

from __future__ import annotations

from geoapp.accounts.permissions import Permission as P
from geoapp.core.i18n import N_

PLACES = (P.MAP_VIEW, P.REGION_READ, P.BUILDING_READ, P.HOUSE_READ, P.SITE_READ)
PEOPLE = (P.RESIDENT_READ, P.RESIDENT_NAME, P.RESIDENT_WRITE, P.HOUSE_WRITE)

DEFAULT_ROLES: dict[str, tuple[str, tuple[P, ...]]] = {
    "city_director": (N_("市级负责人"), (*PLACES, P.EXPORT_CREATE, P.TOKEN_CREATE)),
    "street_officer": (
        N_("街道工作人员"),
        (*PLACES, P.RESIDENT_READ, P.EXPORT_CREATE, P.TOKEN_CREATE),
    ),
    "community_worker": (N_("社区工作者"), (*PLACES, *PEOPLE, P.EXPORT_CREATE, P.TOKEN_CREATE)),
    "grid_worker": (N_("网格员"), (*PLACES, *PEOPLE)),
    "planner": (N_("网格规划员"), (*PLACES, P.EXPORT_CREATE, P.TOKEN_CREATE)),
    "wall_display": (N_("大屏展示"), PLACES),
}
"""A street officer sees names masked (research/trust C3); directors, planners and walls no people."""
