"""Rules about unusually many records read, as pure functions (research/trust C5, "Rate")."""

from __future__ import annotations

import math
from enum import IntEnum

from geoapp.core.errors import Forbidden, InvalidInput
from geoapp.core.i18n import N_

HISTORY_DAYS = 28
"""How far back the usual number looks."""
LEAST_DAYS = 5
"""Days of one person that make a history; fewer say nothing."""
REASONS = {
    "campaign": N_("集中登记或核对"), "deputy": N_("代同事办理"), "emergency": N_("紧急任务"), "other": N_("其他"),
}  # fmt: skip
"""Why so much was read: codes of the audit log."""


class Level(IntEnum):
    """How a day's number stands to the usual one."""

    USUAL = 0
    NOTED = 1
    STOPPED = 2


def usual_of(median: float | None, days: int, floor: int) -> int:
    """The usual number of a day: the median of `days` days of people alike, and never less than `floor`."""
    if median is None or days < LEAST_DAYS:
        return floor
    return max(floor, math.ceil(median))


def level_of(number: int, usual: int, note_times: int, stop_times: int) -> Level:
    """What `number` records mean where `usual` are; exactly so many times counts."""
    if number >= stop_times * usual:
        return Level.STOPPED
    return Level.NOTED if number >= note_times * usual else Level.USUAL


def check_confirmation(reason: str, note: str, least: int, *, own: bool, stopped: bool) -> None:
    """Raise Forbidden for one's own reading, InvalidInput for what is not stopped or a reason that will not do."""
    if own:
        raise Forbidden(N_("不能确认自己的查阅。"))
    if not stopped:
        raise InvalidInput(N_("此人的查阅没有暂停，不必确认。"), field="reason")
    if reason not in REASONS:
        raise InvalidInput(N_("请选择查阅的理由。"), field="reason")
    if len(note.strip()) < least:
        raise InvalidInput(N_("请说明情况，至少 %(least)s 个字。"), field="note", least=least)
