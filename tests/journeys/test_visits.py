"""A round of visits with a phone: who is due, a visit in a few taps, where it stands afterwards (A1.4, A1.5)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.factories import city_plan as plan
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
PEOPLE = plan.residents(GRIDS, HOUSES)
HOME = next(h["id"] for h in HOUSES if h["region_key"] == GRIDS[0].key and h["residents"] > 1)
FINGER = 40
"""Smallest height of something to tap, CSS pixels."""
LOST = "async (form) => (await fetch(form.action, {method: 'POST', body: new FormData(form), redirect: 'manual'})).type"
"""A first save whose answer never reaches the phone."""
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


def test_a14_a15_a_visit_from_todays_list_stands_on_the_house_and_in_the_list_and_saved_twice_is_one(
    new_person: NewPerson, own_city_address: str
) -> None:
    page = new_person(own_city_address, "worker", "/visits", **PHONE).page
    start = page.locator(f'[data-part=due] a[href="/visits/new?house={HOME}"]')
    box = start.bounding_box()
    assert box is not None and box["height"] >= FINGER, box
    assert page.evaluate(TOO_WIDE) <= 0
    start.tap()
    form = page.locator("form[action='/visits/new']")
    expect(form.locator("[name=people]:checked")).to_have_count(sum(p["house_id"] == HOME for p in PEOPLE))
    expect(form.locator("[name=members]:checked")).to_have_count(1)
    assert page.evaluate(TOO_WIDE) <= 0
    form.locator("[name=note]").fill("门铃坏了，敲门应答")
    assert form.evaluate(LOST) == "opaqueredirect", "it was saved"
    form.get_by_role("button", name="保存").dblclick()
    page.wait_for_url(re.compile(r"/services/\d+$"))
    record = page.url
    expect(page.locator(".record")).to_contain_text("门铃坏了，敲门应答")
    path = record.removeprefix(own_city_address)
    page.goto(f"{own_city_address}/houses/{HOME}")
    expect(page.locator(f'.record a[href="{path}"]').first).to_be_visible()
    page.goto(f"{own_city_address}/visits")
    expect(page.locator(f'.log a[href="{path}"]')).to_be_visible()
    expect(page.locator(".log > li")).to_have_count(1)
    expect(start).to_have_count(0)
