"""Addresses matched to houses and buildings: numbers exactly, names nearly; who wins and who is asked (A8.7)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from geoapp.core.db import owner_engine, owner_transaction, table_of
from geoapp.houses.models import House
from geoapp.importing.address_parts import parse
from geoapp.importing.addresses import POSSIBLE, SURE, contradicts, decide, merged, score
from geoapp.importing.reads import open_row
from geoapp.importing.staging import row_table
from geoapp.web.factory import create_app
from tests.support.imports import imported, rows_of, xlsx
from tests.support.web import csrf_of, sign_in

ABOVE = ("北京市", "海淀区", "中关村街道")
COMMUNITIES = ("第1社区",)
PARTS = [
    ("北京市海淀区中关村街道海淀路8号院燕园小区3号楼2单元501室", ("海淀路", "", "8", "燕园", "3", "2", "501")),
    ("海淀路８号，燕园小区三号楼二单元５０１", ("海淀路", "", "8", "燕园", "3", "2", "501")),
    ("燕园３幢２单元０５０１室", ("", "", "", "燕园", "3", "2", "501")),
    ("燕园3-2-501", ("", "", "", "燕园", "3", "2", "501")), ("燕园3栋501", ("", "", "", "燕园", "3", "", "501")),
    ("燕园3#2门501", ("", "", "", "燕园", "3", "2", "501")), ("燕园A座1203房", ("", "", "", "燕园", "A", "", "1203")),
    ("天通苑二区十二号楼5层501", ("", "", "", "天通苑2区", "12", "", "501")), ("虹漕路461弄58号3室", ("虹漕路", "461", "58", "", "", "", "3")),
    ("中关村南大街甲5号", ("中关村南大街", "", "甲5", "", "", "", "")), ("中关村南大街27", ("中关村南大街", "", "27", "", "", "", "")),
    ("海淀路燕园小区3号楼", ("海淀路", "", "", "燕园", "3", "", "")), ("第1社区12号楼", ("", "", "", "第1", "12", "", "")),
    ("第1社区静淑苑3号楼之2", ("", "", "", "静淑苑", "3-2", "", "")), ("海淀区", ("", "", "", "海淀区", "", "", "")), ("", ("",) * 7),
    ("静淑苑3号2单元501", ("", "", "", "静淑苑", "3", "2", "501")), ("静淑苑四楼1-201户", ("", "", "", "静淑苑", "4", "1", "201")),
    ("成府路45号院三号201号", ("成府路", "", "45", "", "3", "", "201")), ("成府路45号3楼302室", ("成府路", "", "45", "", "", "", "302")),
    ("成府路（原成府街）45号大院3#二门102", ("成府路", "", "45", "", "3", "2", "102")), ("前海胡同５号之一", ("前海胡同", "", "5-1", "", "", "", "")),
    ("前海胡同5号附3号", ("前海胡同", "", "5附3", "", "", "", "")), ("成府路45-1号", ("成府路", "", "45-1", "", "", "", "")),
    ("清华大学西15楼", ("", "", "", "清华大学", "西15", "", "")), ("三街坊西2号楼", ("", "", "", "3街坊西", "2", "", "")),
    ("北京中关村街道第1社区居委会静淑苑3号楼", ("", "", "", "静淑苑", "3", "", "")), ("北极寺大院小区1幢", ("", "", "", "北极寺", "1", "", "")),
    ("张杨路628弄4号302号", ("张杨路", "628", "4", "", "", "", "302")), ("荷清苑(3号楼)501室", ("", "", "", "荷清苑", "3", "", "501")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), PARTS)
def test_an_address_is_read_in_parts_however_it_is_written(text, parts):
    found = parse(text, ABOVE, COMMUNITIES)
    assert (found.road, found.lane, found.number, found.estate, found.building, found.unit, found.room) == parts


SAME, MAYBE, OTHER = "same", "maybe", "other"
PAIRS = [
    ("海淀区海淀路8号", "海淀路08号", SAME), ("燕园小区3号楼", "燕园三栋", SAME), ("海淀路8号燕园3号楼", "燕园3号楼", SAME),
    ("中关村南大街5号", "中关村北大街5号", OTHER), ("燕园3号楼", "燕园4号楼", OTHER), ("燕园3号楼1单元101", "燕园3号楼1单元102", OTHER),
    ("燕园3号楼1单元101", "燕园3号楼2单元101", OTHER), ("海淀路8号", "海淀路8号燕园3号楼", MAYBE), ("中关村大街5号", "中关村南大街5号", MAYBE),
    ("中关存南大街5号", "中关村南大街5号", MAYBE), ("燕园3号楼", "未名苑3号楼", OTHER), ("天通苑一区3号楼", "天通苑二区3号楼", OTHER),
    ("海淀路", "海淀路8号", OTHER), ("8号", "8号", SAME), ("8号", "08号", OTHER), ("某某大厦", "某某大厦", SAME),
    ("上海市徐汇区海淀路8号", "海淀路8号", OTHER), ("海淀路甲8号", "海淀路8号", OTHER), ("中关村第三小学", "中关村第二小学", OTHER),
    ("静淑苑二期3号楼", "静淑苑Ⅱ期3栋", SAME), ("静淑苑一期3号楼", "静淑苑第2期3号楼", OTHER), ("静淑苑3号楼", "静淑苑二期3号楼", MAYBE),
    ("静淑苑二期3号楼", "静淑苑3号楼", MAYBE), ("静淑苑3号楼旁边", "静淑苑3号楼", MAYBE), ("海淀路8号对面", "海淀路8号", MAYBE),
    ("海淀路8号东侧平房", "海淀路8号", MAYBE), ("海淀路8号之一", "海淀路8号", OTHER), ("静淑苑3号楼底商", "静淑苑3号楼", SAME),
    ("海淀路4号楼", "海淀路26号院4号楼", OTHER), ("海淀路静淑苑4号楼", "海淀路26号院4号楼", MAYBE), ("静淑苑3楼", "静淑苑3号楼", MAYBE), ("静青苑3号楼", "静淑苑3号楼", MAYBE),
    ("第1社区3号楼", "第1小区3号楼", MAYBE), ("海淀路8号院2楼1单元101", "海淀路8号院2号楼1单元101", SAME), ("前海胡同8号2号", "前海胡同8号2室", MAYBE),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "stored", "meant"), PAIRS)
def test_numbers_must_be_equal_and_names_may_differ_a_little(wanted, stored, meant):
    found = score(parse(wanted, ABOVE, COMMUNITIES), parse(stored, ABOVE, COMMUNITIES))
    assert {SAME: found >= SURE, MAYBE: POSSIBLE <= found < SURE, OTHER: found < POSSIBLE}[meant], found


def test_what_one_name_of_a_building_says_counts_against_its_others():
    """A building with an address, and a name without its door: another door is another place, whatever the name."""
    address, name = (parse(words).outside for words in ("双清路63号院西山1号楼", "西山1号楼"))
    known = dict(merged([name, address]))
    assert (known[name].number, known[address].number) == ("63", "63")
    other, same = parse("双清路甲63号院西山1栋"), parse("西山1栋")
    assert score(other.outside, name) >= SURE, "alone it would be sure"
    assert contradicts(other, known[name])
    assert not contradicts(same, known[name])
    apart = dict(merged([parse("海淀路8号").outside, parse("海淀路9号").outside]))
    assert {one.number for one in apart.values()} == {"8", "9"}, "two addresses that differ are both kept"


def test_a_winner_is_sure_and_well_ahead():
    assert decide([(99.0, "a"), (90.0, "b"), (10.0, "c")]) == ("a", [(99.0, "a"), (90.0, "b")])
    assert decide([(95.0, "a"), (90.0, "b")])[0] is None
    assert decide([(100.0, "a"), (99.0, "b")])[0] == "a"
    assert decide([(100.0, "a"), (100.0, "b")])[0] is None
    assert decide([(SURE - 1, "a")]) == (None, [(SURE - 1, "a")])
    assert decide([]) == (None, [])


def test_a87_rows_with_an_address_alone_find_their_grid_their_house_and_their_place(own_city):
    house = table_of(House)
    with owner_transaction() as connection:
        inside = select(house).where(house.c.building_id == 1).order_by(house.c.id)
        home, other = connection.execute(inside.limit(2)).all()
        connection.execute(update(house).where(house.c.id == other.id).values(room=home.room, entrance=2))
    written = f"海甸区示例路０１号一单元{home.room}室"
    addresses = (home.address, written, "示例路1号", "示列路1号", "示例路99号", written.replace("一单元", ""))
    people = [*({"name": "某人", "address": one} for one in addresses), {"name": "某人", "address": written, "house_number": "无"}]
    batch = imported(own_city.access("officer"), "residents", xlsx("residents", rows_of("residents", *people)))
    places = imported(own_city.access("officer"), "sites", xlsx("sites", rows_of("sites", {"name": "小学", "address": "示例路1号"})))
    with owner_engine().connect() as connection:
        query = select(row_table).where(row_table.c.batch_id.in_((batch, places))).order_by(row_table.c.id)
        exact, alike, outside, typo, nowhere, twice, numbered, school = connection.execute(query).all()
    assert {row.region_key for row in (exact, alike, outside, twice, school)} == {home.region_key}
    assert {row.proposed for row in (exact, alike, outside, twice, school)} == {"address"}
    assert {row.proposed for row in (typo, nowhere, numbered)} == {"none"}
    found = [open_row(row).cells.get("house_number") for row in (exact, alike, outside, twice, numbered)]
    assert found == [home.number, home.number, None, None, "无"]
    assert (typo.candidates, nowhere.candidates, exact.candidates) == ([["building", 1, 67]], None, None)
    assert {tuple(one) for one in twice.candidates} == {("house", home.id, 99), ("house", other.id, 99)}
    assert exact.lon is None
    assert school.lon is not None
    _chosen_among_candidates(home, typo, twice, other)


def _chosen_among_candidates(home, typo, twice, other):
    """The worker of the grid chooses the door, the street the building; who may not read an address does not learn it so."""
    app = create_app()
    worker, officer = sign_in(app, "worker"), sign_in(app, "officer")
    assert f"/imports/rows/{twice.id}/places" in worker.get("/imports/claims").text
    page = worker.get(f"/imports/rows/{twice.id}/places").text
    assert {home.address, other.address} <= set(re.findall(r"\d\. ([^<]+)</strong>", page))
    assert "data-module=\"rows-map\"" not in page
    token = csrf_of(worker, "/imports/claims")
    for wrong in ({"place": f"house-{home.id + 900}", "version": 1}, {"place": "x", "version": 1}, {"version": 1}):
        assert worker.post(f"/imports/rows/{twice.id}/places", data={"csrf_token": token, **wrong}).status_code == 400
    chosen = {"csrf_token": token, "place": f"house-{other.id}"}
    assert worker.post(f"/imports/rows/{twice.id}/places", data={**chosen, "version": 7}).status_code == 409
    assert worker.post(f"/imports/rows/{twice.id}/places", data={**chosen, "version": 1}).status_code == 303
    assert worker.get(f"/imports/rows/{typo.id}/places").status_code == 404
    page = officer.get(f"/imports/rows/{typo.id}/places").text
    assert "value=\"building-1\"" in page
    assert "示例路1号" not in page
    token = csrf_of(officer, "/imports/claims")
    sent = {"csrf_token": token, "version": 1, "place": "building-1"}
    assert officer.post(f"/imports/rows/{typo.id}/places/assign", data=sent).status_code == 303
    with owner_engine().connect() as connection:
        query = select(row_table).where(row_table.c.id.in_((twice.id, typo.id))).order_by(row_table.c.id)
        street, door = connection.execute(query).all()
    assert (door.proposed, door.candidates, open_row(door).cells["house_number"]) == ("chosen", None, other.number)
    assert (street.proposed, street.region_key, "house_number" in open_row(street).cells) == ("chosen", home.region_key, False)
