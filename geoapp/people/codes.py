"""Code lists of residents (A3, glossary): stored value to label."""

from __future__ import annotations

from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import Dictionary

TYPES = {
    "registered": N_("户籍人口"),
    "floating": N_("流动人口"),
    "unregistered": N_("未落户人口"),
    "overseas": N_("境外人员"),
}
TYPE_CLASSES = {value: number for number, value in enumerate(TYPES, start=1)}
SEXES = {"M": N_("男"), "F": N_("女")}
STATES = {"active": N_("在册"), "deregistered": N_("注销")}
NO_HOUSE_REASONS = Dictionary(
    "no_house_reasons", N_("无房原因"),
    {
        "homeless": N_("无固定住所"),
        "on_the_move": N_("流动作业，居无定所"),
        "boat": N_("以船为家"),
        "unknown_address": N_("住址待查"),
        "institution": N_("住集体机构"),
        "other": N_("其他"),
    }, fixed=("other",),
)  # fmt: skip
RELATIONS = {
    "head": N_("户主"),
    "spouse": N_("配偶"),
    "child": N_("子女"),
    "parent": N_("父母"),
    "grandchild": N_("孙辈"),
    "sibling": N_("兄弟姐妹"),
    "other_relative": N_("其他亲属"),
    "unrelated": N_("非亲属"),
}
ID_KINDS = {
    "citizen": N_("居民身份证"),
    "hmt_residence": N_("港澳台居民居住证"),
    "hm_permit": N_("港澳居民来往内地通行证"),
    "tw_permit": N_("台湾居民来往大陆通行证"),
    "foreign_residence": N_("外国人永久居留身份证"),
    "passport": N_("护照"),
    "other": N_("其他证件"),
    "none": N_("无证件"),
}
UNREGISTERED_REASONS = Dictionary(
    "unregistered_reasons", N_("未落户原因"),
    {
        "newborn": N_("出生未落"),
        "papers_held": N_("持证未落"),
        "papers_lost": N_("证件遗失"),
        "struck_off": N_("外流注销"),
        "other": N_("其他"),
    },
)  # fmt: skip
"""Why somebody is on no household register (A3.7; peers B1)."""
OVERSEAS_KINDS = {
    "foreigner": N_("外国人"),
    "stateless": N_("无国籍人"),
    "overseas_chinese": N_("华侨"),
    "hongkong": N_("香港居民"),
    "macao": N_("澳门居民"),
    "taiwan": N_("台湾居民"),
}
"""Who counts as overseas (A3.9)."""
DEREGISTER_REASONS = Dictionary(
    "resident_deregister_reasons", N_("居民注销原因"),
    {
        "moved_away": N_("迁出"),
        "died": N_("死亡"),
        "emigrated": N_("出国（境）定居"),
        "missing": N_("下落不明"),
        "duplicate": N_("重复登记"),
        "other": N_("其他"),
    }, fixed=("died", "duplicate",),
)  # fmt: skip
"""Why somebody leaves the register, as a person may say it (A3.4)."""
SETTLED, MOVED_GRID, TAKEN_BACK = "settled", "moved_grid", "correction"
STATE_REASONS = DEREGISTER_REASONS | {
    SETTLED: N_("已落户"), MOVED_GRID: N_("迁往另一网格"), TAKEN_BACK: N_("登记更正"),
}  # fmt: skip
"""Every reason; the last three are written by settling (A3.8), moving (A18 (9)) and taking back."""
