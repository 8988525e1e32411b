"""Claims as offices make them: groups, other people's rows, grids that change meanwhile (A8.7 to A8.13, A18 (11) to (13))."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_transaction
from geoapp.core.settings import get_settings
from geoapp.importing import claiming, codes, locking
from geoapp.importing.locking import row_table
from geoapp.importing.same import hash_of
from geoapp.importing.targets import TARGETS
from geoapp.importing.templates import all_templates
from geoapp.people import state_actions
from geoapp.people.models import Resident
from geoapp.planning.boundaries import replace_grids
from geoapp.programmes.actions import enrolment
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claim_by_hand import count, undone
from tests.geoapp.importing.test_claim_failures import GRADE, KIND
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, people, row, staged
from tests.geoapp.planning.test_publishing import OUTLINE, north_south
from tests.support.web import csrf_of, sign_in

NEXT = "110108001001002"


@pytest.mark.parametrize(("one", "other", "equal"), [
    (("Anna Schmidt", "110108850101001"), ("ＡＮＮＡ　ｓｃｈｍｉｄｔ", "110108198501010011"), True),
    (("阿依古丽·买买提", "11010819850101002X"), ("阿依古丽．买买提", "１１０１０８１９８５０１０１００２ｘ"), True),
    (("甲 一", "1101 0819 8501 0100 1X"), ("甲一", "11010819850101001x"), True),
    (("甲一", "110108198501010011"), ("甲二", "110108198501010011"), False),
    (("甲一", "110108198501010011"), ("甲一", "110108198501010038"), False),
])  # fmt: skip
def test_a88_names_and_numbers_are_equal_however_they_were_typed(settings, one, other, equal):
    assert (hash_of(*one) == hash_of(*other)) is equal


def test_a88_a_group_is_claimed_whole_and_nothing_of_another_grid_or_name_with_it(own_city):
    old = number(3)[:6] + number(3)[8:17]
    first, wide, short, other_name, other_grid = staged(
        own_city, "residents", {**PLAIN, "name": "阿依古丽·甲", "id_number": number(3)},
        {**PLAIN, "name": "阿依古丽．甲", "id_number": "".join(chr(ord(c) + 0xFEE0) for c in number(3))},
        {**PLAIN, "name": "阿依古丽 · 甲", "id_number": old, "type": "流动人口"}, {**PLAIN, "name": "阿依努尔", "id_number": number(3)},
        {**PLAIN, "name": "阿依古丽·甲", "id_number": number(3), "grid": NEXT},
    )  # fmt: skip
    outcome = claimed(own_city, [wide, other_name, first], "community")
    assert (sorted(outcome.claimed + outcome.along), outcome.failed) == ([first, wide, short], {other_name: "duplicate"})
    assert row(other_grid).state == codes.UNCLAIMED
    assert row(other_name).holder_id == row(first).target_id == row(short).target_id


def test_a87_a_row_is_claimed_where_it_lies_when_it_is_claimed(own_city):
    """The grid of a row, or that of its claimer, has changed since the list was seen."""
    moved, held, lost, plain = staged(own_city, "residents", *(
        {**PLAIN, "name": f"某{name}", "id_number": number(at)} for at, name in enumerate("甲乙丙丁", start=1)
    ))  # fmt: skip
    with write(own_city.access("officer")) as work:
        assert claiming.assign(work, [moved], int(NEXT)) == 1
    assert claimed(own_city, [moved]).failed == {moved: "gone"}
    moved_worker = replace(own_city.access("worker"), scope=own_city.access("neighbour").scope)
    with write(moved_worker) as work:
        assert claiming.claim(work, [moved, plain]).failed == {plain: "gone"}
    assert row(moved).state == codes.CLAIMED

    with write(own_city.access("community")) as work:
        locking.locked(work, [held])
        said = claimed(own_city, [held])
        assert said.failed == {held: "busy"}, "who comes second is told at once"
        token = csrf_of(worker := sign_in(create_app(), "worker"), "/imports/claims")
        answer = worker.post("/imports/claims/claim", data={"csrf_token": token, "register": "residents", "row": held})
        assert "失败 1 行" in worker.get(answer.location).text
    assert (row(held).failure, row(held).state) == (None, codes.UNCLAIMED), "nothing is written down about it"
    assert claimed(own_city, [held]).claimed == [held]

    with owner_transaction() as connection:
        connection.execute(update(row_table).where(row_table.c.id == lost).values(region_key=int(GRID[:12] + "099")))
    assert claimed(own_city, [lost], "community").failed == {lost: "not_mine"}, "a grid that is no more"
    page = sign_in(create_app(), "community").get("/imports/claims?list=failed").text
    assert f'value="{lost}"' in page
    with write(own_city.access("officer")) as work:
        assert claiming.assign(work, [lost], int(GRID)) == 1
    assert claimed(own_city, [lost]).claimed == [lost]


def test_a811_one_row_that_cannot_be_claimed_takes_none_of_the_others_with_it(own_city):
    home = {"household_number": "0099", "relation": "户主"}
    first, second, child, good = staged(
        own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1), **home}, {**PLAIN, "name": "乙二", "id_number": number(2), **home},
        {**PLAIN, "name": "丙三", "id_number": number(3), "house_number": "0000"}, {**PLAIN, "name": "丁四", "id_number": number(4)},
    )  # fmt: skip
    outcome = claimed(own_city, [first, second, child, good])
    assert (outcome.claimed, outcome.failed) == ([first, good], {second: "incomplete", child: "incomplete"})
    assert people(name="乙二", state="active") == 0
    page = sign_in(create_app(), "worker").get("/imports/claims?list=failed").text
    assert f"/imports/rows/{second}/complete" in page
    access = own_city.access("worker")
    less = replace(access, permissions=frozenset(one for one in access.permissions if "household" not in one))
    (again,) = staged(own_city, "residents", {**PLAIN, "name": "戊五", "id_number": number(5), "household_number": "0100", "relation": "户主"})
    with write(less) as work:
        assert claiming.claim(work, [again]).claimed == [again]


def test_a2_6_a_number_of_somebody_of_another_name_is_told_and_both_ways_out_lead_to_a_claim(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_ASSOCIATION_MODE", "existing")
    get_settings.cache_clear()
    stays, dies, was = staged(own_city, "residents", *(
        {**PLAIN, "name": name, "id_number": number(at)} for at, name in enumerate(("阿依·甲", "乙二", "丙三"), start=1)
    ))  # fmt: skip
    assert claimed(own_city, [stays, dies, was]).failed == {}
    with write(own_city.access("worker")) as work:
        one = work.find(Resident.__table__, row(dies).target_id)
        state_actions.deregister(work, one.id, one.version, "died", today())
    undone(own_city, was)
    asked = {"grid": GRID, "programme": "残疾人", "begins": "2026-01-02", "disabled_kind": KIND, "disabled_grade": GRADE}
    typo, dead, missing, right = staged(
        own_city, "enrolments", {**asked, "name": "阿衣", "id_number": number(1)}, {**asked, "name": "乙二", "id_number": number(2)},
        {**asked, "name": "丙三", "id_number": number(3)}, {**asked, "name": "阿依．甲", "id_number": number(1)},
    )  # fmt: skip
    outcome = claimed(own_city, [typo, dead, missing])
    assert outcome.failed == {typo: "other_name", dead: "dead", missing: "resident_missing"}
    assert row(typo).holder_id == row(stays).target_id
    worker = sign_in(create_app(), "worker")
    page = worker.get("/imports/claims?register=enrolments&list=failed").text
    assert f"/imports/rows/{typo}/complete" in page and f'href="/registers/residents/{row(stays).target_id}"' in page
    assert "阿依" not in page.replace("阿依．甲", "")
    token = csrf_of(worker, "/imports/claims")
    form = {"csrf_token": token, "version": row(typo).version, **{n: v for n, v in asked.items() if n not in ("grid", "programme")}}
    kinds = all_templates()["enrolments"]
    codes_of = {"programme": "disabled", **{one: next(iter(kinds.column(one).codes)) for one in ("disabled_kind", "disabled_grade")}}
    answer = worker.post(f"/imports/rows/{typo}/complete", data=form | codes_of | {"name": "阿依·甲"})
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("list=done"), row(typo).failure
    assert claimed(own_city, [right]).failed == {right: "duplicate"}
    undone(own_city, typo)
    assert count(enrolment, enrolment.c.resident_id == row(stays).target_id, enrolment.c.released_at.is_(None)) == 0
    assert claimed(own_city, [right]).claimed == [right]


def test_a87_d4_3_rows_follow_when_grids_change_before_and_after_a_claim(own_city):
    """The community is cut into north and south: a row goes where its point is, a claimed one with its record."""
    west, south, east, north = OUTLINE.bounds
    lon, far = (west * 3 + east) / 4, (west + 3 * east) / 4
    at = [(lon, (south * 3 + north) / 4), (lon, (south + 3 * north) / 4), (far, (south * 3 + north) / 4)]
    places = [{"name": f"小学{n}", "school": "一般", "lon": f"{x:.6f}", "lat": f"{y:.6f}", "crs": "WGS84"} for n, (x, y) in enumerate(at)]
    ids = staged(own_city, "sites", *places, *({**places[0], "name": name} for name in ("中学", "大学")))
    below, above, right, assigned, done = ids
    (person,) = staged(own_city, "residents", {**PLAIN, "name": "甲一", "id_number": number(1)})
    west_grid, east_grid = row(below).region_key, row(right).region_key
    assert west_grid == row(above).region_key != east_grid
    with write(own_city.access("officer")) as work:
        assert claiming.assign(work, [assigned], east_grid) == 1
    assert claimed(own_city, [done, person], "community").failed == {}
    with owner_transaction() as connection:
        replace_grids(connection, north_south(), today())
    lies = {one: row(one).region_key for one in ids}
    assert lies[below] == lies[right] != lies[above], "by their points"
    assert lies[assigned] == east_grid, "where somebody has put it"
    with write(own_city.access("community")) as work:
        for one in (done, person):
            assert work.find(TARGETS[row(one).register].table, row(one).target_id).region_key == row(one).region_key
    assert claimed(own_city, [above, below, right], "community").failed == {}
    with write(own_city.access("community")) as work:
        assert all(work.find(TARGETS["sites"].table, row(one).target_id).region_key == lies[one] for one in (above, below, right))
    undone(own_city, done, "community")
    undone(own_city, person, "community")
