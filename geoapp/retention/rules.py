"""When something has been kept long enough: pure functions over one declaration table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from geoapp.core.i18n import N_
from geoapp.core.setting_values import SettingsError

YEAR = 365
SETTING = "GEOAPP_RETENTION_DAYS"


@dataclass(frozen=True)
class Clock:
    """How long a class is kept after `starts`. `least` days cannot be undercut by a setting."""

    name: str
    title: str
    starts: str
    days: int
    why: str
    least: int = 0


CLOCKS: tuple[Clock, ...] = (
    Clock("deregistered", N_("已注销的居民"), N_("注销之日"), 2 * YEAR, N_("注销后两年，抹去个人")),
    Clock("enrolments", N_("已取消关注的服务事项"), N_("取消关注之日"), 2 * YEAR, N_("取消关注后两年，抹去个人")),
    Clock("enrolment_events", N_("服务项目规则的执行记录"), N_("执行之日"), YEAR, N_("只用于不重复通知")),
    Clock("landlords", N_("已注销出租的出租人"), N_("出租注销之日"), 2 * YEAR, N_("注销后两年，抹去姓名和电话")),
    Clock("stays", N_("已结束的居住"), N_("搬离之日"), 5 * YEAR, N_("五年内可查以往居住")),
    Clock("changes", N_("修改记录"), N_("修改之日"), 5 * YEAR, N_("五年内可查经办")),
    Clock("requests", N_("个人信息请求"), N_("办结之日"), 3 * YEAR, N_("处理记录保存三年"), 3 * YEAR),
    Clock("exports", N_("导出登记"), N_("导出之日"), 3 * YEAR, N_("处理记录保存三年"), 3 * YEAR),
    Clock("export_requests", N_("待批和已过期的导出条件"), N_("失效或提出之日"), 30, N_("条件中可能有姓名")),
    Clock("assessments", N_("被取代的影响评估"), N_("批准之日"), 3 * YEAR, N_("法定至少三年"), 3 * YEAR),
    Clock("sessions", N_("已结束的会话"), N_("到期或撤销之日"), 90, N_("查处盗用所需")),
    Clock("tokens", N_("已失效的接口令牌"), N_("到期或撤销之日"), YEAR, N_("查处盗用所需")),
    Clock("links", N_("邀请与重设链接"), N_("到期之日"), 90, N_("查处盗用所需")),
    Clock("read_counts", N_("每人每天打开的记录数"), N_("当天"), 30, N_("只用于发现异常查阅；未确认的暂停除外")),
    Clock("import_rows", N_("未认领的导入数据"), N_("导入之日"), 180, N_("半年无人认领即删除，并告知导入人")),
    Clock("import_asking", N_("等待选择坐标系的导入文件"), N_("导入之日"), 30, N_("期满即结束，删除文件并告知导入人")),
    Clock("saved_searches", N_("存下的查找"), N_("查找之日"), 30, N_("查找词可能是姓名或号码")),
    Clock("saved_areas", N_("画出的范围"), N_("画出之日"), 180, N_("共享链接半年内有效")),
)
"""Defaults: D3.3 (two years after release, five years for what the documents keep so), PIPL 19 and 56."""


def days_of(clock: Clock, chosen: Mapping[str, int]) -> int:
    """Days of a clock under the deployment's own figures. Raises SettingsError below the legal least."""
    days = chosen.get(clock.name, clock.days)
    if days < clock.least:
        raise SettingsError.wrong(SETTING, f"{clock.name}={days}", f"{clock.name} ≥ {clock.least}")
    return days


def check_chosen(chosen: Mapping[str, int]) -> None:
    """Raise SettingsError for a class that has no clock, and for days below the legal least."""
    known = [clock.name for clock in CLOCKS]
    for name, days in chosen.items():
        if name not in known:
            raise SettingsError.wrong(SETTING, f"{name}={days}", ", ".join(known))
    for clock in CLOCKS:
        days_of(clock, chosen)


def cutoff(clock: Clock, chosen: Mapping[str, int], moment: datetime) -> datetime:
    """What started before this has been kept long enough."""
    return moment - timedelta(days=days_of(clock, chosen))
