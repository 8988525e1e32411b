"""Tap a building, tap a unit, see who lives there, change it (A2.4, A6.2 to A6.8, A6.11)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.factories import city_plan as plan
from tests.journeys.browser import NewPerson, Person
from tests.journeys.conftest import PHONE

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
PEOPLE = plan.residents(GRIDS, HOUSES)
OWN = [h for h in HOUSES if h["region_key"] == GRIDS[0].key]
FINGER = 44
"""Smallest side of something to tap, CSS pixels (A6.11 on a phone)."""


def fill_and_send(person: Person, button: str, **values: str) -> None:
    """Fill inputs of the record's form by name and press its button."""
    form = person.page.locator(".record form.form")
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name=button).click()


def test_a_tap_on_a_building_shows_its_units_and_a_tap_on_a_unit_who_lives_there(new_person: NewPerson, city_address: str) -> None:
    first = plan.buildings(GRIDS)[0]["geom"].centroid
    worker = new_person(city_address, "worker", f"/map?register=buildings&layers=buildings&view={first.x},{first.y},17.5")
    worker.click_at(first.x, first.y)
    panel = worker.page.locator("[data-part=detail]")
    expect(panel.get_by_role("grid")).to_be_visible()
    expect(panel.get_by_role("rowheader")).to_have_text(["3 层", "2 层", "1 层"])
    lived_in = next(h for h in OWN if h["building_id"] == 1 and h["residents"])
    panel.locator(f'.unit[href="/houses/{lived_in["id"]}"]').click()
    expect(panel.locator(".person")).to_have_count(sum(p["house_id"] == lived_in["id"] for p in PEOPLE))
    assert worker.query["selected"] == f"houses:{lived_in['id']}"
    worker.page.go_back()
    expect(panel.get_by_role("grid")).to_be_visible()


def test_arrow_keys_walk_the_grid_and_enter_opens_a_unit(new_person: NewPerson, city_address: str) -> None:
    worker = new_person(city_address, "worker", "/buildings/1")
    units = worker.page.get_by_role("grid").get_by_role("link")
    expect(worker.page.locator(".unit[tabindex='0']")).to_have_count(1)
    worker.page.locator(".unit[tabindex='0']").focus()
    seen = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "Control+End", "Control+Home"):
        worker.page.keyboard.press(key)
        seen.append(worker.page.evaluate("document.activeElement.querySelector('.unit__room')?.textContent"))
    assert seen == ["302", "202", "201", "202", "102", "301"]
    expect(units).to_have_count(6)
    worker.page.keyboard.press("Enter")
    worker.page.wait_for_url(re.compile(r"/houses/\d+$"))


def test_a_house_is_added_beside_the_map_and_a_number_in_use_is_refused(new_person: NewPerson, own_city_address: str) -> None:
    worker = new_person(own_city_address, "worker", "/map?register=houses&selected=buildings:1&view=116.302,39.9975,16")
    worker.expect_total(len(OWN))
    panel = worker.page.locator("[data-part=detail]")
    panel.get_by_role("link", name="登记房屋").click()
    number = panel.locator("[name=number]")
    expect(number).to_have_value(re.compile(r"^\d{25}$"))
    offered = number.input_value()
    fill_and_send(worker, "保存登记", number=OWN[0]["number"], address="示例路1号204室", storey="2", room="204")
    expect(panel.locator("#number-error")).to_contain_text("已被使用")
    expect(panel.locator("[name=address]")).to_have_value("示例路1号204室")
    expect(panel.get_by_role("link", name="查看使用该编号的房屋")).to_have_attribute("href", f"/houses/{OWN[0]['id']}")
    fill_and_send(worker, "保存登记", number=offered)
    expect(panel.get_by_role("heading", name="示例路1号204室")).to_be_visible()
    expect(worker.page.locator(".toast")).to_contain_text(offered)
    worker.expect_total(len(OWN) + 1)


