"""The register of exports and the second person, through the pages (C5 bulk export, AZ-9)."""

from __future__ import annotations

import csv
import hashlib
import io
import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from geoapp.accounts.identity import forget_kept
from geoapp.core.db import app_engine, owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.exporting.actions import may_go_alone
from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from tests.support.web import csrf_of, sign_in

CSV = "/registers/residents/export.csv"
WHY = {"basis": "duty", "purpose": "年度核对登记", "recipient": "街道办事处 统计员"}


@pytest.fixture
def app(own_city, monkeypatch):
    monkeypatch.setenv("GEOAPP_EXPORT_ALONE", "5")
    get_settings.cache_clear()
    yield create_app()
    app_engine().dispose()
    owner_engine().dispose()


def rows(sql: str):
    with owner_engine().connect() as connection:
        return connection.execute(text(sql)).all()


def ask(client) -> str:
    """Ask for all residents of the client's area; the address of the request."""
    sent = client.get(f"{CSV}?sex=F&sex=M")
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert page.status_code == 200
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    fields["query"] = fields["query"].replace("&amp;", "&")
    answer = client.post("/export-requests/new", data={**fields, **WHY})
    assert answer.status_code == 303, answer.text
    return answer.location


def decide(client, address: str, answer: str = "yes", version: str = "1"):
    form = {"answer": answer, "version": version, "csrf_token": csrf_of(client, "/about")}
    return client.post(f"{address}/decision", data=form)


def test_every_export_stands_in_the_register_with_its_hash(app):
    client = sign_in(app, "community")
    file = client.get("/registers/houses/export.csv", buffered=True)
    assert file.status_code == 200
    line = rows("SELECT * FROM export_log")[0]
    assert line.sha256 == hashlib.sha256(file.data).hexdigest()
    assert (line.register, line.format, line.people, line.basis, line.recipient) == ("houses", "csv", 0, "duty", "own-use")
    assert line.rows == len(list(csv.reader(io.StringIO(file.text)))) - 1
    assert "address" in line.columns
    event = rows("SELECT action, register, n FROM audit_event WHERE action = 'export'")
    assert [tuple(e) for e in event] == [("export", "houses", line.rows)]
    page = sign_in(app, "officer").get("/exports")
    assert line.sha256[:16] in page.text


def test_c5_many_people_need_a_second_person_who_covers_the_area(app):
    client = sign_in(app, "community")
    address = ask(client)
    assert client.get(f"{address}/file", buffered=True).status_code == 403
    assert decide(client, address).status_code == 404, "nobody agrees to their own"
    assert decide(sign_in(app, "roamer"), address).status_code == 404
    officer = sign_in(app, "officer")
    assert WHY["purpose"] in officer.get("/export-requests").text
    assert decide(officer, address).status_code == 303
    file = client.get(f"{address}/file", buffered=True)
    assert file.status_code == 200
    assert len(list(csv.reader(io.StringIO(file.text)))) - 1 > 5
    line = rows("SELECT people, recipient, request_id, expires_at FROM export_log")[0]
    assert line.people > 5
    assert (line.recipient, line.expires_at is not None) == (WHY["recipient"], True)
    assert officer.get(f"{address}/file").status_code == 404, "the one who agreed gets no file"
    assert decide(officer, address).status_code == 409


def test_c5_what_was_refused_or_ran_out_is_not_handed_out(app):
    client, officer = sign_in(app, "community"), sign_in(app, "officer")
    refused, old = ask(client), ask(client)
    assert decide(officer, refused, "no").status_code == 303
    assert client.get(f"{refused}/file").status_code == 403
    assert decide(officer, old).status_code == 303
    with owner_transaction() as connection:
        connection.execute(text("UPDATE export_request SET expires_at = now() WHERE expires_at IS NOT NULL"))
    assert client.get(f"{old}/file").status_code == 403


def test_az9_rights_are_checked_when_the_file_is_made(app):
    client = sign_in(app, "community")
    address = ask(client)
    decide(sign_in(app, "officer"), address)
    with owner_transaction() as connection:
        connection.execute(text("UPDATE app_user SET area_codes = '{110108001001001}' WHERE username = 'community'"))
    forget_kept()
    assert client.get(f"{address}/file", buffered=True).status_code == 404, "filed under an area that is theirs no more"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE app_user SET area_codes = '{110108001001}' WHERE username = 'community'"))
    forget_kept()
    assert client.get(f"{address}/file", buffered=True).status_code == 200
    with owner_transaction() as connection:
        connection.execute(text(
            "UPDATE role SET permissions = array_remove(permissions, 'register:residents:read') WHERE key = 'community_worker'"))
    forget_kept()
    assert client.get(f"{address}/file", buffered=True).status_code == 404


def test_c5_a_large_file_in_small_parts_is_a_large_file(app):
    client = sign_in(app, "worker")
    with owner_transaction() as connection:
        connection.execute(text(
            "UPDATE role SET permissions = permissions || '{export:file:create}' WHERE key = 'grid_worker'"))
    forget_kept()
    years = [r[0] for r in rows("SELECT DISTINCT birth_year FROM resident WHERE region_key = 110108001001001 "
                                "AND state = 'active' AND birth_year IS NOT NULL ORDER BY 1 LIMIT 12")]  # fmt: skip
    codes = [client.get(f"{CSV}?birth_year={year}", buffered=True).status_code for year in years for _ in range(3)]
    assert codes[0] == 200
    assert codes[-1] == 303


def test_c5_two_files_at_once_are_counted_one_after_the_other(app, own_city):
    worker = own_city.access("worker")
    with begin(worker) as first, begin(worker) as second:
        assert may_go_alone(first, worker, 3)
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        assert may_go_alone(second, worker, 0)
        with pytest.raises(OperationalError):
            may_go_alone(second, worker, 3)


def test_the_query_of_a_request_is_sealed(app):
    client = sign_in(app, "community")
    ask(client)
    cell = bytes(rows("SELECT query_enc FROM export_request")[0][0])
    assert b"sex" not in cell


def test_a_reason_too_short_is_named_and_kept(app):
    client = sign_in(app, "community")
    page = client.get(client.get(CSV).location)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    answer = client.post("/export-requests/new", data={**fields, **WHY, "purpose": "x"})
    assert answer.status_code == 400
    assert 'id="purpose-error"' in answer.text
    assert WHY["recipient"] in answer.text
