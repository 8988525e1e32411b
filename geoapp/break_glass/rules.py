"""Rules of break-glass, as pure functions (research/trust C5, LG-8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from geoapp.break_glass.codes import OUTCOMES, REASONS
from geoapp.core.errors import Forbidden, InvalidInput
from geoapp.core.i18n import N_
from grids_boundaries.keys import RegionCode

AREAS = frozenset({"community", "grid"})
"""One area is a community or a grid, never more."""
SATURDAY = 5


def check_start(kind: str, reason: str, note: str, area: RegionCode, least: int) -> None:
    """Raise Forbidden for anything but a person, InvalidInput for a reason or an area that will not do."""
    if kind != "user":
        raise Forbidden(N_("紧急查看只限本人登录使用。"))
    if reason not in REASONS:
        raise InvalidInput(N_("请选择紧急查看的理由。"), field="reason")
    if len(note.strip()) < least:
        raise InvalidInput(N_("请说明情况，至少 %(least)s 个字。"), field="note", least=least)
    if area.level not in AREAS:
        raise InvalidInput(N_("紧急查看只限一个社区或一个网格。"), field="area")


def check_review(outcome: str, note: str, least: int, *, own: bool, done: bool) -> None:
    """Raise Forbidden for a review of one's own use, InvalidInput for an outcome that will not do."""
    if own:
        raise Forbidden(N_("不能复核自己的紧急查看。"))
    if done:
        raise InvalidInput(N_("此次紧急查看已经复核。"), field="outcome")
    if outcome not in OUTCOMES:
        raise InvalidInput(N_("请选择复核结论。"), field="outcome")
    if len(note.strip()) < least:
        raise InvalidInput(N_("请说明情况，至少 %(least)s 个字。"), field="note", least=least)


def is_open(ends_at: datetime, ended_at: datetime | None, moment: datetime) -> bool:
    """Whether records may still be opened."""
    return ended_at is None and moment < ends_at


def has_room(opened: int, most: int) -> bool:
    """Whether one more record may be opened."""
    return opened < most


def review_due(start: datetime, days: int) -> datetime:
    """The end of the n-th working day (Monday to Friday) after the day of `start`."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


def is_alarming(own: int, others: Iterable[int], factor: int) -> bool:
    """Whether one person's (or unit's) uses of a month are more than `factor` times the median.

    `others` are the uses of every person (unit) and month of a year that had any.
    """
    counts = list(others)
    return bool(counts) and own > factor * median(counts)
