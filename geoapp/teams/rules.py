"""Rules of service teams, as pure functions (A1.3, A1.6 to A1.11, A17)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.teams.codes import CLASSES, KINDS, POSTS, RESIDENTS, SERVICES

NAME_LENGTH, SUBCLASS_LENGTH, NOTE_LENGTH = 60, 30, 1000
MOST_PEOPLE, MOST_PHOTOS = 50, 6
SPANS = (30, 90, 180, 365)
"""Days within which somebody counts as served, as pages offer them."""
USUAL_SPAN = 90
CHOOSE = N_("请选择列表中的一项。")


@dataclass(frozen=True)
class Serving:
    """A membership as a record asks about it."""

    id: int
    team_id: int
    active: bool
    since: date | None = None


def normal_text(text: str | None, most: int, field: str) -> str | None:
    """A line with its blanks closed, or None. Raises InvalidInput."""
    found = re.sub(r"\s+", " ", text or "").strip()
    if len(found) > most or not found.isprintable():
        raise InvalidInput(N_("最多 %(most)s 个可见字符。"), field=field, most=most)
    return found or None


def normal_name(text: str | None) -> str:
    """The name of a team or a member. Raises InvalidInput where there is none."""
    name = normal_text(text, NAME_LENGTH, "name")
    if name is None:
        raise InvalidInput(N_("请填写名称。"), field="name")
    return name


def check_class(key: str) -> None:
    """Raises InvalidInput for what is none of the eight classes (A1.3)."""
    if key not in CLASSES:
        raise InvalidInput(N_("请选择团队类别。"), field="team_class")


def check_post(post: str) -> None:
    """Raises InvalidInput for what is no post."""
    if post not in POSTS:
        raise InvalidInput(N_("请选择职务。"), field="post")


def check_reason(reason: str, allowed: Collection[str]) -> None:
    """Raises InvalidInput for a reason that is not in the list."""
    if reason not in allowed:
        raise InvalidInput(N_("请选择原因。"), field="reason")


def check_active(state: str) -> None:
    """Raises Conflict for a team that was dissolved (A1.9)."""
    if state != "active":
        raise Conflict(N_("该团队已注销。"))


def check_serving(chosen: Collection[int], found: Sequence[Serving], team_id: int) -> None:
    """Serving members are of one team (A1.7), and none of a membership that has ended (A1.10).

    Raises InvalidInput, Conflict.
    """
    if not chosen:
        raise InvalidInput(N_("请至少选择一名服务人员。"), field="members")
    if {one.id for one in found} != set(chosen) or any(one.team_id != team_id for one in found):
        raise InvalidInput(N_("一条服务记录的服务人员必须都属于同一个团队。"), field="members")
    if not all(one.active for one in found):
        raise Conflict(N_("已注销的成员不能再用于新的服务记录。"), field="members")


def check_since(day: date, found: Sequence[Serving]) -> None:
    """Nobody serves before they took up their post (A1.6, A1.10): a record has those who were in the team that day.

    Raises InvalidInput.
    """
    first = max((one.since for one in found if one.since is not None), default=day)
    if day < first:
        raise InvalidInput(N_("服务日期早于服务人员的任职日期（%(day)s）。"), field="day", day=first.isoformat())


def check_kind(kind: str, open_kinds: Collection[str]) -> None:
    """Raises InvalidInput for a kind of person the writer may not record services for (A1.4, D3.3)."""
    if kind not in KINDS or kind not in open_kinds:
        raise InvalidInput(CHOOSE, field="kind")


def check_served(chosen: Collection[int], of_kind: Collection[int], kind: str) -> None:
    """Everybody served is on the register, and of the record's one kind (A1.8). Raises InvalidInput."""
    if len(chosen) > MOST_PEOPLE:
        raise InvalidInput(N_("一条服务记录最多 %(most)s 名服务对象。"), field="people", most=MOST_PEOPLE)
    if set(chosen) <= set(of_kind):
        return
    if kind == RESIDENTS:
        raise InvalidInput(N_("服务对象须是在册居民，且在同一个网格。"), field="people")
    raise InvalidInput(N_("一条服务记录的服务对象必须都是同一类人员。"), field="people")


def check_service(service: str) -> None:
    """Raises InvalidInput for what is no service."""
    if service not in SERVICES:
        raise InvalidInput(CHOOSE, field="service")


def check_photos(count: int) -> None:
    """Raises InvalidInput for more photos than one record may carry."""
    if count > MOST_PHOTOS:
        raise InvalidInput(N_("一条服务记录最多 %(most)s 张照片。"), field="photos", most=MOST_PHOTOS)


def check_deletable(records: int) -> None:
    """Only a member without any service record is deleted (A1.11). Raises Conflict."""
    if records:
        raise Conflict(N_("该成员已有服务记录，不能删除，只能注销。"))


def may_undo(at: datetime | None, now: datetime, minutes: int) -> bool:
    """Whether a step of that moment, a change of state or a new record, can still be taken back."""
    return at is not None and now - at <= timedelta(minutes=minutes)


def is_due(last: date | None, today: date, days: int) -> bool:
    """Whether somebody last served on that day is due again: from `days` days after it, and who never was."""
    return last is None or today - last >= timedelta(days=days)
