"""Code lists of key sites (A7.2 to A7.7, glossary): stored value to label.

A type of site is one line of `TYPES`; form, filter, list, export and map follow from it (D1.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import Dictionary, Number


@dataclass(frozen=True)
class SiteType:
    """A type of key site and, where the documents list them, its kinds."""

    key: str
    title: str
    kinds: Mapping[str, str] = field(default_factory=dict)


TYPES = {
    one.key: one
    for one in (
        SiteType("work_safety", N_("安全生产重点")),
        SiteType(
            "public_order", N_("治安重点"),
            {
                "urban_fringe": N_("城乡结合部"), "urban_village": N_("城中村"),
                "migrant_village": N_("流动人口集聚村（社区）"), "lodging": N_("宾馆旅馆"),
                "rental_area": N_("出租房屋区"), "entertainment": N_("娱乐场所"),
                "wholesale_market": N_("批发市场"), "quarry": N_("矿山石场"), "station": N_("车站码头"),
                "other": N_("其他"),
            },
        ),
        SiteType(
            "fire_safety", N_("消防安全重点"),
            {
                "mall": N_("商场"), "market": N_("市场"), "entertainment": N_("娱乐场所"),
                "key_unit": N_("重点单位"), "other": N_("其他"),
            },
        ),
        SiteType("school", N_("学校")),
        SiteType("other", N_("其他重点场所")),
    )
}  # fmt: skip
"""A7.4 to A7.7, in the order of the documents."""
KINDS = {key: one.title for key, one in TYPES.items()}
KIND_TITLES = {"public_order": N_("治安重点种类"), "fire_safety": N_("消防安全重点种类")}
"""Headings of the kinds of those types that have any."""
LEVELS = {0: N_("未评级"), 1: N_("一般"), 2: N_("中等"), 3: N_("严重")}
RATED = (1, 2, 3)
"""Levels a form offers (A7.3); 0 is what a file left open."""
CATEGORIES = Dictionary(
    "site_categories", N_("场所类别"),
    {
        "school": N_("学校"),
        "medical": N_("医疗"),
        "lodging": N_("住宿"),
        "market": N_("市场"),
        "catering": N_("餐饮"),
        "shop": N_("商店"),
        "fuel": N_("加油加气充电"),
        "government": N_("政务邮政"),
        "finance": N_("金融"),
        "entertainment": N_("娱乐"),
        "culture": N_("文化"),
        "sports": N_("体育"),
        "transport": N_("交通"),
        "sanitation": N_("环卫"),
        "company": N_("企业"),
        "construction_site": N_("工地"),
        "other": N_("其他"),
    }, fixed=("other",),
)  # fmt: skip
RELEASE_REASONS = Dictionary(
    "site_release_reasons", N_("场所取消关注原因"),
    {
        "rectified": N_("隐患已消除"), "closed": N_("已停业或拆除"), "moved": N_("已迁走"),
        "mistaken": N_("登记有误"), "other": N_("其他"),
    },
)  # fmt: skip
"""Why a site needs no attention any more (A7.2)."""
ENROL_REASONS = Dictionary(
    "site_enrol_reasons", N_("场所重新关注原因"),
    {
        "recurred": N_("隐患再次出现"), "reopened": N_("恢复经营"), "mistaken": N_("误取消"), "other": N_("其他"),
    },
)  # fmt: skip
"""Why it needs attention again (A17, A18.14)."""
INTERVALS = {
    1: Number("inspection_days_normal", N_("检查间隔：一般（天）"), 90, 1, 366),
    2: Number("inspection_days_medium", N_("检查间隔：中等（天）"), 30, 1, 366),
    3: Number("inspection_days_serious", N_("检查间隔：严重（天）"), 7, 1, 366),
}  # fmt: skip


def intervals() -> dict[int, int]:
    """Days to the next inspection that a form offers, by level; what is not rated goes with the lowest."""
    days = {level: number.value for level, number in INTERVALS.items()}
    return {0: days[1]} | days


FINDINGS = {"safe": N_("安全"), "minor": N_("一般隐患"), "serious": N_("严重隐患")}
"""What an inspection found for a type (peers B1, 隐患程度)."""
