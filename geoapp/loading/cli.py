"""`geoapp load …`: a customer's own files into the registers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from geoapp.core.console import cli_locale, say, tr
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.loading import load_base, load_buildings, load_houses, load_regions, load_sites
from geoapp.loading.options import BASE_LAYERS, LOADED_ORIGINS, UNPLACED, Limits, LoadOptions
from geoapp.loading.report import REFUSED, WARNED, LoadReport, RowFault, write_report
from grids_boundaries.keys import LEVELS

Loader = Callable[..., LoadReport]
STEPS = {
    "read": N_("读取与检查"),
    "store": N_("写入"),
    "count": N_("统计"),
    "analyze": N_("分析"),
}
FIRST_WORD, EVERY = 1.0, 0.5
"""Seconds after which progress is shown, and between two lines of it."""


class ProgressLine:
    """What a load is doing, on one line of a terminal, on lines of their own elsewhere."""

    def __init__(self) -> None:
        self.start = self.shown = time.monotonic()
        self.step = ""
        self.terminal = sys.stderr.isatty()

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Show how far the step is, once the load has taken more than a second."""
        now = time.monotonic()
        if now - self.start < FIRST_WORD or (step == self.step and now - self.shown < EVERY):
            return
        self.step, self.shown = step, now
        words = [tr(step)]
        if done:
            words.append(f"{done:,}" if total is None else f"{done:,} / {total:,}")
            words.append(tr(N_("%(rate)s 行/秒"), rate=f"{done / (now - self.start):,.0f}"))
        line = "  " + "  ".join(words)
        click.echo(f"\r{line:<70}" if self.terminal else line, nl=not self.terminal, err=True)

    def end(self) -> None:
        """Leave the line."""
        if self.terminal and self.step:
            click.echo("\r" + " " * 72 + "\r", nl=False, err=True)


def tell(report: LoadReport) -> None:
    """The summary of one file."""
    locale = cli_locale()
    for note in report.notes:
        click.echo(f"    {note.text(locale)}")
    counts = {"read": report.read, "added": report.added, "updated": report.updated}
    say(
        N_(
            "    读取 %(read)s 行：新增 %(added)s，更新 %(updated)s，未变 %(unchanged)s，拒绝 %(refused)s。"
        ),
        **counts,
        unchanged=report.unchanged,
        refused=report.refused,
    )
    if report.register == "regions" and report.unplaced:
        say(N_("    其中 %(unplaced)s 行没有边界。"), unplaced=report.unplaced)
    elif report.outside or report.unplaced:
        say(
            N_("    其中 %(outside)s 行在所属区划之外，%(unplaced)s 行没有位置。"),
            outside=report.outside,
            unplaced=report.unplaced,
        )
    for result in (REFUSED, WARNED):
        for fault, count in report.reasons(result):
            _tell_reason(result, report.path.name, fault, count)
    steps = "，".join(
        f"{tr(STEPS[name])} {seconds:.1f} s"
        for name, seconds in report.seconds.items()
        if name in STEPS
    )
    say(
        N_("    用时 %(total)s 秒（%(steps)s），%(rate)s 行/秒。"),
        total=f"{report.total_seconds:.1f}",
        steps=steps,
        rate=f"{report.rows_per_second:,.0f}",
    )
    if report.dry_run:
        say(N_("    试运行：没有写入任何数据。"))


def _tell_reason(result: str, name: str, fault: Any, count: int) -> None:
    words = {
        REFUSED: N_("    拒绝 %(count)s 行，例如第 %(row)s 行 %(id)s [%(field)s]：%(reason)s"),
        WARNED: N_("    提醒 %(count)s 行，例如第 %(row)s 行 %(id)s [%(field)s]：%(reason)s"),
    }
    say(
        words[result],
        count=count,
        row=fault.row,
        id=fault.id,
        field=fault.field,
        reason=fault.reason(cli_locale()),
    )


def run(load: Loader, files: Iterable[tuple[Path, LoadOptions]], report: Path | None) -> None:
    """Load the files in order, each in its own transaction; exit code 1 where one got nothing in."""
    reports: list[LoadReport] = []
    failed = False
    for path, options in files:
        click.echo(f"  {path.name}")
        line = ProgressLine()
        try:
            reports.append(load(path, options, line))
        except InvalidInput as error:
            line.end()
            failed = True
            say(N_("    没有写入：%(reason)s"), reason=error.message(cli_locale()))
            reports.append(_refused_whole(path, error))
            continue
        line.end()
        tell(reports[-1])
        failed = failed or reports[-1].all_refused
    if report:
        rows = write_report(report, reports, cli_locale())
        say(N_("  报告 %(path)s：%(rows)s 行。"), path=str(report), rows=rows)
    if failed:
        raise click.exceptions.Exit(1)


