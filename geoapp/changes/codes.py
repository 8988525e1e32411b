"""Words of the change log: what was done, to which field."""

from __future__ import annotations

from geoapp.core.i18n import N_

ACTIONS = {
    "dissolve": N_("注销"), "join_team": N_("加入成员"), "leave_team": N_("成员注销"), "remove_member": N_("删除成员"),
    "serve": N_("记录服务"),
    "create": N_("新登记"), "correct": N_("更正"), "confirm": N_("核实，无变化"), "renumber": N_("变更编号"),
    "place": N_("定位"), "open": N_("登记入住"), "end": N_("结束居住"), "void": N_("撤销入住登记"),
    "reopen": N_("恢复居住"), "settle": N_("更新住处"), "deregister": N_("注销"), "reinstate": N_("取消注销"),
    "settle_here": N_("落户"), "change_type": N_("变更人口类型"), "move_grid": N_("迁往另一网格"),
    "take_back": N_("撤销"), "release": N_("取消关注"), "enrol": N_("重新关注"), "undo": N_("撤销上一次操作"),
    "inspect": N_("检查"), "join_household": N_("入户"), "leave_household": N_("出户"), "change_head": N_("变更户主"),
    "relate": N_("更正与户主的关系"),
    "delete": N_("删除空户"), "merge": N_("合并重复登记"), "let": N_("登记出租"), "deregister_rental": N_("出租注销"),
    "reinstate_rental": N_("出租取消注销"), "undo_rental": N_("撤销出租变更"),
    "renew": N_("复核续期"), "transfer": N_("转入下一个项目"),
}  # fmt: skip
FIELDS = {
    "people": N_("服务对象"),
    "position": N_("位置"), "house": N_("住处"), "since": N_("入住日期"), "until": N_("搬离日期"),
    "state": N_("在册状态"), "state_reason": N_("原因"), "state_date": N_("日期"), "tenure": N_("居住方式"),
    "end_reason": N_("结束原因"), "no_house_reason": N_("无房原因"), "findings": N_("检查结果"),
    "members": N_("成员"), "head": N_("户主"), "household_kind": N_("家庭类别"), "household_number": N_("家庭编号"),
    "photos": N_("照片"), "facts": N_("登记内容"), "types": N_("类型和关注等级"),
}  # fmt: skip
"""Names that are no field of a register; the others are looked up there."""
