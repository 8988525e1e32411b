"""Rows become records of the grid that claims them (A8.7 to A8.13; peers B1; races CO-1, CO-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from geoapp.changes.work import write
from geoapp.core.db import owner_engine, table_of
from geoapp.importing import claiming, codes, merging
from geoapp.importing.staging import row_table
from geoapp.people.models import Resident
from geoapp.people.numbers import check_digit
from geoapp.web.factory import create_app
from tests.support.imports import imported, rows_of, xlsx
from tests.support.web import csrf_of, sign_in

resident = table_of(Resident)
GRID = "110108001001001"
PLAIN = {"type": "户籍人口", "grid": GRID}


def number(serial):
    body = f"11010819850101{serial:03d}"
    return body + check_digit(body)


def staged(city, register, *changes):
    batch = imported(city.access("officer"), register, xlsx(register, rows_of(register, *changes)))
    with owner_engine().connect() as connection:
        query = select(row_table.c.id).where(row_table.c.batch_id == batch).order_by(row_table.c.id)
        return list(connection.scalars(query))


def claimed(city, ids, who="worker"):
    with write(city.access(who)) as work:
        return claiming.claim(work, ids)


def row(row_id):
    with owner_engine().connect() as connection:
        return connection.execute(select(row_table).where(row_table.c.id == row_id)).one()


def people(**values):
    with owner_engine().connect() as connection:
        which = [resident.c[name] == value for name, value in values.items()]
        return connection.scalar(select(func.count()).select_from(resident).where(*which))


def test_a87_to_a813_claims_their_failures_and_the_ways_out(own_city):
    one, twice, again, bare, placeless, other_grid, floating, bad_number = staged(
        own_city, "residents",
        {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "乙二", "id_number": number(2)},
        {**PLAIN, "name": "乙 二", "id_number": number(2).lower()}, {**PLAIN, "name": "丙三"},
        {**PLAIN, "name": "丁四", "id_number": number(4), "grid": ""},
        {**PLAIN, "name": "戊五", "id_number": number(5), "grid": "110108001001002"},
        {**PLAIN, "name": "甲一", "id_number": number(1), "type": "流动人口"},
        {**PLAIN, "name": "己六", "id_number": number(6)[:-1] + ("0" if number(6)[-1] != "0" else "1")},
    )  # fmt: skip
    outcome = claimed(own_city, [one, twice, bare, placeless, other_grid, bad_number])
    assert (outcome.claimed, outcome.along) == ([one, twice], [floating, again])
    assert outcome.failed == {bare: "incomplete", placeless: "gone", other_grid: "gone", bad_number: "incomplete"}
    assert (row(one).state, row(twice).state, row(again).state) == (codes.CLAIMED, codes.CLAIMED, codes.CLAIMED_ALONG)
    assert row(again).target_id == row(twice).target_id
    assert claimed(own_city, [one, again]).failed == {one: "taken", again: "taken"}
    assert claimed(own_city, [placeless], "community").failed == {placeless: "gone"}

    with write(own_city.access("officer")) as work:
        assert claiming.assign(work, [placeless], int(GRID)) == 1
    assert claimed(own_city, [placeless]).claimed == [placeless]
    cells = {"name": "丙三", "type": "registered", "id_kind": "citizen", "id_number": number(3)}
    with write(own_city.access("worker")) as work:
        claiming.complete(work, bare, row(bare).version, cells, None)
    assert claimed(own_city, [bare]).claimed == [bare]

    again_one, other_type = staged(
        own_city, "residents", {**PLAIN, "name": "甲某", "id_number": number(1)},
        {**PLAIN, "name": "乙某", "id_number": number(2), "type": "流动人口"},
    )  # fmt: skip
    outcome = claimed(own_city, [again_one, other_type])
    assert outcome.failed == {again_one: "duplicate", other_type: "other_type"}
    assert row(again_one).holder_id == row(one).target_id
    with write(own_city.access("worker")) as work:
        held = work.find(resident, row(one).target_id)
        assert merging.merge(work, again_one, (row(again_one).version, held.version), held.id, ["name"]) == ["name"]
    assert people(name="甲某", state="active") == 1
    with write(own_city.access("worker")) as work:
        claiming.undo(work, again_one)
    assert (people(name="甲某", state="active"), people(name="甲一", state="active")) == (0, 1)
    with write(own_city.access("worker")) as work:
        held = work.find(resident, row(one).target_id)
        assert merging.merge(work, again_one, (row(again_one).version, held.version), held.id) == []
    assert row(again_one).state == codes.CLAIMED

    before = people(state="active")
    with write(own_city.access("worker")) as work:
        claiming.undo(work, twice)
    assert (row(twice).state, row(again).state) == (codes.UNCLAIMED, codes.UNCLAIMED_AGAIN)
    assert people(state="active") == before - 1
    outcome = claimed(own_city, [again])
    assert (outcome.claimed, outcome.along) == ([again], [twice])


def test_co1_co2_of_many_who_claim_one_row_or_one_group_exactly_one_does(own_city):
    groups = 12
    changes = [{**PLAIN, "name": "某人", "id_number": number(100 + at % groups)} for at in range(groups * 3)]
    ids = staged(own_city, "residents", *changes)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: claimed(own_city, ids[n % 5 :: 2] if n % 2 else reversed(ids)), range(16)))
    wins = [row_id for outcome in outcomes for row_id in outcome.claimed]
    assert len(wins) == groups
    assert sum(len(outcome.along) for outcome in outcomes) == groups * 2
    assert {row(row_id).state for row_id in ids} == {codes.CLAIMED, codes.CLAIMED_ALONG}
    assert people(name="某人", state="active") == groups


def test_claims_of_organisations_sites_and_houses(own_city):
    where = {"lon": "116.303", "lat": "39.997", "crs": "WGS84"}
    unit = {"name": "示例单位", "kind": "实有单位", "licence_number": "91350100M000100Y43"}
    whole, without, double = staged(own_city, "organisations", {**unit, **where}, unit | {"grid": GRID}, {**unit, **where})
    assert claimed(own_city, [whole, without, double]).failed == {without: "incomplete", double: "duplicate"}
    assert row(double).holder_id == row(whole).target_id
    with write(own_city.access("worker")) as work:
        claiming.undo(work, whole)
    assert claimed(own_city, [double]).failed == {double: "cancelled"}
    rated, unrated = staged(own_city, "sites", {"name": "小学", "school": "一般", **where}, {"name": "别处", **where})
    outcome = claimed(own_city, [rated, unrated])
    assert (outcome.claimed, outcome.failed) == ([rated], {unrated: "incomplete"})
    first, second = staged(own_city, "houses", *({"number": "1101080010010019999999999", "address": "示例路9号", "grid": GRID},) * 2)
    assert claimed(own_city, [first, second]).failed == {second: "duplicate"}


def test_a810_to_a813_the_pages_lead_to_the_lists_of_what_succeeded_and_what_failed(own_city):
    good, bare, child, unplaced = staged(
        own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1)}, {**PLAIN, "name": "丙三", "phone": "13800138000"},
        {**PLAIN, "name": "小朋友", "birth_date": "2020-01-02"}, {"name": "丁四", "street": "燕南园街道"},
    )  # fmt: skip
    app = create_app()
    worker, officer = sign_in(app, "worker"), sign_in(app, "officer")
    page = worker.get("/imports/claims").text
    assert "甲一" in page
    assert "小朋友" not in page
    assert "未成年人" in page
    assert number(1) not in page
    masked = officer.get("/imports/claims?list=unplaced").text
    assert "丁*" in masked
    assert "丁四" not in masked
    token = csrf_of(worker, "/imports/claims")
    answer = worker.post("/imports/claims/claim", data={"csrf_token": token, "register": "residents", "whole": "1", "grid": ""})
    assert answer.location.endswith("list=failed")
    failed = worker.get(answer.location).text
    assert f"/imports/rows/{bare}/complete" in failed
    form = worker.get(f"/imports/rows/{bare}/complete").text
    assert "丙三" in form
    assert "13800138000" not in form
    facts = {"csrf_token": token, "version": row(bare).version, "name": "丙三", "type": "registered", "id_number": number(3)}
    answer = worker.post(f"/imports/rows/{bare}/complete", data=facts)
    assert answer.location.endswith("list=done"), answer.text[-800:]
    record = worker.get(f"/registers/residents/{row(bare).target_id}").text
    assert "第 3 行" in record
    assert "名单.xlsx" in record
    assert worker.post("/imports/claims/claim", data={"csrf_token": token, "register": "residents"}).status_code == 400
    assert sign_in(app, "neighbour").get(f"/imports/rows/{bare}/complete").status_code == 404

    (double,) = staged(own_city, "residents", {**PLAIN, "name": "甲某", "id_number": number(1)})
    worker.post("/imports/claims/claim", data={"csrf_token": token, "register": "residents", "row": double})
    compare = worker.get(f"/imports/rows/{double}/compare").text
    assert all(name in compare for name in ("甲某", "甲一"))
    assert number(1) not in compare + worker.get(f"/imports/rows/{double}/merge").text
    record = str(row(good).target_id)
    chosen = {"csrf_token": token, "version": row(double).version, "answer": record}
    assert worker.post(f"/imports/rows/{double}/same", data=chosen).location.endswith(f"merge?record={record}")
    page = worker.get(f"/imports/rows/{double}/merge?record={record}").text
    assert 'value="row:name"' in page
    facts = {"csrf_token": token, "version": row(double).version, "record": record, "record_version": 1, "take": "row:name"}
    assert worker.post(f"/imports/rows/{double}/merge", data=facts | {"record_version": 7}).status_code == 409
    answer = worker.post(f"/imports/rows/{double}/merge", data=facts)
    assert answer.location.endswith("list=done")
    assert people(name="甲某", state="active") == 1
    assert worker.post(f"/imports/rows/{good}/undo", data={"csrf_token": token}).status_code == 409
    answer = worker.post(f"/imports/rows/{double}/undo", data={"csrf_token": token})
    assert answer.location.endswith("list=open")
    token = csrf_of(officer, "/imports/claims")
    given = {"csrf_token": token, "register": "residents", "row": unplaced, "grid": GRID}
    assert officer.post("/imports/claims/assign", data=given).status_code == 303
    assert row(unplaced).region_key == int(GRID)
    assert row(child).failure == "incomplete"
