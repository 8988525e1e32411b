"""An administrator invites a worker, who sets a password and codes, signs in with both, and is closed out."""

from __future__ import annotations

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE
from tests.support.patience import code_before

WORD = "three green bicycles"


def choose_a_grid(page: Page) -> None:
    """By name, which offers it, and by keys from the city down to it, which takes it."""
    field = page.get_by_role("combobox", name="区域")
    field.fill("第1网格")
    expect(page.locator(".picker__option").first).to_contain_text("第1网格")
    field.fill("")
    page.keyboard.press("Escape")
    field.press("ArrowDown")
    expect(page.locator(".picker__option")).to_have_count(1)
    for _level in range(4):
        field.press("ArrowDown")
        code = page.locator("[role=option][aria-selected=true]").get_attribute("data-code")
        field.press("ArrowRight")
        expect(page.locator(f"[role=option][data-code^='{code}']").first).not_to_have_attribute("data-code", str(code))
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.locator(".picker__chips .chip")).to_contain_text("001001001")


def test_an_invited_worker_sets_a_password_and_codes_and_is_closed_out(new_person: NewPerson, own_city_address: str) -> None:
    admin = new_person(own_city_address, "admin", "/admin/users")
    page = admin.page
    page.get_by_role("link", name="邀请用户").click()
    page.fill("#username", "new.worker")
    page.fill("#display_name", "新来的")
    page.select_option("#role", "grid_worker")
    choose_a_grid(page)
    page.get_by_role("button", name="生成邀请链接").click()
    link = page.locator("[data-part=link]").input_value()

    worker = new_person(own_city_address, **PHONE).page
    worker.goto(link)
    worker.fill("#password", WORD)
    worker.fill("#again", WORD)
    worker.get_by_role("button", name="设置密码").click()
    worker.fill("#name", "new.worker")
    worker.fill("#password", WORD)
    worker.locator(".sign-in__form form button[type=submit]").click()
    worker.wait_for_url(re.compile("/map"))
    worker.goto(f"{own_city_address}/account/authenticator")
    codes = pyotp.TOTP(worker.locator("[data-part=secret]").inner_text())
    worker.fill("#code", code_before(codes))
    worker.get_by_role("button", name="启用").click()
    expect(worker.locator(".account__codes li")).to_have_count(10)
    assert worker.evaluate("document.documentElement.scrollWidth <= innerWidth")

    worker.context.clear_cookies(name="geoapp_session")
    worker.goto(f"{own_city_address}/sign-in?next=/about")
    worker.fill("#name", "new.worker")
    worker.fill("#password", WORD)
    worker.locator(".sign-in__form form button[type=submit]").click()
    worker.fill("#code", codes.now())
    worker.get_by_role("button", name="继续").click()
    worker.wait_for_url("**/about")

    page.goto(f"{own_city_address}/admin/users?q=new.worker")
    page.get_by_role("link", name="new.worker").click()
    page.get_by_text("停用账号", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="确认停用").press("Enter")
    expect(page.locator(".badge", has_text="停用")).to_be_visible()
    time.sleep(1.1)
    worker.goto(f"{own_city_address}/map")
    expect(worker).to_have_url(re.compile("/sign-in"))
