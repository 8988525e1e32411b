"""From tapping "save" on a phone to the saved record on its screen (#4): a real Chromium, 390 pixels wide.

Everybody else rests: one worker, the real server, no emulated network. The aim is the median of each form.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Connection, text

from bench import server
from bench.alike import person
from bench.place import City, run, say
from geoapp.accounts.actions import open_session
from geoapp.core.db import owner_transaction
from geoapp.people.numbers import check_digit

LIMIT = 1_000.0
"""Milliseconds."""
TIMES, QUICK_TIMES = 30, 5
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "zh-CN"}
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class Saved:
    """Milliseconds from the tap to the record, of so many saves of one form."""

    title: str
    p50: float
    p95: float
    saves: int

    @property
    def reached(self) -> bool:
        return self.p50 < LIMIT


Form = Callable[[Page, str, int], float]
"""Opens, fills in and sends the form of a turn at an address; the milliseconds from the tap on."""


def measure_phone(city: City, quick: bool = False) -> list[Saved]:
    """Each form so many times. Raises RuntimeError without a Chromium."""
    say("  saving on a phone")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("no Chromium on this machine")
    told = json.loads(run([sys.executable, "-m", "bench.phone"], city.environment))
    times = QUICK_TIMES if quick else TIMES
    with server.ours(replace(city, session=told["worker"])) as (running, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        context = browser.new_context(**PHONE)
        origin = f"http://127.0.0.1:{running.port}"
        context.add_cookies([{"name": server.COOKIE, "value": told["worker"], "url": origin}])
        page = context.new_page()
        found = [_times(title, form, page, origin, times) for title, form in _forms(told["houses"]).items()]
        browser.close()
    return found


def _times(title: str, form: Form, page: Page, origin: str, times: int) -> Saved:
    form(page, origin, -1)
    spent = sorted(form(page, origin, turn) for turn in range(times))
    return Saved(title, statistics.median(spent), spent[int(len(spent) * 0.95)], len(spent))


def _forms(houses: list[int]) -> dict[str, Form]:
    def resident(page: Page, origin: str, turn: int) -> float:
        house = houses[turn % len(houses)]
        page.goto(f"{origin}/residents/new?house={house}")
        name = f"测例{'甲乙丙丁戊己庚辛壬癸'[turn % 10]}"
        page.get_by_text("流动人口", exact=True).click()
        page.fill("[name=id_number]", _number())
        page.fill("[name=name]", name)
        return _tap(page, "登记", f"**/registers/houses/{house}", ".person__name")

    def house(page: Page, origin: str, turn: int) -> float:
        number = houses[turn % len(houses)]
        page.goto(f"{origin}/houses/{number}/edit")
        page.fill("[name=address]", f"示例路{random.randrange(10**6)}号")
        return _tap(page, "保存", f"**/registers/houses/{number}", ".detail__title")

    return {"a resident is added at the door": resident, "a house is corrected": house}


def _tap(page: Page, button: str, address: str, shown: str) -> float:
    """Milliseconds from the tap until the record is on the screen."""
    start = time.perf_counter()
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(address)
    page.locator(shown).first.wait_for(state="visible")
    return (time.perf_counter() - start) * 1000


def _number() -> str:
    body = f"999900{random.randrange(1950, 2000)}0228{random.randrange(1000):03d}"
    return body + check_digit(body)


def prepare(connection: Connection) -> dict[str, object]:
    """A worker of one grid and houses there."""
    query = text("SELECT region_key FROM house GROUP BY 1 HAVING count(*) > 30 ORDER BY 1 LIMIT 1")
    key = connection.scalar(query)
    houses = connection.scalars(
        text("SELECT id FROM house WHERE region_key = :key ORDER BY id LIMIT 30"), {"key": key}
    ).all()
    worker = person(connection, "bench-phone", "grid_worker", str(key))
    return {"worker": open_session(connection, worker, "bench"), "houses": list(houses)}


def rows(measured: list[Saved]) -> Iterator[tuple[str, ...]]:
    """Lines of the table."""
    for one in measured:
        figures = (f"{one.p50:.0f}", f"{one.p95:.0f}", str(one.saves))
        yield one.title, *figures, f"p50 < {LIMIT:g}: {'reached' if one.reached else 'MISSED'}"


if __name__ == "__main__":
    with owner_transaction() as transaction:
        print(json.dumps(prepare(transaction)))
