"""Open a file in Chromium without a network and tell what happened, as JSON.

A program of its own (`python -m tests.support.offline_page`), so that it does not meet the browser of other
tests. `open_offline` starts it and asks it again and again, each time for a page in a context of its own.
"""

from __future__ import annotations

import json
import select
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


_PROGRAMS: list[subprocess.Popen] = []
PATIENCE = 180


def open_offline(path: Path, screenshot: Path, width: int = 1440) -> dict:
    """requests and errors (console, page, dialogs), and what stands on the page. `close_offline` afterwards."""
    if not _PROGRAMS or _PROGRAMS[0].poll() is not None:
        close_offline()
        program = [sys.executable, "-m", "tests.support.offline_page"]
        _PROGRAMS.append(subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    asked, told = _PROGRAMS[0].stdin, _PROGRAMS[0].stdout
    asked.write(json.dumps([str(path), str(screenshot), width]) + "\n")
    asked.flush()
    if not select.select([told], [], [], PATIENCE)[0]:
        _PROGRAMS[0].kill()
    line = told.readline()
    assert line, f"the browser did not show {path}"
    return json.loads(line)


def close_offline() -> None:
    """End the browser, where there is one."""
    for program in _PROGRAMS:
        with program:
            program.stdin.close()
    _PROGRAMS.clear()


def _serve() -> None:
    """Open what is asked for, a line each, in a context of its own; until nobody asks any more."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for line in sys.stdin:
            path, screenshot, width = json.loads(line)
            sys.stdout.write(json.dumps(_open(browser, Path(path).resolve(), Path(screenshot), width)) + "\n")
            sys.stdout.flush()
        browser.close()


def _open(browser, path: Path, screenshot: Path, width: int) -> dict:
    requests: list[str] = []
    errors: list[str] = []
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
    context.close()
    return {**found, "requests": requests[1:], "errors": errors}


def _hover(page) -> str:
    """The tooltip of the first thing drawn, as text."""
    if not page.locator(HOVER).count():
        return ""
    page.locator(HOVER).last.dispatch_event("mouseover")
    page.wait_for_timeout(200)
    return page.locator(".leaflet-tooltip").first.inner_text()


if __name__ == "__main__":
    _serve()
