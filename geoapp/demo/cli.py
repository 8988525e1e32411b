"""`geoapp demo`: the demo city, or a synthetic one of any size."""

from __future__ import annotations

import click

from geoapp.core.console import say, step, tr
from geoapp.core.db import owner_transaction
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings

MOST_HOUSES = 10_000_000


@click.command(
    "demo", help=tr(N_("装入示范城市（北京市海淀区）；用 --houses 生成任意规模的合成城市。"))
)
@click.option(
    "--houses", type=click.IntRange(1, MOST_HOUSES), help=tr(N_("改为生成这么多房屋的合成城市。"))
)
@click.option("--seed", type=int, default=1, show_default=True, help=tr(N_("合成城市的随机种子。")))
def demo(houses: int | None, seed: int) -> None:
    """Load the demo city, or generate a synthetic one."""
    if houses is None:
        _load_haidian()
    else:
        _load_large_city(houses, seed)


def _load_haidian() -> None:
    from geoapp.demo.accounts import HAIDIAN_POSTS, create_accounts
    from geoapp.demo.haidian import COUNTY, load_haidian
    from geoapp.demo.teams import add_teams
    from geoapp.planning.plans import derive_missing

    load_haidian(get_settings(), say)
    with step(N_("生成网格规划的基本单元")):
        derive_missing(get_settings(), COUNTY)
    with step(N_("建立示范账号")), owner_transaction() as connection:
        create_accounts(connection, get_settings(), HAIDIAN_POSTS)
    with step(N_("建立示范团队")), owner_transaction() as connection:
        add_teams(connection, HAIDIAN_POSTS)


def _load_large_city(houses: int, seed: int) -> None:
    from geoapp.demo.accounts import LARGE_CITY_POSTS, create_accounts
    from geoapp.demo.large_city import load_large_city
    from grids_boundaries.derive.synthetic_city import CityPlan

    made = load_large_city(CityPlan(houses, seed), get_settings(), say)
    with owner_transaction() as connection:
        accounts = create_accounts(connection, get_settings(), LARGE_CITY_POSTS)
    say(N_("合成城市已装入：楼栋 %(building)s，房屋 %(house)s，居民 %(resident)s。"), **made)
    for one in accounts:
        click.echo(f"  {one.username} / {one.password}  {tr(one.title)}  {one.area}")


commands = [demo]
