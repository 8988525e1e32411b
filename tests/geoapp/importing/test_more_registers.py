"""Rows of households and teams become records (A1.2, A3.10 to A3.13, A8.7); a list that was exported and edited (A8.6)."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select, text

from geoapp.changes.work import write
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.importing import claiming, codes, merging
from geoapp.importing.coming_back import number_of
from geoapp.importing.models import ImportBatch
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claim_records import rows_in
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, row, staged
from tests.support.imports import imported
from tests.support.web import sign_in

TEAM = {"class": "社会志愿者队伍", "street": "110108001", "community": "110108001001"}


def undone(city, row_id, who="worker"):
    with write(city.access(who)) as work:
        claiming.undo(work, row_id)


def test_a310_a_row_begins_a_household_with_its_head_who_is_moved_out_of_no_other(own_city):
    people = staged(own_city, "residents", *({**PLAIN, "name": name, "id_number": number(n)} for n, name in enumerate("甲乙")))
    assert claimed(own_city, people).failed == {}
    home = {"grid": GRID, "kind": "户籍家庭"}
    first, again, taken, unknown, other_name, bare = staged(
        own_city, "households", {**home, "number": "H1", "name": "甲", "id_number": number(0)},
        {**home, "number": "H2", "id_number": number(0)}, {**home, "number": "h1", "id_number": number(1)},
        {**home, "number": "H3", "id_number": number(7)},
        {**home, "number": "H4", "name": "某人", "id_number": number(1)}, {**home, "number": "H5"},
    )  # fmt: skip
    outcome = claimed(own_city, [first, again, taken, unknown, other_name, bare])
    assert outcome.claimed == [first]
    assert outcome.failed == {
        again: "duplicate", taken: "duplicate", unknown: "resident_missing", other_name: "incomplete", bare: "incomplete",
    }  # fmt: skip
    assert row(again).holder_id == row(taken).holder_id == row(first).target_id
    worker = sign_in(create_app(), "worker")
    assert worker.get(f"/registers/households/{row(first).target_id}").status_code == 200
    failed = worker.get("/imports/claims?register=households&list=failed").text
    assert number(1) not in failed and f"/imports/rows/{again}/compare" in failed
    for page in (f"/imports/rows/{again}/compare", f"/imports/rows/{again}/merge", f"/imports/rows/{bare}/complete"):
        assert worker.get(page).status_code == 200, page
    undone(own_city, first)
    assert worker.get(f"/registers/households/{row(taken).holder_id}").status_code == 404
    assert claimed(own_city, [taken]).claimed == [taken]


def test_a12_a_row_of_a_community_becomes_its_team_with_a_leader_and_goes_again(own_city):
    whole, alone, wrong, outside = staged(
        own_city, "teams", {**TEAM, "name": "巡逻队", "leader": "王队长", "leader_phone": "13800138000"},
        {"class": "其他", "name": "网格队", "grid": GRID}, {**TEAM, "name": "无类别", "class": ""},
        {"class": "其他", "name": "街道队", "street": "110108001"},
    )  # fmt: skip
    outcome = claimed(own_city, [whole, alone, wrong], "community")
    assert (outcome.claimed, outcome.failed) == ([whole, alone], {wrong: "incomplete"})
    assert claimed(own_city, [outside], "community").failed == {outside: "gone"}
    client = sign_in(create_app(), "community")
    page = client.get(f"/teams/{row(whole).target_id}").text
    assert "王队长" in page and "13800138000" not in page
    assert client.get(f"/imports/rows/{wrong}/complete").status_code == 200
    with owner_transaction() as connection:
        connection.execute(text("UPDATE team SET served_on = now() WHERE id = :id"), {"id": row(alone).target_id})
    with pytest.raises(Conflict):
        undone(own_city, alone, "community")
    undone(own_city, whole, "community")
    again = staged(own_city, "teams", {"class": "其他", "name": "网格队", "grid": GRID, "duty": "巡查"})[0]
    assert claimed(own_city, [again], "community").failed == {again: "alike"}
    with write(own_city.access("community")) as work:
        record = work.find(claiming.TARGETS["teams"].table, row(alone).target_id)
        assert merging.merge(work, again, (row(again).version, record.version), record.id, ["duty"]) == ["duty"]


def exported(client, register):
    with client.get(f"/registers/{register}/export.csv?lang=zh") as answer:
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def as_csv(lines):
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def failure_of(city, register, lines):
    batch = imported(city.access("community"), register, as_csv(lines), "list.csv")
    with owner_engine().connect() as connection:
        return connection.scalar(select(ImportBatch.error).where(ImportBatch.id == batch))


def test_a86_an_exported_list_that_was_edited_is_compared_and_says_what_it_lacks(own_city):
    client = sign_in(create_app(), "community")
    lines = exported(client, "houses")
    at = {title: place for place, title in enumerate(lines[0])}
    address, rental, plain, strange, new = (list(one) for one in lines[1:6])
    address[at["房屋地址"]] = "新路12号"
    rental[at["出租房"]] = "否" if rental[at["出租房"]] == "是" else "是"
    plain[at["居住人数"]] = "77"  # follows from others: not read
    strange[at["记录编号"]] = "99999999"
    new[at["记录编号"]] = ""
    batch = imported(own_city.access("community"), "houses", as_csv([lines[0], address, rental, plain, strange, new]), "a.csv")
    first, second, third, fourth, fifth = rows_in(batch)
    assert [row(one).state for one in (fourth, fifth)] == [codes.REFUSED, codes.REFUSED]
    outcome = claimed(own_city, [first, second, third], "community")
    assert (outcome.unchanged, outcome.failed) == ([third], {first: "differs", second: "differs"})
    assert "居住人数" in client.get(f"/imports/{batch}").text
    assert "99999999" in client.get(f"/imports/{batch}").text
    with write(own_city.access("community")) as work:
        versions = (row(first).version, 1)
        assert merging.merge(work, first, versions, number_of(address[at["记录编号"]]), ["address"]) == ["address"]
    assert 'name="take"' not in client.get(f"/imports/rows/{second}/merge").text  # letting is a step of its own
    with write(own_city.access("community")) as work, pytest.raises(InvalidInput):
        versions = (row(second).version, 1)
        merging.merge(work, second, versions, number_of(rental[at["记录编号"]]), ["rental"])

    bare = [one[:-1] for one in lines]
    assert "记录编号" in failure_of(own_city, "houses", bare)["zh"]
    assert "“房屋”的导出文件" in failure_of(own_city, "sites", lines)["zh"]
