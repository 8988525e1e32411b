"""Residents linked with houses, unlinked, without a house, and taken back (A6.5, A6.7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from geoapp.changes.actions import StaleForm
from geoapp.changes.models import RecordChange
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict, GeoappError, InvalidInput, NotFound
from geoapp.houses.models import Building, House, Residence
from geoapp.people import actions
from geoapp.people.actions import Link
from geoapp.people.children import stored
from geoapp.people.models import Resident
from tests.support.kept import kept_disagreements

GRID, NEXT_GRID = 110108001001001, 110108001001002
SINCE = date(2026, 6, 1)


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def person(resident_id):
    return read(select(Resident.__table__).where(Resident.id == resident_id))[0]


def stays(resident_id):
    columns = (Residence.house_id, Residence.since, Residence.until, Residence.end_reason)
    return [tuple(r) for r in read(select(*columns).where(Residence.resident_id == resident_id).order_by(Residence.id))]


def housed(region=GRID):
    """(id of a resident who lives in a house of that grid, id of the house)."""
    found = read(select(Resident.id, Resident.house_id).where(
        Resident.region_key == region, Resident.house_id.is_not(None)).order_by(Resident.id).limit(1))  # fmt: skip
    return tuple(found[0])


def homeless():
    return read(select(Resident.id).where(Resident.region_key == GRID, Resident.no_house_reason.is_not(None)))[0].id


def empty_house(region=GRID):
    return read(select(House.id).where(House.region_key == region, House.residents == 0, House.placed == 1)
                .order_by(House.id).limit(1))[0].id  # fmt: skip


def link(access, resident_id, house_id, since=SINCE, **more):
    with write(access) as work:
        version = person(resident_id).version
        return actions.link(work, resident_id, version, Link(house_id, since, "rent", **more))


def test_a65_moving_ends_the_present_residence_the_day_before(own_city):
    (who, old), new = housed(), empty_house()
    link(own_city.access("worker"), who, new)
    assert stays(who) == [
        (old, date(2020, 1, 1), date(2026, 5, 31), "moved_within"), (new, SINCE, None, None),
    ]  # fmt: skip
    row = person(who)
    assert (row.house_id, row.no_house_reason, row.placed, row.version) == (new, None, 1, 2)
    assert read(select(House.residents, House.status).where(House.id == new)) == [(1, 2)]
    assert kept_disagreements() == []


def test_a65_somebody_without_a_house_finds_one(own_city):
    who, new = homeless(), empty_house()
    link(own_city.access("worker"), who, new)
    assert stays(who) == [(new, SINCE, None, None)]
    assert person(who).no_house_reason is None
    assert kept_disagreements() == []


def test_a65_the_log_holds_names_of_fields_and_the_writer(own_city):
    who, _ = housed()
    link(own_city.access("worker"), who, empty_house())
    logged = read(select(RecordChange.action, RecordChange.register, RecordChange.fields, RecordChange.actor_id))
    assert [tuple(r[:3]) for r in logged] == [
        ("end", "residences", ["end_reason", "until"]), ("open", "residences", ["house", "since", "tenure"]),
        ("settle", "residents", ["house"]),
    ]  # fmt: skip
    assert {r.actor_id for r in logged} == {own_city.users["worker"]}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Link(0, today() + timedelta(days=2), "own"), "since"), (Link(0, date(1899, 1, 1), "own"), "since"),
        (Link(0, date(2019, 1, 1), "own"), "since"), (Link(0, SINCE, "steal"), "tenure"),
        (Link(0, SINCE, "own", "bored"), "end_reason"),
    ],
)  # fmt: skip
def test_a65_a_wrong_link_is_refused_and_nothing_is_written(own_city, wish, field):
    (who, _), new = housed(), empty_house()
    before = (person(who), stays(who))
    with pytest.raises(InvalidInput) as refused, write(own_city.access("worker")) as work:
        actions.link(work, who, 1, Link(new, wish.since, wish.tenure, wish.end_reason))
    assert refused.value.field == field
    assert (person(who), stays(who)) == before
    assert kept_disagreements() == []


def test_a65_nobody_moves_in_before_they_are_born(own_city):
    who = homeless()
    born = actions.person_facts(person(who)).birth_date
    with pytest.raises(InvalidInput) as refused:
        link(own_city.access("worker"), who, empty_house(), since=born - timedelta(days=1))
    assert refused.value.field == "since"


def test_a65_the_full_birth_date_is_compared_where_it_is_known(own_city):
    who = homeless()
    for known, refused in (("2020", date(2019, 12, 31)), ("2020-06-15", date(2020, 6, 14))):
        with owner_engine().begin() as connection:
            values = stored(who, "张小小", known)
            connection.execute(Resident.__table__.update().where(Resident.id == who).values(values))
        with pytest.raises(InvalidInput):
            link(own_city.access("worker"), who, empty_house(), since=refused)
    link(own_city.access("worker"), who, empty_house(), since=date(2020, 6, 15))


def test_a18_9_a_house_of_another_grid_is_not_for_them(own_city):
    (who, _), elsewhere = housed(), empty_house(NEXT_GRID)
    with pytest.raises(InvalidInput):
        link(own_city.access("community"), who, elsewhere)
    with pytest.raises(NotFound):
        link(own_city.access("worker"), who, elsewhere)


def test_a_person_of_another_grid_is_not_found(own_city):
    (who, _), house = housed(NEXT_GRID), empty_house()
    with pytest.raises(NotFound):
        link(own_city.access("worker"), who, house)


def test_a34_somebody_deregistered_is_not_linked(own_city):
    gone = read(select(Resident.id).where(Resident.state != "active"))[0].id
    with pytest.raises(InvalidInput):
        link(own_city.access("worker"), gone, empty_house())


def test_a65_of_twenty_links_of_one_person_one_wins(own_city):
    access, (who, _) = own_city.access("worker"), housed()
    houses = [r.id for r in read(select(House.id).where(House.region_key == GRID, House.residents == 0))]

    def move(n):
        try:
            with write(access) as work:
                return actions.link(work, who, 1, Link(houses[n % len(houses)], SINCE, "own"))
        except GeoappError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(move, range(20)))
    assert sum(isinstance(r, int) for r in results) == 1
    assert all(isinstance(r, StaleForm) for r in results if not isinstance(r, int))
    assert len(stays(who)) == 2
    assert kept_disagreements() == []


def test_co8_twenty_people_crossing_between_two_houses_at_once_are_all_counted(own_city):
    access = own_city.access("worker")
    found = read(select(Resident.id, Resident.house_id).where(
        Resident.region_key == GRID, Resident.house_id.is_not(None)).order_by(Resident.id))  # fmt: skip
    first, second = sorted({r.house_id for r in found})[:2]
    pairs = [(r.id, second if r.house_id == first else first) for r in found if r.house_id in (first, second)]
    with ThreadPoolExecutor(len(pairs)) as pool:
        list(pool.map(lambda pair: link(access, *pair), pairs))
    assert {person(who).house_id for who, _ in pairs} == {first, second}
    assert kept_disagreements() == []


def leave(access, who, until=SINCE, reason="moved_out", no_house="unknown_address"):
    stay = read(select(Residence.id).where(Residence.resident_id == who, Residence.until.is_(None)))[0].id
    with write(access) as work:
        return actions.leave(work, stay, person(who).version, until, reason, no_house)


def test_a67_leaving_without_a_new_house_needs_a_reason_and_leaves_the_map(own_city):
    who, old = housed()
    n = read(select(House.residents, Building.residents).join(Building, Building.id == House.building_id).where(House.id == old))
    assert leave(own_city.access("worker"), who) == who
    row = person(who)
    assert (row.house_id, row.no_house_reason, row.placed) == (None, "unknown_address", 0)
    assert stays(who) == [(old, date(2020, 1, 1), SINCE, "moved_out")]
    after = read(select(House.residents, Building.residents).join(Building, Building.id == House.building_id).where(House.id == old))
    assert [tuple(r) for r in after] == [(a - 1, b - 1) for a, b in n]
    assert kept_disagreements() == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"no_house": ""}, "no_house_reason"), ({"reason": ""}, "end_reason"),
        ({"until": date(2019, 12, 31)}, "until"), ({"until": today() + timedelta(days=2)}, "until"),
    ],
)  # fmt: skip
def test_a67_a_wrong_end_is_refused(own_city, facts, field):
    who, _ = housed()
    with pytest.raises(InvalidInput) as refused:
        leave(own_city.access("worker"), who, **facts)
    assert refused.value.field == field
    assert stays(who)[0][2] is None


def test_a67_a_residence_of_another_grid_is_not_found(own_city):
    who, _ = housed(NEXT_GRID)
    with pytest.raises(NotFound):
        leave(own_city.access("worker"), who)


def test_a67_the_reason_of_having_no_house_can_be_corrected(own_city):
    who = homeless()
    with write(own_city.access("worker")) as work:
        actions.explain_no_house(work, who, 1, "boat")
    assert person(who).no_house_reason == "boat"
    with pytest.raises(Conflict), write(own_city.access("worker")) as work:
        actions.explain_no_house(work, housed()[0], 1, "boat")
    assert kept_disagreements() == []


def undo(access, who, reason=None):
    with write(access) as work:
        actions.undo(work, who, person(who).version, reason)


def test_a_move_taken_back_leaves_all_as_it_was_and_stays_in_the_history(own_city):
    access, (who, old), new = own_city.access("worker"), housed(), empty_house()
    link(access, who, new)
    undo(access, who)
    assert person(who).house_id == old
    assert stays(who) == [(old, date(2020, 1, 1), None, None), (new, SINCE, SINCE, "correction")]
    assert kept_disagreements() == []
    link(access, who, new)
    assert person(who).house_id == new


def test_an_end_taken_back_goes_on(own_city):
    access, (who, old) = own_city.access("worker"), housed()
    leave(access, who)
    undo(access, who)
    assert (person(who).house_id, person(who).no_house_reason) == (old, None)
    assert stays(who) == [(old, date(2020, 1, 1), None, None)]
    assert kept_disagreements() == []


def test_a67_taking_back_the_first_house_asks_why_there_is_none(own_city):
    access, who = own_city.access("worker"), homeless()
    link(access, who, empty_house())
    with pytest.raises(InvalidInput) as refused:
        undo(access, who)
    assert refused.value.field == "no_house_reason"
    undo(access, who, "homeless")
    assert person(who).no_house_reason == "homeless"
    assert kept_disagreements() == []


def test_nothing_is_taken_back_twice_nor_what_was_never_done(own_city):
    access, (who, _) = own_city.access("worker"), housed()
    with pytest.raises(Conflict):
        undo(access, who)
    link(access, who, empty_house())
    undo(access, who)
    with pytest.raises(Conflict):
        undo(access, who)


def test_co4_a_stale_form_moves_nobody(own_city):
    access, (who, _), new = own_city.access("worker"), housed(), empty_house()
    link(access, who, new)
    for attempt in (
        lambda w: actions.link(w, who, 1, Link(new, SINCE, "own")), lambda w: actions.undo(w, who, 1),
        lambda w: actions.explain_no_house(w, who, 1, "boat"),
    ):  # fmt: skip
        with pytest.raises(StaleForm), write(access) as work:
            attempt(work)
    assert person(who).house_id == new


def test_a_failure_in_the_middle_of_a_move_leaves_nothing_behind(own_city):
    access, (who, old) = own_city.access("worker"), housed()
    with pytest.raises(RuntimeError), write(access) as work:
        actions.link(work, who, 1, Link(empty_house(), SINCE, "own"))
        raise RuntimeError
    assert stays(who) == [(old, date(2020, 1, 1), None, None)]
    assert read(select(func.count()).select_from(RecordChange)) == [(0,)]
    assert kept_disagreements() == []


