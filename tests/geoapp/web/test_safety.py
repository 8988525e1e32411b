"""Every route of the URL map against B2 and AU-5: foreign forms, injections, headers, caches, uploads."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import text

from geoapp.accounts.permissions import Permission
from geoapp.core.db import owner_transaction
from geoapp.web.factory import create_app
from tests.support.web import csrf_of, sign_in

SAFE = {"GET", "HEAD", "OPTIONS"}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")|<style\b|\sstyle=\"|\son[a-z]+=\"|javascript:", re.I)
SQL = ("'", "1' OR '1'='1", "1;SELECT pg_sleep(3)--", "\") OR 1=1--", "1 UNION SELECT password_hash FROM app_user", "$$", "%27", "\\")
SCRIPTS = ("<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "javascript:alert(1)")
PARAMETERS = ("q", "sort", "limit", "after", "region", "bbox", "circle", "near", "position", "area", "status", "use__ne", "address__contains",
              "updated_at__gte", "filter", "from", "lang", "register", "view", "selected")  # fmt: skip


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


def address_of(rule) -> str:
    """The rule with plain values in it."""
    filled = re.sub(r"<int(?:\([^)]*\))?:[^>]+>", "1", str(rule))
    for name, value in (("register_name", "houses"), ("file_format", "csv"), ("module_key", "support"), ("code", "1101"),
                        ("tile_matrix_set", "WebMercatorQuad"), ("name", "houses"), ("area_id", "0" * 16)):  # fmt: skip
        filled = re.sub(rf"<(?:\w+:)?{name}>", value, filled)
    return re.sub(r"<[^>]+>", "x", filled)


def rules(app, writing: bool):
    return [r for r in app.url_map.iter_rules() if r.endpoint != "static" and bool(r.methods - SAFE) is writing]


@pytest.fixture
def almighty(own_city):
    """A client that may do everything: what refuses it is the form, not the right."""
    with owner_transaction() as connection:
        connection.execute(text("UPDATE role SET permissions = :all WHERE key = 'city_director'"), {"all": [str(p) for p in Permission]})
    app = create_app()
    return app, sign_in(app, "director")


def test_in6_every_writing_route_refuses_a_form_that_is_not_ours(almighty):
    app, client = almighty
    old = csrf_of(sign_in(app, "director"), "/about")
    accepted, asked = [], 0
    for rule in rules(app, writing=True):
        address = address_of(rule)
        for method in rule.methods - SAFE:
            for sent in (
                {"data": {}}, {"data": {"csrf_token": "x"}}, {"data": {"csrf_token": old}},
                {"data": "csrf_token=x", "content_type": "text/plain"},
                {"data": {"csrf_token": "", "file": (io.BytesIO(b"x"), "x.txt")}, "content_type": "multipart/form-data"},
                {"json": {"csrf_token": old}},
            ):  # fmt: skip
                asked += 1
                answer = client.open(address, method=method, headers={"Origin": "https://evil.example"}, **sent)
                if answer.status_code != 403:
                    accepted.append((method, address, answer.status_code))
    assert accepted == []
    assert asked > 60


def test_au5_no_answer_may_be_kept_by_a_shared_cache_and_none_runs_inline_code(almighty):
    app, client = almighty
    open_to_caches, inline, asked = [], [], 0
    for rule in rules(app, writing=False) + [r for r in rules(app, writing=True) if "GET" in r.methods]:
        answer = client.get(address_of(rule), buffered=True)
        asked += 1
        kept = answer.headers.get("Cache-Control", "")
        vary = ", ".join(answer.headers.getlist("Vary"))
        if not ("no-store" in kept or "private" in kept) or "public" in kept or "Cookie" not in vary:
            open_to_caches.append((str(rule), kept, vary))
        if answer.mimetype == "text/html":
            assert "unsafe" not in answer.headers["Content-Security-Policy"], rule
            if "export" not in str(rule):
                inline += [(str(rule), m.group()) for m in INLINE.finditer(answer.text)]
        for name in ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy"):
            assert answer.headers[name], (name, rule)
        assert "Server" not in answer.headers
    assert open_to_caches == []
    assert inline == []
    assert asked > 50


@pytest.mark.parametrize("path", ["/registers/houses", "/registers/residents", "/map", "/ogc/collections/houses/items"])
def test_in2_no_parameter_reaches_the_database_as_sql(app, city, path):
    client = sign_in(app, "community")
    plain = client.get(path).status_code
    for name in PARAMETERS:
        for value in SQL:
            answer = client.get(path, query_string={name: value})
            assert answer.status_code < 500, (name, value, answer.text[-400:])
            assert "argon2" not in answer.text
            assert "psycopg" not in answer.text
    assert plain == 200


@pytest.mark.parametrize("path", ["/registers/houses", "/registers/houses/filter", "/map", "/sign-in"])
def test_in5_what_was_sent_never_comes_back_as_code(app, city, path):
    client = sign_in(app, "community")
    for name in (*PARAMETERS, "next", "x"):
        for value in SCRIPTS:
            page = client.get(path, query_string={name: value}).text
            assert "<script>alert" not in page, (name, value)
            assert "<img src=x" not in page, (name, value)
            assert not re.search(r'href="javascript:', page), (name, value)
            assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", page), (name, value)


def test_in5_a_stored_text_is_shown_as_text(own_city):
    with owner_transaction() as connection:
        connection.execute(text("UPDATE house SET address = :t"), {"t": SCRIPTS[0] + SCRIPTS[1]})
    client = sign_in(create_app(), "community")
    for path in ("/registers/houses", f"/registers/houses/{own_city.houses[0]}", "/registers/residents"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_in8_a_foreign_host_leads_nowhere(app, city):
    client = app.test_client()
    foreign = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp", "Forwarded": "host=evil.example"}
    for path in ("/", "/map", "/registers/houses", "/sign-in", "/ogc/collections"):
        answer = client.get(path, headers={k: v for k, v in foreign.items() if k != "Host"})
        assert "evil.example" not in answer.headers.get("Location", ""), path
        assert "evil.example" not in answer.text, path
        assert client.get(path, headers=foreign).headers.get("Location", "/").startswith("/"), path


def test_in9_a_line_break_sent_makes_no_header(app, city):
    client = sign_in(app, "worker")
    for path in ("/registers/houses", "/sign-in", "/map"):
        answer = client.get(path, query_string={"next": "/map\r\nX-Evil: 1", "q": "a\r\nSet-Cookie: x=1", "lang": "en\r\nX: 1"})
        assert answer.status_code < 500
        assert "X-Evil" not in answer.headers
        assert not any("x=1" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_in10_more_than_a_request_may_carry_is_refused(app, city):
    client = sign_in(app, "worker")
    token = csrf_of(client, "/about")
    many = "&".join(f"a{n}=1" for n in range(2_500))
    parts = {f"a{n}": "1" for n in range(2_500)} | {"csrf_token": token}
    large = client.post("/search", data={"csrf_token": token, "q": "x" * (3 * 1024 * 1024)})
    assert large.status_code in (400, 413)
    assert client.post("/search", data=parts, content_type="multipart/form-data").status_code in (400, 413)
    assert client.get(f"/registers/houses?{many}").status_code in (400, 414)


def test_pr9_no_link_of_a_list_carries_a_name_or_a_number(app, city):
    client = sign_in(app, "community")
    page = client.get("/registers/residents").text
    with_rows = [m for m in re.findall(r'(?:href|action|hx-get)="([^"]*)"', page) if re.search(r"\d{15}", m) and "region" not in m]
    assert with_rows == []


def test_signing_out_clears_what_the_browser_keeps(own_city):
    client = sign_in(create_app(), "worker")
    answer = client.post("/sign-out", data={"csrf_token": csrf_of(client, "/about")})
    cleared = answer.headers["Clear-Site-Data"]
    assert '"cache"' in cleared
    assert '"storage"' in cleared
