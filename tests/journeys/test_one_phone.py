"""PR-8: what a browser keeps of one person's work after sign-out, expiry and a change of area, and for the next person."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import text

from geoapp.core.db import owner_engine
from geoapp.core.settings import Settings
from tests.factories import city_plan as plan
from tests.factories.city import PASSWORD, fill_small_city
from tests.journeys.conftest import CHROMIUM, PHONE
from tests.support.cluster import Databases
from tests.support.server import served

GRIDS = plan.grids()
HOUSES = plan.houses(GRIDS, plan.buildings(GRIDS))
PEOPLE = plan.residents(GRIDS, HOUSES)
OWN = [p for p in PEOPLE if p["region_key"] == GRIDS[0].key and p["house_id"]]
TYPED = ("未寄出的张三丰", "写了一半的李四光")
CANARIES = [*(p["name"] for p in OWN), *(p["id_number"] for p in OWN), *TYPED]
KEPT = """async () => JSON.stringify([
  {...sessionStorage}, {...localStorage}, await indexedDB.databases(), await caches.keys(),
  (await navigator.serviceWorker.getRegistrations()).length, history.state, window.name,
])"""
SHOWN = """() => [document.title, document.body?.innerText, ...[...document.querySelectorAll('input, textarea')].map((e) => e.value)].join(' ')"""


@pytest.fixture
def settings(databases: Databases) -> Iterator[Settings]:
    """A city of the test's own."""
    settings = databases.fresh("small_city", fill_small_city)
    yield settings
    databases.drop(settings)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The folder in which this browser keeps everything it keeps."""
    return tmp_path / "profile"


@pytest.fixture
def phone(chromium: Browser, profile: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, and with pages kept for the back button as on a real phone."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=program, args=list(CHROMIUM), locale="zh-CN", reduced_motion="reduce",
        ignore_default_args=["--disable-back-forward-cache"], **PHONE,
    )  # fmt: skip
    context.set_default_timeout(30_000)
    yield context
    context.close()


class Hands:
    """Somebody with this phone."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.seen: set[str] = set()

    def sign_in(self, name: str) -> None:
        self.page.goto(f"{self.address}/sign-in?next=/about")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click(".sign-in__form form button[type=submit]")
        self.page.wait_for_url("**/about")

    def look(self, path: str) -> None:
        """Open a page and remember which canaries it shows."""
        self.page.goto(self.address + path)
        self.note()

    def note(self) -> None:
        shown = self.page.evaluate(SHOWN)
        self.seen |= {word for word in CANARIES if word in shown}

    def work(self) -> None:
        """A list, a record with its number in full, a search, and two forms left half written."""
        self.look("/registers/residents")
        self.look(f"/registers/residents/{OWN[0]['id']}")
        self.page.get_by_role("link", name=re.compile("显示")).first.click()
        self.page.select_option("select[name=reason]", index=1)
        self.page.get_by_role("button", name="显示", exact=True).click()
        expect(self.page.locator(".protected__value")).to_have_text(OWN[0]["id_number"])
        self.note()
        self.page.goto(f"{self.address}/houses/{OWN[0]['house_id']}/edit")
        self.page.fill("[name=address]", TYPED[0])
        self.note()
        self.page.goto(f"{self.address}/houses/{OWN[0]['house_id']}/residences/new")
        self.page.locator("[name=q]").press_sequentially(TYPED[1])
        self.note()

    def sign_out(self) -> None:
        self.page.goto(f"{self.address}/about")
        self.page.locator("summary.topbar__user").click()
        self.page.get_by_role("button", name="退出登录").click()
        self.page.wait_for_url("**/sign-in")

    def settled(self, script: str) -> str:
        """What the script tells once no page takes the place of another."""
        self.page.wait_for_timeout(200)
        for _ in range(10):
            try:
                self.page.wait_for_load_state()
                return str(self.page.evaluate(script))
            except Error:  # the page it was asked of has gone
                self.page.wait_for_timeout(200)
        pytest.fail("no page stays")

    def found(self) -> list[str]:
        """Canaries in any storage, in cookies, or on a page the back button brings."""
        places = [self.page.evaluate(KEPT), str(self.page.context.cookies()), self.page.evaluate(SHOWN)]
        steps = self.page.evaluate("history.length")
        for _ in range(min(steps - 1, 5)):
            self.settled("history.back()")
            places.append(self.settled(SHOWN))
        return [word for word in CANARIES if any(word in place for place in places)]


def forget(settings: Settings, statement: str) -> None:
    with owner_engine(settings).begin() as connection:
        connection.execute(text(statement))


def on_disk(profile: Path) -> list[tuple[str, str]]:
    """Files of the profile that hold a canary in UTF-8 or UTF-16."""
    words = {word: (word.encode(), word.encode("utf-16-le")) for word in CANARIES}
    held = []
    for path in (p for p in profile.rglob("*") if p.is_file()):
        data = path.read_bytes()
        held += [(word, path.relative_to(profile).as_posix()) for word, forms in words.items() if any(f in data for f in forms)]
    return held


def test_pr8_nothing_of_a_persons_work_stays_in_the_browser(settings: Settings, phone: BrowserContext, profile: Path) -> None:
    with served(settings) as address:
        hands = Hands(phone.pages[0], address)
        hands.sign_in("worker")
        hands.work()
        assert {OWN[0]["id_number"], *TYPED} <= hands.seen and len(hands.seen) > 4, "the canaries were there"
        hands.sign_out()
        assert hands.found() == []

        # the next person with the same phone
        hands.sign_in("neighbour")
        assert hands.found() == []
        hands.sign_out()

        # the session ends while a list stands on the screen
        page = hands.page
        page.clock.install()
        hands.sign_in("worker")
        hands.look("/registers/residents")
        page.clock.fast_forward("28:30")
        dialog = page.get_by_role("alertdialog")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="保持登录").click()
        expect(dialog).to_be_hidden()
        assert any(word in page.evaluate(SHOWN) for word in CANARIES)
        page.clock.fast_forward("28:30")
        expect(dialog).to_be_visible()
        page.clock.fast_forward("02:00")
        expect(page.get_by_role("heading", name="登录已过期")).to_be_visible()
        assert hands.found() == []

        # another area while a list stands on the screen
        hands.sign_in("worker")
        hands.look("/registers/residents")
        forget(settings, "UPDATE app_user SET area_codes = '{110108001001002}' WHERE username = 'worker'")
        time.sleep(1.2)  # AZ-12: felt within a second, so from now on
        page.clock.fast_forward("01:05")
        page.keyboard.press("Shift")
        page.clock.fast_forward("00:02")
        expect(page.locator(".topbar__user")).to_have_attribute("aria-label", re.compile("第2网格|2"))
        expect(page.get_by_text(OWN[0]["name"])).to_have_count(0)
        assert hands.found() == []
        phone.close()
    assert on_disk(profile) == []
