"""Rules of inspections, as pure functions: what is found, when a site is due again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.sites.codes import FINDINGS, KINDS
from geoapp.sites.rules import Types, active_types, worst_level

NOTE_LENGTH, MOST_PHOTOS = 500, 6
WEEK = 7
FURTHEST = timedelta(days=366)


def offered_due(types: Types, day: date, intervals: Mapping[int, int]) -> date:
    """The next day a form offers, after the worst active level (A7.3); `intervals` are days by level."""
    return day + timedelta(days=intervals[worst_level(types)])


def check_findings(findings: Mapping[str, str], types: Types) -> dict[str, str]:
    """One finding for each active type. Raises InvalidInput naming the type without one."""
    for key in active_types(types):
        if findings.get(key) not in FINDINGS:
            raise InvalidInput(
                N_("请填写“%(type)s”的检查结果。"), field=f"finding_{key}", type=Label(KINDS[key])
            )
    if not active_types(types):
        raise InvalidInput(N_("该场所已取消关注，请先重新关注再检查。"), field="day")
    return {key: findings[key] for key in active_types(types)}


def check_due(due: date | None, day: date) -> None:
    """Raises InvalidInput for a next day that is not after this one, or more than a year after it."""
    if due is not None and not day < due <= day + FURTHEST:
        raise InvalidInput(N_("下次检查应在本次检查之后一年以内。"), field="next_due")


def normal_note(text: str | None) -> str | None:
    """A note with its blanks closed, or None. Raises InvalidInput."""
    note = re.sub(r"\s+", " ", text or "").strip()
    if len(note) > NOTE_LENGTH or not note.isprintable():
        raise InvalidInput(N_("备注最多 %(most)s 个可见字符。"), field="note", most=NOTE_LENGTH)
    return note or None


def check_photos(count: int) -> None:
    """Raises InvalidInput for more photos than one inspection may carry."""
    if count > MOST_PHOTOS:
        raise InvalidInput(N_("一次检查最多 %(most)s 张照片。"), field="photos", most=MOST_PHOTOS)


def due_word(due: date | None, today: date) -> str:
    """Where a site stands: "overdue" from the day after, "week" up to seven days ahead, "later", "none"."""
    if due is None:
        return "none"
    if due < today:
        return "overdue"
    return "week" if due <= today + timedelta(days=WEEK) else "later"
