"""A person at a browser: what the journeys do with the pages, in their words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.factories.city import PASSWORD

expect.set_options(timeout=30_000)
QUIET = ("ReadPixels", "GPU stall")
"""Remarks of the software renderer, which are no fault of a page."""


@dataclass
class Person:
    """One signed-in reader with one page; `faults` gathers what a page must never do."""

    context: BrowserContext
    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", lambda r: r.status >= 500 and self.faults.append(f"{r.status}: {r.url}"))

    def _console(self, kind: str, text: str) -> None:
        # a refused request is reported by Chromium as an error of the console; journeys that mean
        # to be refused look at what the page says instead
        if kind in ("error", "warning") and not any(q in text for q in (*QUIET, "status of 4", "ERR_INTERNET")):
            self.faults.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"outside: {request.url}")

    def sign_in(self, name: str, then: str = "/") -> Person:
        """Through the form, as everybody does."""
        self.page.goto(f"{self.address}/sign-in?next={then}" if then != "/" else f"{self.address}/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click(".sign-in__form button[type=submit]")
        return self

    def open(self, path: str) -> Person:
        """Go to an address of ours; on the map page, wait until it is drawn."""
        self.page.goto(self.address + path)
        if path.startswith("/map"):
            self.wait_for_map()
        return self

    def wait_for_map(self) -> None:
        """All tiles are there and drawn."""
        expect(self.page.locator(".map-page[data-idle=true]")).to_be_attached(timeout=40_000)

    def on_map(self, script: str, argument: Any = None) -> Any:
        """Evaluate `(page, argument) => …` with the map page's own object."""
        return self.page.evaluate(
            f"argument => ({script})(document.querySelector('.map-page').module, argument)", argument
        )

    def settled(self) -> None:
        """The list is there and the map has drawn what belongs to it."""
        expect(self.page.locator("[data-part=list]")).to_have_attribute("aria-busy", "false")
        self.on_map("async ({view}) => { if (!view.map.loaded() || view.map.isMoving()) await view.map.once('idle'); }")

    @property
    def query(self) -> dict[str, str]:
        """The address bar as a dictionary, without the view."""
        pairs = dict(parse_qsl(urlsplit(self.page.url).query))
        pairs.pop("view", None)
        return pairs

    @property
    def total(self) -> int:
        """The count above the list."""
        return int(re.sub(r"\D", "", self.page.locator(".list__count").inner_text() or self.page.locator("[data-part=summary]").inner_text()))

    def expect_total(self, n: int) -> None:
        """Wait for the list to say so."""
        expect(self.page.locator("#list")).to_have_attribute("data-total", str(n))

    def tallies(self) -> list[int]:
        """No position, outside their grid."""
        return [int(re.sub(r"\D", "", text)) for text in self.page.locator(".tally").all_inner_texts()]

    def drawn(self, register: str = "houses") -> int:
        """Records the map shows of a register: single ones, and those counted in circles."""
        self.settled()
        return self.on_map(
            """({view}, register) => {
              const seen = view.map.querySourceFeatures(register, {sourceLayer: register});
              const single = new Set(seen.filter((f) => f.id !== undefined).map((f) => f.id));
              const cells = new Map(seen.filter((f) => f.id === undefined).map((f) => [JSON.stringify(f.geometry), f.properties.n]));
              return single.size + [...cells.values()].reduce((a, b) => a + b, 0);
            }""",
            register,
        )

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a position is on the screen."""
        x, y = self.on_map("({view}, at) => { const p = view.map.project(at); const r = view.map.getContainer().getBoundingClientRect(); return [p.x + r.x, p.y + r.y]; }", [lon, lat])
        return x, y

    def click_at(self, lon: float, lat: float) -> None:
        """Click the map at a position."""
        self.page.mouse.click(*self.place(lon, lat))

    def look_at(self, lon: float, lat: float, zoom: float) -> None:
        """Move the map without any flight."""
        self.on_map("({view}, v) => { view.map.jumpTo({center: v.slice(0, 2), zoom: v[2]}); }", [lon, lat, zoom])
        self.settled()

    def rows(self) -> Locator:
        """Rows of the list."""
        return self.page.locator("[data-part=list] .row")


NewPerson = Callable[..., Person]
