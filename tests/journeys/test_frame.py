"""The bar on top of a phone, and a reader who counts people without seeing them (D3.4)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE


def test_a_street_officer_on_a_phone_reaches_every_register_and_is_offered_no_more_than_is_allowed(
    new_person: NewPerson, city_address: str
) -> None:
    officer = new_person(city_address, "officer", "/map?register=houses", **PHONE)
    page = officer.page
    for part in page.locator(".topbar a:visible, .topbar summary:visible, .topbar button:visible").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, part.get_attribute("aria-label")
    page.locator("[data-part=handle]").tap()
    expect(page.locator("[data-action=filter]")).to_be_visible()
    expect(page.locator("[data-part=exports]")).to_be_visible()

    page.locator("[data-register-choice=residents]").tap()
    expect(page.locator("[data-part=list] .counts")).to_be_visible()
    expect(page.locator("[data-action=filter]")).to_be_hidden()
    expect(page.locator("[data-part=exports]")).to_be_hidden()

    page.locator(".topbar__where").tap()
    items = page.locator(".topbar__small .menu__item")
    assert len(items.all()) >= 6
    for item in items.all():
        box = item.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 40
    items.last.tap()
    page.wait_for_url("**/registers/**")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
