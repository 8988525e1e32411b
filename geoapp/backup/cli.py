"""The commands `backup`, `restore-drill`, `restore`, `backup-keys`, `restore-keys`."""

from __future__ import annotations

from pathlib import Path

import click

from geoapp.backup.drill import run_drill
from geoapp.backup.errors import BackupError
from geoapp.backup.key_bundle import restore_bundle, write_bundle
from geoapp.backup.make import make_backup
from geoapp.backup.restore import restore_backup
from geoapp.core.console import say, step, tr
from geoapp.core.i18n import N_
from geoapp.core.runs import read_runs
from geoapp.core.settings import get_settings

FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING = click.Path(path_type=Path, file_okay=False, exists=True)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=tr(N_("备份数据库（加密；密钥不在其中）。默认写到数据目录的 backups。")))
@click.argument("into", type=FOLDER, required=False)
def backup(into: Path | None) -> None:
    """One folder for each backup."""
    settings = get_settings()
    with step(N_("备份数据库 %(name)s"), name=settings.database_name):
        folder = make_backup(settings, into or settings.data_dir / "backups")
    say(N_("备份在 %(path)s"), path=str(folder))
    say(N_("没有密钥就打不开：请用 geoapp backup-keys 另存密钥，与备份分开保管。"))


@click.command("restore-drill", help=tr(N_("恢复演练：另建一库恢复，核对、登录、解密，然后删除。默认用最近的备份。")))
@click.argument("folder", type=EXISTING, required=False)
def restore_drill(folder: Path | None) -> None:
    """Nothing of the database in use is touched."""
    settings = get_settings()
    chosen = folder or latest(settings.data_dir)
    with step(N_("恢复演练 %(path)s"), path=str(chosen)):
        found = run_drill(settings, chosen)
    say(
        N_("一致：%(tables)s 张表共 %(rows)s 行；审计链 %(events)s 条完好；"
           "已登录并打开页面，解密 %(cells)s 类字段各一个；共 %(seconds)s 秒。"),
        tables=found.tables, rows=found.rows, events=found.events, cells=found.cells, seconds=found.seconds,
    )  # fmt: skip


@click.command(help=tr(N_("用备份替换数据库；原库改名保留。须先停止服务。")))
@click.argument("folder", type=EXISTING)
@click.option("--yes", is_flag=True, help=tr(N_("不再询问。")))
def restore(folder: Path, yes: bool) -> None:
    """The old database stays under another name until somebody drops it."""
    settings = get_settings()
    if not yes:
        question = tr(N_("用 %(path)s 替换数据库 %(name)s？"), path=str(folder), name=settings.database_name)
        click.confirm(question, abort=True)
    with step(N_("恢复 %(path)s"), path=str(folder)):
        old = restore_backup(settings, folder)
    if old:
        say(N_("原数据库保留为 %(name)s。"), name=old)


@click.command("backup-keys", help=tr(N_("把全部密钥存成一个用口令加密的文件，与备份分开保管。")))
@click.argument("target", type=FILE)
@click.password_option("--passphrase", help=tr(N_("口令，至少 12 个字符。")))
def backup_keys(target: Path, passphrase: str) -> None:
    """For the safe."""
    names = write_bundle(get_settings().key_dir, target, passphrase)
    say(N_("已存 %(n)s 把密钥：%(names)s"), n=len(names), names=", ".join(names))


@click.command("restore-keys", help=tr(N_("从密钥备份恢复密钥文件；不覆盖不同的密钥。")))
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--passphrase", prompt=True, hide_input=True, help=tr(N_("口令，至少 12 个字符。")))
def restore_keys(source: Path, passphrase: str) -> None:
    """Before the restore of the database."""
    names = restore_bundle(source, get_settings().key_dir, passphrase)
    say(N_("密钥目录中现有：%(names)s"), names=", ".join(names))


def latest(data_dir: Path) -> Path:
    """The backup that was made last, wherever it went; else the newest in the data folder.

    Raises BackupError for none.
    """
    last = Path(read_runs(data_dir).get("backup", {}).get("folder", ""))
    if (last / "manifest.json").is_file():
        return last
    folder = data_dir / "backups"
    found = sorted(folder.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise BackupError(N_("%(path)s 中没有备份。"), path=str(folder))
    return found[-1].parent


commands: list[click.Command] = [backup, restore_drill, restore, backup_keys, restore_keys]
