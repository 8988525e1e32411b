"""Kinds of messages: each one sentence. Facts that are words of ours are translated when shown."""

from __future__ import annotations

from geoapp.core.i18n import N_

KINDS = {
    "programme_age_in": N_("网格“%(grid)s”有 %(n)s 人到龄，已登记为“%(programme)s”。"),
    "programme_arrived": N_("有 %(n)s 名“%(programme)s”服务对象迁入网格“%(grid)s”，期限不变。"),
    "programme_ask": N_("网格“%(grid)s”有 %(n)s 人超过自动取消的年龄后由人工登记为“%(programme)s”，请确认是否继续。"),
    "programme_expired": N_("网格“%(grid)s”有 %(n)s 人的“%(programme)s”期满，已自动取消关注。"),
    "programme_over_age": N_("网格“%(grid)s”有 %(n)s 人超过“%(programme)s”的年龄，已自动取消关注。"),
    "programme_review": N_("网格“%(grid)s”有 %(n)s 人的“%(programme)s”到了复核日期，请逐一复核。"),
    "break_glass": N_("%(who)s 正在紧急查看区划 %(area)s（%(reason)s），已打开 %(n)s 条记录。请复核。"),
    "break_glass_overdue": N_("%(who)s 对区划 %(area)s 的紧急查看应在 %(due)s 前复核，已经逾期。请复核。"),
    "registered_elsewhere": N_("网格“%(grid)s”有一名在册居民的证件号码在别的网格也有登记，请核对。"),
    "unusual_reading_own": N_("您今天打开的个人记录已达平常的 %(times)s 倍，主管已收到提醒。"),
    "reading_stopped_own": N_("您打开的个人记录已达平常的 %(times)s 倍，已暂停查阅。请主管确认后再继续。"),
    "reading_confirmed": N_("主管已确认您的查阅，您可以继续打开个人记录。"),
    "unusual_reading": N_("%(who)s 在 %(day)s 打开的个人记录已达平常的 %(times)s 倍。"),
    "reading_stopped": N_("%(who)s 在 %(day)s 打开的个人记录已达平常的 %(times)s 倍，已暂停查阅。请核实并确认。"),
    "grids_published": N_("%(area)s的网格划分自 %(day)s 起按新方案执行，请查看您的网格。"),
    "grids_not_published": N_("%(area)s的网格方案未能在 %(day)s 生效，请打开方案查看原因。"),
    "import_asks": N_("您导入的文件“%(file)s”没有写明坐标系，请选择坐标系，才能继续读取。"),
    "import_unanswered": N_("您导入的文件“%(file)s”等待选择坐标系的期限已过，已结束并删除。"),
    "import_expired": N_("您导入的文件“%(file)s”有 %(n)s 行超过保存期限无人认领，已删除。"),
    "fill_checked": N_("首次录入“%(file)s”的试运行已完成，请查看报告，再决定是否写入。"),
    "fill_written": N_("首次录入“%(file)s”已写入，请查看报告。"),
    "fill_stopped": N_("首次录入“%(file)s”的写入已停止：已登记的保留，其余没有写入。"),
    "fill_failed": N_("首次录入“%(file)s”未能完成，请打开查看原因。"),
    "break_glass_alarm": N_("%(who)s 本月的紧急查看次数超过中位数的 %(factor)s 倍。"),
}
