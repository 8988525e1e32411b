"""The bar on top of a phone, and a reader who counts people without seeing them (D3.4)."""

from __future__ import annotations

from itertools import pairwise, product

from playwright.sync_api import expect
from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.core.settings import Settings
from geoapp.messages.actions import send
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE

BOXES = """all => all.filter((one) => !one.closest(".menu__list")).map((one) => {
  const { left, right } = one.getBoundingClientRect();
  return [left, right, one.scrollWidth > one.clientWidth + 1, one.textContent.trim()];
})"""
"""Left, right, whether words are cut off, and the words of what stands in the bar."""


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


def test_the_bar_cuts_nothing_and_what_does_not_fit_stands_under_more(new_person: NewPerson, city_address: str) -> None:
    page = new_person(city_address, "community", "/about").page
    entries = page.locator(".topbar__small .menu__item").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert len(entries) > 10
    shown = page.locator(".topbar :is(a, summary, button):visible")
    for language, width in product(("zh", "en"), (390, 1024, 1440, 1920, 3840)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{city_address}/registers/teams?lang={language}")
        if width == 390:
            expect(page.locator(".topbar__where")).to_be_visible()
        else:
            page.wait_for_selector(".topbar__menu[data-fitted]")
        boxes = sorted(shown.evaluate_all(BOXES))
        assert all(left >= 0 and right <= width + 0.5 and not cut for left, right, cut, _ in boxes), (language, width, boxes)
        assert all(right <= left + 0.5 for (_, right, *_), (left, *_) in pairwise(boxes)), (language, width, boxes)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        if width > 390:
            assert language == "zh" or page.locator("html").get_attribute("lang") == "en"
            seen = page.locator(".topbar__menu > a:visible").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
            more = page.locator(".topbar__more .menu__item:not([hidden])").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
            assert sorted(seen + more) == sorted(entries) and "/registers/teams" in seen and bool(more) == page.locator(".topbar__more").is_visible()
    page.set_viewport_size({"width": 1024, "height": 900})
    expect(page.locator(".topbar__more")).to_be_visible()
    last = page.locator(".topbar__more .menu__item:not([hidden])").last.get_attribute("href")
    page.locator(".topbar__more > summary").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".topbar__more .menu__item:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".topbar__more")).not_to_have_attribute("open", "")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith(last))


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
