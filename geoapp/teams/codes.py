"""Code lists of service teams and what they do (A1.3, A1.4, A17)."""

from __future__ import annotations

from geoapp.core.i18n import N_
from geoapp.programmes.declared import PROGRAMMES

CLASSES = {
    "governance": N_("基层综治组织"), "party": N_("基层党组织"), "self_governance": N_("基层自治组织"),
    "mass_prevention": N_("群防群治队伍"), "volunteers": N_("社会志愿者队伍"), "task_group": N_("专项工作领导小组"),
    "grid_service": N_("网格化管理服务团队"), "other": N_("其他"),
}  # fmt: skip
"""The eight classes (A1.3); a sub-class is a word of the team's own."""
CLASS_NUMBERS = {key: number for number, key in enumerate(CLASSES, start=1)}

POSTS = {
    "leader": N_("负责人"), "deputy": N_("副负责人"), "grid_leader": N_("网格长"), "grid_worker": N_("网格员"),
    "liaison": N_("联络员"), "police": N_("民警"), "medical": N_("医务人员"), "volunteer": N_("志愿者"),
    "member": N_("成员"),
}  # fmt: skip

RESIDENTS = "residents"
KINDS = {
    RESIDENTS: N_("实有人口"), "care": N_("关怀对象"), "employment": N_("失业人员"),
    **{code: one.title for code, one in PROGRAMMES.items() if one.closed},
}  # fmt: skip
"""Who is served (A1.4): everybody, those of a family of open programmes, those of one closed programme.

The closed ones are the key population (重点人口) and women of childbearing age (育龄妇女).
"""

BANDS = {
    "d30": N_("30 天内"), "d90": N_("31 至 90 天"), "d180": N_("91 至 180 天"), "d365": N_("181 至 365 天"),
    "older": N_("一年以前"), "never": N_("从未"),
}  # fmt: skip
"""When somebody was last served; what pages call "served within n days" is the sum of the first ones."""

SERVICES = {
    "visit": N_("走访"), "daily_help": N_("生活帮扶"), "health": N_("健康服务"), "counselling": N_("谈心疏导"),
    "legal_aid": N_("法律服务"), "employment_help": N_("就业帮扶"), "mediation": N_("矛盾调解"),
    "publicity": N_("宣传教育"), "other": N_("其他"),
}  # fmt: skip

DISSOLVE_REASONS = {
    "task_done": N_("任务完成"), "merged": N_("并入其他团队"), "reorganised": N_("机构调整"),
    "by_mistake": N_("登记有误"), "other": N_("其他"),
}  # fmt: skip
REINSTATE_REASONS = {
    "set_up_again": N_("重新组建"), "by_mistake": N_("登记有误"), "other": N_("其他"),
}  # fmt: skip
TEAM_DISSOLVED = "team_dissolved"
LEAVE_REASONS = {
    "left_post": N_("离岗"), "moved_away": N_("搬离"), "retired": N_("退休"), "by_mistake": N_("登记有误"),
    "other": N_("其他"),
}  # fmt: skip
LEFT = {**LEAVE_REASONS, TEAM_DISSOLVED: N_("团队已注销")}
