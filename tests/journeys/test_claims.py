"""From a department's file to records of a grid: sent at a desk, claimed and merged on a phone, taken back (A8)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geoapp.core.settings import CHECKOUT, Settings
from geoapp.people.numbers import check_digit
from tests.factories.city import fill_small_city
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE
from tests.support.cluster import Databases
from tests.support.imports import rows_of, xlsx
from tests.support.server import served

TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
PLAIN = {"type": "户籍人口", "grid": "110108001001001"}


def number(serial: int) -> str:
    body = f"11010819850101{serial:03d}"
    return body + check_digit(body)


def fits(page: Page) -> None:
    assert page.evaluate(TOO_WIDE) <= 0, page.url


@pytest.fixture
def city(databases: Databases) -> Iterator[tuple[str, Settings]]:
    """A served small city of the test's own, with its settings."""
    settings = databases.fresh("small_city", fill_small_city)
    with served(settings) as address:
        yield address, settings
    databases.drop(settings)


def deal_with_what_waits(settings: Settings) -> None:
    """What the server's own process does within some seconds."""
    environment = {**os.environ, "GEOAPP_DATABASE_NAME": settings.database_name}
    subprocess.run([sys.executable, "-m", "geoapp.importing.staging"], cwd=CHECKOUT, env=environment, check=True)


def test_a8_a_file_is_sent_claimed_compared_merged_and_taken_back(
    new_person: NewPerson, city: tuple[str, Settings], tmp_path: Path
) -> None:
    own_city_address, settings = city
    file = tmp_path / "公安名单.xlsx"
    file.write_bytes(xlsx("residents", rows_of(
        "residents", {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "丙三"},
        {**PLAIN, "name": "甲某", "id_number": number(1), "phone": "13800138000"}, {"name": "", "grid": PLAIN["grid"]},
    )))  # fmt: skip
    desk = new_person(own_city_address, "community", "/imports").page
    desk.get_by_label("文件").set_input_files(file)
    desk.get_by_role("button", name="导入").click()
    desk.wait_for_url(re.compile(r"/imports/\d+$"))
    deal_with_what_waits(settings)
    expect(desk.get_by_text("1 行没有导入。")).to_be_visible(timeout=60_000)
    expect(desk.get_by_text("已完成").first).to_be_visible(timeout=60_000)
    expect(desk.get_by_text("姓名和证件号码至少填一项。")).to_be_visible()

    page = new_person(own_city_address, "worker", "/imports/claims", **PHONE).page
    expect(page.get_by_role("row")).to_have_count(4)
    fits(page)
    page.get_by_role("button", name=re.compile("认领全部")).tap()
    page.wait_for_url(re.compile("list=failed"))
    fits(page)
    page.get_by_role("link", name="比较并处理重复").last.tap()
    page.wait_for_url(re.compile("/compare$"))
    fits(page)
    page.get_by_role("button", name="与在册记录 1 是同一个").tap()
    page.wait_for_url(re.compile(r"/merge\?record=\d+$"))
    fits(page)
    page.locator('[name=take][value="row:name"]').check()
    page.get_by_role("button", name="合并认领").tap()
    page.wait_for_url(re.compile("list=done"))
    expect(page.get_by_text("更正 2 项")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("link", name="打开记录").first.tap()
    expect(page.get_by_text("甲某").first).to_be_visible()
    expect(page.get_by_text("文件“公安名单.xlsx”第 4 行")).to_be_visible()
    fits(page)
    page.go_back()
    page.get_by_role("button", name="撤销认领").first.tap()
    page.wait_for_url(re.compile("list=open"))
    page.goto(f"{own_city_address}/imports/claims?list=done")
    page.get_by_role("link", name="打开记录").first.tap()
    expect(page.get_by_text("甲一").first).to_be_visible()
