"""Administration: invitation, change, closing; own area, own grants, and all of it audited (LG-5)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from geoapp.accounts.identity import forget_kept
from geoapp.core.db import owner_engine
from tests.factories.city import DEFAULT_ROLES, PASSWORD
from tests.support.web import csrf_of, sign_in

GRID = "110108001001001"
NEW = {"username": "new.worker", "display_name": "新来的", "role": "grid_worker", "areas": GRID, "department": "", "sso_subject": ""}
LINK = re.compile(r"/welcome\?key=([\w-]+)")


def events() -> list:
    with owner_engine().connect() as connection:
        return connection.execute(text(
            "SELECT body->>'action' AS action, body->>'reason' AS reason, body->'fields' AS fields FROM audit_event ORDER BY id"
        )).all()  # fmt: skip


def sql(statement: str, **values):
    with owner_engine().begin() as connection:
        return connection.execute(text(statement), values)


def post(client, url, **form):
    return client.post(url, data={**form, "csrf_token": csrf_of(client, "/about")})


def user_id(name: str) -> int:
    return sql("SELECT id FROM app_user WHERE username = :n", n=name).scalar_one()


@pytest.fixture
def admin(app):
    return sign_in(app, "admin")


def invited(admin, **changes) -> str:
    page = post(admin, "/admin/users/new", **{**NEW, **changes})
    assert page.status_code == 200, page.text
    return LINK.search(page.text).group(1)


def welcome(app, key: str, password="three green bicycles"):
    client = app.test_client()
    form = {"key": key, "current": "", "password": password, "again": password, "csrf_token": csrf_of(client)}
    return client.post("/welcome", data=form)


def test_somebody_invited_sets_a_password_once_and_signs_in(app, admin):
    key = invited(admin)
    assert welcome(app, key, "password12").status_code == 400
    assert welcome(app, key).status_code == 303
    assert welcome(app, key).status_code == 404
    client = app.test_client()
    form = {"name": "new.worker", "password": "three green bicycles", "csrf_token": csrf_of(client)}
    assert client.post("/sign-in", data=form).status_code == 303
    assert client.get("/registers/houses").status_code == 200
    assert ("user_change", "invite") in [(e.action, e.reason) for e in events()]


def test_a_link_is_stored_as_a_hash_and_ends(app, admin):
    key = invited(admin)
    assert key not in str(sql("SELECT l::text FROM account_link l").all())
    sql("UPDATE account_link SET expires_at = now()")
    assert welcome(app, key).status_code == 404


def test_a_second_link_voids_the_first(app, admin):
    key = invited(admin)
    again = post(admin, f"/admin/users/{user_id('new.worker')}/invite")
    assert welcome(app, key).status_code == 404
    assert welcome(app, LINK.search(again.text).group(1)).status_code == 303


def test_a_taken_name_is_refused_and_the_form_keeps_what_was_written(admin):
    page = post(admin, "/admin/users/new", **{**NEW, "username": "worker"})
    assert page.status_code == 409
    assert 'value="新来的"' in page.text


@pytest.mark.parametrize("changes", [{"areas": "1201"}, {"areas": f"{GRID} 1201"}, {"areas": "11"}])
def test_nobody_is_placed_outside_the_administrators_own_area(admin, changes):
    assert post(admin, "/admin/users/new", **{**NEW, **changes}).status_code == 403


def test_az11_a_column_the_form_does_not_show_is_refused(admin):
    before = sql("SELECT u::text FROM app_user u ORDER BY id").all()
    columns = [c for (c,) in sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'app_user'")]
    shown = {*NEW, "version", "form_token", "role_key", "area_codes", "department_id"} - {"role_key", "area_codes", "department_id"}
    extra = [c for c in columns if c not in shown]
    assert len(extra) > 8
    for name in extra:
        page = post(admin, f"/admin/users/{user_id('worker')}", **{**NEW, "version": "1", name: "1"})
        assert page.status_code == 400, name
    assert [r for r in sql("SELECT u::text FROM app_user u ORDER BY id").all()] == before  # noqa: C416


def street_admin(app):
    """An administrator of one street whose role may hand out what a grid worker holds, and no more."""
    held = [str(p) for p in (*DEFAULT_ROLES["grid_worker"][1], "account:user:manage", "account:role:manage")]
    sql("INSERT INTO role (key, title, permissions) VALUES ('street_admin', '街道管理员', :p)", p=held)
    sql("UPDATE app_user SET role_key = 'street_admin' WHERE username = 'officer'")
    return sign_in(app, "officer")


def test_an_administrator_sees_the_users_of_the_own_area_only(app):
    page = street_admin(app).get("/admin/users").text
    shown = set(re.findall(r'href="/admin/users/\d+">([\w.]+)<', page))
    assert shown == {"officer", "community", "worker", "neighbour"}


def test_az3_a_user_of_another_area_looks_like_one_that_does_not_exist(app, admin):
    client = street_admin(app)
    for url in (f"/admin/users/{user_id('roamer')}", f"/admin/users/{user_id('director')}"):
        assert client.get(url).status_code == client.get("/admin/users/99999").status_code == 404
        assert post(client, f"{url}/disable").status_code == 404
    assert sql("SELECT bool_and(active) FROM app_user").scalar()


def test_nobody_hands_out_what_they_do_not_hold(app):
    client = street_admin(app)
    refused = post(client, "/admin/users/new", **{**NEW, "role": "community_worker"})
    assert refused.status_code == 403
    assert post(client, "/admin/users/new", **NEW).status_code == 200
    form = {"key": "sneaky", "title": "x", "permissions": ["export:file:create"]}
    assert post(client, "/admin/roles/new", **form).status_code == 403
    form = {"title": "网格员", "version": "1", "permissions": ["map:page:view", "export:file:create"]}
    assert post(client, "/admin/roles/grid_worker", **form).status_code == 403
    assert post(client, f"/admin/users/{user_id('community')}/reset").status_code == 403


def test_nobody_administers_themselves(app, admin):
    own = user_id("admin")
    form = {**NEW, "username": "", "role": "community_worker", "areas": "1101", "version": "1"}
    assert post(admin, f"/admin/users/{own}", **form).status_code == 403
    form = {"title": "x", "version": "1", "permissions": ["export:file:create"]}
    assert post(admin, "/admin/roles/administrator", **form).status_code == 403


def test_az13_a_user_who_moves_keeps_nothing_of_the_old_area(app, admin):
    worker = sign_in(app, "worker")
    found = user_id("worker")
    assert post(admin, f"/admin/users/{found}/programmes", programme="elder_care", area=GRID, ends_at="2099-01-01").status_code == 303
    form = {**NEW, "username": "", "areas": "110105001001001", "version": "1"}
    assert post(admin, f"/admin/users/{found}", **form).status_code == 303
    assert worker.get("/registers/houses").status_code == 302
    assert sql("SELECT count(*) FROM programme_role WHERE ends_at > now()").scalar() == 0
    again = sign_in(app, "worker")
    assert 'data-total="0"' in again.get(f"/registers/houses?region={GRID}", headers={"HX-Request": "true"}).text


def test_an_old_page_does_not_overwrite_a_newer_one(admin):
    url, form = f"/admin/users/{user_id('worker')}", {**NEW, "username": ""}
    assert post(admin, url, **form, version="1").status_code == 303
    assert post(admin, url, **{**form, "display_name": "其他"}, version="1").status_code == 409


def test_az12_a_permission_taken_from_a_role_is_gone_at_once(app, admin):
    director = sign_in(app, "director")
    assert director.get("/registers/sites").status_code == 200
    kept = [str(p) for p in DEFAULT_ROLES["city_director"][1] if "sites" not in p]
    form = {"title": "市级负责人", "version": "1", "permissions": kept}
    assert post(admin, "/admin/roles/city_director", **form).status_code == 303
    assert director.get("/registers/sites").status_code == 404
    changes = [e.fields for e in events() if e.action == "permission_change"]
    assert changes == [["register:sites:read"]]


def test_au2_closing_an_account_ends_sessions_tokens_and_links(app, admin):
    planner, found = sign_in(app, "planner"), user_id("planner")
    form = {"name": "qgis", "registers": ["houses"], "area": "", "days": "5"}
    page = post(planner, "/account/tokens", **form)
    token = re.search(r"geoapp_[\w-]{40,}", page.text).group()
    bearer = {"Authorization": f"Bearer {token}"}
    anybody = app.test_client()
    assert anybody.get("/ogc/collections", headers=bearer).status_code == 200
    assert post(admin, f"/admin/users/{found}/disable").status_code == 303
    assert planner.get("/registers/houses").status_code == 302
    assert anybody.get("/ogc/collections", headers=bearer).status_code == 401
    client = app.test_client()
    form = {"name": "planner", "password": PASSWORD, "csrf_token": csrf_of(client)}
    assert client.post("/sign-in", data=form).status_code == 401
    assert post(admin, f"/admin/users/{found}/enable").status_code == 303
    assert sign_in(app, "planner")


def test_departments_are_of_the_own_area_and_unique(app, admin):
    assert post(admin, "/admin/departments", name="综治办", area="110108001").status_code == 303
    assert post(admin, "/admin/departments", name="综治办", area="110108001").status_code == 409
    assert post(admin, "/admin/departments", name="外地", area="1201").status_code == 403
    found = sql("SELECT id FROM department").scalar_one()
    assert post(admin, f"/admin/departments/{found}", name="平安办", active="1").status_code == 303
    assert "平安办" in admin.get("/admin/departments").text


def test_lg5_every_administrative_change_is_in_the_log(app, admin):
    found = user_id("worker")
    steps = [
        (f"/admin/users/{found}/programmes", {"programme": "elder_care", "area": GRID, "ends_at": "2099-01-01"}),
        ("/admin/stand-ins", {"absent": "worker", "deputy": "neighbour", "starts_at": "2020-01-01", "ends_at": "2020-01-02", "reason": "假"}),
        ("/admin/departments", {"name": "综治办", "area": "110108001"}),
        ("/admin/roles/new", {"key": "helper", "title": "帮手", "permissions": ["map:page:view"]}),
        (f"/admin/users/{found}/disable", {}), (f"/admin/users/{found}/enable", {}), (f"/admin/users/{found}/reset", {}),
        ("/admin/users/new", NEW), (f"/admin/users/{found}/invite", {}),
    ]  # fmt: skip
    for url, form in steps:
        before = len(events())
        done = post(admin, url, **form).status_code in (200, 303)
        assert (len(events()) > before) == done, url
    assert {e.action for e in events()} >= {"user_change", "setting_change", "role_change", "permission_change", "sign_in"}


@pytest.mark.parametrize("username", ["director", "officer", "community", "worker", "planner", "wall"])
def test_az1_administration_is_not_there_for_others(app, username):
    client = sign_in(app, username)
    for url in ("/admin/users", "/admin/users/new", "/admin/roles", "/admin/departments", "/admin/stand-ins", "/admin/preview"):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_in_both_languages(app, admin, lang):
    found = user_id("worker")
    pages = ["/admin/users", "/admin/users?q=nobody-here", "/admin/users/new", f"/admin/users/{found}", "/admin/roles", "/admin/roles/new",
             "/admin/roles/grid_worker", "/admin/departments", "/admin/stand-ins", "/admin/preview", "/account", "/account/confirm",
             "/account/authenticator", "/account/passkeys/new"]  # fmt: skip
    for url in pages:
        page = admin.get(f"{url}{'&' if '?' in url else '?'}lang={lang}")
        assert page.status_code == 200, (url, page.text[-800:])
    forget_kept()
