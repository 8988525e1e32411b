"""A person asks for a copy, a correction, a deletion (PR-4): everything found, then nothing."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from geoapp.core.crypto import decrypt, encrypt, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.people.searches import keep_search
from geoapp.retention.run import erased_path
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.factories.city import small_city
from tests.support.kept import kept_disagreements
from tests.support.web import csrf_of, sign_in

CANARIES = {
    "name": "金丝雀甲", "id_number": "11010819900307913X", "phone": "13900099137", "birth_date": "1990-03-07",
    "number": "HH-CANARY-1", "asked": "金丝雀的请求原文",
}  # fmt: skip


def rows(sql: str, **facts):
    with owner_engine().connect() as connection:
        return connection.execute(text(sql), facts).all()


@pytest.fixture
def app(own_city):
    erased_path(get_settings()).unlink(missing_ok=True)
    yield create_app()
    erased_path(get_settings()).unlink(missing_ok=True)


@pytest.fixture
def person(app) -> int:
    """One resident of the community whose every field is a canary."""
    found = rows("SELECT id, household_id FROM resident WHERE region_key = 110108001001001 AND state = 'active' "
                 "AND house_id IS NOT NULL AND household_id IS NOT NULL ORDER BY id LIMIT 1")[0]  # fmt: skip
    with owner_transaction() as connection:
        keys = KeyRing.on(connection)
        cells = {n: encrypt(CANARIES[n], f"resident.{n}.{found.id}", keys=keys) for n in ("id_number", "phone", "birth_date")}
        connection.execute(text(
            "UPDATE resident SET name = :name, id_enc = :id_number, id_hash = :hash, phone_enc = :phone, "
            "birth_date_enc = :birth_date, birth_year = 1990 WHERE id = :id"),
            {**cells, "name": CANARIES["name"], "hash": search_hash(CANARIES["id_number"], "resident.id_number"), "id": found.id},
        )  # fmt: skip
        connection.execute(text("UPDATE household SET number = :n, head_id = :id WHERE id = :h"),
                           {"n": CANARIES["number"], "id": found.id, "h": found.household_id})  # fmt: skip
        connection.execute(text("UPDATE resident SET household_id = NULL, relation = NULL WHERE household_id = :h AND id <> :id"),
                           {"id": found.id, "h": found.household_id})  # fmt: skip
    return found.id


def own_access():
    return small_city().access("community")


def receive(client, person: int, kind: str) -> str:
    page = client.get(f"/subject-requests/new?resident={person}")
    assert page.status_code == 200
    form = {"csrf_token": csrf_of(client, "/about"), "resident": person, "kind": kind, "received_on": "2026-01-02",
            "asked": CANARIES["asked"]}  # fmt: skip
    answer = client.post("/subject-requests/new", data=form)
    assert answer.status_code == 303, answer.text
    return answer.location


def close(client, address: str, outcome: str = "done", version: int = 1):
    form = {"csrf_token": csrf_of(client, "/about"), "version": version, "outcome": outcome, "answer": "已按规定办理"}
    return client.post(f"{address}/answer", data=form)


def test_pr4_a_copy_holds_every_canary_and_who_looked(app, person):
    client = sign_in(app, "community")
    address = receive(client, person, "copy")
    file = client.get(f"{address}/copy.json")
    assert file.status_code == 200
    held = json.loads(file.data)
    missing = [mark for mark in CANARIES.values() if mark not in file.text]
    assert missing == []
    assert held["residences"][0]["address"]
    assert [look["action"] for look in held["looked_at"]].count("subject_request") == 1
    assert held["kept_for"]
    line = rows("SELECT people, basis, recipient FROM export_log")[0]
    assert tuple(line) == (1, "request", "subject")


def test_pr4_d3_3_a_copy_holds_enrolments_of_closed_programmes_too_and_services(app, person):
    """The desk hands out what it is shown nowhere else; whoever has no desk gets nothing."""
    home = rows("SELECT county_code, region_key FROM resident WHERE id = :id", id=person)[0]._mapping
    with owner_transaction() as connection:
        keys = KeyRing.on(connection)

        def sealed(words: str, place: str) -> bytes:
            return encrypt(words, place, keys=keys)

        for number, programme, closed, name in ((901, "disabled", False, "facts"), (902, "resettlement", True, "details")):
            connection.execute(text(
                f"INSERT INTO enrolment (county_code, id, region_key, resident_id, programme, closed, module, begins, ends, "
                f"origin, {name}_enc) VALUES (:county_code, :id, :region_key, :who, :programme, :closed, :module, "
                "'2026-01-01', '2027-01-01', 'entered', :cell)"),
                {**home, "id": number, "who": person, "programme": programme, "closed": closed,
                 "module": "support" if closed else None,
                 "cell": sealed(json.dumps({"kind": f"所填{programme}"}), f"enrolment.{name}.{number}")},
            )  # fmt: skip
        for number, people in ((901, 1), (902, 2)):
            connection.execute(text(
                "INSERT INTO service_record (county_code, id, region_key, team_id, team_name, kind, service, served_on, members, "
                "people, note_enc) VALUES (:county_code, :id, :region_key, 1, '走访一队', 'residents', 'visit', '2026-02-03', "
                "'{1}', :people, :note)"),
                {**home, "id": number, "people": people, "note": sealed(f"走访记录{number}", f"service_record.note.{number}")},
            )  # fmt: skip
            connection.execute(text(
                "INSERT INTO service_recipient VALUES (:county_code, :id, :who, :region_key, 'residents', '2026-02-03')"),
                {**home, "id": number, "who": person})  # fmt: skip
    client, worker = sign_in(app, "community"), sign_in(app, "worker")
    address = receive(client, person, "copy")
    held = json.loads(client.get(f"{address}/copy.json").data)
    told = [(one["programme"], one["ends"], one["facts"]["kind"]) for one in held["enrolments"] if one["origin"] == "entered"]
    assert told == [("disabled", "2027-01-01", "所填disabled"), ("resettlement", "2027-01-01", "所填resettlement")]
    mine = [(one["team_name"], one["served_on"], one["note"]) for one in held["services"] if one["team_name"] == "走访一队"]
    assert mine == [("走访一队", "2026-02-03", "走访记录901"), ("走访一队", "2026-02-03", None)], "no note about others"
    assert "安置帮教" not in client.get(f"/registers/residents/{person}").text, "it is opened in the copy alone"
    assert worker.get(f"{address}/copy.json").status_code in (403, 404)


def test_pr4_after_a_granted_deletion_no_canary_is_left(app, person):
    client = sign_in(app, "community")
    hashed = search_hash(CANARIES["id_number"], "resident.id_number").hex()
    found = client.post("/search", data={"csrf_token": csrf_of(client, "/about"), "q": CANARIES["name"]})
    assert found.status_code < 400
    with begin(own_access()) as connection:
        keep_search(connection, own_access(), "residents", CANARIES["id_number"])
    address = receive(client, person, "delete")
    assert close(client, address).status_code == 303
    assert rows("SELECT 1 FROM saved_search") == []
    tables = [r[0] for r in rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition AND relname <> 'spatial_ref_sys'")]  # fmt: skip
    everything = "\n".join(str(r[0]) for t in tables for r in rows(f'SELECT t::text FROM "{t}" t'))
    assert [mark for mark in (*CANARIES.values(), hashed) if mark in everything] == []
    for row in rows("SELECT id, id_enc FROM resident WHERE id_enc IS NOT NULL"):
        assert decrypt(bytes(row.id_enc), f"resident.id_number.{row.id}") != CANARIES["id_number"]
    pages = "".join(client.get(a).text for a in ("/registers/residents", f"/registers/residents/{person}", address,
                                                 "/subject-requests"))  # fmt: skip
    assert [mark for mark in CANARIES.values() if mark in pages] == []
    assert len(rows("SELECT 1 FROM tombstone WHERE record_id = :id", id=person)) == 1
    assert kept_disagreements() == []
    assert CANARIES["name"] not in erased_path(get_settings()).read_text("utf-8")


def test_pr4_a_correction_leads_to_the_record_and_is_answered(app, person):
    client = sign_in(app, "community")
    address = receive(client, person, "correct")
    assert f"/registers/residents/{person}" in client.get(address).text
    assert client.get(f"{address}/copy.json").status_code == 404
    assert close(client, address).status_code == 303
    assert close(client, address, version=2).status_code == 409, "answered once"
    events = rows("SELECT body ->> 'facts' AS facts, reason FROM audit_event WHERE action = 'subject_request' ORDER BY at")
    assert [e.reason for e in events] == ["correct", "correct"]
    assert ["receive" in events[0].facts, "done" in events[1].facts] == [True, True]


def test_a_refused_deletion_erases_nobody(app, person):
    client = sign_in(app, "community")
    assert close(client, receive(client, person, "delete"), "refused").status_code == 303
    assert rows("SELECT name FROM resident WHERE id = :id", id=person)[0].name == CANARIES["name"]


def test_a_request_is_open_to_the_desk_of_its_area_alone(app, person):
    address = receive(sign_in(app, "community"), person, "delete")
    roamer = sign_in(app, "roamer")
    assert roamer.get(address).status_code == 404
    assert close(roamer, address).status_code == 404
    assert roamer.get(f"/subject-requests/new?resident={person}").status_code == 404
    assert sign_in(app, "officer").get(address).status_code == 404
    assert rows("SELECT state FROM subject_request")[0].state == "open"


def test_late_requests_are_marked_and_errors_keep_what_was_written(app, person):
    client = sign_in(app, "community")
    address = receive(client, person, "explain")
    assert "逾期" in client.get("/subject-requests").text
    form = {"csrf_token": csrf_of(client, "/about"), "version": 1, "outcome": "done", "answer": "x"}
    page = client.post(f"{address}/answer", data=form)
    assert page.status_code == 400
    assert re.search(r'id="answer-error"', page.text)
