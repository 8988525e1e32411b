"""What has to happen again and again: backups, drills; and what was left half done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from geoapp.core.clock import now
from geoapp.core.doctor.finding import Finding, Level
from geoapp.core.i18n import N_
from geoapp.core.runs import last_run
from geoapp.core.settings import Settings

_HAS_WORK = text("SELECT EXISTS (SELECT FROM region)")
_STUCK = text("""
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND xact_start < now() - interval '1 hour'
""")


def findings(settings: Settings) -> Iterator[Finding]:
    """Drafts that a killed command left behind."""
    drafts = [*settings.data_dir.glob("demo-*.loading"), *settings.data_dir.glob("backups/.*.draft")]
    names = ", ".join(path.name for path in drafts)
    yield Finding.of(N_("没有中断的任务"), not drafts, names or "✓", otherwise="warn")


def findings_of(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Ages of the last backup and drill; transactions that do not end."""
    real = bool(connection.scalar(_HAS_WORK)) and not settings.demo
    keeping = settings.keeping
    for title, kind, hours in (
        (N_("最近一次备份"), "backup", keeping.backup_hours), (N_("最近一次恢复演练"), "drill", keeping.drill_hours),
    ):  # fmt: skip
        yield _age(title, last_run(settings.data_dir, kind), timedelta(hours=hours), real=real)
    stuck = connection.scalar(_STUCK) or 0
    yield Finding.of(N_("没有超过一小时的事务"), not stuck, str(stuck), otherwise="warn")


def _age(title: str, at: datetime | None, most: timedelta, *, real: bool) -> Finding:
    """Too old is bad where people work, a reminder in a demo and in an empty database."""
    late: Level = "bad" if real else "warn"
    if at is None:
        return Finding(title, late, "–")
    return Finding.of(title, now() - at <= most, f"{at:%Y-%m-%d %H:%M %z}", otherwise=late)
