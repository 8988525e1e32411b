"""Modules and their impact assessments: off without one, two persons, kept with its file."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import text

from geoapp.accounts.actions import create_user
from geoapp.accounts.roles import ADMINISTRATOR
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.modules.declared import QUESTIONS
from geoapp.modules.rules import check_answers, check_approver, check_file, may_switch_on
from geoapp.modules.sample import ANSWERS as ANSWERS_OF_SAMPLE
from geoapp.modules.sample import attach_sample
from geoapp.web.factory import create_app
from tests.factories.city import PASSWORD
from tests.support.web import csrf_of, sign_in

ANSWERS = dict.fromkeys(QUESTIONS, "此处为充分的回答，不少于十个字。")
PDF = b"%PDF-1.7 an assessment"
TODAY = date(2026, 11, 22)


def rows(sql: str):
    with owner_engine().connect() as connection:
        return connection.execute(text(sql)).all()


@pytest.fixture
def app(own_city):
    with owner_transaction() as connection:
        for name in ("writer", "second"):
            create_user(connection, name, PASSWORD, name, ADMINISTRATOR, ["1101"])
    return create_app()


def post(client, address: str, **fields):
    return client.post(address, data={"csrf_token": csrf_of(client, "/about"), **fields})


def test_c1_56_a_module_that_needs_an_assessment_cannot_be_switched_on_without_it(app):
    writer, second = sign_in(app, "writer"), sign_in(app, "second")
    assert post(writer, "/modules/support/switch", wanted="on").status_code == 409
    saved = post(writer, "/modules/support/assessments", **ANSWERS, file=(io.BytesIO(PDF), "评估 2026.pdf"))
    assert saved.status_code == 303
    assert post(writer, "/modules/support/switch", wanted="on").status_code == 409, "not approved yet"
    own = rows("SELECT id FROM impact_assessment")[0].id
    assert post(writer, f"/modules/support/assessments/{own}/approval").status_code == 409, "not by its writer"
    assert post(second, f"/modules/support/assessments/{own}/approval").status_code == 303
    assert post(writer, "/modules/support/switch", wanted="on").status_code == 303
    assert rows("SELECT is_on FROM module")[0].is_on
    file = second.get(f"/modules/support/assessments/{own}/file")
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert {r.action for r in rows("SELECT action FROM audit_event")} >= {"impact_assessment", "setting_change"}


def test_an_assessment_with_a_question_left_open_comes_back_with_what_was_written(app):
    writer = sign_in(app, "writer")
    page = post(writer, "/modules/support/assessments", **{**ANSWERS, "risks": "无"})
    assert page.status_code == 400
    assert 'id="risks-error"' in page.text
    assert page.text.count(ANSWERS["purpose"]) >= len(QUESTIONS) - 1
    assert rows("SELECT 1 FROM impact_assessment") == []


def test_modules_are_closed_to_everybody_else(app):
    for name in ("director", "community", "worker"):
        assert sign_in(app, name).get("/modules").status_code == 404
    assert sign_in(app, "writer").get("/modules/unknown").status_code == 404


def test_the_page_of_clocks_tells_figures_and_names_nobody(app):
    page = sign_in(app, "writer").get("/retention")
    assert page.status_code == 200
    assert "730" in page.text


def test_answers_are_asked_for_one_by_one():
    assert check_answers({"a": "  十个字以上的回答在这里  "}, ["a"]) == {"a": "十个字以上的回答在这里"}
    for text_ in ("", "短", "长" * 4_001):
        with pytest.raises(InvalidInput):
            check_answers({"a": text_}, ["a"])


@pytest.mark.parametrize(
    ("name", "content", "safe"),
    [
        ("评估.pdf", PDF, "评估.pdf"),
        ("../../etc/passwd.pdf", PDF, "passwd.pdf"),
        ("x.html", PDF, "x.pdf"),
        ("C:\\a b\r\n.png", b"\x89PNG\r\n\x1a\n.", "a_b.png"),
        ("....pdf", PDF, "file.pdf"),
    ],
)
def test_b2_the_name_of_an_upload_is_made_safe(name, content, safe):
    assert check_file(name, content) == safe


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90", PDF + bytes(10 * 1024 * 1024)])
def test_b2_an_upload_of_another_kind_or_too_large_is_refused(content):
    with pytest.raises(InvalidInput):
        check_file("a.pdf", content)


def test_v2_3_5_two_persons():
    check_approver(1, 2, False)
    for writer, approver, approved in ((1, 1, False), (1, None, False), (1, 2, True)):
        with pytest.raises(Conflict):
            check_approver(writer, approver, approved)


def test_the_sample_of_the_demo_is_whole_and_opens_nothing(app):
    with owner_transaction() as connection:
        attach_sample(connection)
        attach_sample(connection)
    assert [(r.sample, r.approved_on) for r in rows("SELECT sample, approved_on FROM impact_assessment")] == [(True, None)]
    assert check_answers(ANSWERS_OF_SAMPLE, QUESTIONS) == ANSWERS_OF_SAMPLE
    second = sign_in(app, "second")
    assert "样例" in second.get("/modules/support").text
    post(second, "/modules/support/assessments/1/approval")
    assert post(second, "/modules/support/switch", wanted="on").status_code == 409


def test_an_assessment_is_good_for_three_years():
    assert may_switch_on(False, None, TODAY)
    assert not may_switch_on(True, None, TODAY)
    assert may_switch_on(True, date(2023, 12, 1), TODAY)
    assert not may_switch_on(True, date(2023, 11, 1), TODAY)
