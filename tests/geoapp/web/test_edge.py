"""The web edge: headers, forms of ours, addresses to return to, errors, languages."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from geoapp.accounts import limits
from geoapp.accounts.limits import PEOPLE_READS
from geoapp.accounts.models import RateCount
from geoapp.accounts.views.base import local_address
from geoapp.core.cluster_place import Place
from geoapp.core.cluster_roles import connect
from geoapp.core.db import app_engine
from geoapp.core.settings import get_settings
from geoapp.web.factory import create_app
from tests.factories.city import PASSWORD
from tests.support.web import csrf_of, sign_in


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


@pytest.mark.parametrize("wanted", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "", "map", "/\nx", "http:/x", "//[", "http://[",
])  # fmt: skip
def test_in8_no_open_redirect(wanted):
    assert local_address(wanted) == "/map"


def test_a_local_address_is_kept():
    assert local_address("/map?register=sites&view=1,2,3") == "/map?register=sites&view=1,2,3"


def test_the_policy_allows_no_inline_script_and_no_other_host(app, city):
    response = sign_in(app, "director").get("/map")
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "default-src 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "<script>" not in response.text and " style=" not in response.text and " onclick" not in response.text


@pytest.mark.parametrize("token", [None, "", "wrong"])
@pytest.mark.parametrize("address", ["/sign-out", "/search", "/areas"])
def test_in6_a_form_that_is_not_ours_is_refused(app, city, address, token):
    client = sign_in(app, "worker")
    data = {} if token is None else {"csrf_token": token}
    assert client.post(address, data=data).status_code == 403
    assert client.post(address, data="{}", content_type="text/plain").status_code == 403


@pytest.mark.parametrize(("address", "status"), [
    ("/registers/houses?area=a%00b", 400),
    ("/registers/houses?updated_at__lte=9999-12-31T23:59:59Z", 200),
    ("/registers/houses?updated_at__gte=0001-01-01T00:00:00%2B14:00", 200),
    ("/sign-in?next=//[", 302),
    (f"/static/{'a' * 300}", 404), ("/registers/houses%00", 404), ("/static/a%00b", 404),
])  # fmt: skip
def test_in9_odd_addresses_are_answered(app, city, address, status):
    response = sign_in(app, "worker").get(address, headers={"Accept-Encoding": "gzip"})
    assert response.status_code == status


def test_in9_a_zero_byte_in_the_name_is_a_wrong_name(app, city):
    client = app.test_client()
    form = {"name": "wor\0ker?", "password": PASSWORD, "csrf_token": csrf_of(client)}
    assert client.post("/sign-in", data=form).status_code == 401


@pytest.mark.parametrize(("username", "address", "status", "form"), [
    ("community", "/subject-requests/new", 404, {"resident": "9" * 30, "kind": "copy", "asked": "示例", "received_on": "2026-01-01"}),
    ("community", "/houses/new", 400, {"building": "9" * 30, "region": "110108001001001", "number": "8", "address": "示例路"}),
    ("community", "/export-requests/new", 400, {"register": "residents", "format": "csv", "basis": "duty", "purpose": "a\0bcd", "recipient": "示例单位"}),
    ("admin", "/admin/roles/planner", 400, {"version": "9" * 12, "title": "示例", "permissions": "map:page:view"}),
    ("admin", "/admin/users/new", 400, {"username": "abc", "display_name": "示例", "role": "plan\0ner", "areas": "1101"}),
    ("admin", "/modules/support/assessments", 400, {"purpose": "示例\0"}),
])  # fmt: skip
def test_in9_a_form_with_what_no_column_holds_is_refused(app, city, username, address, status, form):
    client = sign_in(app, username)
    assert client.post(address, data=form | {"csrf_token": csrf_of(client, "/map")}).status_code == status


def test_a_lost_connection_to_the_database_is_told_as_busy_once(app, city):
    client, tile = sign_in(app, "worker"), "/tiles/houses/14/13489/6203.mvt"
    assert client.get(tile).status_code == 200
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with connect(Place.of(get_settings().data_dir), get_settings().database_name) as server:
        server.execute(end_all)
    assert [client.get(tile).status_code for _ in range(2)] == [503, 200]


def test_who_reads_of_more_people_than_one_can_is_stopped_at_every_door(app, own_city):
    client = sign_in(app, "worker")
    doors = ("/registers/residents", f"/registers/residents/{own_city.residents[0]}", "/ogc/collections/residents/items",
             f"/ogc/collections/residents/items/{own_city.residents[0]}")  # fmt: skip
    assert [client.get(door).status_code for door in doors] == [200] * 4
    limits._leases.clear()
    with app_engine().begin() as connection:
        assert connection.execute(update(RateCount).values(used=PEOPLE_READS.most + PEOPLE_READS.lease)).rowcount
    assert [client.get(door).status_code for door in doors] == [429] * 4
    assert client.get("/registers/houses").status_code == 200


def test_sign_in_itself_wants_our_form(app, city):
    form = {"name": "worker", "password": PASSWORD, "csrf_token": "x"}
    assert app.test_client().post("/sign-in", data=form).status_code == 403


def test_au1_a_wrong_word_says_so_and_keeps_the_name(app, own_city):
    client = create_app().test_client()
    form = {"name": "worker", "password": "wrong", "csrf_token": csrf_of(client)}
    response = client.post("/sign-in", data=form)
    assert response.status_code == 401
    assert "用户名或密码不正确" in response.text and 'value="worker"' in response.text and "wrong" not in response.text


def test_au2_after_signing_out_the_cookie_is_worth_nothing(app, own_city):
    client = sign_in(create_app(), "worker")
    secret = client.get_cookie("geoapp_session").value
    assert client.post("/sign-out", data={"csrf_token": csrf_of(client, "/about")}).status_code == 303
    client.set_cookie("geoapp_session", secret)
    assert "/sign-in" in client.get("/map").location


def test_a_deep_link_survives_signing_in(app, city):
    address = "/map?register=sites&attention_level=3"
    client = app.test_client()
    response = client.get(address)
    assert response.status_code == 302
    page = client.get(response.location)
    form = {"name": "planner", "password": PASSWORD, "csrf_token": csrf_of(client), "next": address}
    assert "attention_level" in page.text
    assert client.post("/sign-in", data=form).location == address


def test_ec7_a_shared_link_shows_the_readers_own_part(app, city):
    address = "/registers/houses?region=110108"
    totals = {}
    for username in ("director", "officer", "worker"):
        page = sign_in(app, username).get(address, headers={"HX-Request": "true"}).text
        totals[username] = int(page.split('data-total="')[1].split('"')[0])
    assert totals["director"] > totals["officer"] > totals["worker"] > 0


@pytest.mark.parametrize(("address", "status"), [
    ("/nothing", 404), ("/registers/none", 404), ("/registers/houses/999999999", 404), ("/registers/houses?status=x", 400),
    ("/registers/houses?colour=red", 400), ("/tiles/houses/30/0/0.mvt", 400), ("/tiles/houses/3/9/0.mvt", 400),
    ("/registers/houses/export.exe", 404), ("/areas/xyz", 400), ("/regions/abc.json", 400),
    ("/registers/houses/99999999999999999999999", 404), ("/registers/houses?area=0000000000000000", 400),
])  # fmt: skip
def test_bad_addresses_are_clear_refusals_in_both_languages(app, city, address, status):
    client = sign_in(app, "director")
    zh, en = client.get(address), client.get(address, headers={"Accept-Language": "en"}, query_string=None)
    assert zh.status_code == en.status_code == status
    assert client.get(address, headers={"Accept": "application/json"}).status_code == status


def test_a_program_gets_json_and_htmx_a_fragment(app, city):
    client = sign_in(app, "director")
    told = client.get("/registers/houses?status=x", headers={"Accept": "application/json"}).json
    assert told["field"] == "status" and told["description"]
    part = client.get("/registers/houses?status=x", headers={"HX-Request": "true"})
    assert part.status_code == 400 and "<html" not in part.text and 'role="alert"' in part.text


def test_the_language_is_chosen_and_remembered(app, city):
    client = sign_in(app, "director")
    assert '<html lang="zh-CN">' in client.get("/about").text
    assert '<html lang="en">' in client.get("/about?lang=en").text
    assert '<html lang="en">' in client.get("/about").text


def test_health_says_nothing_more_than_it_must(app, city):
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json["status"] == "ready"


def test_a_number_is_found_by_its_hash_and_never_stands_in_an_address(app, city):
    client = sign_in(app, "worker")
    token = csrf_of(client, "/about")
    person = "999999198001010001"
    found = client.post("/search", data={"q": person, "csrf_token": token})
    assert found.status_code == 200 and 'data-register="residents"' in found.text
    assert person not in found.text
    other = client.post("/search", data={"q": "999999198001019999", "csrf_token": token})
    assert 'data-register="residents"' not in other.text


@pytest.mark.parametrize("q", ["%", "_", "\\", "'; DROP TABLE house; --", "<script>", "示例路1号", "第1网格", " "])
def test_any_text_may_be_searched_for(app, city, q):
    client = sign_in(app, "community")
    response = client.post("/search", data={"q": q, "csrf_token": csrf_of(client, "/about")})
    assert response.status_code == 200 and "<script>" not in response.text


def test_a_drawn_area_is_kept_once_and_read_by_a_colleague(app, city):
    shape = {"type": "Polygon", "coordinates": [[[116.301, 39.999], [116.318, 39.998], [116.309, 39.991], [116.301, 39.999]]]}
    ids = set()
    for username in ("director", "worker"):
        client = sign_in(app, username)
        headers = {"X-CSRF-Token": csrf_of(client, "/about")}
        answer = client.post("/areas", json=shape, headers=headers)
        assert answer.status_code == 201
        ids.add(answer.json["id"])
    assert len(ids) == 1
    colleague = sign_in(app, "planner")
    assert colleague.get(f"/areas/{ids.pop()}").json["type"] == "Polygon"
