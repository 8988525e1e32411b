"""The command `geoapp keys`: what the keys are, rotating them, erasing a year with its keys."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import SYSTEM
from geoapp.core.clock import today
from geoapp.core.console import say, step, tr
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.keys import wrapping_keys
from geoapp.core.settings import get_settings
from geoapp.protection import index_rotation, rotation


@click.group(help=tr(N_("加密密钥：查看、轮换、重新加密、销毁。")))
def keys() -> None:
    """Wrapping keys are files, data keys are rows."""


@keys.command(help=tr(N_("列出主密钥文件、数据密钥及各自保护的字段数。")))
def status() -> None:
    """Counts every cell, so it reads the whole register."""
    folder = get_settings().key_dir
    say(N_("主密钥文件（%(folder)s）：%(numbers)s"), folder=folder, numbers=", ".join(map(str, wrapping_keys(folder))))
    with owner_engine().connect() as connection:
        for key in rotation.states(connection):
            state = N_("已销毁") if key.destroyed_at else N_("已停用") if key.retired_at else N_("使用中")
            say(
                N_("%(id)s：%(key_class)s %(year)s，%(suite)s，主密钥 %(wrapping)s，%(cells)s 个字段，%(state)s"),
                id=key.id, key_class=key.key_class, year=key.year, suite=key.suite,
                wrapping=key.wrapping_key, cells=key.cells, state=tr(state),
            )  # fmt: skip


@keys.command(help=tr(N_("启用新密钥。默认换主密钥；--data 换数据密钥，之后请运行 reencrypt。")))
@click.option("--data", is_flag=True, help=tr(N_("为每个类别和年份启用新的数据密钥。")))
@click.option("--index", is_flag=True, help=tr(N_("启用新的检索密钥；两分钟后请运行 rehash。")))
def rotate(data: bool, index: bool) -> None:
    """Readers notice nothing."""
    settings = get_settings()
    if data and index:
        raise InvalidInput(N_("--data 与 --index 只能选一个。"))
    with owner_transaction() as connection:
        if index:
            number = index_rotation.begin(connection, settings.key_dir)
            _log(connection, "rotate_index", n=number)
            said = N_("检索密钥 %(number)s 已启用，请立即备份密钥文件夹，两分钟后运行 geoapp keys rehash。")
            say(said, number=number)
        elif data:
            old = rotation.rotate_data(connection, settings)
            _log(connection, "rotate_data", n=len(old))
            say(N_("已停用数据密钥：%(ids)s。"), ids=", ".join(map(str, old)) or "–")
        else:
            number = rotation.rotate_wrapping(connection, settings.key_dir)
            _log(connection, "rotate_wrapping", n=number)
            say(N_("主密钥 %(number)s 已启用，请立即备份密钥文件夹。"), number=number)


@keys.command(help=tr(N_("把已停用密钥保护的字段分批换到新密钥；可随时中断后重来。")))
def reencrypt() -> None:
    """Online; each batch commits."""
    moved = 0
    with step(N_("重新加密")):
        for moved in rotation.reencrypt(get_settings()):  # noqa: B007 - the last one is told below
            pass
    say(N_("已重新加密 %(n)s 个字段。"), n=moved)


@keys.command(help=tr(N_("用新的检索密钥重写号码、电话和姓名的索引；可随时中断后重来。")))
def rehash() -> None:
    """Online; each batch commits."""
    seen = 0
    with step(N_("重写检索索引")):
        for seen in index_rotation.rehash(get_settings()):  # noqa: B007 - the last one is told below
            pass
    say(N_("已重写 %(n)s 人的检索索引。"), n=seen)


@keys.command(help=tr(N_("销毁不再保护任何字段的密钥。")))
@click.argument("key_id", type=int, required=False)
@click.option("--wrapping", type=int, help=tr(N_("删除不再使用的主密钥文件（编号）。")))
@click.option("--index", is_flag=True, help=tr(N_("删除已换下的检索密钥。")))
def destroy(key_id: int | None, wrapping: int | None, index: bool) -> None:
    """For a data key, for the file of a wrapping key, or for index keys that were followed."""
    folder = get_settings().key_dir
    if (key_id is not None) + (wrapping is not None) + index != 1:
        raise InvalidInput(N_("请给出数据密钥编号，或用 --wrapping 给出主密钥编号，或用 --index。"))
    if index:
        _destroy_index()
        return
    with owner_transaction() as connection:
        if wrapping is not None:
            rotation.remove_wrapping(connection, folder, wrapping)
            _log(connection, "destroy_wrapping", n=wrapping)
        else:
            assert key_id is not None
            rotation.destroy(connection, folder, key_id)
            _log(connection, "destroy", n=key_id)
    say(N_("密钥已销毁。"))


def _destroy_index() -> None:
    with owner_transaction() as connection:
        gone = index_rotation.retire(connection)
        _log(connection, "destroy_index", n=gone[-1])
    index_rotation.remove_files(get_settings().key_dir, gone)
    say(N_("密钥已销毁。"))


@keys.command("erase-year", help=tr(N_("销毁某类别某年份的全部密钥：其字段在库中和所有备份中都不可恢复。")))
@click.argument("key_class")
@click.argument("year", type=int)
def erase_year(key_class: str, year: int) -> None:
    """Asks twice: yes, and the class and year typed again. Not this year's, which is still written with."""
    if year >= today().year:
        raise Conflict(N_("本年的密钥仍在写入中，只能销毁往年的密钥。"))
    with owner_engine().connect() as connection:
        mine = [k for k in rotation.states(connection) if (k.key_class, k.year) == (key_class, year)]
    cells = sum(key.cells for key in mine)
    say(N_("%(key_class)s %(year)s：将永久失去 %(cells)s 个字段的内容，任何备份都无法恢复。"),
        key_class=key_class, year=year, cells=cells)  # fmt: skip
    click.confirm(tr(N_("确定继续？")), abort=True)
    wanted = f"{key_class} {year}"
    if click.prompt(tr(N_("请再次输入类别和年份（%(wanted)s）"), wanted=wanted)) != wanted:
        raise click.Abort()
    with owner_transaction() as connection:
        n = rotation.erase_year(connection, get_settings().key_dir, key_class, year)
        _log(connection, "erase_year", n=year)
    say(N_("已销毁 %(n)s 个密钥。"), n=n)


def _log(connection: Connection, step: str, n: int) -> None:
    record(connection, SYSTEM, Action.KEY_CHANGE, facts={"step": step, "n": n})


commands: list[click.Command] = [keys]
