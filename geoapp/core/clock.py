"""The one clock, so that tests can hold it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from geoapp.core.settings import get_settings


def now() -> datetime:
    """The present moment with a time zone (UTC)."""
    return datetime.now(UTC)


def today() -> date:
    """The present day where the deployment is."""
    return now().astimezone(ZoneInfo(get_settings().time_zone)).date()
