"""How long a session lives without a sign of life, and what a role without a second factor may do."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from sqlalchemy import text

from geoapp.accounts.identity import forget_kept
from geoapp.core.db import owner_engine
from geoapp.core.settings import get_settings
from tests.support.web import csrf_of, sign_in


def sql(statement: str) -> None:
    with owner_engine().begin() as connection:
        connection.execute(text(statement))
    forget_kept()


@pytest.fixture
def asked(monkeypatch):
    """A second factor is asked for, as outside of a demo."""
    monkeypatch.setenv("GEOAPP_SECOND_FACTOR", "administration")
    get_settings.cache_clear()
    forget_kept()


def test_a_session_ends_after_half_an_hour_without_a_sign_of_life_but_not_that_of_a_wall(app):
    worker, wall = sign_in(app, "worker"), sign_in(app, "wall")
    assert 1790 <= worker.get("/account/here").json["left"] <= 1800
    assert wall.get("/account/here").json["left"] > 11 * 3600
    sql("UPDATE app_session SET last_seen_at = now() - interval '29 minutes'")
    facts = worker.get("/account/here").json
    assert facts["left"] > 1790, "asking is a sign of life"
    assert facts["most"] > 11 * 3600
    sql("UPDATE app_session SET last_seen_at = now() - interval '31 minutes'")
    assert worker.get("/account/here", headers={"Accept": "application/json"}).status_code == 401
    page = worker.get("/registers/residents")
    assert page.status_code == 302 and "/sign-in" in page.location
    assert wall.get("/registers/houses").status_code == 200
    cleared = worker.get(page.location)
    assert cleared.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "登录已过期" in cleared.text
    assert worker.get_cookie("geoapp_session") is None


def test_lg8_asking_for_the_number_of_messages_keeps_no_session_alive(app):
    worker = sign_in(app, "worker")
    sql("UPDATE app_session SET last_seen_at = now() - interval '29 minutes'")
    for _ in range(3):
        assert worker.get("/messages/unread.json").json == {"unread": 0}
        forget_kept()
    with owner_engine().connect() as connection:
        still = connection.scalar(text("SELECT now() - min(last_seen_at) >= interval '29 minutes' FROM app_session"))
    assert still, "a page that asks by itself is no sign of life"
    assert worker.get("/messages/unread.json").status_code == 200
    assert worker.get("/account/here").json["left"] > 1790, "what somebody does right after it is one"
    sql("UPDATE app_session SET last_seen_at = now() - interval '31 minutes'")
    assert worker.get("/messages/unread.json", headers={"Accept": "application/json"}).status_code == 401
    assert worker.get("/registers/residents").status_code == 302
    wall = sign_in(app, "wall")
    assert wall.get("/messages/unread.json").status_code == 404
    assert "unread-badge" not in wall.get("/map").text
    assert 'data-module="unread-badge" data-unread="0"' in sign_in(app, "worker").get("/map").text


def test_another_area_or_session_gives_the_page_another_mark(app):
    worker = sign_in(app, "worker")
    before = worker.get("/account/here").json["mark"]
    assert worker.get("/account/here").json["mark"] == before
    assert sign_in(app, "worker").get("/account/here").json["mark"] != before
    sql("UPDATE app_user SET area_codes = '{110108001001002}' WHERE username = 'worker'")
    assert worker.get("/account/here").json["mark"] != before


def test_an_administrator_without_a_second_factor_can_only_set_one_up(app, asked):
    admin, worker = sign_in(app, "admin"), sign_in(app, "worker")
    assert worker.get("/map").status_code == 200
    for address in ("/map", "/admin/users", "/account", "/account/tokens", "/messages"):
        page = admin.get(address)
        assert (page.status_code, page.location) == (303, "/account/second-factor"), address
    assert admin.get("/layers.json").status_code == 403
    token = csrf_of(admin, "/account/second-factor")
    assert admin.post("/admin/departments", data={"csrf_token": token, "name": "x", "area": "1101"}).location == "/account/second-factor"
    assert 'href="/admin/users"' not in admin.get("/account/second-factor").text
    picture = admin.get("/account/authenticator").text
    secret = re.search(r'data-part="secret">(\w+)', picture).group(1)
    step = re.search(r'name="step" value="([^"]+)"', picture).group(1)
    code = pyotp.TOTP(secret).at(time.time())
    assert admin.post("/account/authenticator", data={"csrf_token": token, "step": step, "code": code}).status_code == 200
    assert admin.get("/admin/users").status_code == 200
    assert admin.get("/account/second-factor").location == "/account"


def test_sign_out_leaves_nothing_said_to_the_next_person(app):
    worker = sign_in(app, "worker")
    token = csrf_of(worker, "/about")
    with worker.session_transaction() as kept:
        kept["_flashes"] = [("message", "张三已迁出")]
    out = worker.post("/sign-out", data={"csrf_token": token})
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "张三" not in worker.get("/sign-in").text
