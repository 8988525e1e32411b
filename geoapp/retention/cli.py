"""The command `geoapp retention`: what is due, and taking it away."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import click

from geoapp.core.console import say, tr
from geoapp.core.db import owner_engine
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.retention.run import due, run


@click.group(help=tr(N_("保存期限：查看到期数据，执行清除。")))
def retention() -> None:
    """Clocks of docs/retention.md."""


@retention.command("run", help=tr(N_("清除到期数据；--dry-run 只列出，不改动。")))
@click.option("--dry-run", is_flag=True, help=tr(N_("只列出到期数量。")))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help=tr(N_("以这一天为准（只用于 --dry-run）。")))
def run_command(dry_run: bool, as_of: datetime | None) -> None:
    """Figures of each class."""
    settings = get_settings()
    if not dry_run:
        if as_of:
            raise click.UsageError(tr(N_("--as-of 只能与 --dry-run 同用。")))
        for name, rows in run(settings).items():
            say(N_("%(name)s：清除 %(rows)s 条"), name=name, rows=rows)
        return
    zone = ZoneInfo(settings.time_zone)
    moment = datetime.combine(as_of.date(), time.max, zone) if as_of else None
    with owner_engine(settings).connect() as connection:
        for one in due(connection, settings, moment):
            say(
                N_("%(title)s（%(name)s）：自%(starts)s起 %(days)s 天，到期 %(rows)s 条"),
                title=tr(one.clock.title), name=one.clock.name, starts=tr(one.clock.starts),
                days=one.days, rows=one.rows,
            )  # fmt: skip


commands: list[click.Command] = [retention]
