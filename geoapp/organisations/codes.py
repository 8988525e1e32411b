"""Kinds of organisations and their categories (A7.1, A7.8, A7.9; glossary): stored value to label.

A kind is one line of `KINDS`; form, filter, list, export and map follow from it (D1.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import Dictionary


@dataclass(frozen=True)
class OrganisationKind:
    """A kind: its categories, whether a licence number is a must, and at which levels it may be added."""

    key: str
    title: str
    categories: Mapping[str, str] = field(default_factory=dict)
    licensed: bool = False
    levels: tuple[str, ...] = ("grid",)


LEVELS = {
    "grid": N_("网格"), "community": N_("社区"), "street": N_("街道"), "county": N_("区县"), "city": N_("市"),
}  # fmt: skip
KINDS = {
    one.key: one
    for one in (
        OrganisationKind("unit", N_("实有单位"), licensed=True),
        OrganisationKind(
            "new_economic", N_("新经济组织"),
            {
                "sole_trader": N_("个体工商户"), "private": N_("私营企业"),
                "foreign_held": N_("外商经济控制企业"), "hmt_held": N_("港澳台经济控制企业"),
                "joint_stock": N_("非国有控股股份制企业"), "mixed": N_("非国有控股混合所有制企业"),
            },
        ),
        OrganisationKind(
            "social", N_("社会组织"),
            {
                "association": N_("社会团体"), "foundation": N_("基金会"),
                "non_enterprise": N_("民办非企业单位"), "intermediary": N_("部分中介组织"),
                "activity_team": N_("社区活动团队"),
            },
            levels=tuple(LEVELS),
        ),
    )
}  # fmt: skip
TITLES = {key: one.title for key, one in KINDS.items()}
KIND_CLASSES = {key: number for number, key in enumerate(KINDS, start=1)}
"""Small integers for tiles, in the order of the list."""
CATEGORIES = {key: label for one in KINDS.values() for key, label in one.categories.items()}
DEREGISTER_REASONS = Dictionary(
    "organisation_deregister_reasons", N_("组织注销原因"),
    {
        "closed": N_("已停业"), "moved": N_("已迁走"), "revoked": N_("执照被吊销或注销"),
        "dissolved": N_("已解散"), "no_longer": N_("不再属于该类组织"), "mistaken": N_("登记有误"), "other": N_("其他"),
    },
)  # fmt: skip
"""Why it leaves the register (A7.1, A7.8, A7.9; A18.3 for "no longer of this kind")."""
REINSTATE_REASONS = Dictionary(
    "organisation_reinstate_reasons", N_("组织取消注销原因"),
    {
        "reopened": N_("恢复经营或活动"), "returned": N_("迁回"), "mistaken": N_("误注销"), "other": N_("其他"),
    },
)  # fmt: skip
"""Why it comes back (A18.14)."""
