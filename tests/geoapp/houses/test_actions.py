"""Houses added, corrected, renumbered and placed in a real database (A6.2 to A6.8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from geoapp.changes.actions import StaleForm
from geoapp.changes.models import RecordChange
from geoapp.changes.work import AlreadySent, write
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict, GeoappError, InvalidInput, NotFound
from geoapp.houses import actions
from geoapp.houses.actions import HouseFacts, NumberTaken
from geoapp.houses.models import Building, House, HouseNumber
from geoapp.people.models import Resident
from tests.factories import city_plan as plan
from tests.support.kept import kept_disagreements

GRID = 110108001001001
NEXT_GRID = 110108001001002
FACTS = HouseFacts("示例路1号401室", entrance=1, storey=4, room="401")


def read(query):
    with owner_engine().connect() as connection:
        return connection.execute(query).all()


def house_row(house_id):
    return read(select(House.__table__).where(House.id == house_id))[0]


def add(access, number="N-1", region=GRID, facts=FACTS, building_id=1, token=""):
    with write(access, token) as work:
        work.url = "/registers/houses/1"
        return actions.add_house(work, region, number, facts, building_id)


def test_a62_a_house_is_added_in_a_grid_of_the_own_area(own_city):
    house_id = add(own_city.access("worker"))
    row = house_row(house_id)
    assert (row.number, row.address, row.region_key, row.origin) == ("N-1", FACTS.address, GRID, "entered")
    assert (row.status, row.residents, row.placed, row.position_source) == (1, 0, 1, "building")
    assert read(select(Building.houses).where(Building.id == 1)) == [(7,)]
    assert kept_disagreements() == []


@pytest.mark.parametrize("region", [NEXT_GRID, 110108001001999])
def test_a62_a_grid_of_somebody_else_is_not_found(own_city, region):
    with pytest.raises(NotFound):
        add(own_city.access("worker"), region=region, building_id=None)


def test_a62_only_a_grid_takes_houses(own_city):
    with pytest.raises(InvalidInput) as refused:
        add(own_city.access("community"), region=110108001001000, building_id=None)
    assert refused.value.field == "region"


def test_a62_the_building_must_stand_in_the_grid(own_city):
    with pytest.raises(InvalidInput):
        add(own_city.access("community"), region=NEXT_GRID, building_id=1)
    with pytest.raises(NotFound):
        add(own_city.access("worker"), building_id=3)


def test_a63_a64_a_number_in_use_is_refused_with_its_holder(own_city):
    taken = house_row(1)
    with pytest.raises(NumberTaken) as refused:
        add(own_city.access("worker"), number=f" {taken.number} ")
    assert refused.value.holder_id == 1


def test_a64_a_holder_out_of_sight_is_not_told(own_city):
    elsewhere = next(h for h in plan.houses(plan.grids(), plan.buildings(plan.grids())) if h["county_code"] == "110105")
    with pytest.raises(NumberTaken) as refused:
        add(own_city.access("worker"), number=elsewhere["number"])
    assert refused.value.holder_id is None
    assert str(elsewhere["id"]) not in refused.value.message("zh").replace(elsewhere["number"], "")


def test_a64_a_new_number_frees_the_old_one(own_city):
    access, before = own_city.access("worker"), house_row(1)
    with write(access) as work:
        actions.renumber_house(work, 1, before.version, "新-1")
    assert house_row(1).number == "新-1"
    assert house_row(1).version == before.version + 1
    assert read(select(HouseNumber.number).where(HouseNumber.house_id == 1)) == [("新-1",)]
    add(access, number=before.number)


def test_a64_a_number_in_use_is_refused_when_changing_too(own_city):
    with pytest.raises(NumberTaken) as refused, write(own_city.access("worker")) as work:
        actions.renumber_house(work, 1, 1, house_row(2).number)
    assert refused.value.holder_id == 2
    assert read(select(func.count()).select_from(RecordChange)) == [(0,)]


def test_a63_of_twenty_people_entering_one_number_one_wins(own_city):
    access = own_city.access("worker")

    def enter(_):
        try:
            return add(access, number="同一编号")
        except GeoappError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(enter, range(20)))
    won = [r for r in results if isinstance(r, int)]
    assert len(won) == 1
    assert all(isinstance(r, NumberTaken) and r.holder_id == won[0] for r in results if not isinstance(r, int))
    assert read(select(func.count()).select_from(House).where(House.number == "同一编号")) == [(1,)]
    assert kept_disagreements() == []


def test_twenty_houses_entered_at_once_in_one_grid_are_all_counted(own_city):
    access = own_city.access("worker")
    with ThreadPoolExecutor(20) as pool:
        ids = list(pool.map(lambda n: add(access, number=f"并发-{n}"), range(20)))
    assert len(set(ids)) == 20
    assert read(select(Building.houses).where(Building.id == 1)) == [(26,)]
    assert kept_disagreements() == []


def test_co6_one_form_sent_ten_times_at_once_has_one_effect(own_city):
    access = own_city.access("worker")

    def enter(n):
        try:
            return add(access, number=f"双击-{n}", token="f" * 32)
        except AlreadySent as sent:
            return sent.url

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(enter, range(10)))
    assert sorted(map(str, results))[:9] == ["/registers/houses/1"] * 9
    assert read(select(func.count()).select_from(House).where(House.number.like("双击-%"))) == [(1,)]


def test_co6_a_form_that_failed_may_be_sent_again(own_city):
    access, token = own_city.access("worker"), "e" * 32
    with pytest.raises(NumberTaken):
        add(access, number=house_row(1).number, token=token)
    assert add(access, number="改好了", token=token)


def test_co6_a_token_belongs_to_its_sender(own_city):
    add(own_city.access("worker"), number="甲", token="d" * 32)
    with write(own_city.access("neighbour"), "d" * 32) as work:
        assert actions.add_house(work, NEXT_GRID, "乙", FACTS)


def test_a68_a_correction_writes_what_changed_and_only_the_names_of_fields(own_city):
    before = house_row(1)
    facts = HouseFacts("示例路1号", 1, 1, "101", "commercial", True, None)
    with write(own_city.access("worker")) as work:
        changed = actions.correct_house(work, 1, before.version, facts)
    after = house_row(1)
    assert set(changed) == {"address", "use", "area_m2"}
    assert (after.status, after.origin, after.version) == (before.status, "entered", before.version + 1)
    assert after.updated_at > before.updated_at
    logged = read(select(RecordChange.action, RecordChange.fields, RecordChange.actor_id))
    assert logged == [("correct", sorted(changed), own_city.users["worker"])]
    assert kept_disagreements() == []


def test_a611_saving_unchanged_confirms_the_record(own_city):
    before = house_row(4)
    facts = HouseFacts(**{f: getattr(before, f) for f in HouseFacts.__dataclass_fields__})
    with write(own_city.access("worker")) as work:
        assert actions.correct_house(work, 4, before.version, facts) == []
    after = house_row(4)
    assert (before.status, after.status) == (0, 1)
    assert after.origin == before.origin and after.updated_at > before.updated_at
    assert kept_disagreements() == []


def test_co4_a_stale_form_overwrites_nothing(own_city):
    access = own_city.access("worker")
    with write(access) as work:
        actions.correct_house(work, 1, 1, HouseFacts("先到"))
    for attempt in (
        lambda w: actions.correct_house(w, 1, 1, HouseFacts("后到")),
        lambda w: actions.renumber_house(w, 1, 1, "后到"),
        lambda w: actions.place_house(w, 1, 1, 116.303, 39.998),
        lambda w: actions.confirm_house(w, 1, 1),
    ):
        with pytest.raises(StaleForm), write(access) as work:
            attempt(work)
    assert house_row(1).address == "先到"


def test_co4_of_twenty_saves_of_one_form_one_wins(own_city):
    access = own_city.access("worker")

    def save(n):
        try:
            with write(access) as work:
                return actions.correct_house(work, 1, 1, HouseFacts(f"第{n}人"))
        except Conflict as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(save, range(20)))
    assert sum(isinstance(r, StaleForm) for r in results) == 19
    assert house_row(1).version == 2


def test_a_house_of_another_grid_is_not_found_whatever_is_done(own_city):
    elsewhere = next(i for i in own_city.houses if house_row(i).region_key == NEXT_GRID)
    for attempt in (
        lambda w: actions.correct_house(w, elsewhere, 1, FACTS),
        lambda w: actions.renumber_house(w, elsewhere, 1, "x"),
        lambda w: actions.place_house(w, elsewhere, 1, 116.303, 39.998),
        lambda w: actions.confirm_house(w, elsewhere, 1),
    ):
        with pytest.raises(NotFound), write(own_city.access("worker")) as work:
            attempt(work)


def test_a_point_inside_its_grid_is_placed_and_its_residents_with_it(own_city):
    unplaced = read(select(House.id).where(House.region_key == GRID, House.placed == 0))[0].id
    with write(own_city.access("worker")) as work:
        placing = actions.place_house(work, unplaced, 1, plan.WEST + 0.001, plan.NORTH - 0.001)
    row = house_row(unplaced)
    assert (placing.placed, placing.grid_name) == (1, None)
    assert (row.placed, row.position_source) == (1, "clicked")
    assert {p for (p,) in read(select(Resident.placed).where(Resident.house_id == unplaced))} <= {1}
    assert kept_disagreements() == []


def test_a_point_outside_its_grid_is_kept_and_the_grid_it_lies_in_is_named_to_those_who_know_it(own_city):
    lon, lat = plan.WEST + plan.WIDE + 0.001, plan.NORTH - 0.001
    with write(own_city.access("community")) as work:
        known = actions.place_house(work, 2, 1, lon, lat)
    with write(own_city.access("worker")) as work:
        unknown = actions.place_house(work, 2, 2, lon, lat)
    assert known.placed == unknown.placed == 2
    assert known.grid_name.endswith("第2网格") and unknown.grid_name is None
    assert {p for (p,) in read(select(Resident.placed).where(Resident.house_id == 2))} == {2}
    assert kept_disagreements() == []


def test_swapped_axes_are_refused_and_nothing_is_written(own_city):
    before = house_row(1)
    for lon, lat in ((39.99, 84.0), (40.0, 39.9), (float("nan"), 40)):
        with pytest.raises(InvalidInput), write(own_city.access("worker")) as work:
            actions.place_house(work, 1, 1, lon, lat)
    assert house_row(1) == before


def test_a_failure_at_the_end_leaves_nothing_behind(own_city):
    with pytest.raises(RuntimeError), write(own_city.access("worker"), "c" * 32) as work:
        actions.add_house(work, GRID, "半途", FACTS, 1)
        raise RuntimeError
    assert read(select(HouseNumber).where(HouseNumber.number == "半途")) == []
    assert read(select(Building.houses).where(Building.id == 1)) == [(6,)]
    assert read(select(func.count()).select_from(RecordChange)) == [(0,)]
