"""Taking claims back, after what else was done with their record (A8.9; A17; peers B1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import Conflict, Forbidden
from geoapp.households.models import Household
from geoapp.importing import claiming, codes, merging
from geoapp.importing.targets import TARGETS
from geoapp.people import state_actions
from geoapp.people.models import Resident
from geoapp.programmes.actions import enrol, enrolment
from grids_boundaries.access import begin
from tests.geoapp.importing.test_claim_by_hand import count, undone
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, people, row, staged
from tests.support.people import number_of

resident, household = table_of(Resident), table_of(Household)


def merged(city, row_id, record_id, *take):
    with write(city.access("worker")) as work:
        held = work.find(resident, record_id)
        return merging.merge(work, row_id, (row(row_id).version, held.version), held.id, take)


def refused(city, row_id):
    with pytest.raises(Conflict) as said:
        undone(city, row_id)
    return said.value.message("zh")


def test_a89_a_record_two_rows_were_claimed_as_goes_with_the_last_of_them(own_city):
    first, passive = staged(own_city, "residents", *({**PLAIN, "name": "甲一", "id_number": number(1)},) * 2)
    assert claimed(own_city, [first, passive]).claimed == [first]
    later, late = staged(own_city, "residents", *({**PLAIN, "name": "甲一", "id_number": number(1)},) * 2)
    assert claimed(own_city, [later]).failed == {later: "duplicate"}
    assert merged(own_city, later, row(first).target_id) == []
    assert "撤销那一行" in refused(own_city, first)
    undone(own_city, later)
    assert [row(one).state for one in (first, passive, later, late)] == [
        codes.CLAIMED, codes.CLAIMED_ALONG, codes.UNCLAIMED, codes.UNCLAIMED_AGAIN,
    ], "what came along with another claim stays with it"  # fmt: skip
    assert "撤销那一行" in refused(own_city, passive)
    undone(own_city, first)
    assert people(name="甲一", state="active") == 0
    assert claimed(own_city, [first, later]).along == [passive, later, late]


def test_a813_merges_one_after_the_other_are_taken_back_from_the_last_one_on(own_city):
    one, two, three = staged(own_city, "residents", *(
        {**PLAIN, "name": name, "id_number": number(1), "phone": phone}
        for name, phone in (("甲一", "13800138001"), ("甲二", "13800138002"), ("甲三", "13800138003"))
    ))  # fmt: skip
    assert claimed(own_city, [one]).claimed == [one]
    record = row(one).target_id
    assert merged(own_city, two, record, "name", "phone") == ["name", "phone"]
    assert merged(own_city, three, record, "name") == ["name"]
    for early in (one, two):
        assert refused(own_city, early)
    for last, left in ((three, "甲二"), (two, "甲一")):
        undone(own_city, last)
        assert people(name=left, state="active") == 1
    undone(own_city, one)
    assert people(id=record, state="active") == 0
    assert [row(number).state for number in (one, two, three)] == [codes.UNCLAIMED] * 3


def test_a17_who_was_served_or_enrolled_since_stays_and_what_their_age_opened_goes(own_city):
    old = number_of(born="19400101")
    home = {"household_number": "0017", "relation": "户主"}
    aged, plain, again = staged(
        own_city, "residents", {**PLAIN, "name": "老某", "id_number": old, **home},
        {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "乙二", "id_number": number(2)},
    )  # fmt: skip
    assert claimed(own_city, [aged, plain, again]).failed == {}
    theirs = (enrolment.c.resident_id == row(aged).target_id, enrolment.c.released_at.is_(None))
    assert count(enrolment, *theirs) == 1, "at this age somebody is in a programme at once (A5.3)"
    undone(own_city, aged)
    assert count(enrolment, *theirs) == 0
    assert count(household, household.c.number == "0017", household.c.head_id.is_not(None)) == 0
    assert claimed(own_city, [aged]).claimed == [aged], "and can be head of that household again"
    assert count(enrolment, enrolment.c.resident_id == row(aged).target_id, enrolment.c.released_at.is_(None)) == 1

    with write(own_city.access("community")) as work:
        enrol(work, row(plain).target_id, "hardship", today(), {"reason": "medical"})
    assert "不能撤销" in refused(own_city, plain)
    assert people(name="甲一", state="active") == 1
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO service_record (county_code, id, region_key, team_id, team_name, kind, service, served_on, members, people, recorder_id)"
            " SELECT county_code, 7001, region_key, 1, '-', 'residents', 'visit', now(), '{1}', 1, 1 FROM resident WHERE id = :id"
        ), {"id": row(again).target_id})  # fmt: skip
        connection.execute(text(
            "INSERT INTO service_recipient (county_code, region_key, record_id, resident_id, kind, served_on)"
            " SELECT county_code, region_key, 7001, id, 'residents', now() FROM resident WHERE id = :id"
        ), {"id": row(again).target_id})  # fmt: skip
    assert "不能撤销" in refused(own_city, again)
    with write(own_city.access("worker")) as work:
        one = work.find(resident, row(aged).target_id)
        state_actions.deregister(work, one.id, one.version, "moved_away", today())
    assert "改动" in refused(own_city, aged)


def test_a813_who_may_not_write_a_register_takes_nothing_back_and_completes_nothing(own_city):
    (one, bare) = staged(own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "乙二"})
    assert claimed(own_city, [one]).claimed == [one]
    access = own_city.access("worker")
    less = replace(access, permissions=access.permissions - {str(TARGETS["residents"].permission)})
    with pytest.raises(Forbidden), write(less) as work:
        claiming.undo(work, one)
    with pytest.raises(Forbidden), write(less) as work:
        claiming.complete(work, bare, row(bare).version, {"name": "丙"}, None)
    with write(less) as work:
        assert claiming.claim(work, [bare]).failed == {bare: "no_permission"}


def test_az15_a_place_between_two_areas_of_a_writer_stays(own_city):
    (one,) = staged(own_city, "houses", {"number": "1101080010010017777777777", "address": "示例路9号", "grid": GRID})
    assert claimed(own_city, [one]).claimed == [one]
    place = row(one)
    for who, goes in (("roamer", False), ("worker", True)):
        with begin(own_city.access(who)) as connection:
            gone = func.unclaim_place("houses", GRID[:6], place.target_id, place.target_version)
            assert connection.scalar(select(gone)) is goes
