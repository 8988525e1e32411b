"""Every reason for which a claim fails, and the way out of each (A8.11 to A8.13; peers B1)."""

from __future__ import annotations

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.settings import get_settings
from geoapp.importing import codes, merging
from geoapp.importing.templates import all_templates
from geoapp.people.registering import Home
from geoapp.people.state_actions import deregister, reinstate, resident
from geoapp.programmes.actions import enrolment
from geoapp.web.factory import create_app
from tests.geoapp.importing.test_claim_by_hand import undone
from tests.geoapp.importing.test_claiming import GRID, PLAIN, claimed, number, row, staged
from tests.support.web import sign_in

HOUSE = "1101080010010017777777777"
KIND, GRADE = (next(iter(all_templates()["enrolments"].column(f"disabled_{one}").codes.values())) for one in ("kind", "grade"))
SEEN = {
    "incomplete", "duplicate", "rental_claimed", "other_type", "cancelled", "cancelled_registered", "cancelled_floating",
    "dead", "taken", "busy", "differs", "no_record", "resident_missing", "resident_cancelled", "other_name", "alike", "no_grid", "not_mine", "gone", "no_permission",
}  # fmt: skip


def gone(city, row_id, reason):
    with write(city.access("worker")) as work:
        person = work.find(resident, row(row_id).target_id)
        deregister(work, person.id, person.version, reason, today())
    return person.id


def test_b1_every_reason_of_the_peer_is_one_of_ours():
    assert set(codes.ANSWER) == SEEN | {"flawed"}, "and what a first fill's report says of a row"
    assert codes.COMPLETE | codes.COMPARE | codes.OPEN_FIRST <= SEEN
    assert not codes.COMPLETE & codes.COMPARE


def test_b1_people_who_left_who_died_and_who_are_of_another_type(own_city):
    stays, floats, left, died = staged(own_city, "residents", *(
        {**PLAIN, "name": f"某{name}", "id_number": number(serial), "type": kind, "registered_place": "某省"}
        for name, serial, kind in (("甲", 1, "户籍人口"), ("乙", 2, "流动人口"), ("丙", 3, "户籍人口"), ("丁", 4, "户籍人口"))
    ))  # fmt: skip
    assert claimed(own_city, [stays, floats, left, died]).failed == {}
    ids = [gone(own_city, one, why) for one, why in ((floats, "moved_away"), (left, "moved_away"), (died, "died"))]
    other, floats2, left2, died2 = staged(own_city, "residents", *(
        {**PLAIN, "name": "某人", "id_number": number(serial), "type": kind}
        for serial, kind in ((1, "流动人口"), (2, "流动人口"), (3, "户籍人口"), (4, "户籍人口"))
    ))  # fmt: skip
    wrong = {other: "other_type", floats2: "cancelled_floating", left2: "cancelled_registered", died2: "dead"}
    assert claimed(own_city, list(wrong)).failed == wrong
    assert [row(one).holder_id for one in (floats2, left2, died2)] == ids
    page = sign_in(create_app(), "worker").get("/imports/claims?list=failed").text
    assert all(f'href="/registers/residents/{one}"' in page for one in ids), "the record is dealt with first"
    assert f'/imports/rows/{other}/compare"' in page

    # the ways out: the record comes back and the row is that one; or the type of the row is taken
    with write(own_city.access("worker")) as work:
        reinstate(work, ids[1], work.find(resident, ids[1]).version, Home(no_house_reason="unknown_address"))
    assert claimed(own_city, [left2]).failed == {left2: "duplicate"}
    with write(own_city.access("worker")) as work:
        held = work.find(resident, row(stays).target_id)
        assert merging.merge(work, other, (row(other).version, held.version), held.id, ["type"]) == ["type"]
        assert work.find(resident, held.id).type == "floating"
    undone(own_city, other)
    with write(own_city.access("worker")) as work:
        assert work.find(resident, row(stays).target_id).type == "registered"


def test_b1_places_that_are_there_and_rows_one_may_not_claim(own_city):
    home = {"number": HOUSE, "address": "示例路9号", "grid": GRID, "rental": "是"}
    plain, let, bare, elsewhere, nowhere = staged(
        own_city, "houses", {**home, "rental": "", "number": HOUSE[:-1] + "6"},
        {**home, "rental_use": "住房", "rental_kind": "套房", "landlord_name": "某房东", "landlord_phone": "13800138000"},
        {"address": "无编号", "grid": GRID}, {**home, "grid": "110108001001002"}, {**home, "grid": "", "community": GRID[:12]},
    )  # fmt: skip
    outcome = claimed(own_city, [plain, let, bare, elsewhere])
    assert (outcome.claimed, outcome.failed) == ([plain, let], {bare: "incomplete", elsewhere: "gone"})
    page = sign_in(create_app(), "worker").get(f"/registers/houses/{row(let).target_id}").text
    assert "某*" in page
    assert "某房东" not in page
    again, double = staged(own_city, "houses", home, {**home, "rental": "", "number": HOUSE[:-1] + "6"})
    assert claimed(own_city, [again, double]).failed == {again: "rental_claimed", double: "duplicate"}
    assert claimed(own_city, [let]).failed == {let: "taken"}
    assert claimed(own_city, [nowhere], "officer").failed == {nowhere: "no_permission"}
    assert claimed(own_city, [nowhere], "community").failed == {nowhere: "no_grid"}
    undone(own_city, plain)
    assert claimed(own_city, [double]).claimed == [double]


def test_b1_people_in_programmes_need_their_resident_in_mode_two(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_ASSOCIATION_MODE", "existing")
    get_settings.cache_clear()
    here, away = staged(own_city, "residents", *(
        {**PLAIN, "name": "老人", "id_number": number(serial)} for serial in (1, 2)
    ))  # fmt: skip
    assert claimed(own_city, [here, away]).failed == {}
    gone_id = gone(own_city, away, "moved_away")
    asked = {"grid": GRID, "name": "老人", "programme": "残疾人", "begins": "2026-01-02"}
    facts = {"disabled_kind": KIND, "disabled_grade": GRADE}
    known, left, unknown, vague, again = staged(
        own_city, "enrolments", *({**asked, **facts, "id_number": number(serial)} for serial in (1, 2, 3)),
        {**asked, "id_number": number(1)}, {**asked, **facts, "id_number": number(1)},
    )  # fmt: skip
    outcome = claimed(own_city, [vague, known, left, unknown, again])
    assert outcome.claimed == [known]
    wrong = {left: "resident_cancelled", unknown: "resident_missing", vague: "incomplete", again: "duplicate"}
    assert outcome.failed == wrong
    assert row(left).holder_id == gone_id
    app = create_app()
    page = sign_in(app, "worker").get("/imports/claims?register=enrolments&list=failed").text
    assert f'href="/registers/residents/{gone_id}"' in page
    assert f'/imports/rows/{unknown}/complete"' in page
    assert number(3) not in page
    assert f"/registers/enrolments/{row(again).holder_id}" in sign_in(app, "worker").get(f"/imports/rows/{again}/compare").text
    undone(own_city, known)
    with write(own_city.access("worker")) as work:
        assert work.find(enrolment, row(again).holder_id).release_reason
    assert claimed(own_city, [again]).claimed == [again]
