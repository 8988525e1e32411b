"""The pages that say who lives where: find, link, end, no fixed house, undo (A2.4, A6.5, A6.7)."""

from __future__ import annotations

import re

from sqlalchemy import select

from geoapp.core.db import owner_engine
from geoapp.houses.models import House, Residence
from geoapp.people.models import Resident
from geoapp.web.factory import create_app
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.web import csrf_of, sign_in

GRID = 110108001001001
HTMX = {"HX-Request": "true"}


def client_of(username):
    return sign_in(create_app(), username)


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def housed():
    """A resident of the worker's grid who lives in a house, and their residence."""
    return read(select(Residence.__table__).where(Residence.region_key == GRID).order_by(Residence.id).limit(1))[0]


def empty_house():
    return read(select(House.__table__).where(House.region_key == GRID, House.residents == 0).order_by(House.id).limit(1))[0]


def name_of(resident_id):
    return read(select(Resident.name).where(Resident.id == resident_id))[0].name


def find(client, house_id, q, headers=None):
    token = csrf_of(client, f"/houses/{house_id}")
    return client.post(f"/houses/{house_id}/residents", data={"q": q, "csrf_token": token}, headers=headers or {})


def move(client, resident_id, house_id, since="2026-06-01"):
    """Link in two steps, as a browser does where a present residence ends."""
    url = f"/houses/{house_id}/residences/new?resident={resident_id}"
    review = send(client, url, since=since)
    action, values = form_on(review.text)
    return review, client.post(action, data=values)


def test_a65_people_are_found_by_a_part_of_their_name_or_the_whole_number(city):
    worker, house = client_of("worker"), empty_house()
    name = name_of(1)
    assert name in find(worker, house.id, "示例001").text
    assert name in find(worker, house.id, "999999 19800101 0001").text
    assert name not in find(worker, house.id, "999999198001010").text
    assert "没有找到" in find(worker, house.id, "不存在").text


def test_what_was_searched_never_stands_in_an_address(city):
    page = find(client_of("worker"), empty_house().id, "示例", HTMX).text
    assert not re.search(r'(?:href|action|hx-get|hx-post)="[^"]*(?:q=|示例|%E7%A4%BA)', page)


def test_the_wildcards_of_a_search_are_plain_signs(city):
    worker, house = client_of("worker"), empty_house()
    for q in ("%", "_", "\\", "%%%"):
        assert "没有找到" in find(worker, house.id, q).text
    for q in ("", "  ", "示\x00例", "\u202e例"):
        assert find(worker, house.id, q).status_code == 400
    assert find(worker, house.id, "长" * 41).status_code == 400


def test_people_of_another_grid_are_not_found_even_by_those_who_see_both(city):
    community, house = client_of("community"), empty_house()
    elsewhere = read(select(Resident.name).where(Resident.region_key == GRID + 1).limit(1))[0].name
    assert elsewhere not in find(community, house.id, elsewhere).text.replace(f'value="{elsewhere}"', "")


def test_a65_what_a_move_ends_is_shown_before_it_is_saved(own_city):
    worker, stay, new = client_of("worker"), housed(), empty_house()
    review, saved = move(worker, stay.resident_id, new.id)
    old = read(select(House.address).where(House.id == stay.house_id))[0].address
    assert review.status_code == 200 and "2026-05-31" in review.text and old in review.text
    assert saved.status_code == 303
    now = read(select(Residence.house_id).where(Residence.resident_id == stay.resident_id, Residence.until.is_(None)))
    assert now == [(new.id,)]
    page = worker.get(saved.location).text
    assert name_of(stay.resident_id) in page and "已登记入住" in page
    assert kept_disagreements() == []


def test_a65_the_review_alone_writes_nothing(own_city):
    worker, stay, new = client_of("worker"), housed(), empty_house()
    send(worker, f"/houses/{new.id}/residences/new?resident={stay.resident_id}", since="2026-06-01")
    assert len(read(select(Residence.id).where(Residence.resident_id == stay.resident_id))) == 1
    assert kept_disagreements() == []


def test_a65_wrong_dates_come_back_beside_their_field(own_city):
    worker, stay, new = client_of("worker"), housed(), empty_house()
    url = f"/houses/{new.id}/residences/new?resident={stay.resident_id}"
    for since in ("2999-01-01", "2019-01-01", "gestern", "", "2026-02-30"):
        for headers in ({}, HTMX):
            answer = send(worker, url, since=since, headers=headers)
            assert answer.status_code == 400 and 'id="since-error"' in answer.text


def test_co6_a_link_sent_twice_is_one_residence(own_city):
    worker, new = client_of("worker"), empty_house()
    homeless = read(select(Resident.id).where(Resident.region_key == GRID, Resident.no_house_reason.is_not(None)))[0].id
    action, values = form_on(worker.get(f"/houses/{new.id}/residences/new?resident={homeless}").text)
    answers = [worker.post(action, data=values) for _ in range(3)]
    assert {a.status_code for a in answers} == {303}
    assert len(read(select(Residence.id).where(Residence.resident_id == homeless))) == 1


def test_a67_leaving_asks_for_a_reason_of_having_no_house(own_city):
    worker, stay = client_of("worker"), housed()
    url = f"/residences/{stay.id}/end"
    refused = send(worker, url, until="2026-06-01", then="none", no_house_reason="")
    assert refused.status_code == 400 and 'id="no_house_reason-error"' in refused.text
    saved = send(worker, url, until="2026-06-01", then="none", no_house_reason="unknown_address")
    page = worker.get(saved.location).text
    assert "住址待查" in page and "没有固定住处" in page and "搬离" in page
    assert kept_disagreements() == []


