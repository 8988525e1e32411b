"""Terms and outcomes of requests, as pure functions."""

from __future__ import annotations

from datetime import date, timedelta

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

LEAST_TEXT, MOST_TEXT = 2, 1_000


def due_on(received_on: date, days: int) -> date:
    """The last day for an answer: calendar days after the day of receipt (PIPL 50)."""
    return received_on + timedelta(days=days)


def days_left(due: date, today: date) -> int:
    """Days until the term ends; negative once it is over."""
    return (due - today).days


def check_received(received_on: date | None, today: date) -> None:
    """Raise InvalidInput for a day that is not there or has not come."""
    if received_on is None or received_on > today:
        raise InvalidInput(N_("收到日期不能晚于今天。"), field="received_on")


def check_text(text: str, field: str) -> str:
    """The text without space around it. Raises InvalidInput for one too short or too long."""
    plain = text.strip()
    if not LEAST_TEXT <= len(plain) <= MOST_TEXT:
        raise InvalidInput(N_("请写 %(least)s 至 %(most)s 个字符。"), field=field, least=LEAST_TEXT, most=MOST_TEXT)
    return plain
