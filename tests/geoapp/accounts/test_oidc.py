"""Single sign-on against a real provider: every part of the answer is checked (AU-7)."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from geoapp.core.db import app_engine, owner_engine
from geoapp.core.settings import get_settings
from geoapp.web.factory import create_app
from tests.support.provider import provider


@pytest.fixture
def there(own_city, monkeypatch):
    with provider() as running:
        monkeypatch.setenv("GEOAPP_OIDC_ISSUER", running.address)
        monkeypatch.setenv("GEOAPP_OIDC_CLIENT_ID", "grid-app")
        get_settings.cache_clear()
        with owner_engine().begin() as connection:
            connection.execute(text("UPDATE app_user SET sso_subject = 'subject-1' WHERE username = 'worker'"))
        yield running
        app_engine().dispose()
        owner_engine().dispose()


@pytest.fixture
def client(there):
    return create_app().test_client()


def begin(client) -> str:
    answer = client.get("/sign-in/sso?next=/about")
    assert answer.status_code == 303, answer.text
    return answer.location


def come_back(client, url: str):
    return client.get(url.replace("http://localhost", ""), headers={"Accept": "application/json"})


def test_somebody_known_comes_in_and_nobody_else(there, client):
    assert come_back(client, there.authorise(begin(client))).location == "/about"
    assert client.get("/registers/houses").status_code == 200
    there.subject = "worker"
    stranger = create_app().test_client()
    assert come_back(stranger, there.authorise(begin(stranger))).status_code == 401


def test_au7_the_request_carries_state_nonce_and_a_hashed_verifier(client, there):
    asked = parse_qs(urlsplit(begin(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 24 for name in ("state", "nonce", "code_challenge"))
    assert asked["state"] != parse_qs(urlsplit(begin(client)).query)["state"]


@pytest.mark.parametrize("claims", [
    {"nonce": "another"}, {"nonce": None}, {"iss": "https://evil.example"}, {"aud": "another-app"}, {"exp": int(time.time()) - 3600}, {"sub": None},
])  # fmt: skip
def test_au7_a_token_that_is_not_for_this_sign_in_is_refused(there, client, claims):
    there.claims = claims
    assert come_back(client, there.authorise(begin(client))).status_code == 401
    assert client.get("/about").status_code == 302


def test_au7_the_answer_belongs_to_the_browser_that_asked_and_works_once(there, client):
    url = there.authorise(begin(client))
    assert come_back(create_app().test_client(), url).status_code == 401
    assert come_back(client, url.replace("state=", "state=x")).status_code == 401
    assert come_back(client, url.replace("iss=http", "iss=https")).status_code == 401
    assert come_back(client, url).status_code == 303
    client.delete_cookie("geoapp_session")
    assert come_back(client, url).status_code == 401


def test_au7_a_code_is_worth_nothing_without_the_verifier(there, client):
    first = there.authorise(begin(client))
    stolen = parse_qs(urlsplit(first).query)["code"][0]
    other = create_app().test_client()
    mine = there.authorise(begin(other))
    own = parse_qs(urlsplit(mine).query)["code"][0]
    assert come_back(other, mine.replace(own, stolen)).status_code == 401


def test_without_a_provider_there_is_no_such_page(own_city):
    assert create_app().test_client().get("/sign-in/sso").status_code == 404