def test_a_house_is_placed_with_a_click_on_the_map(new_person: NewPerson, own_city_address: str) -> None:
    house = next(h for h in OWN if h["placed"] == 0)
    worker = new_person(own_city_address, "worker", f"/map?register=houses&selected=houses:{house['id']}&view=116.303,39.9975,16")
    panel = worker.page.locator("[data-part=detail]")
    expect(panel.get_by_text("无位置")).to_be_visible()
    panel.get_by_role("link", name="定位").click()
    panel.get_by_role("button", name="在地图上点选").click()
    worker.click_at(116.303, 39.998)
    expect(panel.locator("[name=lon]")).to_have_value(re.compile(r"^116\.30[23]"))
    panel.get_by_role("button", name="保存位置").click()
    expect(worker.page.locator(".toast")).to_contain_text("位置已保存")
    expect(worker.page.locator(".tally--none")).to_contain_text(str(sum(h["placed"] == 0 for h in OWN) - 1))
    expect(panel.get_by_text("图上点选", exact=True)).to_be_visible()


def test_somebody_moves_after_seeing_what_ends_and_moves_back_by_undo(new_person: NewPerson, own_city_address: str) -> None:
    new = next(h for h in OWN if h["building_id"] == 1 and not h["residents"])
    worker = new_person(own_city_address, "worker", f"/houses/{new['id']}")
    page = worker.page
    page.get_by_role("link", name="登记入住").click()
    fill_and_send(worker, "查找", q="示例001")
    page.get_by_role("link", name="选择").click()
    fill_and_send(worker, "核对", since="2026-06-01")
    expect(page.locator("[data-review]")).to_contain_text("2026-05-31")
    page.get_by_role("button", name="确认并保存").click()
    expect(page.locator(".person")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("已登记入住")
    page.locator(".person__name").click()
    page.get_by_role("link", name="撤销上一次操作").click()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".is-void")).to_have_count(1)
    worker.open(f"/houses/{new['id']}")
    expect(page.locator(".person")).to_have_count(0)


def test_two_people_save_one_house_and_nothing_is_lost(new_person: NewPerson, own_city_address: str) -> None:
    first = new_person(own_city_address, "worker", "/houses/1/edit")
    second = new_person(own_city_address, "community", "/houses/1/edit")
    fill_and_send(first, "保存", address="先到的地址")
    expect(first.page.get_by_role("heading", name="先到的地址")).to_be_visible()
    fill_and_send(second, "保存", address="后到的地址")
    table = second.page.locator(".stale")
    expect(table).to_contain_text("先到的地址")
    expect(table).to_contain_text("后到的地址")
    second.page.get_by_role("button", name="以我的为准保存").click()
    expect(second.page.get_by_role("heading", name="后到的地址")).to_be_visible()


def test_an_error_takes_the_focus_and_what_was_typed_stays(new_person: NewPerson, own_city_address: str) -> None:
    worker = new_person(own_city_address, "worker", "/houses/new?building=1")
    fill_and_send(worker, "保存登记", address="", storey="0", room="留着")
    expect(worker.page.locator("#address-error")).to_be_visible()
    expect(worker.page.locator("#storey-error")).to_be_visible()
    expect(worker.page.locator("[name=room]")).to_have_value("留着")
    assert worker.page.evaluate("document.activeElement.closest('[role=alert], .field--error') !== null")


def test_on_a_phone_units_can_be_tapped_and_the_page_does_not_slide(new_person: NewPerson, city_address: str) -> None:
    worker = new_person(city_address, "worker", "/buildings/1", **PHONE)
    sides = worker.page.locator(".unit").evaluate_all("all => all.map((e) => e.getBoundingClientRect()).map((r) => Math.min(r.width, r.height))")
    assert len(sides) == 6 and min(sides) >= FINGER
    for path in ("/buildings/1", "/houses/2", "/houses/2/edit", "/houses/2/residences/new", "/registers/residents/1"):
        worker.open(path)
        assert worker.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"], path
