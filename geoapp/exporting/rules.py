"""When an export needs a second person, and who that may be (research/trust C5; ASVS V2.3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

Range = tuple[int, int]
DAY = timedelta(days=1)
LEAST_TEXT, MOST_TEXT = 4, 300


def may_go_alone(people: int, taken_today: int, limit: int) -> bool:
    """Whether one person may take these out: what they took within a day counts, so that parts of
    a large file are one large file."""
    return people == 0 or people + taken_today <= limit


def covers(own: Sequence[Range], theirs: Sequence[Range]) -> bool:
    """Whether every range of `theirs` lies in one of `own`; nothing is covered by nobody."""
    return bool(theirs) and all(any(lo <= t_lo and t_hi <= hi for lo, hi in own) for t_lo, t_hi in theirs)


def state_now(state: str, expires_at: datetime | None, moment: datetime) -> str:
    """An approved request ends by itself."""
    return "expired" if state == "approved" and expires_at is not None and expires_at <= moment else state
