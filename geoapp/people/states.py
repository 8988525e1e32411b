"""Leaving the register, coming back, settling, changing type, taking back (A3.4, A3.8, A17), as pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.people.codes import DEREGISTER_REASONS, MOVED_GRID, SETTLED, TAKEN_BACK, TYPES
from geoapp.people.rules import ACTIVE, Person, Stay, before_birth, check_day

DEREGISTERED = "deregistered"
GONE_FOR_GOOD = frozenset({MOVED_GRID, TAKEN_BACK})
"""Reasons after which the record is no way back: the person has another one, or never had this one."""


def check_deregister(person: Person, reason: str, day: date, stays: Iterable[Stay], today: date) -> None:
    """Whether the person leaves the register on that day for that reason (A3.4).

    Raises Conflict for who left before, InvalidInput for the reason or the day.
    """
    check_on_register(person.state)
    if reason not in DEREGISTER_REASONS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="reason")
    check_state_day(person, day, stays, today)


def check_state_day(person: Person, day: date, stays: Iterable[Stay], today: date) -> None:
    """Raises InvalidInput for a day to come, before the birth, or before the present residence began."""
    check_day(day, today, "day")
    if before_birth(day, person):
        raise InvalidInput(N_("日期早于该居民的出生日期。"), field="day")
    for stay in stays:
        if stay.until is None and day < stay.since:
            raise InvalidInput(N_("日期早于现住处的入住日期（%(day)s）。"), field="day", day=stay.since.isoformat())


def check_on_register(state: str) -> None:
    """Raises Conflict for somebody who is not on the register."""
    if state != ACTIVE:
        raise Conflict(N_("该居民已注销。"))


def check_reinstate(state: str, reason: str | None) -> None:
    """Whether a record comes back to the register (A3.4). Raises Conflict.

    Who moved to another grid is on the register there; who settled has the registered record.
    """
    if state == ACTIVE:
        raise Conflict(N_("该居民在册，无需恢复。"))
    if reason in GONE_FOR_GOOD:
        raise Conflict(N_("该居民已迁往另一网格或属登记更正，不能恢复。"))
    if reason == SETTLED:
        raise Conflict(N_("该居民已落户，请使用其户籍人口记录。"))


def check_settle(kind: str, state: str) -> None:
    """Only an unregistered person settles (A3.8). Raises Conflict."""
    check_on_register(state)
    if kind != "unregistered":
        raise Conflict(N_("只有未落户人口可以落户。"))


def check_type_change(old: str, new: str) -> None:
    """Exactly one of the four types at a time (A3.3); from unregistered to registered one settles (A3.8). Raises."""
    if new not in TYPES:
        raise InvalidInput(N_("请选择列表中的一项。"), field="type")
    if old == new:
        raise InvalidInput(N_("新类型与现类型相同。"), field="type")
    if (old, new) == ("unregistered", "registered"):
        raise InvalidInput(N_("未落户人口转为户籍人口，请使用“落户”。"), field="type")


def may_take_back(at: datetime, now: datetime, minutes: int) -> bool:
    """Whether a step is young enough to be taken back: up to `minutes` after it, the last one included."""
    return timedelta(0) <= now - at <= timedelta(minutes=minutes)
