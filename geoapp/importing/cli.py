"""The command `geoapp import`: the first fill of a city from files made with the templates (A8)."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from sqlalchemy import select

from geoapp.accounts.models import User
from geoapp.core.console import cli_locale, say, tr
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings, get_settings
from geoapp.importing import actions, codes, files
from geoapp.importing.filling import ALL, Filled, fill
from geoapp.importing.first_fill import is_open
from geoapp.importing.locking import row_table
from geoapp.importing.reads import open_row
from geoapp.importing.refused import write_refused
from geoapp.importing.staging import batch_table, run_batch
from geoapp.importing.templates import REGISTERS, template_of
from grids_boundaries.access import Access
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope

user = table_of(User)


@click.group("import", help=tr(N_("首次录入：把按模板填写的文件直接变成记录。")))
def group() -> None:
    """For operators; departments send files on the pages, and grids claim them."""


@group.command("fill", help=tr(N_("读取文件并登记；--dry-run 只报告，不写入。")))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--register", "register_name", type=click.Choice(REGISTERS), required=True, help=tr(N_("登记册。")))
@click.option("--region", required=True, help=tr(N_("文件所属的区划代码；行只能在它之内。")))
@click.option("--as", "username", required=True, help=tr(N_("以哪个账号的名义登记。")))
@click.option("--dry-run", is_flag=True, help=tr(N_("全部检查一遍并报告，然后撤回。")))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help=tr(N_("未导入的行和原因写入此 xlsx。")))
def fill_command(
    file: Path, register_name: str, region: str, username: str, dry_run: bool, report: Path | None
) -> None:
    """Read, check, place, then make records; a file that was read before by this command goes on with `resume`."""
    settings = get_settings()
    try:
        batch_id = _staged(settings, file, register_name, region, username)
        _fill(settings, batch_id, dry_run, report)
    except GeoappError as error:
        raise click.ClickException(error.message(cli_locale())) from error


@group.command("resume", help=tr(N_("继续一次中断的首次录入。")))
@click.argument("batch", type=int)
@click.option("--dry-run", is_flag=True, help=tr(N_("全部检查一遍并报告，然后撤回。")))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help=tr(N_("未导入的行和原因写入此 xlsx。")))
def resume_command(batch: int, dry_run: bool, report: Path | None) -> None:
    """Rows that became records are left alone."""
    settings = get_settings()
    with owner_transaction(settings) as connection:
        if is_open(connection, batch):
            raise click.UsageError(tr(N_("这个文件在首次录入的页面上，请在那里继续。")))
    try:
        run_batch(settings, batch)
        _fill(settings, batch, dry_run, report)
    except GeoappError as error:
        raise click.ClickException(error.message(cli_locale())) from error


def _staged(settings: Settings, file: Path, register_name: str, region: str, username: str) -> int:
    with file.open("rb") as stream:
        stored = files.store(settings, stream, file.name)
    with owner_transaction(settings) as connection:
        sender = connection.scalar(select(user.c.id).where(user.c.username == username))
        if sender is None:
            raise click.UsageError(tr(N_("没有账号“%(name)s”。"), name=username))
        access = Access(RowScope.of([parse_code(region)]), ALL, int(sender))
        batch_id = actions.send(connection, access, register_name, stored, file.name)
    run_batch(settings, batch_id)
    return batch_id


def _fill(settings: Settings, batch_id: int, dry_run: bool, report: Path | None) -> None:
    with owner_transaction(settings) as connection:
        batch = connection.execute(select(batch_table).where(batch_table.c.id == batch_id)).one_or_none()
    if batch is None:
        raise click.UsageError(tr(N_("没有批次 %(id)s。"), id=batch_id))
    if batch.state != codes.DONE:
        raise click.ClickException((batch.error or {}).get(cli_locale()) or tr(codes.BATCH_STATES[batch.state]))
    say(N_("批次 %(id)s：读取 %(good)s 行，未导入 %(bad)s 行。"), id=batch_id, good=batch.good, bad=batch.bad)
    start = time.perf_counter()
    done = fill(settings, batch_id, dry_run=dry_run, progress=_progress if sys.stderr.isatty() else None)
    _tell(done, dry_run, time.perf_counter() - start)
    if report is not None:
        write_report(settings, batch_id, batch.register, report)


def _tell(done: Filled, dry_run: bool, seconds: float) -> None:
    rows = done.made + done.unchanged + done.failed.total()
    say(
        N_("新登记 %(made)s 行，已在册 %(unchanged)s 行，未登记 %(failed)s 行；%(seconds).1f 秒，每秒 %(rate)s 行。"),
        made=done.made, unchanged=done.unchanged, failed=done.failed.total(), seconds=seconds,
        rate=round(rows / max(seconds, 1e-3)),
    )  # fmt: skip
    for code, count in done.failed.most_common():
        say(N_("    %(count)s 行：%(reason)s"), count=count, reason=tr(codes.ANSWER[code]))
    if dry_run:
        say(N_("    试运行：没有写入任何数据。"))


def write_report(settings: Settings, batch_id: int, register_name: str, path: Path) -> None:
    """The rows of a batch that were refused, with their reasons, as a spreadsheet of the template."""
    with owner_transaction(settings) as connection:
        mine = (row_table.c.batch_id == batch_id, row_table.c.state == codes.REFUSED)
        rows = connection.execute(select(row_table).where(*mine).order_by(row_table.c.id))
        count = write_refused(path, template_of(register_name), (open_row(row) for row in rows), cli_locale())
    say(N_("  报告 %(path)s：%(rows)s 行。"), path=str(path), rows=count)


def _progress(rows: int) -> None:
    click.echo(f"\r  {rows:,}", nl=False, err=True)


commands: list[click.Command] = [group]
