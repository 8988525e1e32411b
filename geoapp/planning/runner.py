"""The process that computes: started by a server process when there is work or a planner is near.

It ends by itself when nothing has been asked for a while. Several servers may have one each: jobs are
taken with a lock (`jobs.run_next`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.planning import jobs, plans

IDLE_SECONDS = 600.0
LOOK_SECONDS = 0.4


def work(settings: Settings, row: Row[Any], beat: Callable[[int, int], bool]) -> None:
    """Do one job."""
    if row.kind == "derive":
        with owner_transaction(settings) as connection:
            plans.fill(connection, row.plan_id, beat)
        return
    from geoapp.planning.proposing import compute

    compute(settings, row, beat)


def run(settings: Settings) -> None:
    """Work until nothing has been asked for IDLE_SECONDS; compiled loops are read before the first job."""
    from grids_boundaries.partition.warm import warm_up

    warm_up()
    last = time.monotonic()
    while time.monotonic() - last < IDLE_SECONDS:
        if jobs.run_next(settings, work):
            last = time.monotonic()
        else:
            time.sleep(LOOK_SECONDS)


@dataclass
class Keeper:
    """Keeps one runner for this server process while there is work; called every few seconds."""

    process: subprocess.Popen[bytes] | None = field(default=None)

    def __call__(self, settings: Settings) -> None:
        """Start the runner where there is work and none runs."""
        if self.process is not None and self.process.poll() is None:
            return
        if not jobs.waiting(settings):
            return
        ends_with_us = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        command = [*ends_with_us, "nice", sys.executable, "-m", "geoapp", "planning", "work"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=None, env=os.environ.copy()
        )

    def stop(self) -> None:
        """The server ends."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=5)
