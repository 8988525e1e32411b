"""`geoapp planning`: derive base units ahead of time; the process that computes proposals."""

from __future__ import annotations

import click

from geoapp.core.console import say, tr
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings


@click.group("planning", help=tr(N_("网格规划：生成基本单元，计算提案。")))
def planning() -> None:
    """Base units and proposals."""


@planning.command("derive", help=tr(N_("从道路、铁路、水系、楼栋和现行网格生成各社区的基本单元；已有且相符的不动。")))
@click.option("--area", default="", help=tr(N_("只处理此区划代码之内的社区。")))
def derive(area: str) -> None:
    """Derive what is missing or does not fit any more."""
    from geoapp.planning.plans import derive_missing

    made, kept = derive_missing(get_settings(), area)
    say(N_("社区：新生成 %(made)s 个，原有 %(kept)s 个。"), made=made, kept=kept)


@planning.command("work", hidden=True)
def work() -> None:
    """Do jobs until none is asked for; started by the server."""
    from geoapp.planning.runner import run

    run(get_settings())


commands = [planning]