def test_a67_leaving_for_another_house_goes_on_to_its_form(own_city):
    worker, stay, new = client_of("worker"), housed(), empty_house()
    url = f"/residences/{stay.id}/end"
    wrong = send(worker, url, until="2026-06-01", then="house", house_number="没有这个编号")
    assert wrong.status_code == 400 and 'id="house_number-error"' in wrong.text
    onward = send(worker, url, until="2026-06-01", then="house", house_number=new.number, end_reason="lease_ended")
    assert onward.status_code == 303
    _, values = form_on(worker.get(onward.location).text)
    assert (values["since"], values["end_reason"]) == ("2026-06-01", "lease_ended")


def test_a67_somebody_with_a_house_is_led_to_its_end_first(own_city):
    worker, stay = client_of("worker"), housed()
    assert worker.get(f"/residents/{stay.resident_id}/no-house").location == f"/residences/{stay.id}/end"
    homeless = read(select(Resident.id).where(Resident.region_key == GRID, Resident.no_house_reason.is_not(None)))[0].id
    saved = send(worker, f"/residents/{homeless}/no-house", no_house_reason="boat")
    assert saved.status_code == 303 and "以船为家" in worker.get(saved.location).text


def test_a_move_is_taken_back_and_both_stay_in_the_history(own_city):
    worker, stay, new = client_of("worker"), housed(), empty_house()
    person = f"/registers/residents/{stay.resident_id}"
    assert "/undo" not in worker.get(person).text
    move(worker, stay.resident_id, new.id)
    assert f"/residents/{stay.resident_id}/undo" in worker.get(person).text
    page = worker.get(f"/residents/{stay.resident_id}/undo").text
    assert "作废" in page and "恢复" in page
    saved = send(worker, f"/residents/{stay.resident_id}/undo")
    assert saved.status_code == 303
    after = worker.get(saved.location).text
    assert "已撤销" in after and "/undo" not in after
    assert kept_disagreements() == []


def test_a24_a_resident_shows_their_household_and_who_lives_with_them(city):
    stay = housed()
    page = client_of("worker").get(f"/registers/residents/{stay.resident_id}").text
    household, living = page.split("家庭成员")[1].split("住在这里的人")
    mates = read(select(Resident.name).where(Resident.house_id == stay.house_id))
    assert len(mates) > 1
    assert all(m.name in household and m.name in living for m in mates)


def test_d3_4_whoever_only_counts_people_opens_no_record_whether_it_exists_or_not(city):
    stay, officer = housed(), client_of("officer")
    pages = [officer.get(f"/registers/residents/{i}") for i in (stay.resident_id, 999_999_999)]
    assert {page.status_code for page in pages} == {403}
    assert name_of(stay.resident_id) not in pages[0].text
    listed = officer.get("/registers/residents").text
    assert "breakdown" in listed and name_of(stay.resident_id)[:2] not in listed


def test_no_page_shows_an_identity_number(city):
    stay, worker = housed(), client_of("worker")
    number = f"99999919800101{stay.resident_id:04d}"
    for url in (f"/registers/residents/{stay.resident_id}", f"/houses/{stay.house_id}", f"/residences/{stay.id}/end"):
        assert number not in worker.get(url).text
    assert number not in find(worker, stay.house_id, "示例").text


def test_an_empty_answer_to_any_form_is_refused_with_the_form(city):
    worker, stay = client_of("worker"), housed()
    token = csrf_of(worker, "/about")
    for url in (f"/houses/{stay.house_id}/residents", f"/residences/{stay.id}/end", f"/residents/{stay.resident_id}/no-house",
                f"/residents/{stay.resident_id}/undo"):  # fmt: skip
        for sent in ({}, {"version": "x"}):
            assert worker.post(url, data=sent | {"csrf_token": token}).status_code == 400, url
    assert worker.post(f"/houses/{stay.house_id}/residences/new", data={"csrf_token": token}).status_code == 404


def test_nothing_of_another_grid_answers(own_city):
    neighbour, stay, new = client_of("neighbour"), housed(), empty_house()
    token = csrf_of(neighbour, "/about")
    form = {"csrf_token": token, "version": "1", "since": "2026-06-01", "until": "2026-06-01", "tenure": "own",
            "end_reason": "moved_out", "then": "none", "no_house_reason": "boat", "q": "示例"}  # fmt: skip
    wanted = {
        f"/houses/{new.id}/residences/new": ("since", "tenure", "end_reason", "version", "resident"),
        f"/houses/{new.id}/residents": ("q",), f"/residences/{stay.id}/end": ("until", "end_reason", "then", "no_house_reason", "version"),
        f"/residents/{stay.resident_id}/no-house": ("no_house_reason", "version"),
        f"/residents/{stay.resident_id}/undo": ("no_house_reason", "version"),
    }  # fmt: skip
    for url, names in wanted.items():
        sent = {n: form.get(n, str(stay.resident_id)) for n in (*names, "csrf_token")}
        assert neighbour.post(url, data=sent).status_code == 404, url
    assert kept_disagreements() == []


def test_pr9_the_address_of_a_search_is_its_id_and_nothing_longer(own_city):
    worker = client_of("worker")
    form = {"csrf_token": csrf_of(worker, "/about"), "q": name_of(1)}
    kept = worker.post("/registers/residents/search", data=form).location
    assert worker.get(kept).status_code == 200
    for wrong in (f"{kept}x", kept[:-1], kept[:-22] + "x" * 22):
        assert worker.get(wrong).status_code == 400, wrong
