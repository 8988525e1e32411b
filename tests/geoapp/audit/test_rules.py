"""What an event of the audit log may hold (D3.6, A15.1; research C5)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from geoapp.audit import rules
from geoapp.audit.codes import ACTIONS, Action
from geoapp.audit.rules import NOBODY, Actor, Event, body_of

AT = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)
WORKER = Actor("user", 7, "grid_worker", "12", 110108001001001)


def event(**facts):
    return Event(**({"action": Action.REVEAL, "actor": WORKER, "at": AT} | facts))


def test_an_event_says_who_what_and_when_in_one_line():
    line = json.loads(body_of(event(register="residents", fields=("phone", "id_number"), reason="visit", count=1)))
    assert line["action"] == "reveal" and line["actor"] == 7 and line["role"] == "grid_worker"
    assert line["fields"] == ["id_number", "phone"] and line["reason"] == "visit" and line["n"] == 1
    assert line["at"] == 1795309323456789
    assert "\n" not in body_of(event())


def test_every_action_has_a_word():
    assert set(ACTIONS) == set(Action)


@pytest.mark.parametrize("value", ["110108199003074516", "13812345678", "张三", "two words", "x" * 65, "tel:13812345678"])
def test_d3_6_a_value_is_refused_as_a_fact(value):
    with pytest.raises(ValueError):
        body_of(event(facts={"note": value}))


@pytest.mark.parametrize("value", [110108199003074516, 13812345678])
def test_d3_6_a_number_that_may_be_somebodys_is_refused(value):
    with pytest.raises(ValueError):
        body_of(event(facts={"note": value}))


@pytest.mark.parametrize("value", ["xlsx", "aes-256-gcm", 12, 0.5, True, hashlib.sha256(b"7").hexdigest(), "a" * 64])
def test_d3_6_codes_numbers_and_digests_are_facts(value):
    assert json.loads(body_of(event(facts={"note": value})))["facts"] == {"note": value}


@pytest.mark.parametrize("changed", [{"fields": ("姓名",)}, {"reason": "他要求的"}, {"register": "Residents"}, {"facts": {"备注": 1}},
                                     {"actor": Actor("user", 1, "张三")}])  # fmt: skip
def test_d3_6_names_are_names_not_text(changed):
    with pytest.raises(ValueError):
        body_of(event(**changed))


def test_the_marks_of_two_equal_events_differ():
    one, two = body_of(event()), body_of(event())
    assert one != two
    assert rules.mark(b"k" * 32, one.encode()) != rules.mark(b"k" * 32, two.encode())


def test_a_later_event_has_a_later_id():
    assert rules.new_id(AT) < rules.new_id(AT + timedelta(milliseconds=1))


def test_lg7_a_commitment_is_bound_to_record_and_salt():
    mine = rules.commitment(b"s" * 16, "residents", 12)
    assert mine != rules.commitment(b"s" * 16, "residents", 13)
    assert mine != rules.commitment(b"s" * 16, "houses", 12)
    assert mine != rules.commitment(b"t" * 16, "residents", 12)


def test_lg1_a_link_is_bound_to_everything_it_seals():
    base = (b"key", rules.FIRST_LINK, 1, 1_000, b"body", b"mark")
    others = [(b"kez", *base[1:]), (base[0], b"\1" * 32, *base[2:]), (*base[:2], 2, *base[3:]), (*base[:3], 1_001, *base[4:]),
              (*base[:4], b"bodz", base[5]), (*base[:5], b"marl"), (*base[:4], b"bodym", b"ark")]  # fmt: skip
    assert len({rules.link(*one) for one in [base, *others]}) == 8


@pytest.mark.parametrize(("ranges", "area"), [
    ((), 0),
    (((110108001001001, 110108001001001),), 110108001001001),
    (((110108001001000, 110108001001999),), 110108001001000),
    (((110105001001001, 110105001001001), (110108001002000, 110108001002999)), 110100000000000),
    (((110000000000000, 110999999999999), (320000000000000, 329999999999999)), 0),
])  # fmt: skip
def test_the_area_of_an_actor_is_the_smallest_region_around_theirs(ranges, area):
    assert rules.smallest_area(ranges) == area


def test_many_records_become_several_events():
    assert [len(part) for part in rules.chunks(range(1001))] == [500, 500, 1]
    assert rules.chunks([]) == [()]


def test_lg6_late_is_later_than_the_limit():
    assert not rules.is_late(AT, AT + timedelta(minutes=5), timedelta(minutes=5))
    assert rules.is_late(AT, AT + timedelta(minutes=5, seconds=1), timedelta(minutes=5))


def test_a_request_before_sign_in_has_no_name():
    assert json.loads(body_of(Event(Action.SIGN_IN_FAILED, NOBODY, AT)))["actor"] is None