def _refused_whole(path: Path, error: InvalidInput) -> LoadReport:
    """A report whose one line, without a row number, says why the file was refused."""
    fault = RowFault(0, "", error.field or "", error.msgid, error.facts)
    return LoadReport(path, "", faults=[fault])


def _mapping(
    ctx: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str]:
    found = {}
    for pair in pairs:
        ours, sign, theirs = pair.partition("=")
        if not sign or not ours or not theirs:
            raise click.BadParameter(
                tr(N_("“%(pair)s”应写作 字段=列名。"), pair=pair), ctx, parameter
            )
        found[ours.strip()] = theirs.strip()
    return found


_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_COMMON = (
    click.option("--field", "fields", multiple=True, callback=_mapping, metavar="字段=列名",
                 help=tr(N_("字段取自哪一列；可重复。不写时按常见名称自动对应。"))),
    click.option("--crs", metavar="EPSG:4490", help=tr(N_("坐标系，文件没有写明时用。"))),
    click.option("--encoding", help=tr(N_("文字编码，例如 GB18030。"))),
    click.option("--layer-name", help=tr(N_("文件中有多个图层时，取哪一个。"))),
    click.option("--origin", type=click.Choice(LOADED_ORIGINS), default="official", show_default=True,
                 help=tr(N_("数据从何而来；界面上会注明。"))),
    click.option("--source", help=tr(N_("来源名称，用于下次装入时识别同一记录；不写时用文件名。"))),
    click.option("--dry-run", is_flag=True, help=tr(N_("只检查，不写入。"))),
    click.option("--report", type=click.Path(path_type=Path, dir_okay=False),
                 help=tr(N_("把被拒绝和提醒的每一行写入此 CSV。"))),
    click.option("--memory-mb", type=click.IntRange(256), default=Limits().memory_mb, show_default=True,
                 help=tr(N_("读取进程最多使用的内存。"))),
)  # fmt: skip
_PLACED = (
    click.option("--where-unplaced", "unplaced", type=click.Choice(UNPLACED), default="refuse",
                 show_default=True, help=tr(N_("不在任何区划内的记录：拒绝，或归入 --region。"))),
    click.option("--region", metavar="代码", help=tr(N_("区划外的记录归入的区划。"))),
)  # fmt: skip


def _command(name: str, load: Loader, help_: str, *more: Callable) -> click.Command:
    def command(
        files: tuple[Path, ...], memory_mb: int, report: Path | None, **choices: Any
    ) -> None:
        """Load files."""
        codes = choices.pop("codes", ())
        try:
            options = LoadOptions(
                **choices, limits=Limits(memory_mb=memory_mb), locale=cli_locale()
            )
        except InvalidInput as error:
            raise click.UsageError(error.message(cli_locale())) from error
        # a code list has the columns it has, and says its levels itself
        lists = [(path, replace(options, fields={}, level=None)) for path in codes]
        run(load, [*lists, *((path, options) for path in files)], report)

    for decorate in reversed((*more, *_COMMON)):
        command = decorate(command)
    argument = _FILES if name != "regions" else _OPTIONAL_FILES
    return click.command(name, help=tr(help_))(argument(command))


def _need_any(
    ctx: click.Context, parameter: click.Parameter, files: tuple[Path, ...]
) -> tuple[Path, ...]:
    if not files and not ctx.params.get("codes"):
        raise click.MissingParameter(ctx=ctx, param=parameter)
    return files


_OPTIONAL_FILES = click.argument(
    "files", nargs=-1, type=click.Path(path_type=Path), callback=_need_any
)


class _Load(click.Group):
    """Shows the commands in the order in which a city is loaded."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Regions first: everything else is placed in them."""
        return list(self.commands)


group = _Load(
    "load",
    help=tr(N_("装入数据文件：GeoJSON、GeoPackage、Shapefile（zip）、FlatGeobuf。")),
    commands=[
        _command(
            "regions", load_regions, N_("区划与网格。先装入上级。"),
            click.option("--level", type=click.Choice(LEVELS), help=tr(N_("全部记录的级别。"))),
            click.option("--codes", multiple=True, type=click.Path(path_type=Path), is_eager=True,
                         metavar="CSV", help=tr(N_("区划代码表（code12,level,name,parent_code12），先于文件装入。"))),
        ),
        _command("buildings", load_buildings, N_("楼栋。"), *_PLACED),
        _command("houses", load_houses, N_("房屋。"), *_PLACED),
        _command("sites", load_sites, N_("重点场所。"), *_PLACED),
        _command(
            "base", load_base, N_("底图。"),
            click.option("--layer", type=click.Choice(BASE_LAYERS), required=True, help=tr(N_("底图图层。"))),
        ),
    ],
)  # fmt: skip
commands: list[click.Command] = [group]
