"""A resident is added at the door with a phone: little to type, nothing lost, nothing left behind (A3.1, #4 point 10, PR-8)."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.factories import city_plan as plan
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE
from tests.support.patience import busy
from tests.support.people import number_of

GRIDS = plan.grids()
EMPTY = next(h for h in plan.houses(GRIDS, plan.buildings(GRIDS)) if h["region_key"] == GRIDS[0].key and h["id"] % 4 < 2)
KEPT = "() => JSON.stringify({...localStorage})"
SECOND = 1.0
"""From tapping "save" to the saved record (#4, figures); five times that where other tests share the machine."""


def wait_for_draft(page: Page, *, there: bool) -> None:
    """Until the browser keeps a draft, or none any more."""
    until = time.monotonic() + 15
    while ("geoapp-draft" in page.evaluate(KEPT)) is not there:
        assert time.monotonic() < until, page.evaluate(KEPT)
        page.wait_for_timeout(100)


def test_the_number_typed_once_a_lost_connection_and_a_reload(new_person: NewPerson, own_city_address: str) -> None:
    worker = new_person(own_city_address, "worker", f"/houses/{EMPTY['id']}", **PHONE)
    page = worker.page
    page.get_by_role("link", name="登记居民").click()
    page.get_by_text("流动人口", exact=True).click()
    expect(page.locator("[name=registered_place]")).to_be_visible()
    expect(page.locator("[name=overseas_kind]")).to_be_hidden()
    page.fill("[name=id_number]", number_of("19900228", 2))
    expect(page.locator("[name=sex]")).to_have_value("F")
    expect(page.locator("[name=birth_date]")).to_have_value("1990-02-28")
    page.fill("[name=name]", "丙例夏")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
    wait_for_draft(page, there=True)
    page.wait_for_timeout(500)
    kept = page.evaluate(KEPT)
    assert "丙例夏" not in kept and "1990" not in kept
    worker.context.set_offline(True)
    page.get_by_role("button", name="保存登记", exact=True).click()
    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("丙例夏")
    worker.context.set_offline(False)
    assert all("htmx:" in fault for fault in worker.faults), worker.faults
    worker.faults.clear()  # htmx writes a lost connection on the console
    page.goto(f"{own_city_address}/residents/new?house={EMPTY['id']}")
    expect(page.locator("[data-module=draft]")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("丙例夏")
    expect(page.locator("[name=registered_place]")).to_be_visible()
    begin = time.perf_counter()
    page.get_by_role("button", name="保存登记", exact=True).click()
    page.wait_for_url(f"**/registers/houses/{EMPTY['id']}")
    expect(page.locator(".person__name", has_text="丙例夏")).to_be_visible()
    assert time.perf_counter() - begin < 5 * SECOND * busy()
    assert "geoapp-draft" not in page.evaluate(KEPT)
    page.goto(f"{own_city_address}/residents/new?house={EMPTY['id']}")
    page.fill("[name=name]", "丁例秋")
    wait_for_draft(page, there=True)
    worker.context.clear_cookies()
    page.goto(f"{own_city_address}/sign-in")
    wait_for_draft(page, there=False)
