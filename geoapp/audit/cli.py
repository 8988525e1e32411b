"""The audit log at the command line."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from geoapp.audit import anchors, verification
from geoapp.audit.actions import record
from geoapp.audit.anchors import Anchor
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.audit.sealing import Sealer
from geoapp.audit.verification import TROUBLES, Report
from geoapp.core.anchor_files import set_aside
from geoapp.core.console import say, tr
from geoapp.core.db import owner_transaction
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings


@click.group(help=tr(N_("审计日志：封存、验证、锚点。")))
def audit() -> None:
    """Seal, verify, anchors."""


@audit.command(help=tr(N_("封存尚未编号的事件；运行中的服务会自动进行。")))
def seal() -> None:
    """One run of the sealer."""
    sealed = Sealer(get_settings()).run()
    if sealed is None:
        say(N_("另一个进程正在封存。"))
    else:
        say(N_("已封存 %(n)s 个事件。"), n=sealed)


@audit.command(help=tr(N_("验证审计链；发现问题时说明第一个有问题的编号，退出码 1。")))
@click.option("--last-day", is_flag=True, help=tr(N_("只验证最近一天封存的事件。")))
@click.option(
    "--anchors", "files", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=tr(N_("另存在别处的锚点文件，可重复。")),
)  # fmt: skip
def verify(last_day: bool, files: tuple[Path, ...]) -> None:
    """The chain, its marks, its anchors, the records it names, the guards."""
    settings = get_settings()
    other = [anchors.parse(line) for path in files for line in path.read_text("utf-8").splitlines() if line]
    since = verification.last_day() if last_day else None
    with owner_transaction(settings) as connection:
        report = verification.verify(connection, settings, since=since, other=other)
        verification.note(connection, report)
    tell(report)
    if not report.good:
        raise click.exceptions.Exit(1)


def tell(report: Report) -> None:
    """The result as one or two lines."""
    if report.good:
        facts = {"n": report.events, "first": report.first, "last": report.last}
        say(N_("审计链完好：%(n)s 个事件，编号 %(first)s 至 %(last)s。"), **facts)
        return
    say(N_("审计链有问题：%(what)s。"), what=tr(TROUBLES[report.trouble or ""]))
    if report.bad_number is not None:
        say(N_("第一个有问题的编号：%(n)s"), n=report.bad_number)


@audit.command(help=tr(N_("打印最新锚点，可抄录到别处。")))
def anchor() -> None:
    """The signed head as a line of JSON."""
    found: Anchor | None = anchors.last(get_settings())
    click.echo(found.line if found else "")


@audit.command(help=tr(N_("打印验证锚点签名所用的公钥。")))
def key() -> None:
    """The public key (Ed25519, PEM)."""
    public = anchors.public_key(get_settings())
    click.echo(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), nl=False)


@audit.command(help=tr(N_("从备份恢复后继续：旧锚点改名保留，恢复一事写入日志。")))
@click.option("--yes", is_flag=True, help=tr(N_("不再询问。")))
def resume(yes: bool) -> None:
    """After a restore the chain ends earlier than its anchors; say so in the log and go on."""
    if not yes:
        click.confirm(tr(N_("数据库确实是从备份恢复的吗？")), abort=True)
    settings = get_settings()
    before = anchors.last(settings)
    moved = set_aside(settings)
    with owner_transaction(settings) as connection:
        record(connection, SYSTEM, Action.RESTORE, facts={"anchored": before.number if before else 0})
    Sealer(settings).run()
    for path in moved:
        say(N_("旧锚点：%(path)s"), path=str(path))


commands: list[click.Command] = [audit]
