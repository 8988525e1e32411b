"""Rows of files on small maps: choosing a system of coordinates at a desk, claiming with a phone (#6 points 3 and 4)."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page, expect

from geoapp.core.settings import get_settings
from geoapp.importing.coordinates import from_wgs84
from geoapp.importing.staging import run_batch
from tests.journeys.browser import NewPerson
from tests.journeys.conftest import PHONE
from tests.support.imports import imported, rows_of, sent, xlsx
from tests.support.server import served

DRAWN = ".rows-map[data-state=drawn]"
AT = "(e) => { const { x, y } = e.module.map.project([116.303, 39.997]); const r = e.module.map.getCanvas().getBoundingClientRect(); return [r.x + x, r.y + y]; }"


def test_a_system_is_chosen_on_a_map_and_rows_are_claimed_from_one(new_person: NewPerson, own_city) -> None:
    east, north = from_wgs84(np.array([[116.303, 39.997]]), "gcj02")[0].tolist()
    names = ("示例小学", "示例超市", "示例旅馆")
    rows = [{"name": name, "school": "一般", "lon": repr(east + n * 4e-4), "lat": repr(north)} for n, name in enumerate(names)]
    batch = sent(own_city.access("officer"), "sites", xlsx("sites", rows_of("sites", *rows)))
    run_batch(get_settings(), batch)
    people = rows_of("residents", {"name": "某甲", "grid": "110108001001001"})
    imported(own_city.access("officer"), "residents", xlsx("residents", people))
    with served(get_settings()) as address:
        desk = new_person(address, "officer", f"/imports/{batch}/system").page
        expect(desk.locator(DRAWN)).to_be_visible()
        assert _drawn(desk) == 9
        desk.locator("[name=system][value=gcj02]").check()
        desk.get_by_role("button", name="继续导入").click()
        desk.wait_for_url(f"**/imports/{batch}")
        run_batch(get_settings(), batch)

        phone = new_person(address, "worker", "/imports/claims", **PHONE).page
        phone.get_by_role("link", name="在地图上看待认领的行").click()
        phone.get_by_role("link", name="重点场所").click()
        expect(phone.locator(".claims-map[data-state=drawn]")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
        x, y = phone.locator(".claims-map").evaluate(AT)
        phone.touchscreen.tap(x, y)
        expect(phone.locator(".rows__name")).to_have_text(["示例小学"])
        phone.get_by_role("button", name="选图上这一片").tap()
        expect(phone.locator(".rows__name")).to_have_text(list(names))
        phone.get_by_label("选择第 4 行").uncheck()
        expect(phone.get_by_text("已选 2 行")).to_be_visible()
        assert phone.locator(".claims-map").evaluate("e => e.module.picked.length") == 2
        phone.get_by_role("button", name="认领所选的行").tap()
        phone.wait_for_url("**/imports/claims?**")
        expect(phone.locator(".rows__name")).to_have_text(list(names[:2]))
        phone.get_by_role("button", name="撤销这次认领").tap()
        phone.wait_for_url("**list=open")
        expect(phone.locator(".rows__name")).to_have_text(list(names))


def _drawn(page: Page) -> int:
    return page.locator(".rows-map").evaluate("e => e.module.map.queryRenderedFeatures({ layers: ['rows-point'] }).length")
