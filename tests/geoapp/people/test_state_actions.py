"""States of residents in the database: nothing half done, all of it taken back (A3.3, A3.4, A3.8, A18 (9), AZ-13)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from geoapp.changes.actions import StaleForm
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.households.models import Household
from geoapp.houses.models import House, Residence
from geoapp.people import correcting, state_actions
from geoapp.people.correcting import Corrections
from geoapp.people.identity import Told, check_told
from geoapp.people.models import Resident
from geoapp.people.name_tokens import name_token
from geoapp.people.numbers import read_number
from geoapp.people.registering import Home, NumberOnRegister, WasOnRegister, add_person
from geoapp.people.steps import KEPT
from tests.support.kept import kept_disagreements
from tests.support.people import number_of, told

GRID, NEXT_GRID = 110108001001001, 110108001001002
DAY = date(2026, 6, 1)


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def person(resident_id):
    return read(select(Resident.__table__).where(Resident.id == resident_id))[0]


def empty_house(region=GRID):
    return read(select(House.id).where(House.region_key == region, House.residents == 0, House.placed == 1).order_by(House.id))[0].id


def add(access, region=GRID, home=None, **facts):
    with write(access) as work:
        home = home or Home(empty_house(region), DAY)
        return add_person(work, region, check_told(told(**facts), today()), home)


def do(access, action, resident_id, *args):
    with write(access) as work:
        return action(work, resident_id, person(resident_id).version, *args)


def stays(resident_id):
    columns = (Residence.house_id, Residence.since, Residence.until, Residence.end_reason)
    return [tuple(r) for r in read(select(*columns).where(Residence.resident_id == resident_id).order_by(Residence.id))]


def kept_columns(resident_id):
    row = person(resident_id)
    return {name: getattr(row, name) for name in KEPT}


def tokens(resident_id):
    return {r.region_key for r in read(select(name_token.c.region_key).where(name_token.c.resident_id == resident_id))}


def household_of(resident_id, access_region=GRID):
    with owner_engine().begin() as connection:
        values = {"county_code": "110108", "region_key": access_region, "number": f"T{resident_id}", "head_id": resident_id, "origin": "entered"}
        found = connection.execute(Household.__table__.insert().values(values).returning(Household.id)).scalar_one()
        connection.execute(Resident.__table__.update().where(Resident.id == resident_id).values(household_id=found, relation="head"))
    return found


def test_a34_off_the_register_taken_back_and_brought_back(own_city):
    worker = own_city.access("worker")
    who = add(worker)
    house, household = person(who).house_id, household_of(who)
    before = kept_columns(who)
    do(worker, state_actions.deregister, who, "moved_away", date(2026, 7, 1))
    row = person(who)
    assert (row.state, row.state_reason, row.state_date, row.house_id, row.household_id) == (
        "deregistered", "moved_away", date(2026, 7, 1), None, None)  # fmt: skip
    assert stays(who) == [(house, DAY, date(2026, 7, 1), "deregistered")]
    assert read(select(House.residents).where(House.id == house)) == [(0,)]
    assert read(select(Household.head_id).where(Household.id == household)) == [(None,)]
    assert do(worker, state_actions.take_back, who) == "deregister"
    assert kept_columns(who) == before and stays(who) == [(house, DAY, None, None)]
    assert read(select(Household.head_id).where(Household.id == household)) == [(who,)]
    with pytest.raises(Conflict):
        do(worker, state_actions.take_back, who)
    do(worker, state_actions.deregister, who, "died", today())
    do(worker, state_actions.reinstate, who, Home(no_house_reason="other"))
    assert (person(who).state, person(who).state_reason, person(who).no_house_reason) == ("active", None, "other")
    do(worker, state_actions.take_back, who)
    assert person(who).state == "deregistered"
    do(worker, state_actions.reinstate, who, Home(house, today()))
    assert (person(who).house_id, person(who).no_house_reason) == (house, None)
    do(worker, state_actions.take_back, who)
    assert (person(who).state, stays(who)[-1][1:]) == ("deregistered", (today(), today(), "correction"))
    assert kept_disagreements() == []


def test_a34_a_number_taken_meanwhile_keeps_the_older_record_off(own_city):
    worker = own_city.access("worker")
    first = add(worker)
    do(worker, state_actions.deregister, first, "moved_away", today())
    with pytest.raises(WasOnRegister) as gone:
        add(worker)
    assert gone.value.holder_id == first
    second = add(worker, number=number_of(order=3))
    do(worker, correcting.correct, second, Corrections(Told("", "乙例秋", id_number=number_of())))
    for action, args in ((state_actions.reinstate, (Home(no_house_reason="other"),)), (state_actions.take_back, ())):
        with pytest.raises(NumberOnRegister) as taken:
            do(worker, action, first, *args)
        assert taken.value.holder_id == second


def test_a38_an_unregistered_person_settles(own_city):
    worker = own_city.access("worker")
    who = add(worker, type="unregistered", unregistered_reason="papers_held", phone="10012345678")
    house, number = person(who).house_id, read_number("citizen", number_of(), today())
    for wrong in (date(2026, 5, 31), today() + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            do(worker, state_actions.settle, who, number, wrong)
    with pytest.raises(InvalidInput):
        do(worker, state_actions.settle, who, read_number("citizen", number_of(order=2), today()), DAY)
    year_known = add(worker, number="", type="unregistered", unregistered_reason="newborn", id_kind="none", sex="M", birth_date=date(1990, 2, 28), home=Home(no_house_reason="other"))
    with owner_engine().begin() as connection:
        connection.execute(Resident.__table__.update().where(Resident.id == year_known).values(birth_date_enc=None, birth_year=1990))
    with pytest.raises(InvalidInput):
        do(worker, state_actions.settle, year_known, read_number("citizen", number_of("19910228", 9), today()), DAY)
    assert do(worker, state_actions.settle, year_known, read_number("citizen", number_of("19900301", 9), today()), DAY)
    new = do(worker, state_actions.settle, who, number, date(2026, 8, 1))
    old, now = person(who), person(new)
    assert (old.state, old.state_reason, old.state_date, old.type) == ("deregistered", "settled", date(2026, 8, 1), "unregistered")
    assert (now.state, now.type, now.house_id, now.region_key, now.unregistered_reason) == ("active", "registered", house, GRID, None)
    assert decrypt(bytes(now.id_enc), f"resident.id_number.{new}") == number_of()
    assert decrypt(bytes(now.phone_enc), f"resident.phone.{new}") == "10012345678"
    assert stays(new) == [(house, date(2026, 8, 1), None, None)]
    do(worker, state_actions.take_back, who)
    assert (person(who).state, person(who).house_id, person(new).state, person(new).state_reason) == ("active", house, "deregistered", "correction")
    assert read(select(House.residents).where(House.id == house)) == [(1,)]
    with pytest.raises(Conflict):
        do(worker, state_actions.settle, add(worker, number=number_of(order=5), home=Home(no_house_reason="other")), number, DAY)
    assert kept_disagreements() == []


def test_az13_a_move_to_another_grid_leaves_nothing_to_the_old_one(own_city):
    community, worker, neighbour = (own_city.access(name) for name in ("community", "worker", "neighbour"))
    who, target = add(worker, name="迁例春", phone="10012345678"), empty_house(NEXT_GRID)
    household = household_of(who)
    with pytest.raises(NotFound):
        do(worker, state_actions.move, who, NEXT_GRID, Home(no_house_reason="other"))
    new = do(community, state_actions.move, who, NEXT_GRID, Home(target, date(2026, 9, 1)))
    old, now = person(who), person(new)
    assert (old.state, old.state_reason, old.household_id) == ("deregistered", "moved_grid", None)
    assert (now.state, now.region_key, now.name, now.house_id) == ("active", NEXT_GRID, "迁例春", target)
    assert decrypt(bytes(now.id_enc), f"resident.id_number.{new}") == number_of()
    assert (tokens(who), tokens(new)) == (set(), {NEXT_GRID})
    assert read(select(Household.head_id).where(Household.id == household)) == [(None,)]
    for access, resident_id in ((worker, new), (worker, who), (neighbour, who), (community, who)):
        with pytest.raises((NotFound, Conflict)):
            do(access, state_actions.reinstate, resident_id, Home(no_house_reason="other"))
    before = person(new).version
    do(community, state_actions.take_back, who)
    assert (person(who).state, person(new).state, person(new).version) == ("active", "deregistered", before + 1)
    assert (tokens(who), tokens(new)) == ({GRID}, set())
    assert kept_disagreements() == []


def test_a33_another_type_leaves_the_police_household_and_is_taken_back(own_city):
    worker = own_city.access("worker")
    who = add(worker)
    household_of(who)
    before = kept_columns(who)
    do(worker, state_actions.change_type, who, Told("floating", "", registered_place="河北省"))
    row = person(who)
    assert (row.type, row.registered_place, row.household_id) == ("floating", "河北省", None)
    do(worker, state_actions.take_back, who)
    assert kept_columns(who) == before
    with pytest.raises(InvalidInput):
        do(worker, state_actions.change_type, who, Told("overseas", "", overseas_kind="foreigner"))
    assert kept_disagreements() == []


def test_steps_are_forgotten_after_their_minutes(own_city):
    worker = own_city.access("worker")
    first, second = add(worker), add(worker, number=number_of(order=3), home=Home(no_house_reason="other"))
    do(worker, state_actions.deregister, first, "died", today())
    with owner_engine().begin() as connection:
        connection.execute(text("UPDATE resident_step SET at = at - interval '601 seconds'"))
    with pytest.raises(Conflict):
        do(worker, state_actions.take_back, first)
    do(worker, state_actions.deregister, second, "died", today())
    assert read(text("SELECT resident_id FROM resident_step")) == [(second,)]


def test_a32_a28_corrections_write_what_was_typed_and_nothing_else(own_city):
    worker = own_city.access("worker")
    who = add(worker, phone="10012345678")
    same = Corrections(Told("", "甲例春"))
    assert do(worker, correcting.correct, who, same) == []
    stamp = person(who).checked_at
    assert do(worker, correcting.correct, who, Corrections(Told("", "乙例秋", phone="10087654321"))) == ["name", "phone"]
    row = person(who)
    assert row.name == "乙例秋" and row.checked_at > stamp
    assert decrypt(bytes(row.id_enc), f"resident.id_number.{who}") == number_of()
    assert decrypt(bytes(row.phone_enc), f"resident.phone.{who}") == "10087654321"
    for wrong in (Told("", "乙例秋", sex="F"), Told("", "乙例秋", id_kind="passport"), Told("", "", id_number="***4")):
        with pytest.raises(InvalidInput):
            do(worker, correcting.correct, who, Corrections(wrong))
    assert do(worker, correcting.correct, who, Corrections(Told("", "乙例秋", id_number=number_of("19900301", 2)))) == ["number", "sex", "birth_date"]
    assert person(who).sex == "F"
    with pytest.raises(StaleForm), write(worker) as work:
        correcting.confirm(work, who, 1)
    do(worker, correcting.confirm, who)
    assert kept_disagreements() == []
