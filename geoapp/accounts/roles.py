"""The roles a new installation starts with. They are data: rows an administrator may change."""

from __future__ import annotations

from geoapp.accounts.permissions import Permission as P
from geoapp.core.i18n import N_

PLACES = (P.MAP_VIEW, P.REGION_READ, P.BUILDING_READ, P.HOUSE_READ, P.SITE_READ, P.ORGANISATION_READ)
RECORDS = (*PLACES, P.RECORD_OPEN, P.TEAM_READ)
PEOPLE = (
    P.RESIDENT_READ, P.HOUSEHOLD_READ, P.RESIDENT_NAME, P.RESIDENT_WRITE, P.RESIDENT_REVEAL, P.HOUSE_WRITE,
    P.ENROLMENT_READ, P.ENROLMENT_WRITE, P.COVERAGE_READ,
)  # fmt: skip
PLACES_WRITE = (P.SITE_WRITE, P.ORGANISATION_WRITE, P.TEAM_WRITE, P.SERVICE_WRITE)
ADMINISTRATOR = "administrator"

DEFAULT_ROLES: dict[str, tuple[str, tuple[P, ...]]] = {
    "city_director": (
        N_("市级负责人"),
        (
            *RECORDS, P.EXPORT_CREATE, P.EXPORT_REGISTER, P.TOKEN_CREATE, P.BREAK_GLASS_REVIEW, P.TEAM_WRITE,
            P.PLAN_READ, P.PLAN_APPROVE, P.PLAN_PUBLISH, P.COVERAGE_READ,
        ),
    ),
    "street_officer": (
        N_("街道工作人员"),
        (
            *RECORDS, P.RESIDENT_READ, P.HOUSEHOLD_READ, P.ENROLMENT_READ, P.EXPORT_CREATE, P.EXPORT_APPROVE,
            P.EXPORT_REGISTER, P.TEAM_WRITE, P.COVERAGE_READ,
            P.TOKEN_CREATE, P.BREAK_GLASS_USE, P.BREAK_GLASS_REVIEW, P.ORGANISATION_WRITE, P.PLAN_READ, P.PLAN_APPROVE,
            P.IMPORT_READ, P.IMPORT_UPLOAD, P.IMPORT_ASSIGN,
        ),
    ),
    "community_worker": (
        N_("社区工作者"),
        (
            *RECORDS, *PEOPLE, *PLACES_WRITE, P.EXPORT_CREATE, P.TOKEN_CREATE, P.SUBJECT_REQUEST, P.BREAK_GLASS_USE,
            P.IMPORT_READ, P.IMPORT_UPLOAD, P.IMPORT_ASSIGN, P.IMPORT_CLAIM,
        ),
    ),
    "grid_worker": (
        N_("网格员"), (*RECORDS, *PEOPLE, *PLACES_WRITE, P.BREAK_GLASS_USE, P.IMPORT_READ, P.IMPORT_CLAIM)
    ),
    "planner": (
        N_("网格规划员"),
        (*RECORDS, P.EXPORT_CREATE, P.TOKEN_CREATE, P.PLAN_READ, P.PLAN_EDIT, P.PLAN_PUBLISH),
    ),
    "wall_display": (N_("大屏展示"), (*PLACES, P.COVERAGE_READ)),
    "auditor": (
        N_("审计员"),
        (
            P.MAP_VIEW, P.RECORD_OPEN, P.REGION_READ, P.AUDIT_READ, P.AUDIT_SUBJECT, P.BREAK_GLASS_REVIEW,
            P.EXPORT_REGISTER, P.RETENTION_VIEW,
        ),
    ),
    ADMINISTRATOR: (
        N_("系统管理员"),
        (
            *RECORDS, P.ACCOUNT_ADMIN, P.ROLE_ADMIN, P.MODULE_ADMIN, P.DICTIONARY_ADMIN, P.RETENTION_VIEW,
            P.EXPORT_REGISTER, P.IMPORT_FILL,
        ),
    ),
}
"""A street officer sees how many people there are (D3.4); directors, planners and walls no people.

Directors and walls see which share of a region was served, in steps: no number and no list of people.

An administrator sees no people either, and may give every permission to others (`Role.may_grant`).
"""

GRANTS: dict[str, tuple[P, ...]] = {ADMINISTRATOR: tuple(P)}
"""What holders of a role may give to others beyond what they use themselves."""
