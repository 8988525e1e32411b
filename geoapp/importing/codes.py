"""States of batches and rows, faults of cells and reasons of failed claims: code to words (A8; peers B1)."""

from __future__ import annotations

from geoapp.core.i18n import N_

MODULE = "import"
"""The module that switches importing and claiming (A18.1)."""
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ASKING = "asking"
"""Positions of the file name no system of coordinates; its sender is asked."""
BATCH_STATES = {
    WAITING: N_("等待处理"), RUNNING: N_("正在处理"), DONE: N_("已完成"),
    FAILED: N_("未能导入"), CANCELLED: N_("已取消"), ASKING: N_("等待选择坐标系"),
}  # fmt: skip
REFUSED, UNCLAIMED, UNCLAIMED_AGAIN, CLAIMED, CLAIMED_ALONG = -1, 0, 1, 10, 11
OPEN = (UNCLAIMED, UNCLAIMED_AGAIN)
ROW_STATES = {
    REFUSED: N_("未导入"), UNCLAIMED: N_("待认领"), UNCLAIMED_AGAIN: N_("随撤销恢复待认领"), CLAIMED: N_("已认领"),
    CLAIMED_ALONG: N_("随重复行一并认领"),
}  # fmt: skip
"""0, 1, 10 and 11 as peers B1 has them; claimed along is what A8.8 does to equal rows."""
PROPOSED = {
    "named": N_("文件写明的网格"), "position": N_("按坐标"), "house": N_("按房屋编号"), "address": N_("按地址"),
    "assigned": N_("由他人指定"), "chosen": N_("由人选定地址"), "none": N_("只知区划"),
}  # fmt: skip
"""How the grid of a row was found."""
CELL_FAULTS = {
    "typed_number": N_("“%(column)s”是数字格式（%(value)s），可能已丢失末尾几位或前面的零。请改为文本格式后重新填写。"),
    "scientific": N_("“%(column)s”是科学记数法（%(value)s），原来的号码已丢失。请改为文本格式后重新填写。"),
    "typed_day": N_("“%(column)s”是日期格式（%(value)s），请改为文本格式。"),
    "typed_other": N_("“%(column)s”的内容（%(value)s）不是文本。"),
    "not_listed": N_("“%(column)s”没有“%(value)s”这个选项，请从下拉列表选择。"),
    "not_a_number": N_("“%(column)s”应为数字，不是“%(value)s”。"),
    "not_a_day": N_("“%(column)s”应为年-月-日的日期，不是“%(value)s”。"),
    "too_long": N_("“%(column)s”超过 %(most)s 个字。"),
    "lost_text": N_("“%(column)s”中有乱码（%(value)s）。"),
    "no_county": N_("“区县”必须填写。"),
    "unknown_region": N_("没有名为“%(value)s”的%(level)s，或不在您的辖区。"),
    "several_regions": N_("名为“%(value)s”的%(level)s不止一个，请写明上级区划或填写代码。"),
    "no_name_or_number": N_("姓名和证件号码至少填一项。"),
    "no_name": N_("名称必须填写。"),
    "no_number": N_("户号或家庭编号必须填写。"),
    "no_house": N_("房屋编号和地址至少填一项。"),
    "half_position": N_("经度和纬度要同时填写。"),
    "no_crs": N_("填写了经纬度，请选择坐标系。"),
    "bad_position": N_("坐标 (%(lon)s, %(lat)s) 不是经纬度，经度在前。"),
    "turned_position": N_("坐标 (%(lon)s, %(lat)s) 的横坐标和纵坐标写反了：经度一列写东向坐标，纬度一列写北向坐标。"),
    "no_zone_position": N_("坐标 (%(lon)s, %(lat)s) 不是所选分带的高斯-克吕格坐标（米），请核对坐标和坐标系。"),
    "several_zones": N_("坐标 (%(lon)s, %(lat)s) 没有带号，在“%(value)s”内有不止一个可能的位置，请写明带号。"),
    "position_elsewhere": N_("坐标 (%(lon)s, %(lat)s) 不在所填的“%(value)s”内，请核对坐标和坐标系。"),
    "merged": N_("这一行有合并的单元格，请取消合并。"),
    "hidden_row": N_("这一行是隐藏的，请取消隐藏或删除后再导入。"),
    "hidden_column": N_("“%(column)s”这一列是隐藏的，请取消隐藏，核对后再导入。"),
    "formula": N_("“%(column)s”是公式，请粘贴为值。"),
    "extra_cell": N_("这一行在表格之外还有内容（第 %(at)s 列）。"),
    "unknown_record": N_("没有编号为“%(value)s”的记录，或不在您的辖区；新记录请用模板导入。"),
    "header_again": N_("这一行又是表头。"),
}  # fmt: skip
"""Why a row was refused; facts are `column` (a title), `value` (what stands in the cell) and others."""
ANSWER = {
    "no_grid": N_("还没有确定所属网格，请先指定网格。"),
    "not_mine": N_("所属网格不在您的辖区。"),
    "taken": N_("这一行已被认领。"),
    "busy": N_("这一行正由他人认领。"),
    "gone": N_("这一行不存在或不在您的辖区。"),
    "incomplete": N_("数据不完整或有误"),
    "duplicate": N_("与在册记录重复"),
    "other_type": N_("这个号码登记在另一类人口"),
    "alike": N_("没有名称或号码，而本网格有相似的行或记录，请先比较"),
    "differs": N_("与导出时的在册记录不同，请比较"),
    "no_record": N_("没有这个记录编号，或不在您的辖区；新记录不要填写编号"),
    "cancelled": N_("在册记录已注销，须先处理"),
    "cancelled_registered": N_("这个号码登记为已注销的户籍人口，须先取消注销"),
    "cancelled_floating": N_("这个号码登记为已注销的流动人口，须先取消注销"),
    "dead": N_("登记为死亡"),
    "rental_claimed": N_("这套出租房已登记"),
    "resident_missing": N_("实有人口中没有这个号码，请先登记实有人口"),
    "resident_cancelled": N_("这个号码的实有人口已注销，须先取消注销"),
    "other_name": N_("这个证件号码登记的是另一个姓名，请核对姓名和号码，或先更正在册记录"),
    "no_permission": N_("您没有登记这类记录的权限。"),
    "flawed": N_("数据不完整或有误：%(problem)s"),
}  # fmt: skip
"""Reasons of failed claims, all of peers B1 that this product's rules know."""
FILL_STATES = {
    "reading": N_("正在读取"), "checking": N_("正在试运行"), "checked": N_("试运行完成，尚未写入"),
    "writing": N_("正在写入"), "stopped": N_("写入已停止"), "written": N_("已写入"), "dropped": N_("已放弃，没有写入"),
    "asking": N_("等待选择坐标系"), "failed": N_("未能完成"),
}  # fmt: skip
"""What a first fill shows: its own state, or that of reading its file."""
COMPLETE = frozenset({"incomplete", "resident_missing", "no_record", "other_name"})
COMPARE = frozenset({"duplicate", "other_type", "rental_claimed", "alike", "differs"})
"""The two ways out: complete the data (A8.12), compare with the record (A8.13)."""
OPEN_FIRST = frozenset({
    "cancelled", "cancelled_registered", "cancelled_floating", "dead", "resident_cancelled", "other_name",
})  # fmt: skip
"""The record is dealt with first; then the row is claimed again."""
PEOPLE = frozenset({"residents", "enrolments", "households"})
"""Registers whose rows name somebody."""
ANY_LEVEL = frozenset({"teams"})
"""Registers whose records are of regions of any level: their rows need no grid (A1.2)."""
LISTS = {
    "open": N_("待认领"), "unplaced": N_("未定网格"), "done": N_("认领成功"), "failed": N_("认领失败"),
}  # fmt: skip
"""Lists of rows; where a claim leads goes by its outcome (A8.10, A8.11)."""
