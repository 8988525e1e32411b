"""Residents put on the register: grid level, unique, housed or not, nothing told of other grids (A3, A6.6, A6.7, AZ-14)."""

from __future__ import annotations

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from geoapp.changes.models import RecordChange
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import owner_engine
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.houses.models import House, Residence
from geoapp.messages.models import Message
from geoapp.people.doubles import tell_doubles
from geoapp.people.identity import check_told
from geoapp.people.models import Resident, number_check
from geoapp.people.name_tokens import name_token
from geoapp.people.registering import Home, NumberOnRegister, add_person
from geoapp.web.factory import create_app
from tests.support.forms import form_on
from tests.support.kept import kept_disagreements
from tests.support.people import number_of, told
from tests.support.web import sign_in

GRID, NEXT_GRID, COMMUNITY = 110108001001001, 110108001001002, 110108001001000
NONE = Home(no_house_reason="other")


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def add(access, region=GRID, home=NONE, **facts):
    with write(access) as work:
        return add_person(work, region, check_told(told(**facts), today()), home)


def person(resident_id):
    return read(select(Resident.__table__).where(Resident.id == resident_id))[0]


def empty_house(region=GRID):
    return read(select(House.__table__).where(House.region_key == region, House.residents == 0, House.placed == 1).order_by(House.id))[0]


def test_a31_a32_a66_somebody_is_added_and_housed(own_city):
    worker, house = own_city.access("worker"), empty_house()
    who = add(worker, home=Home(house.id, date(2026, 6, 1), "rent"), name="王", phone="10012345678")
    row = person(who)
    assert (row.name, row.sex, row.type, row.region_key, row.house_id, row.no_house_reason, row.placed) == (
        "王", "M", "registered", GRID, house.id, None, 1)  # fmt: skip
    assert decrypt(bytes(row.id_enc), f"resident.id_number.{who}") == number_of()
    assert decrypt(bytes(row.phone_enc), f"resident.phone.{who}") == "10012345678"
    assert row.origin == "entered" and row.checked_at is not None
    stays = read(select(Residence.house_id, Residence.since, Residence.until, Residence.tenure).where(Residence.resident_id == who))
    assert stays == [(house.id, date(2026, 6, 1), None, "rent")]
    assert read(select(func.count()).select_from(name_token).where(name_token.c.resident_id == who, name_token.c.region_key == GRID))[0][0] > 0
    logged = read(select(RecordChange.action, RecordChange.fields).where(RecordChange.record_id == who, RecordChange.register == "residents"))
    assert logged[0].action == "create" and "id_number" in logged[0].fields
    assert kept_disagreements() == []


def test_a31_only_in_a_grid_of_ones_own(own_city):
    worker, community = own_city.access("worker"), own_city.access("community")
    with pytest.raises(InvalidInput):
        add(community, region=COMMUNITY)
    for region in (NEXT_GRID, 999999999999999, 0):
        with pytest.raises(NotFound):
            add(worker, region=region)


def test_a66_a67_a_house_or_a_reason_and_not_both(own_city):
    worker, house = own_city.access("worker"), empty_house()
    for home in (Home(), Home(house.id, no_house_reason="other"), Home(no_house_reason="unheard_of"), Home(house.id, date(2099, 1, 1))):
        with pytest.raises(InvalidInput):
            add(worker, home=home)
    with pytest.raises(InvalidInput):
        add(own_city.access("community"), home=Home(empty_house(NEXT_GRID).id))
    assert read(select(func.count()).select_from(Resident).where(Resident.name == "甲例春"))[0][0] == 0


def test_a32_a_number_is_once_in_a_grid_in_either_form_and_may_be_in_another(own_city):
    community = own_city.access("community")
    first = add(community, number="11010519491231002X")
    for number in ("11010519491231002x", "110105491231002"):
        with pytest.raises(NumberOnRegister) as taken:
            add(community, name="别名", number=number)
        assert taken.value.holder_id == first
    assert add(community, region=NEXT_GRID, number="11010519491231002X") != first


def test_co3_of_many_who_add_one_number_one_succeeds(own_city):
    """CO-3: 100 at once; one record, 99 clear conflicts that name it, and nothing else."""
    worker, identity = own_city.access("worker"), check_told(told(), today())

    def try_it(_):
        try:
            with write(worker) as work:
                return add_person(work, GRID, identity, NONE)
        except NumberOnRegister as taken:
            return taken

    with ThreadPoolExecutor(40) as pool:  # as many as have a connection
        answers = list(pool.map(try_it, range(100)))
    (winner,) = [a for a in answers if isinstance(a, int)]
    assert [a.holder_id for a in answers if isinstance(a, NumberOnRegister)] == [winner] * 99


