"""Code lists of key sites (A7.3 to A7.7, glossary): stored value to label."""

from __future__ import annotations

from geoapp.core.i18n import N_

KINDS = {
    "work_safety": N_("安全生产重点"),
    "public_order": N_("治安重点"),
    "fire_safety": N_("消防安全重点"),
    "school": N_("学校"),
    "other": N_("其他重点场所"),
}
LEVELS = {0: N_("未评级"), 1: N_("一般"), 2: N_("中等"), 3: N_("严重")}
CATEGORIES = {
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
}
