"""Lists and tiles as one event for each reader, minute and layer, without a statement on their way.

What holds no personal field is counted in the process and written within seconds; what does is
written by `actions.record` in the transaction of the read (research/trust C5).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from threading import Lock

from geoapp.audit.actions import actor_of, write
from geoapp.audit.rules import Actor, Event
from geoapp.core.clock import now
from geoapp.core.db import app_engine
from geoapp.core.settings import Settings
from grids_boundaries.access import Access

Key = tuple[datetime, Actor, str, str]
"""Minute, who, action, register."""


class Groups:
    """Counts of this process that are not written yet."""

    def __init__(self) -> None:
        self._counts: dict[Key, list[int]] = {}
        self._lock = Lock()

    def note(self, access: Access, action: str, register: str, rows: int) -> None:
        """One more answer with `rows` rows (0 for one the reader already had)."""
        key = (now().replace(second=0, microsecond=0), actor_of(access), action, register)
        with self._lock:
            count = self._counts.setdefault(key, [0, 0])
            count[0] += 1
            count[1] += rows

    def flush(self, settings: Settings | None = None) -> int:
        """Write what was counted; how many events. What cannot be written stays for the next time."""
        with self._lock:
            taken, self._counts = self._counts, {}
        if not taken:
            return 0
        try:
            with app_engine(settings).begin() as connection:
                for event in _events(taken):
                    write(connection, event)
        except Exception:
            self._put_back(taken)
            raise
        return len(taken)

    def _put_back(self, taken: dict[Key, list[int]]) -> None:
        with self._lock:
            for key, (answers, rows) in taken.items():
                count = self._counts.setdefault(key, [0, 0])
                count[0] += answers
                count[1] += rows


def _events(taken: dict[Key, list[int]]) -> Iterator[Event]:
    for (minute, actor, action, register), (answers, rows) in taken.items():
        yield Event(action, actor, minute, register, count=rows, area=actor.area, facts={"answers": answers})


groups = Groups()
"""Those of this process."""


def note(access: Access, action: str, register: str, rows: int = 0) -> None:
    """Count an answer without personal fields (list, tile); see `Groups.note`."""
    groups.note(access, action, register, rows)
