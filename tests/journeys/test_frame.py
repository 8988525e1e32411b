"""The bar on top of a phone, and a reader who counts people without seeing them (D3.4)."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.messages.actions import send
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
    page.locator(".topbar__small .menu__item[href^='/registers/']").last.tap()
    page.wait_for_url("**/registers/**")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_lg8_an_open_page_shows_and_says_a_new_message_within_a_minute(
    new_person: NewPerson, city_address: str, city_settings: Settings
) -> None:
    director = new_person(city_address, "director", "/about")
    page, said = director.page, director.page.locator("#unread-said")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "unread.json" in request.url else None)
    page.clock.install()
    page.reload()
    expect(page.locator(".topbar__unread")).to_have_count(0)
    page.wait_for_function("document.querySelector('.topbar__inbox').module")
    with owner_transaction(city_settings) as connection:
        user_id = connection.scalar(text("SELECT id FROM app_user WHERE username = 'director'"))
        send(connection, [user_id], "here", "reading_confirmed", {}, "/account")
    try:
        page.clock.run_for(25_000)
        assert asked == []
        for _ in range(8):  # the server asks the database again after five seconds of its own clock
            page.clock.run_for(31_000)
            page.wait_for_timeout(1_000)
            if page.locator(".topbar__unread").count():
                break
        expect(page.locator(".topbar__unread")).to_have_text("1")
        expect(said).to_have_text("有新消息，1 条未读。")
        assert page.locator(".topbar__inbox").get_attribute("aria-label") == "消息，1 条未读"
        page.evaluate("document.documentElement.dataset.theme = 'wall'")
        before = len(asked)
        page.clock.run_for(90_000)
        assert len(asked) == before > 0
    finally:
        with owner_transaction(city_settings) as connection:
            connection.execute(text("DELETE FROM message WHERE key = 'here'"))
