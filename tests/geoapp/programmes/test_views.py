"""Enrolling on pages, and who learns of it (A4.0, A4.2, A5, D3.3)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.people.state_actions import take_back
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.geoapp.programmes.conftest import GRID
from tests.support.forms import send
from tests.support.web import csrf_of, sign_in

LIST = "/registers/enrolments"


def press(client, address, version):
    return client.post(address, data={"csrf_token": csrf_of(client, "/about"), "version": version})


def total(client, query=""):
    return client.get(f"{LIST}?{query}", headers={"HX-Request": "true"}).text.split('data-total="', 1)[1].split('"')[0]


def test_a4_0_enrol_release_come_back_and_take_back(office):
    app = create_app()
    worker, neighbour = sign_in(app, "worker"), sign_in(app, "neighbour")
    who = office.residents()[0]
    page, form = f"/registers/residents/{who}", f"/residents/{who}/enrol?programme=disabled"
    before = int(total(worker, "programme=disabled"))
    assert "登记服务" in worker.get(page).text and "残疾人" in worker.get(f"/residents/{who}/enrol").text
    assert neighbour.get(form).status_code == 404
    refused = send(worker, form, kind="")
    assert refused.status_code == 400 and "请填写此项" in refused.text
    done = send(worker, form, kind="sight", grade="1")
    assert done.status_code == 303, done.text
    url = done.headers["Location"]
    one = office.enrolments(who)[0]
    assert url == f"{LIST}/{one.id}" and one.begins == today() < one.ends
    shown = worker.get(url).text
    assert "视力" in shown and "一级" in shown and "撤销上一次操作" in shown and "我为什么能看到这条记录" in shown
    assert url in worker.get(page).text and int(total(worker, "programme=disabled")) == before + 1
    assert send(worker, form, kind="sight").status_code == 409, "each programme has a person once in a grid"
    assert neighbour.get(url).status_code == sign_in(app, "director").get(url).status_code == 404
    act = f"/enrolments/{one.id}"
    assert send(worker, f"{act}/release", reason="settled", day=(today() + timedelta(days=1)).isoformat()).status_code == 400
    assert send(worker, f"{act}/release", reason="settled").status_code == 303
    assert int(total(worker, "programme=disabled")) == before
    assert url in worker.get("/enrolments/released").text and url not in neighbour.get("/enrolments/released").text
    assert press(worker, f"{act}/undo", office.enrolments(who)[0].version).status_code == 303
    assert office.enrolments(who)[0].released_at is None
    assert press(worker, f"{act}/undo", office.enrolments(who)[0].version).status_code == 409, "only once"
    send(worker, f"{act}/release", reason="settled")
    assert send(worker, f"{act}/again", reason="again").status_code == 303
    again = office.enrolments(who)[0]
    assert (again.released_at, again.release_reason, again.ends) == (None, None, one.ends)
    assert send(worker, f"{act}/edit", kind="hearing", grade="").status_code == 303 and "听力" in worker.get(url).text
    assert press(worker, f"{act}/release", 1).status_code in (400, 409), "a stale page overwrites nothing"
    assert press(worker, f"{act}/renew", office.enrolments(who)[0].version).status_code == 303


def test_a5_8_who_found_work_does_not_come_back_among_the_unemployed(office):
    worker = sign_in(create_app(), "worker")
    form, given = "/residents/{}/enrol?programme=unemployed", {"reason": "closed_down", "situation": "seeking"}
    who = next(one for one in office.residents() if send(worker, form.format(one), **given).status_code == 303)
    one = office.enrolments(who)[0]
    act = f"/enrolments/{one.id}"
    send(worker, f"{act}/release", reason="settled")
    assert 'name="situation"' in worker.get(f"{act}/again").text
    for situation in ("", "employed"):
        assert send(worker, f"{act}/again", reason="again", situation=situation).status_code == 400
    assert office.enrolments(who)[0].released_at is not None
    assert send(worker, f"{act}/again", reason="again", situation="seeking").status_code == 303
    assert office.enrolments(who)[0].released_at is None


def test_a4_0_what_was_just_enrolled_is_taken_back_as_if_it_had_never_been(office):
    worker, who = sign_in(create_app(), "worker"), office.residents()[0]
    url = send(worker, f"/residents/{who}/enrol?programme=hardship", reason="medical").headers["Location"]
    one = office.enrolments(who)[0]
    left = press(worker, f"/enrolments/{one.id}/undo", one.version)
    assert left.headers["Location"] == f"/registers/residents/{who}"
    assert worker.get(url).status_code == 404 and url not in worker.get(f"/registers/residents/{who}").text
    assert office.rows("SELECT facts_enc FROM enrolment WHERE id = :id", id=one.id) == [(None,)]
    assert send(worker, f"/residents/{who}/enrol?programme=hardship", reason="medical").status_code == 303
    office.sql("UPDATE enrolment SET previous = jsonb_set(previous, '{at}', to_jsonb((now() - interval '11 minutes')::text)) WHERE id = :id", id=one.id)
    assert press(worker, f"/enrolments/{one.id}/undo", office.enrolments(who)[0].version).status_code == 409


def test_d3_3_a_closed_programme_is_seen_by_nobody_it_was_not_opened_to(office):
    """Person page, list, totals, filter, tile, export, OGC, search, cases, addresses, and the row policy."""
    app = create_app()
    worker, community = sign_in(app, "worker"), sign_in(app, "community")
    who = office.residents()[0]
    form = f"/residents/{who}/enrol?programme=resettlement"
    facts = {"begins": "2025-01-02", "released_from": "prison", "need": "work"}
    doors = (f"/registers/residents/{who}", LIST, f"{LIST}/breakdown.json", "/enrolments/released", "/layers.json",
             f"{LIST}/export.csv", "/ogc/collections/enrolments/items", "/tiles/enrolments/14/13485/6202.mvt",
             f"{LIST}/filter", f"/residents/{who}/enrol", "/map", f"/registers/regions/{GRID}")  # fmt: skip

    def seen(client):
        return [client.get(door, buffered=True).data.split(b"csrf-token", 1)[0] if door == "/map" else
                without_tokens(client.get(door, buffered=True).data) for door in doors]  # fmt: skip

    before, closed = seen(community), community.get("/cases")
    assert closed.status_code == 404
    assert send(worker, form.replace("resettlement", "disabled"), kind="sight").status_code == 303
    office.sql("DELETE FROM enrolment WHERE resident_id = :id", id=who)
    assert worker.get(form).status_code == 404, "it was opened to nobody"
    assert 'href="/cases"' not in worker.get("/about").text
    office.grant("worker", "resettlement")
    assert 'href="/cases"' in worker.get("/about").text and 'href="/cases"' not in community.get("/about").text
    assert worker.get(form).status_code == 404, "the module is off"
    office.module()
    assert send(worker, form, **facts).status_code == 303
    one = office.enrolments(who)[0]
    assert (one.begins.isoformat(), one.ends.isoformat()) == ("2025-01-02", "2030-01-02")
    assert "安置帮教" in worker.get(f"/registers/residents/{who}").text and f"/cases/{one.id}" in worker.get("/cases").text
    assert worker.get(f"/cases/{one.id}").status_code == 200
    assert seen(community) == before, "nothing tells that somebody is enrolled"
    for address in (f"/cases/{one.id}", f"{LIST}/{one.id}", f"/enrolments/{one.id}/release", f"/enrolments/{one.id}/edit"):
        answer, absent = community.get(address), community.get(address.replace(str(one.id), "999999"))
        assert (answer.status_code, absent.status_code) == (404, 404), address
    for username, sees in (("community", 0), ("worker", 1), ("director", 0)):
        access = office.city.access(username)
        if sees:
            access = type(access)(access.scope, access.permissions, access.user_id, programmes=(("resettlement", access.scope),))
        with begin(access) as connection:
            assert connection.scalar(text("SELECT count(*) FROM enrolment WHERE closed")) == sees, username
    office.grant("community", "youth", "community_correction", area="110108001001")
    assert community.get(f"/cases/{one.id}").status_code == 404
    assert "data-total" not in community.get("/cases").text, "another programme"
    office.module(on=False)
    assert worker.get(f"/cases/{one.id}").status_code == 404
    assert "安置帮教" not in worker.get(f"/registers/residents/{who}").text and f"/cases/{one.id}" not in worker.get("/cases").text


def without_tokens(body: bytes) -> bytes:
    """A page without what differs from one request to the next."""
    return re.sub(rb'[0-9a-f]{16,}|data-(?:left|most|warning)="\d+"|"timeStamp": ?"[^"]*"|\d{4}-\d\d-\d\dT[\d:.+Z]+', b"", body)


def test_a4_2_correction_goes_over_to_resettlement_in_one_click_and_back(office):
    worker, who = sign_in(create_app(), "worker"), office.residents()[0]
    office.module()
    office.grant("worker", "community_correction")
    ends = (today() + timedelta(days=30)).isoformat()
    url = send(worker, f"/residents/{who}/enrol?programme=community_correction", begins="2025-03-01", penalty="probation",
               term_ends=ends, need="legal").headers["Location"]  # fmt: skip
    one = office.enrolments(who)[0]
    assert one.ends.isoformat() == ends and "转入安置帮教" not in worker.get(url).text
    assert press(worker, f"/enrolments/{one.id}/transfer", one.version).status_code == 404, "the other one is not opened"
    office.grant("worker", "resettlement")
    assert "转入安置帮教" in worker.get(url).text
    made = press(worker, f"/enrolments/{one.id}/transfer", one.version)
    assert made.status_code == 303 and "法律援助" in worker.get(made.headers["Location"]).text
    old, new = office.enrolments(who)
    assert (old.release_reason, new.programme, new.begins) == ("transferred", "resettlement", today())
    assert press(worker, f"/enrolments/{old.id}/undo", old.version).status_code == 303
    old, new = office.enrolments(who)
    assert old.released_at is None and new.release_reason == "correction"
    assert worker.get(made.headers["Location"]).status_code == 404


@pytest.mark.parametrize("programme", ["hardship", "resettlement"])
def test_a3_4_a18_9_who_leaves_the_register_leaves_and_who_moves_takes_enrolments_along(office, programme):
    """Also of programmes which the one who writes it down does not know of."""
    app = create_app()
    worker, community = sign_in(app, "worker"), sign_in(app, "community")
    who = office.residents()[0]
    office.module()
    office.grant("worker", "resettlement")
    facts = {"hardship": {"reason": "medical"}, "resettlement": {"begins": "2025-01-02", "released_from": "prison", "need": "work"}}
    assert send(worker, f"/residents/{who}/enrol?programme={programme}", **facts[programme]).status_code == 303
    one = office.enrolments(who)[0]
    assert send(community, f"/residents/{who}/deregister", reason="moved_away").status_code == 303
    assert office.enrolments(who)[0].release_reason == "left_register"
    assert send(community, f"/residents/{who}/take-back").status_code == 303
    assert office.enrolments(who)[0].released_at is None
    moved = send(community, f"/residents/{who}/move", region="110108001001002", no_house_reason="other", house_number="")
    assert moved.status_code == 303, moved.text
    new = int(moved.headers["Location"].rsplit("/", 1)[1])
    assert not office.enrolments(who)
    (gone,) = office.enrolments(new)
    assert (gone.id, gone.region_key, gone.ends, gone.released_at) == (one.id, 110108001001002, one.ends, None)
    assert office.rows("SELECT rule, region_key FROM enrolment_event WHERE enrolment_id = :id", id=one.id) == [("arrived", 110108001001002)]
    with write(office.city.access("community")) as work:
        take_back(work, who, office.version(who))
    assert [r.id for r in office.enrolments(who)] == [one.id] and not office.enrolments(new)


def test_a5_3_who_is_sixty_is_marked_as_soon_as_the_record_is_saved(office):
    worker, day = sign_in(create_app(), "worker"), today()
    born = {"id_kind": "none", "id_number": "", "type": "unregistered", "unregistered_reason": "other", "no_house_reason": "other"}
    found = []
    for name, birth in (("甲例春", day.replace(year=day.year - 60)), ("乙例春", day.replace(year=day.year - 60) + timedelta(days=1))):
        answer = send(worker, f"/residents/new?region={GRID}", name=name, sex="M", birth_date=birth.isoformat(), **born)
        assert answer.status_code == 303, answer.text
        found.append(office.rows("SELECT id FROM resident ORDER BY id DESC LIMIT 1")[0].id)
    (marked,) = office.enrolments(found[0])
    assert (marked.programme, marked.begins) == ("elderly", day) and not office.enrolments(found[1])
    assert "老年人" in worker.get(f"/registers/residents/{found[0]}").text
    older = day.replace(year=day.year - 61).isoformat()
    corrected = send(worker, f"/residents/{found[1]}/edit", birth_date=older)
    assert corrected.status_code == 303, corrected.text
    assert [r.programme for r in office.enrolments(found[1])] == ["elderly"]
    assert office.rows("SELECT count(*) FROM enrolment_event WHERE rule = 'age_in'") == [(2,)]
