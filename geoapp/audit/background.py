"""What runs beside the requests: sealing, writing grouped reads, verifying at start and at night."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from geoapp.audit.grouping import groups
from geoapp.audit.sealing import Sealer
from geoapp.audit.sending import send_head
from geoapp.core.clock import now
from geoapp.core.db import owner_engine
from geoapp.core.settings import Settings

log = logging.getLogger("geoapp.audit")
FLUSH_SECONDS = 3.0
NIGHT_HOUR = 3
"""Hour of the day, where the deployment is, from which the whole chain is verified once."""


@dataclass
class Background:
    """One thread of a server process; several processes share the work through locks in the database.

    `beside` is other work of seconds, done at each turn.
    """

    settings: Settings
    beside: Sequence[Callable[[Settings], object]] = ()
    stopped: Event = field(default_factory=Event)
    sealer: Sealer = field(init=False)
    seal_at: datetime | None = None
    thread: Thread | None = None

    def __post_init__(self) -> None:
        self.sealer = Sealer(self.settings)

    def start(self) -> None:
        """Begin; the first run seals and verifies the last day."""
        self.thread = Thread(target=self._run, name="audit", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End, after what was counted is written."""
        self.stopped.set()
        if self.thread:
            self.thread.join(timeout=5)
        attempt(lambda: groups.flush(self.settings))

    def _run(self) -> None:
        self.tick()
        attempt(lambda: self._check("start", timedelta(hours=1)))
        while not self.stopped.wait(FLUSH_SECONDS):
            self.tick()

    def tick(self) -> None:
        """Write grouped reads; do what is beside; seal when it is time; verify at night."""
        attempt(lambda: groups.flush(self.settings))
        for work in self.beside:
            attempt(partial(work, self.settings))
        if self.seal_at is not None and now() < self.seal_at:
            return
        self.seal_at = now() + self.settings.audit.seal
        attempt(self._seal)
        if now().astimezone(ZoneInfo(self.settings.time_zone)).hour == NIGHT_HOUR:
            attempt(lambda: self._check("night", timedelta(hours=2)))

    def _seal(self) -> None:
        if self.sealer.run() is not None:
            send_head(self.settings)

    def _check(self, kind: str, apart: timedelta) -> None:
        """`geoapp audit verify` in a process of its own, unless another one did it just now."""
        # no transaction: it would stay open as long as the verifying takes, and hold up vacuum
        engine = owner_engine(self.settings).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('geoapp.audit.check'))")):
                return
            try:
                self._verify(connection, kind, apart)
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(hashtext('geoapp.audit.check'))"))

    def _verify(self, connection: Connection, kind: str, apart: timedelta) -> None:
        last = connection.scalar(text("SELECT max(at) FROM audit_check"))
        if last is not None and now() - last < apart:
            return
        part = ["--last-day"] if kind == "start" else []
        done = subprocess.run(
            ["nice", sys.executable, "-m", "geoapp", "audit", "verify", *part],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            log.error("the audit chain does not verify", extra={"kind": kind})


def attempt(work: Callable[[], object]) -> None:
    """Do it; what fails is logged and tried again the next time. A silent sealer is told by its state."""
    try:
        work()
    except Exception as error:
        log.error("audit work failed", exc_info=error)
