"""Work of once a day, done by whichever server process comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from time import perf_counter

from sqlalchemy import text

from geoapp.core.clock import today
from geoapp.core.db import owner_transaction
from geoapp.core.runs import note_run, read_runs
from geoapp.core.settings import Settings

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('geoapp.daily.' || :name))")


@dataclass
class Daily:
    """`work(settings)` on the first call of each day; it answers how many rows it changed.

    What fails is not noted as done and so tried again at the next call.
    """

    name: str
    work: Callable[[Settings], int]
    done: date | None = None

    def __call__(self, settings: Settings) -> None:
        """Cheap on every call but the first of a day."""
        day = today()
        if self.done == day:
            return
        with owner_transaction(settings) as connection:
            if not connection.scalar(_LOCK, {"name": self.name}):
                return
            if read_runs(settings.data_dir).get(self._kind(settings), {}).get("day") != day.isoformat():
                began = perf_counter()
                changed = self.work(settings)
                took = round(perf_counter() - began, 1)
                note_run(settings.data_dir, self._kind(settings), day=day.isoformat(), rows=changed, seconds=took)
        self.done = day

    def _kind(self, settings: Settings) -> str:
        return f"{self.name}-{settings.database_name}"