def test_co3_co6_requests_at_once_and_one_form_sent_twice(own_city):
    """One number in eight forms: one is saved, seven are told whose it is. One form eight times: one record."""
    app, house = create_app(), empty_house()
    clients = [sign_in(app, "worker") for _ in range(4)]
    action, values = form_on(clients[0].get(f"/residents/new?house={house.id}").text)
    tokens = [form_on(client.get(f"/residents/new?house={house.id}").text)[1]["csrf_token"] for client in clients]

    def send(i, number, form_token):
        more = {"csrf_token": tokens[i % 4], "form_token": form_token, "type": "registered", "id_number": number, "name": "甲例春"}
        return clients[i % 4].post(action, data=values | more)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: send(i, number_of(), f"co3{i}"), range(8)))
        again = list(pool.map(lambda i: send(i, number_of(order=3), "co6"), range(8)))
    assert sorted(a.status_code for a in answers) == [303, *[409] * 7]
    assert all("查看使用该号码的居民" in a.text and "甲例春" in a.text for a in answers if a.status_code == 409)
    assert [a.status_code for a in again] == [303] * 8
    assert read(select(func.count()).select_from(Resident).where(Resident.name == "甲例春"))[0][0] == 2
    over = send(0, number_of(order=5), "co6")
    assert over.status_code == 409 and number_of(order=5) in over.text, "a draft written over is told from what was saved"
    _, fresh = form_on(over.text)
    assert fresh["form_token"] != "co6" and send(0, number_of(order=5), fresh["form_token"]).status_code == 303
    assert read(select(func.count()).select_from(Resident).where(Resident.name == "甲例春"))[0][0] == 3
    assert read(select(House.residents).where(House.id == house.id)) == [(3,)]


def bare(answer):
    """An answer without what differs from one to the next: ids, tokens."""
    return answer.status_code, re.sub(rb"[0-9a-f]{16,}|\d+", b"", answer.data), re.sub(r"\d+", "", answer.headers["Location"])


def test_az14_a_number_of_another_grid_answers_like_one_that_is_nowhere(own_city):
    """Same status, same bytes, same time; the supervisors of both sides are told, of their own record each."""
    elsewhere = [add(own_city.access("neighbour"), region=NEXT_GRID, name="邻例", number=number_of("19700101", n)) for n in range(1, 16, 2)]
    tell_doubles()
    assert read(select(Message)) == []
    worker = sign_in(create_app(), "worker")
    action, values = form_on(worker.get(f"/residents/new?region={GRID}").text)
    values |= {"type": "floating", "no_house_reason": "other", "name": "甲例春"}
    answers, seconds = {True: [], False: []}, {True: [], False: []}
    for n in range(1, 16, 2):
        for known, born in ((True, "19700101"), (False, "19700102")):
            begin = time.perf_counter()
            answer = worker.post(action, data=values | {"form_token": f"az{known}{n}", "id_number": number_of(born, n)})
            seconds[known].append(time.perf_counter() - begin)
            answers[known].append(bare(answer))
    assert set(answers[True]) == set(answers[False]) and len(set(answers[True])) == 1
    assert answers[True][0][0] == 303
    one, other = statistics.median(seconds[True]), statistics.median(seconds[False])
    assert abs(one - other) < max(0.3 * other, 0.02), (one, other)
    assert read(select(Message)) == [], "nothing is looked for inside the request"
    assert tell_doubles() == 16
    told_of = read(select(Message.user_id, Message.facts, Message.url))
    assert {m.user_id for m in told_of} == {own_city.users["community"]}
    own = [r.id for r in read(select(Resident.id).where(Resident.name == "甲例春").order_by(Resident.id))][::2]
    assert {int(m.url.rsplit("/", 1)[1]) for m in told_of} == {*elsewhere, *own}
    assert all("9999" not in str(m.facts) and "例" not in str(m.facts) for m in told_of)
    assert read(select(number_check)) == []
    page = worker.get("/messages").text
    assert "证件号码" not in page


def test_az14_a_worker_sees_no_way_to_the_other_record(own_city):
    add(own_city.access("neighbour"), region=NEXT_GRID, name="邻例")
    worker = sign_in(create_app(), "worker")
    own = add(own_city.access("worker"))
    tell_doubles()
    page = worker.get(f"/registers/residents/{own}").text
    assert "邻例" not in page and str(NEXT_GRID) not in page
