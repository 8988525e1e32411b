"""Rules of key sites, as pure functions (A7.2 to A7.7, A17, A18.14, A18.15)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.sites.codes import ENROL_REASONS, KINDS, RATED, RELEASE_REASONS, TYPES

NAME_LENGTH, ADDRESS_LENGTH = 100, 200
EARLIEST = date(1949, 10, 1)

Entry = Mapping[str, Any]
Types = Mapping[str, Entry]


def normal_name(text: str) -> str:
    """A name with its blanks closed. Raises InvalidInput where there is none."""
    name = re.sub(r"\s+", " ", text).strip()
    if not name:
        raise InvalidInput(N_("请填写名称。"), field="name")
    if len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(N_("名称最多 %(most)s 个可见字符。"), field="name", most=NAME_LENGTH)
    return name


def normal_address(text: str | None) -> str | None:
    """An address with its blanks closed, or None. Raises InvalidInput."""
    address = re.sub(r"\s+", " ", text or "").strip()
    if len(address) > ADDRESS_LENGTH or not address.isprintable():
        raise InvalidInput(N_("地址最多 %(most)s 个可见字符。"), field="address", most=ADDRESS_LENGTH)
    return address or None


def active_types(types: Types) -> dict[str, Entry]:
    """Those that need attention now."""
    return {key: entry for key, entry in types.items() if "released" not in entry}


def released_types(types: Types) -> dict[str, Entry]:
    """Those that needed attention once."""
    return {key: entry for key, entry in types.items() if "released" in entry}


def worst_level(types: Types) -> int:
    """The level that colours the map: the worst of the active types, 0 without any (A18.15)."""
    return max((entry["level"] for entry in active_types(types).values()), default=0)


def rated(chosen: Mapping[str, tuple[int, str]], stored: Types) -> dict[str, dict[str, Any]]:
    """The types of a site as a form gives them: type to (level, kind or ""), beside what is stored.

    A released type stays as it was: it comes back by being enrolled again. Raises InvalidInput
    without any type (A7.2), for a level that is none (A7.3) and a kind its type does not have
    (A7.5, A7.6). "Not rated" is what only a file may say; it may stay.
    """
    gone = released_types(stored)
    if not chosen and not gone:
        raise InvalidInput(N_("请至少选择一种重点场所类型及其关注等级。"), field="types")
    found: dict[str, dict[str, Any]] = {key: dict(entry) for key, entry in gone.items()}
    for key, (level, kind) in chosen.items():
        _check_type(key, gone)
        before = stored.get(key, {})
        if level not in RATED and before.get("level") != level:
            raise InvalidInput(
                N_("请选择“%(type)s”的关注等级：一般、中等或严重。"), field=f"level_{key}", type=Label(KINDS[key])
            )
        kept = {k: v for k, v in before.items() if k == "enrolled"}
        found[key] = {"level": level} | _kind(key, kind, before) | kept
    return found


def _check_type(key: str, gone: Collection[str]) -> None:
    if key not in TYPES:
        raise InvalidInput(N_("没有“%(type)s”这种重点场所类型。"), field="types", type=key[:40])
    if key in gone:
        raise InvalidInput(
            N_("“%(type)s”已取消关注，请用“重新关注”恢复。"), field=f"level_{key}", type=Label(KINDS[key])
        )


def _kind(key: str, kind: str, before: Entry) -> dict[str, str]:
    allowed = TYPES[key].kinds
    if kind in allowed:
        return {"kind": kind}
    if kind or (allowed and ("level" not in before or "kind" in before)):
        raise InvalidInput(
            N_("请选择“%(type)s”的种类。"), field=f"kind_{key}", type=Label(KINDS[key])
        )
    return {}


def released(types: Types, chosen: Collection[str], reason: str, day: date, now: date) -> dict[str, Any]:
    """The types after 取消关注 of some, with reason and day (A7.2).

    Raises InvalidInput; Conflict for a type that is not active.
    """
    check_reason(reason, RELEASE_REASONS)
    check_day(day, now)
    _check_chosen(chosen, active_types(types), N_("“%(type)s”已取消关注或不属于该场所。"))
    mark = {"reason": reason, "date": day.isoformat()}
    return {k: dict(e) | ({"released": mark} if k in chosen else {}) for k, e in types.items()}


def enrolled(types: Types, chosen: Collection[str], reason: str, day: date, now: date) -> dict[str, Any]:
    """The types after 重新关注 of some; not before the day of their release (A17, A18.14).

    Raises InvalidInput; Conflict for a type that is not released.
    """
    check_reason(reason, ENROL_REASONS)
    check_day(day, now)
    gone = released_types(types)
    _check_chosen(chosen, gone, N_("“%(type)s”正在关注中或不属于该场所。"))
    if any(day < date.fromisoformat(gone[key]["released"]["date"]) for key in chosen):
        raise InvalidInput(N_("重新关注的日期不能早于取消关注的日期。"), field="day")
    mark = {"reason": reason, "date": day.isoformat()}
    back = {key: {k: v for k, v in gone[key].items() if k != "released"} | {"enrolled": mark} for key in chosen}
    return {k: dict(e) for k, e in types.items()} | back


def _check_chosen(chosen: Collection[str], among: Collection[str], refusal: str) -> None:
    if not chosen:
        raise InvalidInput(N_("请至少选择一种类型。"), field="types")
    for key in chosen:
        if key not in among:
            raise Conflict(refusal, field="types", type=Label(KINDS.get(key, key[:40])))


def check_reason(reason: str, allowed: Collection[str]) -> None:
    """Raises InvalidInput for a reason that is not in the list."""
    if reason not in allowed:
        raise InvalidInput(N_("请选择原因。"), field="reason")


def check_day(day: date | None, today: date) -> None:
    """Raises InvalidInput for a day still to come, or before there were registers."""
    if day is None or not EARLIEST <= day <= today:
        raise InvalidInput(N_("日期不能晚于今天，也不能早于 %(first)s。"), field="day", first=EARLIEST)


def may_undo(step_at: datetime | None, now: datetime, minutes: int) -> bool:
    """Whether the last change of state can still be taken back."""
    return step_at is not None and now - step_at <= timedelta(minutes=minutes)
