"""Code lists of buildings and houses (peers B1; standards C12): stored value to label."""

from __future__ import annotations

from geoapp.core.i18n import N_
from geoapp.dictionaries.lists import Dictionary

BUILDING_USES = {
    "residential": N_("住宅"),
    "dormitory": N_("宿舍"),
    "education": N_("教育"),
    "commercial": N_("商业"),
    "office": N_("办公"),
    "industrial": N_("工业仓储"),
    "public": N_("公共服务"),
    "other": N_("其他"),
    "unknown": N_("未知"),
}
BUILDING_CLASSES = {use: number for number, use in enumerate(BUILDING_USES, start=1)}
"""Small integers for tiles, in the order of the list."""

HOUSE_USES = Dictionary(
    "house_uses", N_("房屋用途"),
    {
        "dwelling": N_("个人住宅"),
        "dormitory": N_("集体宿舍"),
        "shed": N_("临时工棚"),
        "office": N_("办公"),
        "commercial": N_("商业"),
        "public": N_("科教文体医"),
        "industrial": N_("工业"),
        "other": N_("其他"),
    }, fixed=("dwelling",),
)  # fmt: skip
RENTAL_USES = Dictionary(
    "rental_uses", N_("出租用途"),
    {
        "dormitory": N_("宿舍"),
        "dwelling": N_("住房"),
        "shop": N_("店面"),
        "storehouse": N_("仓库"),
        "factory": N_("工厂"),
        "other": N_("其他"),
    }, fixed=("dwelling",),
)  # fmt: skip
RENTAL_KINDS = Dictionary(
    "rental_kinds", N_("出租类型"),
    {
        "flat": N_("套房"),
        "bungalow": N_("平房"),
        "basement": N_("地下室"),
        "whole_building": N_("通天房"),
    }, fixed=("flat",),
)  # fmt: skip
"""How a let house is used and what it is (peers B1)."""
RENTAL_REASONS = Dictionary(
    "rental_reasons", N_("出租注销原因"),
    {
        "own_use": N_("收回自用"),
        "vacant": N_("租约到期，现空置"),
        "sold": N_("已出售"),
        "demolished": N_("已拆除"),
        "mistaken": N_("登记有误"),
        "other": N_("其他"),
    },
)  # fmt: skip
"""Why a house is let no longer (A6.10)."""
RENTAL_REINSTATE_REASONS = Dictionary(
    "rental_reinstate_reasons", N_("出租取消注销原因"),
    {
        "let_again": N_("再次出租"),
        "mistaken": N_("误注销"),
        "other": N_("其他"),
    },
)  # fmt: skip
"""Why it is let again (A6.10)."""
HOUSE_STATUS = {0: N_("无数据"), 1: N_("空置"), 2: N_("有人居住"), 3: N_("出租")}
TENURES = {"own": N_("自住"), "rent": N_("租住"), "lodge": N_("寄住")}
POSITION_SOURCES = {
    "building": N_("建筑内推算"),
    "clicked": N_("图上点选"),
    "surveyed": N_("实测"),
    "imported": N_("导入"),
    "centroid": N_("几何中心"),
}
END_REASONS = Dictionary(
    "residence_end_reasons", N_("结束居住原因"),
    {
        "moved_out": N_("搬离"),
        "moved_within": N_("本网格内搬家"),
        "lease_ended": N_("租约到期"),
        "deregistered": N_("注销"),
        "correction": N_("登记更正"),
        "other": N_("其他"),
    }, fixed=("moved_out", "moved_within", "deregistered", "correction",),
)  # fmt: skip
