"""A key site and an organisation are registered with a phone: what was typed is there after a reload, and gone when saved (#4 point 10)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.factories import city_plan as plan
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE
from tests.journeys.test_at_the_door import KEPT, wait_for_draft

HERE = plan.grids()[0].square.centroid


def test_a_site_and_an_organisation_survive_a_reload_while_they_are_typed(new_person: NewPerson, own_city_address: str) -> None:
    worker = new_person(own_city_address, "worker", "/sites/new", **PHONE)
    page = worker.page
    for register, name in (("sites", "示例仓库"), ("organisations", "示例社")):
        page.goto(f"{own_city_address}/{register}/new")
        page.fill("[name=name]", name)
        if register == "sites":
            page.locator("[name=level_work_safety][value='3']").check(force=True)
        else:
            page.locator("[name=kind][value=social]").check(force=True)
            page.select_option("[name=category]", "association")
        wait_for_draft(page, there=True)
        page.wait_for_timeout(500)
        assert name not in page.evaluate(KEPT), "kept sealed"
        page.reload()
        expect(page.locator("[data-module=draft]")).to_be_visible()
        expect(page.locator("[name=name]")).to_have_value(name)
        if register == "sites":
            expect(page.locator("[name=level_work_safety][value='3']")).to_be_checked()
        page.fill("[name=lon]", str(HERE.x))
        page.fill("[name=lat]", str(HERE.y))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
        page.get_by_role("button", name="保存登记", exact=True).click()
        expect(page.locator(".detail__title", has_text=name)).to_be_visible()
        assert "geoapp-draft" not in page.evaluate(KEPT)
