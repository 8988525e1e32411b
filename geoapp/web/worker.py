"""What gunicorn calls in each server process (`--config python:geoapp.web.worker`)."""

from __future__ import annotations

from typing import Any

from geoapp.core.settings import get_settings


def post_worker_init(worker: Any) -> None:
    """The process is ready for requests: begin what runs beside them."""
    from geoapp.audit.background import Background
    from geoapp.core.daily import Daily
    from geoapp.people.children import settle_today
    from geoapp.people.doubles import tell_doubles

    worker.geoapp_audit = Background(get_settings(), [tell_doubles, Daily("children", settle_today)])
    worker.geoapp_audit.start()


def worker_exit(_server: Any, worker: Any) -> None:
    """The process ends: what it still holds is written."""
    audit = getattr(worker, "geoapp_audit", None)
    if audit is not None:
        audit.stop()
