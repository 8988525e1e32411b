"""Households in the database and on their pages (A2.4, A3.10 to A3.13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, text

from geoapp.audit.models import AuditEvent
from geoapp.changes.actions import StaleForm
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.households import actions
from geoapp.households.models import Household, Membership
from geoapp.people import state_actions
from geoapp.people.identity import check_told
from geoapp.people.models import Resident
from geoapp.people.reads import MOST_FOUND, read_candidates
from geoapp.people.registering import Home, add_person
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.support.forms import form_on, send
from tests.support.kept import kept_disagreements
from tests.support.people import number_of, told
from tests.support.web import sign_in

GRID = 110108001001001


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def person(resident_id):
    return read(select(Resident.__table__).where(Resident.id == resident_id))[0]


def home(household_id):
    return read(select(Household.__table__).where(Household.id == household_id))[0]


def add(access, order, **facts):
    with write(access) as work:
        who = check_told(told(number=number_of(order=order), **facts), today())
        return add_person(work, GRID, who, Home(no_house_reason="other"))


def enter(access, who, number="户1", kind="hukou", relation="head"):
    with write(access) as work:
        return actions.enter(work, who, person(who).version, kind, number, relation)


def do(access, action, household_id, *args):
    with write(access) as work:
        return action(work, household_id, home(household_id).version, *args)


def past(household_id):
    return [(r.resident_id, r.until is not None) for r in read(select(Membership).where(Membership.household_id == household_id).order_by(Membership.id))]


def families_on():
    with owner_engine().begin() as connection:
        connection.execute(text("INSERT INTO module (key, is_on, changed_at) VALUES ('family', true, now())"))


def candidates(access, kind, household_id):
    with begin(access) as connection:
        return {p.id for p in read_candidates(connection, access, kind, household_id, GRID, "zh")}


def test_a310_a311_a312_a_police_household_from_its_first_member_to_its_end(own_city):
    worker, neighbour = own_city.access("worker"), own_city.access("neighbour")
    one, two, floating = add(worker, 1), add(worker, 3, name="乙例秋"), add(worker, 5, type="floating")
    found = enter(worker, one)
    assert (home(found).number, home(found).head_id, home(found).kind, person(one).relation) == ("户1", one, "hukou", "head")
    assert two in candidates(worker, "hukou", found) and not {one, floating} & candidates(worker, "hukou", found)
    with pytest.raises(InvalidInput):
        do(worker, actions.add_member, found, floating, "child")
    with pytest.raises(InvalidInput):
        do(worker, actions.add_member, found, two, "head")
    do(worker, actions.add_member, found, two, "spouse")
    with pytest.raises(InvalidInput):
        do(worker, actions.add_member, found, two, "spouse")
    do(worker, actions.change_head, found, two)
    assert (home(found).head_id, person(two).relation, person(one).relation) == (two, "head", "unrelated")
    other = enter(worker, add(worker, 7), "户2")
    with pytest.raises(actions.NumberTaken) as taken:
        do(worker, actions.renumber, found, "户2")
    assert taken.value.holder_id == other
    do(worker, actions.renumber, found, "户3")
    do(worker, actions.add_member, other, two, "child")
    assert (home(found).head_id, person(two).household_id) == (None, other)
    for wrong in (lambda: do(worker, actions.delete_empty, found, "mistaken"), lambda: do(neighbour, actions.delete_empty, found, "mistaken")):
        with pytest.raises((Conflict, NotFound)):
            wrong()
    with pytest.raises(StaleForm), write(worker) as work:
        actions.renumber(work, found, 1, "户9")
    do(worker, actions.remove_member, found, one)
    with pytest.raises(InvalidInput):
        do(worker, actions.remove_member, found, one)
    assert past(found) == [(one, True), (two, True)] and past(other)[1:] == [(two, False)]
    do(worker, actions.delete_empty, found, "mistaken")
    assert read(select(Household).where(Household.id == found)) == []
    assert read(select(AuditEvent.reason).order_by(AuditEvent.at.desc()).limit(1)) == [("mistaken",)], "A17: with reason and time"
    assert past(found) == [(one, True), (two, True)], "history is kept"
    assert kept_disagreements() == []


def test_a311_a28_relations_are_corrected_and_a_household_that_loses_its_head_is_a_changed_one(own_city):
    worker = own_city.access("worker")
    one, two, three = add(worker, 1), add(worker, 3, name="乙例秋"), add(worker, 5, name="丙例冬")
    found, other = enter(worker, one), enter(worker, three, "户2")
    enter(worker, two, relation="spouse")
    do(worker, actions.relate, found, two, "sibling")
    assert person(two).relation == "sibling"
    assert read(select(Membership.relation).where(Membership.resident_id == two)) == [("sibling",)]
    for who, relation in ((two, "head"), (one, "child"), (three, "child"), (two, "cousin")):
        with pytest.raises(InvalidInput):
            do(worker, actions.relate, found, who, relation)
    before = home(found)
    enter(worker, one, "户2", relation="child")
    after = home(found)
    assert (after.head_id, after.version) == (None, before.version + 1) and after.updated_at > before.updated_at
    with pytest.raises(StaleForm), write(worker) as work:
        actions.renumber(work, found, before.version, "户9")
    enter(worker, one, relation="head")
    for turn in range(4):  # two heads change places at one moment
        gate, numbers = Barrier(2), ("户2", "户1") if turn % 2 == 0 else ("户1", "户2")

        def go(who, number, gate=gate):
            gate.wait()
            enter(worker, who, number, relation="unrelated")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(go, (one, three), numbers))
        for who in (one, three):
            do(worker, actions.change_head, person(who).household_id, who)
    assert {home(found).head_id, home(other).head_id} == {one, three} and kept_disagreements() == []


def test_a313_a_local_family_is_of_all_residents_and_beside_the_police_one(own_city):
    worker = own_city.access("worker")
    one, two = add(worker, 1), add(worker, 3, name="乙例秋", type="floating")
    with pytest.raises(InvalidInput):
        enter(worker, two, "家1", "family")
    families_on()
    book, family = enter(worker, one, "1"), enter(worker, one, "1", "family")
    assert (person(one).household_id, person(one).family_id) == (book, family)
    assert two in candidates(worker, "family", family) and one not in candidates(worker, "family", family)
    do(worker, actions.add_member, family, two, "spouse")
    with pytest.raises(InvalidInput):
        enter(worker, two, "家2", "family")
    assert (person(two).family_id, person(two).family_relation, person(two).household_id) == (family, "spouse", None)


def test_a34_who_leaves_the_register_leaves_both_and_is_a_member_again_when_that_is_taken_back(own_city):
    worker = own_city.access("worker")
    families_on()
    one = add(worker, 1)
    book, family = enter(worker, one, "1"), enter(worker, one, "1", "family")
    with write(worker) as work:
        state_actions.deregister(work, one, person(one).version, "moved_away", today())
    assert (person(one).household_id, person(one).family_id, home(book).head_id) == (None, None, None)
    do(worker, actions.delete_empty, family, "mistaken")
    with write(worker) as work:
        state_actions.take_back(work, one, person(one).version)
    row = person(one)
    assert (row.household_id, row.relation, row.family_id, home(book).head_id) == (book, "head", None, one)
    assert past(book) == [(one, True), (one, False)]


def test_a_household_on_pages_and_for_nobody_else(own_city):
    app = create_app()
    worker, neighbour, director = (sign_in(app, name) for name in ("worker", "neighbour", "director"))
    one = add(own_city.access("worker"), 1)
    two = add(own_city.access("worker"), 3, name="乙例秋")
    entered = send(worker, f"/residents/{one}/household", number="户1", relation="head")
    address = entered.headers["Location"]
    assert entered.status_code == 303 and "甲例春" in worker.get(address).text
    assert address in worker.get(f"/registers/residents/{one}").text
    offer = worker.get(f"{address}/members/new").text
    assert "乙例秋" in offer and offer.count('type="radio" name="resident"') == MOST_FOUND and "请在其居民页面" in offer
    added = send(worker, f"{address}/members/new", resident=two, relation="spouse")
    assert added.headers["Location"] == address and "配偶" in worker.get(address).text
    assert send(worker, f"{address}/members/relation", resident=two, relation="sibling").headers["Location"] == address
    assert send(worker, f"{address}/members/relation", resident=two, relation="head").status_code == 400
    action, values = form_on(worker.get(f"{address}/head").text)
    assert worker.post(action, data=values | {"resident": two}).status_code == 303
    assert worker.post(action, data=values | {"form_token": "other", "resident": one}).status_code == 409
    assert send(worker, f"{address}/delete", reason="moved_away").status_code == 409
    for member in (one, two):
        assert send(worker, f"{address}/members/remove", resident=member).status_code == 303
    assert send(worker, f"{address}/number", number="户7").status_code == 303
    page = worker.get(address).text
    assert "户7" in page and "以前的成员" in page and "乙例秋" in page
    for path in (address, f"{address}/members/new", f"{address}/number", f"/residents/{one}/household"):
        assert neighbour.get(path).status_code == director.get(path).status_code == 404
    assert send(worker, f"{address}/delete", reason="moved_away").status_code == 303
    assert worker.get(address).status_code == 404
