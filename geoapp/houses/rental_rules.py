"""Rules of letting a house, as pure functions (A6.8 to A6.10, A17, A18.14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.houses.codes import RENTAL_REASONS, RENTAL_REINSTATE_REASONS
from geoapp.people.identity import normal_name, normal_phone

LET, OFF, BACK = "let", "deregister", "reinstate"
EARLIEST = date(1949, 10, 1)
Step = Mapping[str, Any]
"""One step of a house's letting: step, reason, day (ISO), at (ISO), by (a user's id), undone."""


@dataclass(frozen=True)
class RentalFacts:
    """What is written down of a letting; the landlord's name and phone are sealed (D3.1)."""

    use: str
    kind: str
    landlord_name: str = ""
    landlord_phone: str = ""
    no_landlord: bool = False

    def checked(self, uses: Collection[str], kinds: Collection[str]) -> dict[str, str | None]:
        """Column values as clear text; a name or phone left empty is not among them: it stays as it is.

        Raises InvalidInput.
        """
        for field, value, allowed in (("use", self.use, uses), ("kind", self.kind, kinds)):
            if value not in allowed:
                raise InvalidInput(N_("请选择列表中的一项。"), field=field)
        if self.no_landlord:
            return {"landlord_name": None, "landlord_phone": None}
        told = {
            "landlord_name": normal_landlord(self.landlord_name),
            "landlord_phone": normal_landlord_phone(self.landlord_phone),
        }
        return {name: text for name, text in told.items() if text}


def normal_landlord(text: str) -> str | None:
    """A landlord's name, a person's or an organisation's; None for none. Raises InvalidInput."""
    if not (text or "").strip():
        return None
    try:
        return normal_name(text)
    except InvalidInput as error:
        raise InvalidInput(error.msgid, field="landlord_name", **error.facts) from error


def normal_landlord_phone(text: str) -> str | None:
    """A landlord's phone as digits; None for none. Raises InvalidInput."""
    try:
        return normal_phone(text)
    except InvalidInput as error:
        raise InvalidInput(error.msgid, field="landlord_phone", **error.facts) from error


def last_step(steps: Sequence[Step]) -> Step | None:
    """The last that was not undone."""
    return next((step for step in reversed(steps) if not step.get("undone")), None)


def was_let(steps: Sequence[Step]) -> bool:
    """Whether the letting was deregistered: it comes back by being reinstated (A6.10)."""
    last = last_step(steps)
    return last is not None and last["step"] == OFF


def check_let(is_let: bool, steps: Sequence[Step]) -> None:
    """Raises Conflict for a house that is let, or was: that letting is reinstated (A6.10)."""
    if is_let:
        raise Conflict(N_("该房屋已登记为出租房。"))
    if was_let(steps):
        raise Conflict(N_("该出租房已注销，请用“取消注销”恢复。"))


def check_off(is_let: bool, reason: str, day: date, today: date, steps: Sequence[Step]) -> None:
    """注销 of a letting, with reason and time (A6.10). Raises Conflict, InvalidInput."""
    if not is_let:
        raise Conflict(N_("该房屋没有出租，无需注销。"))
    _check_reason(reason, RENTAL_REASONS)
    check_day(day, today, steps)


def check_back(is_let: bool, reason: str, day: date, today: date, steps: Sequence[Step]) -> None:
    """取消注销, not before it was deregistered (A6.10, A18.14). Raises Conflict, InvalidInput."""
    if is_let or not was_let(steps):
        raise Conflict(N_("该房屋没有已注销的出租登记。"))
    _check_reason(reason, RENTAL_REINSTATE_REASONS)
    check_day(day, today, steps)


def may_undo(steps: Sequence[Step], now: datetime, minutes: int) -> bool:
    """Whether the last step is young enough to be taken back."""
    last = last_step(steps)
    return last is not None and now - datetime.fromisoformat(last["at"]) <= timedelta(minutes=minutes)


def undone(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps with the last one marked: the history keeps it."""
    last = last_step(steps)
    return [dict(step) | ({"undone": True} if step is last else {}) for step in steps]


def _check_reason(reason: str, allowed: Collection[str]) -> None:
    if reason not in allowed:
        raise InvalidInput(N_("请选择原因。"), field="reason")


def check_day(day: date, today: date, steps: Sequence[Step]) -> None:
    """Raises InvalidInput for a day to come, or before the last step (A18.14)."""
    if not EARLIEST <= day <= today:
        raise InvalidInput(N_("日期应在 %(first)s 至今天之间。"), field="day", first=EARLIEST)
    last = last_step(steps)
    if last is not None and day < date.fromisoformat(last["day"]):
        raise InvalidInput(N_("日期不能早于上一步的日期 %(day)s。"), field="day", day=last["day"])
