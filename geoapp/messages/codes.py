"""Kinds of messages: each one sentence. Facts that are words of ours are translated when shown."""

from __future__ import annotations

from geoapp.core.i18n import N_

KINDS = {
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
    "break_glass_alarm": N_("%(who)s 本月的紧急查看次数超过中位数的 %(factor)s 倍。"),
}
