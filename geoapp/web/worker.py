"""What gunicorn calls in each server process (`--config python:geoapp.web.worker`)."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from geoapp.core.settings import Settings, get_settings

PATIENCE = 10.0
"""Seconds until a request must have come, head and body."""
SLOWEST = 4_096
"""Bytes a second that earn more time: a photo from a bad network may take long, a drip may not."""


class PatientSocket(socket.socket):
    """A connection whose request has to come in time; a thread waits for each that is coming.

    gunicorn waits for ever: some hundred clients that send a byte now and then would stop the site.
    """

    due = float("inf")

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """As a socket's; a request that is late looks as if its sender had gone, which is told as 408."""
        try:
            self.settimeout(max(self.due - time.monotonic(), 0.001))
            data = super().recv(size, flags)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the request came too slowly") from error
        finally:
            self.setblocking(True)
        self.due += len(data) / SLOWEST
        return data


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, for requests that come in time."""

    def enqueue_req(self, conn: TConn) -> None:
        """A new connection gets our socket before anything is read from it."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
            conn.sock.setblocking(False)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """One request: its time begins."""
        conn.sock.due = time.monotonic() + PATIENCE
        return super().handle(conn)


def post_worker_init(worker: Any) -> None:
    """The process is ready for requests: begin what runs beside them."""
    from geoapp.audit.background import Background
    from geoapp.break_glass.overdue import remind_overdue
    from geoapp.core.daily import Daily
    from geoapp.importing.background import Runner
    from geoapp.people.children import settle_today
    from geoapp.people.doubles import tell_doubles
    from geoapp.planning.publishing_run import carry_out_due
    from geoapp.planning.runner import Keeper
    from geoapp.programmes.jobs import run_rules
    from geoapp.programmes.telling import tell_waiting

    daily = (Daily("children", settle_today), Daily("break_glass", remind_overdue), Daily("programmes", run_rules))
    worker.geoapp_planning = keeper = Keeper()
    beside: list[Callable[[Settings], object]] = [tell_doubles, carry_out_due, keeper, Runner(), *daily, tell_waiting]
    worker.geoapp_audit = Background(get_settings(), beside)
    worker.geoapp_audit.start()


def worker_exit(_server: Any, worker: Any) -> None:
    """The process ends: what it still holds is written."""
    audit = getattr(worker, "geoapp_audit", None)
    if audit is not None:
        audit.stop()
        worker.geoapp_planning.stop()
