"""Two records of one person become one (AZ-13: nobody merges what is not theirs)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from geoapp.changes.actions import StaleForm
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.people import merging, state_actions
from geoapp.people.identity import check_told
from geoapp.people.merging import Known, check_merge
from geoapp.people.models import Resident
from geoapp.people.registering import Home, add_person
from geoapp.web.factory import create_app
from grids_boundaries.keys import parse_code
from grids_boundaries.scope import RowScope
from tests.support.kept import kept_disagreements
from tests.support.people import number_of, told
from tests.support.web import csrf_of, sign_in

HERE, THERE = 110108001001001, 110108001001002
FAR, OTHER_COUNTY = 110108001002001, 110105001001001


def person(resident_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(Resident.__table__).where(Resident.id == resident_id)).one()


def add(access, grid, order=1, **facts):
    with write(access) as work:
        who = check_told(told(number=number_of(order=order), **facts), today())
        return add_person(work, grid, who, Home(no_house_reason="other"))


def merge(access, kept, gone):
    with write(access) as work:
        merging.merge(work, (kept, person(kept).version), (gone, person(gone).version))


def audited(action):
    with owner_engine().connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM audit_event WHERE action = :action"), {"action": action})


@pytest.mark.parametrize(("facts", "error"), [
    ({"id": 1}, InvalidInput), ({"state": "deregistered"}, Conflict), ({"id_hash": b"y"}, Conflict),
    ({"sex": "M"}, Conflict), ({"born": date(1990, 1, 1)}, Conflict), ({"id_hash": None}, None), ({"born": None}, None),
])  # fmt: skip
def test_who_differs_in_number_sex_or_birth_is_another_person(facts, error):
    one = {"id": 1, "state": "active", "sex": "F", "id_hash": b"x", "born": date(1990, 2, 28)}
    first, second = Known(**one), Known(**(one | {"id": 2} | facts))
    if error is None:
        check_merge(first, second)
    else:
        with pytest.raises(error):
            check_merge(first, second)


def test_a32_a34_two_records_become_one_with_history_and_audit_and_apart_again(own_city):
    community, worker = own_city.access("community"), own_city.access("worker")
    one, two, stranger = add(community, HERE), add(community, THERE), add(community, THERE, 3, name="乙例秋")
    with pytest.raises(NotFound):
        merge(worker, one, two)
    with pytest.raises(Conflict):
        merge(community, one, stranger)
    with pytest.raises(StaleForm), write(community) as work:
        merging.merge(work, (one, 1), (two, 99))
    assert person(two).state == "active" and audited("merge") == 0
    merge(community, one, two)
    gone = person(two)
    assert (gone.state, gone.state_reason, gone.merged_into) == ("deregistered", "duplicate", one)
    assert person(one).state == "active" and audited("merge") == 1
    with pytest.raises(Conflict):
        merge(community, one, two)
    with write(community) as work:
        state_actions.take_back(work, two, person(two).version)
    back = person(two)
    assert (back.state, back.merged_into, back.no_house_reason, audited("unmerge")) == ("active", None, "other", 1)
    merge(community, two, one)
    with owner_transaction() as connection:
        connection.execute(text("UPDATE resident_step SET at = at - interval '11 minutes'"))
    with pytest.raises(Conflict), write(community) as work:
        state_actions.take_back(work, one, person(one).version)
    assert kept_disagreements() == []


def enrol(resident_id, programme, released=None, closed=False):
    who = person(resident_id)
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO enrolment (county_code, region_key, resident_id, programme, closed, begins, ends, released_at, "
            "release_reason, origin) VALUES (:county, :region, :who, :programme, :closed, '2026-01-01', '2099-01-01', "
            "CASE WHEN :reason <> '' THEN now() END, nullif(:reason, ''), 'entered')"),
            {"county": who.county_code, "region": who.region_key, "who": resident_id, "programme": programme,
             "closed": closed, "reason": released or ""},
        )  # fmt: skip


def serve(number, kind, day, *people):
    who = person(people[0])
    facts = {"county": who.county_code, "region": who.region_key, "id": number, "kind": kind, "day": day}
    with owner_transaction() as connection:
        connection.execute(text(
            "INSERT INTO service_record (county_code, id, region_key, team_id, team_name, kind, service, served_on, members, people) "
            "VALUES (:county, :id, :region, 1, 'x', :kind, 'visit', :day, '{1}', 1)"), facts)  # fmt: skip
        for one in people:
            connection.execute(text("INSERT INTO service_recipient VALUES (:county, :id, :who, :region, :kind, :day)"), facts | {"who": one})


def held(*people):
    """Of each person: programmes with grid, whether they run, and last served day; records; last served day."""
    with owner_engine().connect() as connection:
        enrolled = "SELECT programme, region_key, released_at IS NULL, served_on FROM enrolment WHERE resident_id = :id ORDER BY 1"
        records = "SELECT record_id FROM service_recipient WHERE resident_id = :id ORDER BY 1"
        return [
            ([tuple(row) for row in connection.execute(text(enrolled), {"id": one})],
             list(connection.scalars(text(records), {"id": one})), person(one).served_on)
            for one in people
        ]  # fmt: skip


def test_a32_d3_3_enrolments_and_services_go_along_and_come_back(own_city):
    """A closed programme goes along unseen; of one that both have a single row runs; services are theirs who stays."""
    community, worker = own_city.access("community"), own_city.access("worker")
    one, two = add(community, HERE), add(community, THERE)
    for programme in ("hardship", "disabled"):
        enrol(two, programme)
    enrol(two, "resettlement", closed=True)
    enrol(one, "hardship")
    enrol(one, "disabled", released="other")
    for number, kind, day, *people in (
        (901, "residents", date(2026, 2, 1), two), (902, "residents", date(2026, 2, 2), two, one),
        (903, "resettlement", date(2026, 2, 3), two), (904, "residents", date(2026, 2, 4), two),
    ):  # fmt: skip
        serve(number, kind, day, *people)
    with owner_transaction() as connection:
        for register in ("resident", "enrolment"):
            connection.execute(text(f"UPDATE {register} SET served_on = NULL"))
        connection.execute(text("UPDATE resident SET served_on = '2026-02-02' WHERE id = :id"), {"id": one})
        connection.execute(text("UPDATE resident SET served_on = '2026-02-04' WHERE id = :id"), {"id": two})
        connection.execute(text("UPDATE enrolment SET served_on = '2026-02-03' WHERE closed AND resident_id = :id"), {"id": two})
    before = held(one, two)
    for _ in range(2):
        merge(community, one, two)
        kept, gone = held(one, two)
        assert kept == ([
            ("disabled", HERE, True, None), ("hardship", HERE, True, None), ("resettlement", HERE, True, date(2026, 2, 3)),
        ], [901, 902, 903, 904], date(2026, 2, 4))  # fmt: skip
        assert gone == ([("disabled", THERE, False, None), ("hardship", THERE, False, None)], [902], date(2026, 2, 2))
        assert told_of_arrivals() == 2
        with pytest.raises((NotFound, Conflict)), write(worker) as work:
            state_actions.take_back(work, two, person(two).version)
        with write(community) as work:
            state_actions.take_back(work, two, person(two).version)
        assert held(one, two) == before and told_of_arrivals() == 0
    assert kept_disagreements() == []


def told_of_arrivals():
    with owner_engine().connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM enrolment_event WHERE rule = 'arrived' AND region_key = :here"), {"here": HERE})


def everywhere(city):
    """Who writes residents in the whole city."""
    return replace(city.access("community"), scope=RowScope(((parse_code("1101").lo, parse_code("1101").hi),)))


def test_merges_one_after_the_other_are_taken_back_from_the_last_one_on(own_city):
    """Of a chain the first end is refused with what comes first, and each merge brings back what went with it."""
    community = everywhere(own_city)
    one, two, three, four = (add(community, grid) for grid in (HERE, THERE, FAR, OTHER_COUNTY))
    for who, programme, number in ((one, "hardship", 911), (two, "disabled", 912), (four, "resettlement", 913)):
        enrol(who, programme, closed=programme == "resettlement")
        serve(number, "residents", date(2026, 2, 1), who)
    everybody = (one, two, three, four)
    with owner_transaction() as connection:
        for table in ("resident", "enrolment"):
            connection.execute(text(f"UPDATE {table} SET served_on = NULL"))
        connection.execute(text("UPDATE resident SET served_on = '2026-02-01' WHERE id = ANY(:them)"), {"them": [one, two, four]})
    states = [held(*everybody)]
    chain = ((two, one), (three, two), (three, four))
    for kept, gone in chain:
        merge(community, kept, gone)
        states.append(held(*everybody))
    assert [row[0] for row in states[-1][2][0]] == ["disabled", "hardship", "resettlement"] and states[-1][2][1] == [911, 912, 913]
    for kept, gone in reversed(chain):
        states.pop()
        for early, later in (pair for pair in pairwise(chain) if pair[1] == (kept, gone)):
            with pytest.raises(Conflict) as refused, write(community) as work:
                state_actions.take_back(work, early[1], person(early[1]).version)
            assert {f"#{number}" for number in later} <= set(re.findall(r"#\d+", refused.value.message("zh"))), "what comes first is named"
        with write(community) as work:
            state_actions.take_back(work, gone, person(gone).version)
        assert held(*everybody) == states[-1]
    assert len(states) == 1 and kept_disagreements() == []


def test_what_others_were_merged_into_stays_until_that_is_taken_back(own_city):
    """A record somebody was merged into does not leave by an undo, and who merged into one that left does not come back."""
    community = everywhere(own_city)
    one, two = add(community, HERE), add(community, THERE)
    with write(community) as work:
        moved = state_actions.move(work, one, person(one).version, FAR, Home(no_house_reason="other"))
    merge(community, moved, two)
    with pytest.raises(Conflict) as refused, write(community) as work:
        state_actions.take_back(work, one, person(one).version)
    assert f"#{two}" in refused.value.message("zh")
    with write(community) as work:
        state_actions.deregister(work, moved, person(moved).version, "died", today())
    with pytest.raises(Conflict) as refused, write(community) as work:
        state_actions.take_back(work, two, person(two).version)
    assert f"#{moved}" in refused.value.message("zh") and person(two).state == "deregistered"
    for who in (moved, two):
        with write(community) as work:
            state_actions.take_back(work, who, person(who).version)
    assert (person(two).merged_into, person(moved).state) == (None, "active")


def test_az15_a_later_merge_with_a_record_of_elsewhere_is_taken_back_first_and_not_named(own_city):
    worker, all_over = replace(own_city.access("community"), scope=RowScope(((HERE, THERE),))), everywhere(own_city)
    one, two, far = add(worker, HERE), add(worker, THERE), add(all_over, FAR)
    merge(worker, one, two)
    merge(all_over, one, far)
    with pytest.raises(Conflict) as refused, write(worker) as work:
        state_actions.take_back(work, two, person(two).version)
    assert not re.findall(r"\d", refused.value.message("zh"))
    with write(all_over) as work:
        state_actions.take_back(work, far, person(far).version)
    with write(worker) as work:
        state_actions.take_back(work, two, person(two).version)
    assert {person(number).state for number in (one, two, far)} == {"active"}


def test_both_records_stand_side_by_side_masked_and_only_to_who_has_both_grids(own_city):
    app = create_app()
    community, worker = sign_in(app, "community"), sign_in(app, "worker")
    one, two = add(own_city.access("community"), HERE), add(own_city.access("community"), THERE, name="甲例夏")
    page = community.get(f"/residents/{one}/merge").text
    assert f"?other={two}" in page
    beside = community.get(f"/residents/{one}/merge?other={two}").text
    assert all(word in beside for word in ("甲例春", "甲例夏", "不同")) and number_of(order=1) not in beside
    assert f"?other={two}" not in worker.get(f"/residents/{one}/merge").text
    assert worker.get(f"/residents/{one}/merge?other={two}").status_code == 404
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', beside)) | {"csrf_token": csrf_of(community, "/map")}
    assert community.post(f"/residents/{one}/merge", data=sent).status_code == 400, "which one stays is said"
    stale = community.post(f"/residents/{one}/merge", data=sent | {"keep": "this", "other_version": "77"})
    assert stale.status_code == 409 and person(two).state == "active"
    done = community.post(f"/residents/{one}/merge", data=sent | {"keep": "other", "form_token": "ef" * 16})
    assert done.status_code == 303 and done.location.endswith(f"/residents/{two}")
    assert (person(one).merged_into, person(two).state) == (two, "active")
    former = community.get(f"/registers/residents/{one}").text
    assert f"/registers/residents/{two}" in former and "take-back" in former
