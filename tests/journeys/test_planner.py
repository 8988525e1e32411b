"""Draw grids in a browser: by mouse, by keyboard, by two people at once; submit and approve (A9.2 to A9.6, #5)."""

from __future__ import annotations

import re
import statistics

from playwright.sync_api import expect

from tests.journeys.browser import NewPerson, Person

DESKTOP = {"viewport": {"width": 1040, "height": 640}}
"""Just wide enough to draw; a smaller map is painted sooner without a graphics card."""
WEST, EAST = "001", "002"
"""Numbers of the two grids of the first community of the small city."""
CELLS = {0: (116.30125, 39.9975), 1: (116.3043, 39.9975), 2: (116.3075, 39.9975), 3: (116.3105, 39.9975)}
"""Places in its four base units, west to east; the first two are the western grid's."""
SOUTH, NORTH = 39.9947, 40.0003
"""Just outside of them."""
COMMUNITY = "110108001001"
LOW, HIGH = 5, 15


class Planner:
    """The editor in one browser, in the words of the person at it."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def open(self, path: str) -> Planner:
        """Go to a plan and wait until it is drawn."""
        self.page.goto(self.person.address + path)
        return self.ready()

    def ready(self) -> Planner:
        expect(self.page.locator(".planner[data-ready=true]")).to_be_attached(timeout=40_000)
        return self

    def saved(self) -> None:
        """Every edit was answered and drawn."""
        expect(self.page.locator(".planner[aria-busy=false]")).to_be_attached()

    def row(self, number: str):
        return self.page.locator(".grid-row").filter(has=self.page.locator(".grid-row__number", has_text=re.compile(f"^{number}$")))

    def shows(self, number: str, *cells: int) -> None:
        """The table has a grid as the sum of its units, and no guess any more."""
        self.saved()
        households = sum(self.homes(cell) for cell in cells)
        off = f"−{LOW - households}" if households < LOW else f"+{households - HIGH}" if households > HIGH else "✓"
        expect(self.row(number).locator("td").nth(0)).to_have_text(str(households))
        expect(self.row(number).locator("td").nth(1)).to_have_text(off)
        expect(self.page.locator(".grid-row--guess")).to_have_count(0)

    def homes(self, cell: int) -> int:
        """Homes of a unit, as the page was told."""
        return self.page.evaluate("at => { const { state } = document.querySelector('.planner').module; return state.cells.get(state.index.at(at)).households; }", list(CELLS[cell]))

    def at(self, cell: int) -> tuple[float, float]:
        """Where a unit is on the screen."""
        return self.on_screen(*CELLS[cell])

    def on_screen(self, lon: float, lat: float) -> tuple[float, float]:
        x, y = self.page.evaluate(
            "at => { const m = document.querySelector('.planner').module.map.map; const p = m.project(at); const r = m.getContainer().getBoundingClientRect(); return [p.x + r.x, p.y + r.y]; }",
            [lon, lat],
        )
        return x, y

    def click(self, cell: int) -> None:
        self.page.mouse.click(*self.at(cell))

    def tool(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def draft(new_person: NewPerson, address: str) -> Planner:
    """A planner with a new draft of the first community, made through the form."""
    person = new_person(address, "planner", "/planner", **DESKTOP)
    page = person.page
    expect(page.get_by_text("没有方案")).to_be_visible()
    page.get_by_role("link", name="新建方案").click()
    page.get_by_role("combobox", name="区域").fill(COMMUNITY)
    page.get_by_label("方案名称").fill("第1社区调整")
    page.get_by_label("每格最少户数").fill(str(LOW))
    page.get_by_label("每格最多户数").fill(str(HIGH))
    page.get_by_role("button", name="打开草案").click()
    page.wait_for_url(re.compile(r"/planner/plans/\d+$"))
    return Planner(person).ready()


def paint_and_be_refused(planner: Planner) -> None:
    """Mouse: paint, undo, redo; what would tear a grid apart is refused where it happens, in words."""
    planner.row(WEST).click()
    planner.tool("笔刷划入（B）")
    planner.click(2)
    planner.shows(WEST, 0, 1, 2)
    planner.press("Control+z")
    planner.shows(WEST, 0, 1)
    planner.press("Control+y")
    planner.shows(EAST, 3)
    planner.row(EAST).click()
    planner.tool("笔刷划入（B）")
    planner.click(0)
    planner.saved()
    expect(planner.page.locator("[data-part=callout]")).to_contain_text("断成")
    planner.shows(EAST, 3)


def drag_and_merge(planner: Planner) -> None:
    """A border is dragged back, a grid merged away and taken back."""
    page = planner.page
    planner.press("d")
    (x, y), (west, _) = planner.at(3), planner.at(2)
    page.mouse.move((x + west) / 2 + 12, y)
    page.mouse.down()
    page.mouse.move(west, y, steps=8)
    page.mouse.up()
    planner.shows(WEST, 0, 1)
    planner.press("Escape", "Escape", "j")
    planner.click(0)
    planner.click(3)
    planner.shows(WEST, 0, 1, 2, 3)
    expect(page.locator(".grid-row")).to_have_count(1)
    planner.press("Control+z")
    expect(page.locator(".grid-row")).to_have_count(2)


def cut(planner: Planner) -> None:
    """A line cuts a grid in two, as the box says along blocks or between buildings everywhere; taken back."""
    page = planner.page
    planner.press("Escape", "x")
    page.get_by_label("不贴合街块，从楼栋之间切开").check()
    lon = (CELLS[0][0] + CELLS[1][0]) / 2
    page.mouse.move(*planner.on_screen(lon, NORTH))
    page.mouse.down()
    page.mouse.move(*planner.on_screen(lon, SOUTH), steps=6)
    with page.expect_request(lambda request: request.method == "POST" and "/edits" in request.url) as sent:
        page.mouse.up()
    assert sent.value.post_data_json["snap"] is False
    planner.saved()
    expect(page.locator(".grid-row")).to_have_count(3)
    planner.press("Control+z")
    expect(page.locator(".grid-row")).to_have_count(2)
    planner.press("Escape")
    expect(page.get_by_label("不贴合街块，从楼栋之间切开")).to_be_hidden()


def paint_by_keyboard(planner: Planner) -> None:
    """The eastern grid from the table, the cursor from the middle of the map to the west, a lock."""
    planner.press("Escape", "g", "ArrowDown")
    expect(planner.row(EAST)).to_have_attribute("aria-selected", "true")
    planner.press("b", "m", *["ArrowLeft"] * 4, "Space", *["ArrowLeft"] * 4, "Space")
    planner.shows(EAST, 1, 2, 3)
    planner.press("l")
    expect(planner.row(EAST).get_by_role("button", name="解除锁定网格 002")).to_have_attribute("aria-pressed", "true")


def be_late(first: Planner, second: Planner) -> None:
    """Two at once: who draws on an old version is refused, sees what was done, and has it on the screen; taken back."""
    # the second does not hear of the first one's edit before making one
    second.page.evaluate("clearInterval(document.querySelector('.planner').module.presence.timer)")
    first.row(WEST).click()
    first.press("b")
    first.click(2)
    first.shows(WEST, 0, 1, 2)
    second.row(EAST).click()
    second.press("b")
    second.click(1)
    dialog = second.page.get_by_role("dialog", name="方案已被他人改动")
    expect(dialog).to_be_visible()
    expect(dialog.locator("li")).to_have_count(1)
    dialog.get_by_role("button", name="知道了").click()
    second.shows(WEST, 0, 1, 2)
    second.person.context.close()
    first.press("Escape", "Escape", "Control+z")
    first.shows(WEST, 0, 1)


def step(person: Person, name: str, badge: str) -> None:
    """Take a step of the plan's way and see what it is then."""
    page = person.page
    page.get_by_role("tab", name="流程").click()
    page.get_by_role("button", name=name).click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator("[data-part=badge]")).to_have_text(badge)


