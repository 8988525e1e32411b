"""A served small city and people at browsers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from geoapp.core.settings import Settings
from tests.factories.city import fill_small_city
from tests.journeys.browser import NewPerson, Person
from tests.support.cluster import Databases
from tests.support.server import served

CHROMIUM = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--no-first-run",
)  # fmt: skip
DESK = {"width": 1000, "height": 700}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey drives a browser."""
    for item in items:
        if "tests/journeys" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def city_address(city_settings: Settings) -> Iterator[str]:
    """Address of a server on the shared small city: journeys that only read."""
    with served(city_settings) as address:
        yield address


@pytest.fixture
def own_city_address(databases: Databases) -> Iterator[str]:
    """Address of a server on a small city of the test's own: journeys that write."""
    settings = databases.fresh("small_city", fill_small_city)
    with served(settings) as address:
        yield address
    databases.drop(settings)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium of the machine for all journeys of this worker."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("no Chromium on this machine: run make test, or install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_sessions() -> dict[tuple[str, str], object]:
    """Cookies of who signed in at which server: the form is filled in once for each."""
    return {}


@pytest.fixture
def new_person(chromium: Browser, open_sessions: dict) -> Iterator[NewPerson]:
    """Make people at browsers; at the end no page may have reported a fault.

    Faults are errors and warnings of the console (a breach of the content policy is one), errors
    of scripts, answers of 500 and more, and any request to another host.
    """
    people: list[Person] = []

    def make(address: str, name: str | None = None, path: str = "/map", **options: object) -> Person:
        defaults = {"viewport": DESK, "locale": "zh-CN", "reduced_motion": "reduce", "accept_downloads": True}
        state = open_sessions.get((address, name or ""))
        context = chromium.new_context(**{**defaults, "storage_state": state, **options})
        context.set_default_timeout(30_000)
        person = Person(context, context.new_page(), address)
        people.append(person)
        if name and not state:
            person.sign_in(name, then="/about").page.wait_for_url("**/about")
            open_sessions[address, name] = context.storage_state()
        if name:
            person.open(path)
        return person

    yield make
    faults = [fault for person in people for fault in person.faults]
    for person in people:
        person.context.close()
    assert faults == []


@pytest.fixture
def director(new_person: NewPerson, city_address: str) -> Person:
    """The city's director before the map of the shared small city."""
    return new_person(city_address, "director")
