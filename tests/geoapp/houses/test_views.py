"""Pages and forms of buildings and houses, as browsers ask for them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from geoapp.core.db import owner_engine
from geoapp.core.settings import get_settings
from geoapp.houses.models import Building, House, HouseNumber
from geoapp.web.factory import create_app
from layers.registry import all_registers
from tests.factories import city_plan as plan
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import sign_in

HTMX = {"HX-Request": "true"}


def client_of(username):
    return open_client(get_settings().database_name, username)


@lru_cache(maxsize=16)
def open_client(_database, username):
    """Signing in costs a second on a busy machine, so each database has one client of a user."""
    return sign_in(create_app(), username)


def row(house_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(House.__table__).where(House.id == house_id)).one()


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# -- the building ----------------------------------------------------------------------------


def test_a_building_shows_its_units_storeys_from_top_to_bottom(city):
    page = client_of("worker").get("/buildings/1").text
    rows = re.findall(r'<tr role="row">(.*?)</tr>', page, re.S)
    storeys = [re.search(r'scope="row">(-?\d+)', r)[1] for r in rows]
    rooms = [re.findall(r'unit__room">([^<]+)', r) for r in rows]
    assert storeys == ["3", "2", "1"]
    assert rooms == [["301", "302"], ["201", "202"], ["101", "102"]]


@pytest.mark.parametrize("url", ["/buildings/1", "/houses/2"])
def test_the_own_address_and_the_registers_address_show_the_same(city, url):
    worker = client_of("worker")
    def plain(page):
        return re.sub(r'name="form_token" value="\w+"', "", page)
    assert plain(worker.get(url, headers=HTMX).text) == plain(worker.get(f"/registers{url}", headers=HTMX).text)


def test_htmx_gets_the_record_alone_and_others_the_page(city):
    worker = client_of("worker")
    page, part = worker.get("/houses/2").text, worker.get("/houses/2", headers=HTMX).text
    assert page.lstrip().startswith("<!doctype html>")
    assert part.strip().startswith("<article") and part.strip().endswith("</article>")


def test_d3_4_numbers_of_residents_are_for_those_with_person_rights(city):
    for username, sees in (("worker", True), ("officer", False), ("director", False), ("planner", False)):
        page = client_of(username).get("/buildings/1").text
        assert ("居住人数" in page) is sees
        assert ("unit__n" in page) is sees


def test_d3_4_nobody_is_tied_to_a_unit_without_person_rights(city):
    """A mask and an address together are a person, and how many live in a house is a small count."""
    house = next(h for h in city.houses if row(h).residents and row(h).region_key == int(city.grids[0]))
    name = re.compile(r"示例\d{3}")
    assert name.search(client_of("worker").get(f"/houses/{house}").text)
    officer = client_of("officer").get(f"/houses/{house}").text
    for page in (officer, client_of("director").get(f"/houses/{house}").text):
        assert not name.search(page) and "person__name" not in page
        assert "户主" not in page and "H0000" not in page and "年生" not in page


def test_status_is_told_by_word_and_shape(city):
    page = client_of("planner").get("/buildings/1").text
    for entry in all_registers()["houses"].legend:
        assert re.search(rf"#shape-{entry.shape}\"></use></svg>(<[^>]+>)?{entry.label}", page), entry


def test_only_those_who_may_write_are_offered_forms(city):
    assert "/houses/new?building=1" in client_of("worker").get("/buildings/1").text
    assert "/houses/new" not in client_of("officer").get("/buildings/1").text
    assert "/edit" not in client_of("officer").get("/houses/2").text


def test_houses_without_a_storey_stand_apart(own_city):
    with owner_engine().begin() as connection:
        connection.execute(House.__table__.update().where(House.id == 1).values(storey=None))
    page = client_of("worker").get("/buildings/1").text
    apart = page.split("entrance--apart")[1]
    assert 'href="/houses/1"' in apart and 'href="/houses/2"' not in apart


def test_a_building_without_houses_says_so_and_offers_to_add_one(own_city):
    with owner_engine().begin() as connection:
        connection.execute(House.__table__.update().where(House.building_id == 1).values(building_id=None))
    assert "这栋楼还没有登记房屋" in client_of("worker").get("/buildings/1").text


def test_english_pages_have_no_error(city):
    worker = sign_in(create_app(), "worker")  # a client of its own: the language stays with it
    for url in ("/buildings/1", "/houses/2", "/houses/new?building=1", "/houses/2/edit"):
        page = worker.get(f"{url}{'&' if '?' in url else '?'}lang=en")
        assert page.status_code == 200 and '<html lang="en">' in page.text


@pytest.mark.parametrize("url", ["/buildings/3", "/houses/99", "/houses/99/edit", "/houses/new?building=3",
                                 "/buildings/999999", "/houses/99999999999999999999999/edit"])  # fmt: skip
def test_what_is_out_of_scope_is_not_found(city, url):
    assert client_of("worker").get(url).status_code == 404


# -- add -------------------------------------------------------------------------------------


def test_a66_a_house_is_added_with_the_offered_number(own_city):
    worker = client_of("worker")
    _, values = form_on(worker.get("/houses/new?building=1&entrance=1&storey=2").text)
    assert re.fullmatch(r"\d{25}", values["number"])
    answer = send(worker, "/houses/new?building=1&entrance=1&storey=2", address="示例路1号203室", room="203")
    assert answer.status_code == 303
    page = worker.get(answer.location).text
    assert "示例路1号203室" in page and values["number"] in page and "已登记" in page
    assert "203" in worker.get("/buildings/1").text
    assert kept_disagreements() == []


def test_c3_the_second_house_of_a_building_shares_the_first_19_digits(own_city):
    with owner_engine().begin() as connection:
        for table in (House, HouseNumber):
            connection.execute(table.__table__.update().values(number="甲" + table.number))
    worker = client_of("worker")
    first = form_on(worker.get("/houses/new?building=1&entrance=1&storey=2").text)[1]["number"]
    send(worker, "/houses/new?building=1&entrance=1&storey=2", room="203")
    second = form_on(worker.get("/houses/new?building=1&entrance=1&storey=3").text)[1]["number"]
    other = form_on(worker.get("/houses/new?building=2&entrance=1&storey=3").text)[1]["number"]
    assert second[:19] == first[:19] != other[:19]
    assert (first[-6:], second[-6:]) == ("010201", "010301")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": " "}, "number"), ({"address": ""}, "address"), ({"storey": "0"}, "storey"),
        ({"storey": "三"}, "storey"), ({"area_m2": "NaN"}, "area_m2"), ({"use": "castle"}, "use"),
        ({"entrance": "1e9"}, "entrance"), ({"region": ""}, "region"), ({"region": "9" * 30}, "region"),
    ],
)  # fmt: skip
def test_a66_wrong_fields_are_named_and_all_that_was_typed_is_kept(city, changes, field):
    worker = client_of("worker")
    for headers in ({}, HTMX):
        answer = send(worker, "/houses/new?building=1", headers=headers, **({"room": "特别的室"} | changes))
        assert answer.status_code == 400
        assert re.search(rf'id="{field}-error"|href="#{field}"', answer.text)
        assert "特别的室" in answer.text and "data-autofocus" in answer.text


def test_a64_a_number_in_use_is_refused_with_a_link_to_its_holder(city):
    worker, taken = client_of("worker"), row(1).number
    answer = send(worker, "/houses/new?building=1", number=taken, address="原样保留")
    assert answer.status_code == 409
    assert 'href="/houses/1"' in answer.text and "已被使用" in answer.text and "原样保留" in answer.text


def test_a64_a_holder_out_of_scope_is_not_linked(city):
    elsewhere = next(h for h in plan.houses(plan.grids(), plan.buildings(plan.grids())) if h["county_code"] == "110105")
    answer = send(client_of("worker"), "/houses/new?building=1", number=elsewhere["number"])
    assert answer.status_code == 409 and "已被使用" in answer.text
    assert f'/houses/{elsewhere["id"]}"' not in answer.text and elsewhere["address"] not in answer.text


def test_a62_several_grids_are_a_choice(own_city):
    community = client_of("community")
    page = community.get("/houses/new").text
    assert page.count("<option") >= 3 and "请选择网格" in page
    assert send(community, "/houses/new", region="110108001001002", number="自编-1", address="路1号").status_code == 303


def test_a62_a_grid_of_somebody_else_is_404(city):
    answer = send(client_of("worker"), "/houses/new?building=1", region="110108001001002", building="")
    assert answer.status_code == 404


def test_az11_a_field_the_form_does_not_have_is_refused(city):
    worker = client_of("worker")
    for name in ("origin", "residents", "status", "county_code", "updated_at", "geom"):
        answer = send(worker, "/houses/1/edit", **{name: "1"})
        assert answer.status_code == 400 and name in answer.text
    assert row(1).version == 1


def test_an_empty_answer_to_any_form_is_refused_with_the_form(city):
    worker = client_of("worker")
    token = form_on(worker.get("/houses/1/edit").text)[1]["csrf_token"]
    for url in ("/houses/new", "/houses/1/edit", "/houses/1/number", "/houses/1/position", "/houses/1/confirm"):
        for sent in ({}, {"version": "x"}, {"version": ""}):
            answer = worker.post(url, data=sent | {"csrf_token": token})
            assert answer.status_code == 400 and 'role="alert"' in answer.text, (url, sent)
    assert row(1).version == 1


# -- change ----------------------------------------------------------------------------------


def test_a_correction_is_saved_and_shown(own_city):
    worker = client_of("worker")
    answer = send(worker, "/houses/1/edit", address="更正后的地址", use="office", area_m2="88.5")
    assert answer.status_code == 303
    page = text_of(worker.get(answer.location).text)
    assert "更正后的地址" in page and "88.5" in page and "Worker" in page
    assert row(1).use == "office"


def test_beside_the_map_the_answer_leads_to_the_record_and_says_what_was_done(own_city):
    worker = client_of("worker")
    beside = HTMX | {"HX-Current-URL": "http://localhost/map?register=houses"}
    answer = send(worker, "/houses/1/edit", headers=beside, address="更正后的地址")
    assert (answer.status_code, answer.headers["HX-Location"]) == (204, "/registers/houses/1")
    assert unquote(answer.headers["X-Said"]) == "更正已保存。"
    assert "更正已保存" not in worker.get("/houses/1").text
    alone = HTMX | {"HX-Current-URL": "http://localhost/houses/1"}
    answer = send(worker, "/houses/1/edit", headers=alone, address="再次更正")
    assert answer.headers["HX-Location"] == "/registers/houses/1" and "X-Said" not in answer.headers
    assert "更正已保存" in worker.get("/houses/1").text


def test_co4_a_stale_form_shows_both_values_and_loses_none(own_city):
    worker, colleague = client_of("worker"), client_of("community")
    action, values = form_on(worker.get("/houses/1/edit").text)
    assert send(colleague, "/houses/1/edit", address="同事写的地址").status_code == 303
    answer = worker.post(action, data=values | {"address": "我写的地址"})
    assert answer.status_code == 409
    assert "同事写的地址" in answer.text and answer.text.count("我写的地址") == 2 and "Community" in answer.text
    assert row(1).address == "同事写的地址"
    action, again = form_on(answer.text)
    assert worker.post(action, data=again).status_code == 303
    assert row(1).address == "我写的地址"


def test_co6_the_same_form_twice_is_one_effect_and_two_good_answers(own_city):
    worker = client_of("worker")
    action, values = form_on(worker.get("/houses/1/edit").text)
    first = worker.post(action, data=values | {"address": "一次"})
    second = worker.post(action, data=values | {"address": "一次"})
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, "/registers/houses/1")
    assert row(1).version == 2


def test_a64_the_number_is_changed_on_its_own(own_city):
    worker = client_of("worker")
    assert send(worker, "/houses/1/number", number=row(2).number).status_code == 409
    assert send(worker, "/houses/1/number", number=row(1).number).status_code == 400
    assert send(worker, "/houses/1/number", number="新编号 １").status_code == 303
    assert row(1).number == "新编号 1"


def test_a_point_outside_the_grid_is_saved_with_a_warning(own_city):
    community = client_of("community")
    lon, lat = plan.WEST + plan.WIDE + 0.001, plan.NORTH - 0.001
    answer = send(community, "/houses/1/position", lon=str(lon), lat=str(lat))
    page = community.get(answer.location).text
    assert "在所属网格之外" in page and "第2网格" in page and "在网格外" in page
    assert row(1).placed == 2
    assert kept_disagreements() == []


@pytest.mark.parametrize("point", [{"lon": "39.9", "lat": "116"}, {"lon": "nan"}, {"lat": ""}, {"lon": "东"}, {"lat": "1e999"}])
def test_a_point_that_is_none_is_refused(city, point):
    assert send(client_of("worker"), "/houses/1/position", **point).status_code == 400
    assert row(1).version == 1


def test_a611_one_press_confirms_a_house(own_city):
    worker = client_of("worker")
    assert row(4).status == 0
    assert send(worker, "/houses/4").status_code == 303
    assert row(4).status == 1
    assert "核实" in worker.get("/houses/4").text


def test_the_log_shows_fields_and_who_but_no_values(own_city):
    worker = client_of("worker")
    send(worker, "/houses/1/edit", address="秘密的新地址")
    send(worker, "/houses/1/edit", address="后来的地址")
    page = worker.get("/houses/1").text
    assert "秘密的新地址" not in page
    assert "房屋地址" in page.split('class="log"')[1] and "Worker" in page.split('class="log"')[1]


def test_a_building_of_a_whole_community_asks_for_the_grid(own_city):
    with owner_engine().begin() as connection:
        connection.execute(Building.__table__.update().where(Building.id == 1).values(region_key=110108001001000))
    assert "请选择网格" in client_of("community").get("/houses/new?building=1").text
