"""The map page by hand: one query, and list, count and map that agree (B7, D4.1, A19)."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.factories import city_plan as plan
from tests.journeys.browser import NewPerson, Person
from tests.journeys.conftest import PHONE

GRIDS = plan.grids()
BUILDINGS = plan.buildings(GRIDS)
HOUSES = plan.houses(GRIDS, BUILDINGS)
LET = [house for house in HOUSES if house["status"] == 3] if "status" in HOUSES[0] else [h for h in HOUSES if h["rental"]]
CITY = (116.318, 39.995, 13.1)
"""Longitude, latitude and zoom from which the whole city is seen, as counts."""


def located(houses: list[dict]) -> list[dict]:
    """Those with a position."""
    return [house for house in houses if house["geom"] is not None]


def test_sign_in_shows_tree_list_and_map_of_ones_own_area(new_person: NewPerson, city_address: str) -> None:
    person = new_person(city_address)
    person.sign_in("director")
    person.page.wait_for_url("**/map**")
    person.wait_for_map()
    person.expect_total(len(HOUSES))
    assert person.tallies() == [sum(h["placed"] == 0 for h in HOUSES), sum(h["placed"] == 2 for h in HOUSES)]
    tree = person.page.get_by_role("tree")
    expect(tree.get_by_role("treeitem", name="海甸区")).to_be_visible()
    expect(person.page.get_by_role("link", name="OpenStreetMap contributors")).to_have_attribute("href", "https://www.openstreetmap.org/copyright")
    expect(person.page.locator("#panel-layers").get_by_text("无数据区域")).to_be_attached()
    person.look_at(*CITY)
    assert person.drawn() == len(located(HOUSES))


def test_a_worker_sees_their_grid_and_a_link_shows_it_within_their_rights(new_person: NewPerson, city_address: str) -> None:
    worker = new_person(city_address, "worker", "/map?view=116.318,39.995,13.1")
    own = [h for h in HOUSES if h["region_key"] == GRIDS[0].key]
    worker.expect_total(len(own))
    assert worker.drawn() == len(located(own))
    worker.open("/map?rental=true&view=116.318,39.995,13.1")
    worker.expect_total(sum(h["rental"] for h in own))


def test_a_filter_changes_list_count_and_map_together(director: Person) -> None:
    director.look_at(*CITY)
    director.page.keyboard.press("f")
    form = director.page.locator("#filter-drawer form")
    form.get_by_text("出租", exact=True).click()
    form.get_by_role("button", name="应用").click()
    director.expect_total(len(LET))
    assert director.query == {"status": "3"}
    assert director.drawn() == len(located(LET))
    director.page.locator(".chip__remove").click()
    director.expect_total(len(HOUSES))
    assert director.query == {}


def test_back_and_forward_bring_list_and_map_back(director: Person) -> None:
    director.look_at(*CITY)
    director.page.locator(".tally--none").click()
    director.expect_total(sum(h["placed"] == 0 for h in HOUSES))
    assert director.drawn() == 0
    director.page.go_back()
    director.expect_total(len(HOUSES))
    assert director.drawn() == len(located(HOUSES))
    director.page.go_forward()
    director.expect_total(sum(h["placed"] == 0 for h in HOUSES))


def test_the_tree_is_walked_by_keyboard_and_its_region_asked_for(director: Person) -> None:
    page = director.page
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("treeitem", name="海甸区")).to_be_focused()
    page.keyboard.press("ArrowRight")
    street = page.get_by_role("treeitem", name="燕南园街道")
    expect(street).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(street).to_be_focused()
    page.keyboard.press("Enter")
    inside = [h for h in HOUSES if str(h["region_key"]).startswith("110108001")]
    director.expect_total(len(inside))
    expect(street).to_have_attribute("aria-selected", "true")
    expect(page.locator(".list__sentence")).to_contain_text("燕南园街道")
    assert director.drawn() == len(located(inside))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem", name="海甸区")).to_be_focused()


def test_a_polygon_is_drawn_with_the_mouse(director: Person) -> None:
    square = GRIDS[0].square
    w, s, e, n = square.buffer(-0.0004).bounds
    director.look_at(*square.centroid.coords[0], 15)
    director.page.keyboard.press("p")
    expect(director.page.locator("[data-part=draw-hint]")).to_be_visible()
    for corner in ((w, s), (e, s), (e, n), (w, n)):
        director.page.mouse.move(*director.place(*corner))
        director.click_at(*corner)
    expect(director.page.locator("[data-part=draw-measure]")).to_contain_text("平方公里")
    director.page.keyboard.press("Enter")
    expect(director.page.locator("[data-part=drawbar]")).to_be_hidden()
    inside = [h for h in located(HOUSES) if w < h["geom"].x < e and s < h["geom"].y < n]
    director.expect_total(len(inside))
    assert re.fullmatch(r"[0-9a-f]{16}", director.query["area"])
    assert director.drawn() == len(inside)
    director.page.keyboard.press("x")
    director.expect_total(len(HOUSES))


def test_a_polygon_that_crosses_itself_says_where_and_can_be_mended(director: Person) -> None:
    x, y = GRIDS[0].square.centroid.coords[0]
    d = 0.001
    director.look_at(x, y, 15)
    director.page.keyboard.press("p")
    expect(director.page.locator("[data-part=draw-hint]")).to_be_visible()
    for corner in ((x - d, y - d), (x + d, y + d), (x + d, y - d), (x - d, y + d)):
        director.click_at(*corner)
    director.page.keyboard.press("Enter")
    expect(director.page.locator("[data-part=draw-hint]")).to_contain_text("相交")
    faults = director.on_map("({view}) => view.overlay.shapes.features.filter((f) => f.properties.fault).map((f) => f.geometry.coordinates)")
    assert len(faults) == 1
    assert abs(faults[0][0] - x) < d / 4
    assert "area" not in director.query
    director.page.keyboard.press("Backspace")
    director.page.keyboard.press("Enter")
    expect(director.page.locator("[data-part=drawbar]")).to_be_hidden()
    assert "area" in director.query


def test_a_circle_shows_its_metres_and_selects_by_them(director: Person) -> None:
    house = next(h for h in HOUSES if h["geom"] is not None)["geom"]
    director.look_at(house.x, house.y, 16)
    director.page.keyboard.press("c")
    expect(director.page.locator("[data-part=draw-hint]")).to_be_visible()
    x, y = director.place(house.x, house.y)
    director.page.mouse.click(x, y)
    director.page.mouse.move(x + 60, y, steps=4)
    expect(director.page.locator("[data-part=draw-measure]")).to_contain_text("米")
    director.page.mouse.click(x + 60, y)
    expect(director.page.locator("[data-part=drawbar]")).to_be_hidden()
    lon, lat, metres = map(float, director.query["circle"].split(","))
    assert abs(lon - house.x) < 1e-4
    assert abs(lat - house.y) < 1e-4
    # 60 pixels of 512-pixel tiles at zoom 16
    assert metres == pytest.approx(60 * 40_075_016 * 0.766 / 2**25, rel=0.02)
    assert director.total >= 6
    assert director.drawn() == director.total


def test_in_this_view_follows_the_map(director: Person) -> None:
    director.look_at(*CITY)
    director.page.keyboard.press("v")
    director.expect_total(len(located(HOUSES)))
    square = GRIDS[0].square
    director.look_at(*square.centroid.coords[0], 16.5)
    w, s, e, n = map(float, director.query["bbox"].split(","))
    director.expect_total(sum(w < h["geom"].x < e and s < h["geom"].y < n for h in located(HOUSES)))
    director.page.keyboard.press("v")
    director.expect_total(len(HOUSES))


def test_hover_and_selection_are_linked_both_ways(director: Person) -> None:
    house = next(h for h in sorted(HOUSES, key=lambda h: h["number"]) if h["geom"] is not None)
    director.look_at(house["geom"].x, house["geom"].y, 19)
    state = "({view}, id) => view.map.getFeatureState({source: 'houses', sourceLayer: 'houses', id})"
    row = director.page.locator(f".row[data-id='{house['id']}']")
    row.hover()
    assert director.on_map(state, house["id"]).get("hover") is True
    director.page.mouse.move(*director.place(house["geom"].x + 0.0004, house["geom"].y + 0.0004))
    assert director.on_map(state, house["id"]).get("hover") is False
    director.page.mouse.move(*director.place(house["geom"].x, house["geom"].y), steps=3)
    expect(row).to_have_class(re.compile("is-hover"))
    director.click_at(house["geom"].x, house["geom"].y)
    expect(row).to_have_class(re.compile("is-selected"))
    assert director.query["selected"] == f"houses:{house['id']}"
    expect(director.page.locator("[data-part=detail-slot]")).to_contain_text(house["number"])


def test_a_tap_on_a_building_opens_it(director: Person) -> None:
    director.page.locator("[data-register-choice=buildings]").click()
    director.expect_total(len(BUILDINGS))
    building = BUILDINGS[0]
    corner = building["geom"].bounds
    director.look_at(*building["geom"].centroid.coords[0], 18)
    director.click_at(corner[0] + 0.00003, corner[1] + 0.00003)
    expect(director.page.locator("[data-part=detail-slot] h2")).to_contain_text("1号楼")
    assert director.query == {"register": "buildings", "selected": "buildings:1"}


def test_a_region_is_picked_on_the_map(director: Person) -> None:
    director.look_at(*GRIDS[3].square.centroid.coords[0], 15)
    director.page.keyboard.press("g")
    director.click_at(*GRIDS[3].square.centroid.coords[0])
    director.expect_total(sum(h["region_key"] == GRIDS[3].key for h in HOUSES))
    assert director.query == {"region": GRIDS[3].code}


def test_everything_by_keyboard_alone(new_person: NewPerson, city_address: str) -> None:
    person = new_person(city_address)
    page = person.page
    page.goto(f"{city_address}/sign-in")
    page.keyboard.type("director")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse 42")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map**")
    person.wait_for_map()
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    first, second = person.rows().nth(0).locator(".row__link"), person.rows().nth(1).locator(".row__link")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=detail-slot] h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(second).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("第2网格")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".list__sentence")).to_contain_text("第2网格")
    circle_by_coordinates(person)


def circle_by_coordinates(person: Person) -> None:
    """The way of drawing that needs no pointer."""
    page = person.page
    point = next(h for h in HOUSES if h["geom"] is not None)["geom"]
    page.locator("[data-action=clear-region]").press("Enter")
    person.expect_total(len(HOUSES))
    page.locator("[data-opens=coordinates]").press("Enter")
    dialog = page.get_by_role("dialog", name="按坐标选择")
    dialog.get_by_label("经度").fill("200")
    dialog.get_by_role("button", name="应用").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("经度")
    dialog.get_by_label("经度").fill(str(point.x))
    dialog.get_by_label("纬度").fill(str(point.y))
    dialog.get_by_label("距离").fill("60")
    dialog.get_by_role("button", name="应用").press("Enter")
    person.expect_total(6)
    assert person.query["circle"].endswith(",60")


def test_the_same_page_in_english(director: Person) -> None:
    director.page.locator("[data-module=language-switch]").click()
    director.wait_for_map()
    expect(director.page.locator("html")).to_have_attribute("lang", "en")
    assert director.query["lang"] == "en"
    expect(director.page.locator("[data-action=filter]")).to_have_text("Filter")
    expect(director.page.locator("[data-module=language-switch]")).to_have_attribute("aria-label", "切换到中文")
    frame = ".topbar__menu, .listbar, .panel__head, .tools, .layers, .sheet__tabs, .list__head, .keys, #coordinates, #messages, #map-messages"
    words = director.page.locator(frame).evaluate_all("parts => parts.map((part) => part.textContent)")
    assert re.findall(r"[\u4e00-\u9fff]+", " ".join(words)) == []
    labels = director.page.locator(".listbar [aria-label], .tools [aria-label], dialog [aria-label], .map-page > [aria-label]")
    said = labels.evaluate_all("parts => parts.map((part) => part.getAttribute('aria-label'))")
    assert re.findall(r"[\u4e00-\u9fff]+", " ".join(said)) == []


def test_on_a_phone_the_sheet_carries_list_tree_and_record(new_person: NewPerson, city_address: str) -> None:
    person = new_person(city_address, "director", "/map?view=116.318,39.995,13.1", **PHONE)
    page, sheet = person.page, person.page.locator("[data-part=sheet]")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator("[data-part=summary]")).to_contain_text(str(len(HOUSES)))
    peek = sheet.bounding_box()["height"]
    page.locator("[data-part=handle]").tap()
    expect(page.locator(".map-page")).to_have_attribute("data-snap", "half")
    person.rows().first.locator(".row__link").tap()
    expect(page.locator("[data-part=detail-slot] h2")).to_be_visible()
    page.locator("[data-action=close-detail]").tap()
    page.locator("#tab-regions").tap()
    expect(page.get_by_role("treeitem", name="海甸区")).to_be_visible()
    drag_to_bottom(person)
    expect(page.locator(".map-page")).to_have_attribute("data-snap", "peek")
    expect(sheet).to_have_css("height", f"{peek}px")
    for button in page.locator(".tools .btn:visible, .tab").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 40


def drag_to_bottom(person: Person) -> None:
    """Pull the sheet down by its handle."""
    box = person.page.locator("[data-part=handle]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    person.page.mouse.move(x, y)
    person.page.mouse.down()
    person.page.mouse.move(x, 800, steps=6)
    person.page.mouse.up()


def test_an_expired_session_leads_back_to_the_same_view(director: Person) -> None:
    director.page.locator(".tally--outside").click()
    outside = sum(h["placed"] == 2 for h in HOUSES)
    director.expect_total(outside)
    director.context.clear_cookies()
    director.page.locator("[data-register-choice=sites]").click()
    director.page.wait_for_url(re.compile("/sign-in.*register%3Dsites"))
    director.page.go_back()
    director.page.wait_for_url(re.compile("/sign-in.*position%3Doutside"))
    director.page.fill("#name", "director")
    director.page.fill("#password", "correct horse 42")
    director.page.click(".sign-in__form button[type=submit]")
    director.page.wait_for_url("**/map?position=outside**")
    director.expect_total(outside)


def test_without_a_network_the_page_says_so_and_recovers(director: Person) -> None:
    director.context.set_offline(True)
    expect(director.page.locator("[data-part=banner]")).to_contain_text("无法连接服务器")
    director.page.locator(".tally--none").click()
    expect(director.page.locator("[data-part=list]").get_by_role("alert")).to_contain_text("网络已断开")
    director.context.set_offline(False)
    director.expect_total(sum(h["placed"] == 0 for h in HOUSES))


def test_a_link_without_a_view_looks_at_what_it_asks_for(new_person: NewPerson, city_address: str) -> None:
    grid = GRIDS[0]
    person = new_person(city_address, "director", f"/map?region={grid.code}")
    person.settled()
    west, south, east, north = person.on_map("({view}) => view.box()")
    w, s, e, n = grid.square.bounds
    assert west < w < e < east
    assert south < s < n < north
    assert east - west < 8 * (e - w)
    assert person.drawn() == len(located([h for h in HOUSES if h["region_key"] == grid.key]))


def test_a_wrong_address_is_named_and_changes_nothing_else(director: Person) -> None:
    director.page.goto(f"{director.address}/map?storeyz=3")
    expect(director.page.locator("[data-part=list]").get_by_role("alert")).to_contain_text("storeyz")
    expect(director.page.get_by_role("tree")).to_be_visible()


def test_the_file_holds_the_rows_of_the_list(director: Person) -> None:
    director.page.keyboard.press("f")
    form = director.page.locator("#filter-drawer form")
    form.get_by_text("出租", exact=True).click()
    form.get_by_role("button", name="应用").click()
    director.expect_total(len(LET))
    director.page.locator("[data-part=exports] summary").click()
    with director.page.expect_download() as waiting:
        director.page.locator("[data-format=csv]").click()
    text = waiting.value.path().read_text("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text)) if any(h["number"] in row for h in LET)]
    assert len(rows) == len(LET)


def test_wall_and_dark_are_kept_in_this_browser(director: Person) -> None:
    director.page.locator(".topbar summary[aria-label=显示主题]").click()
    director.page.locator("[data-theme-choice=wall]").click()
    html = director.page.locator("html")
    expect(html).to_have_attribute("data-theme", "wall")
    expect(director.page.locator("#panel-list")).to_be_hidden()
    expect(director.page.locator("[data-part=wall-count]")).to_contain_text(str(len(HOUSES)))
    expect(director.page.locator(".topbar__updated")).to_contain_text("数据更新于")
    expect(director.page.locator("[data-part=attribution]")).to_be_visible()
    director.open("/map")
    expect(html).to_have_attribute("data-theme", "wall")
