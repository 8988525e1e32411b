"""What a number does not decide is compared by hand, and claims of places are taken back (A8.13; A18 (13))."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from geoapp.changes.work import write
from geoapp.core.db import owner_engine, table_of
from geoapp.core.errors import Conflict
from geoapp.houses.models import House, HouseNumber
from geoapp.importing import claiming, codes, merging
from geoapp.importing.alike import Known, are_alike, asks
from geoapp.sites.models import Site
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claiming import GRID, claimed, number, people, row, staged
from tests.support.web import csrf_of, sign_in

house, house_number, site = table_of(House), table_of(HouseNumber), table_of(Site)
NAMELESS = {"type": "未落户人口", "unregistered_reason": "其他", "grid": GRID, "sex": "男", "birth_date": "1980-02-03"}
WHERE = {"lon": "116.303", "lat": "39.997", "crs": "WGS84"}


def undone(city, row_id, who="worker"):
    with write(city.access(who)) as work:
        claiming.undo(work, row_id)


def count(table, *conditions):
    with owner_engine().connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions))


@pytest.mark.parametrize(("one", "other", "said"), [
    (Known("张三", "1"), Known("李四", "1"), True), (Known("张三", "1"), Known("张三", "2"), False),
    (Known("张三", ""), Known("张三", "2"), True), (Known("张三", ""), Known("张三", ""), True),
    (Known("", "1"), Known("张三", "1"), True), (Known("", ""), Known("", ""), False), (Known("", "1"), Known("张三", ""), False),
])  # fmt: skip
def test_a18_13_names_count_only_where_a_number_is_missing(one, other, said):
    assert are_alike(one, other) is are_alike(other, one) is said
    assert asks(one) is not (one.name and one.number)


def test_a18_13_people_without_a_number_are_told_apart_by_a_person(own_city):
    same, again, other, numbered, child, twin = staged(
        own_city, "residents", {**NAMELESS, "name": "甲无名"}, {**NAMELESS, "name": "甲 无名", "phone": "13800138000"},
        {**NAMELESS, "name": "甲无名"}, {"type": "户籍人口", "grid": GRID, "name": "乙有名", "id_number": number(1)},
        *({**NAMELESS, "name": "小丙", "birth_date": "2020-05-06"},) * 2,
    )  # fmt: skip
    outcome = claimed(own_city, [same, again, other, numbered])
    assert (outcome.claimed, outcome.failed) == ([numbered], {same: "alike", again: "alike", other: "alike"})
    app = create_app()
    worker = sign_in(app, "worker")
    failed = worker.get("/imports/claims?list=failed").text
    assert f"/imports/rows/{same}/compare" in failed
    page = worker.get(f"/imports/rows/{same}/compare").text
    assert f'value="{again}"' in page
    assert f'value="{other}"' in page
    assert "13800138000" not in page
    token = csrf_of(worker, "/imports/claims")
    said = {"csrf_token": token, "version": row(same).version}
    assert worker.post(f"/imports/rows/{same}/same", data=said | {"answer": "perhaps"}).status_code == 400
    assert worker.post(f"/imports/rows/{same}/same", data=said | {"answer": "same", "version": 9}).status_code == 409
    answer = worker.post(f"/imports/rows/{same}/same", data=said | {"answer": "same", "row": again})
    assert answer.location.endswith("list=done"), answer.text[-500:]
    assert (row(same).state, row(again).state, row(other).state) == (codes.CLAIMED, codes.CLAIMED_ALONG, codes.UNCLAIMED)
    assert people(name="甲无名", state="active") == 1

    # the third one is now beside a record, and somebody else
    assert claimed(own_city, [other]).failed == {other: "alike"}
    assert row(other).holder_id == row(same).target_id
    with write(own_city.access("worker")) as work:
        assert claiming.claim(work, [other], apart=True).claimed == [other]
    assert people(name="甲无名", state="active") == 2

    # children's names are sealed in the register, and found alike
    assert claimed(own_city, [child, twin]).failed == {child: "alike", twin: "alike"}
    with write(own_city.access("worker")) as work:
        assert claiming.claim(work, [child], apart=True).claimed == [child]
    assert claimed(own_city, [twin]).failed == {twin: "alike"}
    assert row(twin).holder_id == row(child).target_id
    assert "小丙" not in worker.get(f"/imports/rows/{twin}/compare").text
    with write(own_city.access("worker")) as work:
        assert merging.merge(work, twin, (row(twin).version, 1), row(child).target_id) == []
    undone(own_city, same)
    assert (row(same).state, row(again).state) == (codes.UNCLAIMED, codes.UNCLAIMED_AGAIN)


def test_a813_claims_of_sites_and_houses_are_taken_back_unless_something_followed(own_city):
    place, double = staged(own_city, "sites", *({"name": "示例小学", "school": "一般", **WHERE},) * 2)
    number_of = "1101080010010019999999999"
    home, lived_in = staged(
        own_city, "houses", {"number": number_of, "address": "示例路9号", "grid": GRID, **WHERE},
        {"number": number_of[:-1] + "8", "address": "示例路10号", "grid": GRID},
    )  # fmt: skip
    assert claimed(own_city, [place]).failed == {place: "alike"}
    with write(own_city.access("worker")) as work:
        assert claiming.claim(work, [place], apart=True).claimed == [place]
    assert claimed(own_city, [home, lived_in]).failed == {}
    made = row(place).target_id, row(home).target_id
    with owner_engine().connect() as connection:
        assert connection.scalar(select(house.c.placed).where(house.c.id == made[1])) in (1, 2)
    page = sign_in(create_app(), "worker").get(f"/registers/houses/{made[1]}").text
    assert "名单.xlsx" in page
    assert "名单.xlsx" in sign_in(create_app(), "worker").get(f"/registers/sites/{made[0]}").text

    # a fact of the row goes into the record of the other, and out of it again
    with write(own_city.access("worker")) as work:
        held = work.find(site, made[0])
        assert claiming.claim(work, [double]).failed == {double: "alike"}
    with write(own_city.access("worker")) as work:
        assert merging.merge(work, double, (row(double).version, held.version), made[0], ["position"]) == []
    with pytest.raises(Conflict):
        undone(own_city, place)
    undone(own_city, double)

    (occupant,) = staged(own_city, "residents", {
        "type": "户籍人口", "grid": GRID, "name": "住户", "id_number": number(7), "house_number": number_of[:-1] + "8",
    })  # fmt: skip
    assert claimed(own_city, [occupant]).claimed == [occupant]
    with pytest.raises(Conflict):
        undone(own_city, lived_in)
    undone(own_city, place)
    undone(own_city, home)
    assert (row(place).state, row(home).state) == (codes.UNCLAIMED, codes.UNCLAIMED)
    assert count(site, site.c.id == made[0]) == count(house, house.c.id == made[1]) == 0
    assert count(house_number, house_number.c.number == number_of) == 0
    assert claimed(own_city, [home]).claimed == [home]


def test_a813_facts_of_an_organisation_are_chosen_one_by_one(own_city):
    unit = {"kind": "实有单位", "licence_number": "91350100M000100Y43"}
    first, better = staged(
        own_city, "organisations", {**unit, **WHERE, "name": "示例单位", "address": "旧路1号"},
        {**unit, "name": "示例单位（总部）", "address": "新路2号", "lon": "116.304", "lat": "39.997", "crs": "WGS84"},
    )  # fmt: skip
    assert claimed(own_city, [first, better]).failed == {better: "duplicate"}
    worker = sign_in(create_app(), "worker")
    page = worker.get(f"/imports/rows/{better}/merge").text
    assert all(f'value="row:{name}"' in page for name in ("name", "address", "position"))
    assert 'value="row:licence_number"' not in page
    record = row(first).target_id
    with write(own_city.access("worker")) as work:
        take = ("address", "position", "licence_number")
        assert merging.merge(work, better, (row(better).version, 1), record, take) == ["address", "position"]
    assert "新路2号" in worker.get(f"/registers/organisations/{record}").text
    undone(own_city, better)
    page = worker.get(f"/registers/organisations/{record}").text
    assert "旧路1号" in page
    assert "新路2号" not in page
    assert worker.get(f"/imports/rows/{better}/merge?record={record}").status_code == 200
    assert worker.get(f"/imports/rows/{better}/merge?record=99999999").status_code == 404
