"""Commands of the floor: starting, the database, set-up steps, a look at the whole."""

from __future__ import annotations

import os

import click

from geoapp.core.anchor_files import set_aside
from geoapp.core.assets import copy_assets
from geoapp.core.catalogues import compile_catalogues, refresh_catalogue
from geoapp.core.cluster import Cluster
from geoapp.core.cluster_place import DATABASE, SUPERUSER
from geoapp.core.cluster_roles import drop_database, ensure_database
from geoapp.core.console import say, step, tr
from geoapp.core.doctor import examine
from geoapp.core.errors import GeoappError
from geoapp.core.i18n import LOCALES, N_
from geoapp.core.migrate import upgrade
from geoapp.core.serve import gunicorn_command
from geoapp.core.settings import Settings, get_settings
from geoapp.core.up import up


class NotManaged(GeoappError):
    """A command of the private cluster, while GEOAPP_DATABASE_URL names another database."""

    msgid = N_("已设置 GEOAPP_DATABASE_URL：该数据库不由本程序管理。")


def managed_cluster(settings: Settings) -> Cluster:
    """The private cluster; raises NotManaged where another database is used."""
    if not settings.managed_cluster:
        raise NotManaged
    return Cluster(settings.data_dir, time_zone=settings.time_zone)


@click.command("up", help=tr(N_("启动数据库和网页服务，直到按下 Ctrl-C。")))
@click.option("--demo/--no-demo", default=None, help=tr(N_("空库时装入示范城市。")))
def up_command(demo: bool | None) -> None:
    """Everything in one process group."""
    settings = get_settings()
    up(settings, demo=settings.demo if demo is None else demo)


@click.command(help=tr(N_("只运行网页服务，日志写到标准错误；数据库须已就绪。")))
def serve() -> None:
    """For containers and service managers: becomes gunicorn."""
    command = gunicorn_command(get_settings())
    os.execv(command[0], command)  # noqa: S606 - our own interpreter


@click.group(help=tr(N_("本程序自带的数据库。")))
def db() -> None:
    """The private cluster."""


@db.command(help=tr(N_("启动，并一直运行到 stop。")))
def start() -> None:
    """Make and start the cluster, the database and its schema."""
    settings = get_settings()
    cluster = managed_cluster(settings)
    with step(N_("启动数据库")):
        cluster.start()
        ensure_database(cluster.place, settings.database_name)
        upgrade(settings)


@db.command(help=tr(N_("停止。")))
def stop() -> None:
    """Stop the cluster."""
    with step(N_("停止数据库")):
        managed_cluster(get_settings()).stop()


@db.command(help=tr(N_("是否在运行，在哪里。")))
def status() -> None:
    """Where the cluster is; exit code 3 while it does not run, as pg_ctl has it."""
    cluster = managed_cluster(get_settings())
    place = cluster.place
    if cluster.pid:
        say(N_("运行中，进程 %(pid)s，套接字 %(path)s"), pid=cluster.pid, path=str(place.socket))
    else:
        say(N_("未运行"))
    say(N_("数据 %(path)s"), path=str(place.data))
    if not cluster.pid:
        raise click.exceptions.Exit(3)


@db.command(help=tr(N_("更新数据库结构。")))
def migrate() -> None:
    """Extensions, roles and migrations; also for a database that is not ours."""
    settings = get_settings()
    if not settings.managed_cluster:
        upgrade(settings)
        return
    cluster = managed_cluster(settings)
    with cluster.use():
        ensure_database(cluster.place, settings.database_name)
        upgrade(settings)


@db.command(context_settings={"ignore_unknown_options": True}, help=tr(N_("打开 psql。")))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """psql as superuser on the running cluster."""
    settings = get_settings()
    place = managed_cluster(settings).place
    where = ["-h", str(place.socket), "-U", SUPERUSER, "-d", settings.database_name or DATABASE]
    os.execvp("psql", ["psql", *where, *arguments])  # noqa: S606


@db.command(help=tr(N_("删除全部数据，重建空库。")))
@click.option("--yes", is_flag=True, help=tr(N_("不再询问。")))
def reset(yes: bool) -> None:
    """Drop the database and make an empty one."""
    settings = get_settings()
    cluster = managed_cluster(settings)
    if not yes:
        name = settings.database_name
        click.confirm(tr(N_("删除数据库 %(name)s 的全部数据？"), name=name), abort=True)
    with cluster.use():
        drop_database(cluster.place, settings.database_name)
        set_aside(settings)
        ensure_database(cluster.place, settings.database_name)
        upgrade(settings)


@click.command(help=tr(N_("检查本机、设置和数据库。")))
def doctor() -> None:
    """Every check on a line; exit code 1 where one fails, not for a reminder."""
    words = {"good": tr(N_("正常")), "warn": tr(N_("提醒")), "bad": tr(N_("异常"))}
    findings = examine(get_settings())
    for one in findings:
        click.echo(f"{words[one.level]}  {tr(one.title)}  {one.detail}")
    if any(one.level == "bad" for one in findings):
        raise click.exceptions.Exit(1)


@click.command(help=tr(N_("从 node_modules 复制前端文件。")))
def assets() -> None:
    """Copy the front-end files."""
    manifest = copy_assets()
    size = sum(entry.bytes for entry in manifest.values()) // 1024
    say(N_("前端文件 %(files)s 个，共 %(size)s KiB。"), files=len(manifest), size=size)


@click.group(help=tr(N_("界面译文。")))
def translations() -> None:
    """Message catalogues."""


@translations.command("compile", help=tr(N_("编译译文目录。")))
def compile_() -> None:
    """Make `.mo` files of newer `.po` files."""
    for path, messages in compile_catalogues().items():
        say(N_("%(path)s：%(messages)s 条"), path=str(path), messages=messages)


@translations.command(help=tr(N_("从源码收集文字，更新译文目录，列出未译的。")))
def refresh() -> None:
    """Collect message ids; exit code 1 while some have no translation."""
    open_ids = [one for name in LOCALES if name != "zh" for one in refresh_catalogue(name)]
    for msgid in open_ids:
        click.echo(msgid)
    if open_ids:
        raise click.exceptions.Exit(1)


commands: list[click.Command] = [up_command, serve, db, doctor, assets, translations]