LONG = """async () => {
  const script = document.querySelector('script[type=module]').src;
  const { RowWindow } = await import(script.replace('main.js', 'planner/row-window.js'));
  const frame = document.body.appendChild(document.createElement('div'));
  frame.tabIndex = 0;
  frame.style.cssText = 'position: fixed; inset: 100px auto auto 0; width: 300px; height: 400px; overflow: auto';
  frame.innerHTML = '<table class="table"><thead><tr><th>1</th></tr></thead><tbody></tbody></table>';
  const body = frame.querySelector('tbody');
  const row = (id) => { const tr = document.createElement('tr'); tr.dataset.grid = id; tr.tabIndex = -1; tr.insertCell().textContent = id; return tr; };
  const rows = new RowWindow(body, frame, row);
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
  const seen = () => { const { top, bottom } = frame.getBoundingClientRect(); return [...body.querySelectorAll('[data-grid]')].filter((one) => { const box = one.getBoundingClientRect(); return box.bottom > top && box.top < bottom; }).length; };
  rows.set(Array.from({ length: 2000 }, (_, id) => id));
  const found = { first: [body.rows.length < 200, seen() > 5] };
  frame.scrollTop = frame.scrollHeight / 2;
  await painted();
  found.middle = [body.rows.length < 200, seen() > 5, Math.abs(Number(body.querySelector('[data-grid]').dataset.grid) - 1000) < 120];
  rows.reveal(1999).focus();
  await painted();
  found.last = [document.activeElement.dataset.grid, document.activeElement.getAttribute('aria-rowindex'), seen() > 5];
  frame.scrollTop = 0;
  await painted();
  found.away = document.activeElement === frame;
  rows.set([7, 5]);
  found.few = [...body.rows].map((one) => one.dataset.grid);
  frame.remove();
  return found;
}"""
"""Two thousand rows in a frame of 400 pixels, by the script of the table of grids."""


def look_at_a_long_table(page) -> None:
    """A table of 2,000 rows has those in view and some around them; what is asked for is brought into view."""
    assert page.evaluate(LONG) == {
        "first": [True, True], "middle": [True, True, True], "last": ["1999", "2001", True], "away": True,
        "few": ["7", "5"],
    }  # fmt: skip


def test_planners_draw_by_mouse_and_keyboard_are_refused_at_the_place_or_when_late_and_submit(new_person: NewPerson, own_city_address: str) -> None:
    planner = draft(new_person, own_city_address)
    page, path = planner.page, planner.page.url.removeprefix(own_city_address)
    planner.shows(WEST, 0, 1)
    look_at_a_long_table(page)
    be_late(planner, Planner(new_person(own_city_address, "planner", "/about", **DESKTOP)).open(path))
    paint_and_be_refused(planner)
    drag_and_merge(planner)
    cut(planner)
    paint_by_keyboard(planner)
    page.get_by_role("tab", name="与现行对比").click()
    expect(page.locator("[data-part=panel-changes] tbody tr")).to_have_count(1)
    timings = page.evaluate("document.querySelector('.planner').module.edits.timings")
    assert len(timings) > 6 and statistics.median(t["drawn"] for t in timings) < 100

    step(planner.person, "提交审核", "待审核")
    expect(page.get_by_role("button", name="笔刷划入（B）")).to_be_disabled()
    officer = new_person(own_city_address, "officer", "/about", **DESKTOP)
    Planner(officer).open(path)
    step(officer, "批准", "已批准")
