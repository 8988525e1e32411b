"""The web server: gunicorn with threads, its logs as JSON.

Threads rather than an event loop: pure Python, nothing patched, psycopg lets other threads run
while it waits. `--graceful-timeout 3` because an open event stream never ends by itself.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from geoapp.core.logs import configure_logging
from geoapp.core.settings import Settings, get_settings

APPLICATION = "geoapp.web.factory:create_app()"
HOOKS = "python:geoapp.web.worker"
WORKER = "geoapp.web.worker.Worker"
GRACE_SECONDS = 3
# a request line holds the query; longer selections are saved and named by their hash
LONGEST_LINE = 8190


def gunicorn_command(settings: Settings) -> list[str]:
    """The command line of the server."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - where gunicorn's heartbeat touches no disk
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    command = [sys.executable, "-m", "gunicorn", APPLICATION, "--config", HOOKS]
    command += ["--bind", f"{host}:{settings.port}"]
    command += ["--worker-class", WORKER, "--workers", str(settings.workers)]
    command += ["--threads", str(settings.threads), "--timeout", "60", "--keep-alive", "15"]
    command += ["--graceful-timeout", str(GRACE_SECONDS), "--no-control-socket"]
    command += ["--limit-request-line", str(LONGEST_LINE)]
    command += ["--logger-class", f"{__name__}.ServerLog", "--access-logfile", "-"]
    if os.access(shared_memory, os.W_OK):
        command += ["--worker-tmp-dir", str(shared_memory)]
    return command


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's log through ours: a request is its path, never its query."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn in the master, before it forks."""
        settings = get_settings()
        configure_logging(settings.log_level)
        self.error_log = logging.getLogger("geoapp.server")
        self.access_log = logging.getLogger("geoapp.access")

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """One line for a request: method, path, status, bytes, milliseconds."""
        self.access_log.info(
            "request",
            extra={
                "method": environ.get("REQUEST_METHOD"),
                "path": environ.get("PATH_INFO"),
                "status": int(str(resp.status).split(" ", 1)[0]),
                "bytes": getattr(resp, "sent", None),
                "ms": round(request_time.total_seconds() * 1000, 1),
            },
        )

    def exception(self, msg: object, *args: object, **options: Any) -> None:
        """Without the arguments: they are the request's address with its query."""
        self.error_log.exception(msg if isinstance(msg, str) else "server error", **options)

    def warning(self, msg: object, *args: object, **options: Any) -> None:
        """A refused request quotes what was sent after the colon."""
        text = str(msg).split(": ", 1)[0] if str(msg).startswith("Invalid request") else msg
        self.error_log.warning(text, *args, **options)

    def reopen_files(self) -> None:
        """Nothing to open again: we write to standard error."""

    def close_on_exec(self) -> None:
        """Nothing of ours is left open."""
