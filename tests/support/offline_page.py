"""Open a file in Chromium without a network and tell what happened, as JSON.

A program of its own (`python -m tests.support.offline_page FILE SCREENSHOT`), so that it does not
meet the browser of other tests. `open_offline` runs it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

READ = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  text: document.body.innerText,
  points: [...document.querySelectorAll('.leaflet-marker-pane .point')].length,
  areas: document.querySelectorAll('path.data').length,
  ground: [...document.querySelectorAll('path.base')].map((path) => path.getAttribute('class')),
  borders: document.querySelectorAll('path.border').length,
  names: [...document.querySelectorAll('.place')].map((place) => place.innerText),
  injected: document.querySelectorAll('img, [onerror], [onclick]').length,
  wide: document.documentElement.scrollWidth - window.innerWidth,
})"""
HOVER = ".leaflet-marker-pane .point, path.data"


def open_offline(path: Path, screenshot: Path, width: int = 1440) -> dict:
    """requests and errors (console, page, dialogs), and what stands on the page."""
    program = [sys.executable, "-m", "tests.support.offline_page", str(path), str(screenshot), str(width)]
    found = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(found.stdout)


def _open(path: Path, screenshot: Path, width: int) -> dict:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    requests: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: (errors.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        page.wait_for_selector(".leaflet-map-pane", state="attached")
        page.wait_for_timeout(400)
        found = page.evaluate(READ)
        found["tooltip"] = _hover(page)
        page.screenshot(path=screenshot)
        found["printed"] = len(page.pdf(prefer_css_page_size=True))
        browser.close()
    return {**found, "requests": requests[1:], "errors": errors}


def _hover(page) -> str:
    """The tooltip of the first thing drawn, as text."""
    if not page.locator(HOVER).count():
        return ""
    page.locator(HOVER).last.dispatch_event("mouseover")
    page.wait_for_timeout(200)
    return page.locator(".leaflet-tooltip").first.inner_text()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_open(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), int(sys.argv[3]))))
