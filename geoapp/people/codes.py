"""Code lists of residents (A3, glossary): stored value to label."""

from __future__ import annotations

from geoapp.core.i18n import N_

TYPES = {
    "registered": N_("户籍人口"),
    "floating": N_("流动人口"),
    "unregistered": N_("未落户人口"),
    "overseas": N_("境外人员"),
}
TYPE_CLASSES = {value: number for number, value in enumerate(TYPES, start=1)}
SEXES = {"M": N_("男"), "F": N_("女")}
STATES = {"active": N_("在册"), "deregistered": N_("注销")}
NO_HOUSE_REASONS = {
    "homeless": N_("无固定住所"),
    "on_the_move": N_("流动作业，居无定所"),
    "boat": N_("以船为家"),
    "unknown_address": N_("住址待查"),
    "institution": N_("住集体机构"),
    "other": N_("其他"),
}
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
