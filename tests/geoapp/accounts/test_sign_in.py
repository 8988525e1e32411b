"""Signing in: guesses, second factors, passkeys, session ids (AU-1 to AU-6)."""

from __future__ import annotations

import re
import statistics
import time

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from geoapp.accounts import guesses, limits
from geoapp.accounts.factors import RECOVERY_CODES
from geoapp.accounts.identity import forget_kept
from geoapp.core.db import owner_engine
from geoapp.core.errors import TooManyRequests
from tests.factories.city import PASSWORD
from tests.support.authenticator import Authenticator
from tests.support.patience import code_before
from tests.support.web import csrf_of, sign_in

HERE = "http://localhost"


def sql(statement: str):
    with owner_engine().begin() as connection:
        return connection.execute(text(statement))


def post(client, url, **form):
    return client.post(url, data={**form, "csrf_token": csrf_of(client, "/about")})


def guess(client, name, password):
    return client.post("/sign-in", data={"name": name, "password": password, "csrf_token": csrf_of(client)})


def session_of(client) -> str:
    return client.get_cookie("geoapp_session").value


def opens(app, secret: str) -> bool:
    client = app.test_client()
    client.set_cookie("geoapp_session", secret)
    return client.get("/about").status_code == 200


def test_au1_the_session_id_is_new_after_sign_in_and_after_step_up_and_the_old_one_is_dead(app):
    client = app.test_client()
    client.set_cookie("geoapp_session", "planted")
    assert guess(client, "worker", PASSWORD).status_code == 303
    first = session_of(client)
    assert first != "planted"
    assert not opens(app, "planted")
    assert post(client, "/account/confirm", password="wrong", next="/about").status_code == 400
    assert post(client, "/account/confirm", password=PASSWORD, next="/about").status_code == 303
    assert session_of(client) != first
    assert opens(app, session_of(client)) and not opens(app, first)


def test_au2_a_new_password_ends_every_other_session_and_log_out_this_one(app):
    here, there = sign_in(app, "worker"), sign_in(app, "worker")
    old = session_of(here)
    form = {"current": PASSWORD, "password": "three green bicycles", "again": "three green bicycles"}
    assert post(here, "/account/password", **{**form, "current": "wrong"}).status_code == 400
    assert post(here, "/account/password", **form).status_code == 303
    assert not opens(app, session_of(there)) and not opens(app, old)
    last = session_of(here)
    assert opens(app, last)
    post(here, "/sign-out")
    assert not opens(app, last)


def test_au3_known_and_unknown_names_are_told_alike_and_take_as_long(app):
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    bodies = set()
    client = app.test_client()
    token = csrf_of(client)
    for turn in range(8):
        for kind, name in (("known", "worker"), ("unknown", "nobody")):
            start = time.perf_counter()
            answer = client.post("/sign-in", data={"name": name, "password": f"wrong {turn}", "csrf_token": token})
            times[kind].append(time.perf_counter() - start)
            bodies.add((answer.status_code, re.sub(rf'value="{name}"', "", answer.text)))
    assert len(bodies) == 1
    known, unknown = (statistics.median(times[kind]) for kind in times)
    assert abs(known - unknown) < 0.5 * max(known, unknown)


def test_au3_a_password_stored_at_another_cost_is_stored_anew_at_the_next_sign_in(app):
    dear = PasswordHasher(time_cost=3, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with owner_engine().begin() as connection:
        connection.execute(text("UPDATE app_user SET password_hash = :dear WHERE username = 'worker'"), {"dear": dear})
    guess(app.test_client(), "worker", "wrong horse 42")
    stored = "SELECT password_hash FROM app_user WHERE username = 'worker'"
    assert sql(stored).scalar() == dear
    sign_in(app, "worker")
    anew = sql(stored).scalar()
    assert anew != dear
    sign_in(app, "worker")
    assert sql(stored).scalar() == anew


def test_au4_of_ten_thousand_guesses_a_hundred_are_evaluated_and_the_person_still_gets_in(app):
    mine = sign_in(app, "worker")
    stranger = guesses.read_device(None)

    def evaluated(many) -> int:
        count = 0
        for name, address in many:
            try:
                guesses.count_guess(name, address, stranger)
                count += 1
            except TooManyRequests:
                continue
        return count

    # a quarter of an hour may end between two guesses, so twice the count is what can be promised
    assert 1 < evaluated(("worker", "198.51.100.7") for _ in range(10_000)) <= 2 * guesses.PER_PAIR.most
    assert evaluated(("worker", f"10.0.{n // 250}.{n % 250}") for n in range(5_000)) <= 100
    assert evaluated((f"user{n}", "198.51.100.8") for n in range(5_000)) <= 100
    assert guess(app.test_client(), "worker", PASSWORD).status_code == 429
    post(mine, "/sign-out")
    assert guess(mine, "worker", PASSWORD).status_code == 303


def test_au4_right_passwords_are_not_counted(app):
    client = app.test_client()
    for _ in range(guesses.PER_DEVICE.most + 2):
        assert guess(client, "worker", PASSWORD).status_code == 303
        post(client, "/sign-out")


def test_a_rate_is_counted_across_processes_and_refuses_in_both_languages(app):
    rate = limits.Rate("test", 10, 3600, lease=4)
    for _ in range(5):
        limits.take(rate, "somebody")
    limits._leases.clear()  # another process
    with pytest.raises(TooManyRequests) as refused:
        for _ in range(10):
            limits.take(rate, "somebody")
    assert "分钟" in refused.value.message("zh")
    limits.take(rate, "somebody else")


def with_totp(client):
    page = client.get("/account/authenticator").text
    secret = re.search(r'data-part="secret">(\w+)<', page).group(1)
    step = re.search(r'name="step" value="([\w-]+)"', page).group(1)
    totp = pyotp.TOTP(secret)
    assert post(client, "/account/authenticator", code="000000", step=step).status_code in (400,)
    page = post(client, "/account/authenticator", code=code_before(totp, 2), step=step)
    assert page.status_code == 200, page.text
    codes = re.findall(r"<li><code>([a-z0-9-]{17})</code>", page.text)
    assert len(codes) == RECOVERY_CODES
    return totp, codes


def test_au6_a_code_works_once_as_typed_and_a_recovery_code_once(app):
    totp, codes = with_totp(sign_in(app, "worker"))
    assert totp.secret not in str(sql("SELECT u::text FROM app_user u").all())
    client = app.test_client()
    assert guess(client, "worker", PASSWORD).location == "/sign-in/second"
    assert client.get("/registers/houses").status_code == 302
    code = totp.now()
    assert post_second(client, f"{code[:3]} {code[3:]}").status_code == 400
    assert post_second(client, f" {code}").status_code == 400
    assert post_second(client, code).status_code == 303
    assert client.get("/registers/houses").status_code == 200
    again = app.test_client()
    guess(again, "worker", PASSWORD)
    assert post_second(again, code).status_code == 400
    assert post_second(again, codes[0]).status_code == 303
    third = app.test_client()
    guess(third, "worker", PASSWORD)
    assert post_second(third, codes[0]).status_code == 400
    assert post_second(third, codes[1]).status_code == 303


def post_second(client, code):
    return client.post("/sign-in/second", data={"code": code, "csrf_token": csrf_of(client)})


def test_codes_of_the_second_factor_cannot_be_guessed_for_long(app):
    with_totp(sign_in(app, "worker"))
    client = app.test_client()
    guess(client, "worker", PASSWORD)
    answers = [post_second(client, f"{n:06d}").status_code for n in range(guesses.PER_FACTOR.most + 3)]
    assert answers[-3:] == [429] * 3


def json_post(client, url, body, page="/sign-in"):
    return client.post(url, json=body, headers={"X-CSRF-Token": csrf_of(client, page)})


def test_au6_a_passkey_signs_in_for_our_address_only_and_each_challenge_once(app):
    client, device = sign_in(app, "worker"), Authenticator()
    options = json_post(client, "/account/passkeys/options", {}, "/about").json
    assert json_post(client, "/account/passkeys", {**device.make(options, "https://evil.example"), "name": "x"}, "/about").status_code == 400
    options = json_post(client, "/account/passkeys/options", {}, "/about").json
    assert json_post(client, "/account/passkeys", {**device.make(options, HERE), "name": "手机"}, "/about").status_code == 200
    stranger = app.test_client()
    options = json_post(stranger, "/sign-in/passkey/options", {}).json
    assert json_post(stranger, "/sign-in/passkey", device.use(options, "https://evil.example")).status_code == 401
    assert json_post(stranger, "/sign-in/passkey", device.use(options, HERE)).status_code == 401  # the challenge is used up
    options = json_post(stranger, "/sign-in/passkey/options", {}).json
    answer = device.use(options, HERE)
    assert json_post(stranger, "/sign-in/passkey?next=/about", answer).json == {"next": "/about"}
    assert stranger.get("/registers/houses").status_code == 200
    other = app.test_client()
    options = json_post(other, "/sign-in/passkey/options", {}).json
    assert json_post(other, "/sign-in/passkey", Authenticator().use(options, HERE)).status_code == 401
    assert guess(app.test_client(), "worker", PASSWORD).location == "/sign-in/second"


def test_one_ends_ones_own_sessions_and_nobody_elses(app):
    here, there, stranger = sign_in(app, "worker"), sign_in(app, "worker"), sign_in(app, "planner")
    ids = sql("SELECT id, user_id FROM app_session ORDER BY id").all()
    theirs = next(i for i, u in ids if u != ids[0][1])
    assert post(here, f"/account/sessions/{theirs}/end").status_code == 404
    assert post(here, "/account/sessions/end-others").status_code == 303
    assert opens(app, session_of(here)) and opens(app, session_of(stranger)) and not opens(app, session_of(there))


def test_a_sensitive_page_asks_again_after_a_quarter_of_an_hour(app):
    client = sign_in(app, "admin")
    assert client.get("/admin/users/new").status_code == 200
    sql("UPDATE app_session SET confirmed_at = now() - interval '16 minutes'")
    assert client.get("/admin/users/new").location.startswith("/account/confirm?next=/admin/users/new")
    before = sql("SELECT count(*) FROM app_user").scalar()
    form = {"username": "somebody", "display_name": "x", "role": "grid_worker", "areas": "1101"}
    assert "/account/confirm" in post(client, "/admin/users/new", **form).location
    assert sql("SELECT count(*) FROM app_user").scalar() == before


def test_a_token_says_when_it_was_used_at_most_once_a_minute(app):
    client = sign_in(app, "planner")
    page = post(client, "/account/tokens", name="qgis", registers=["houses"], area="", days="5")
    headers = {"Authorization": "Bearer " + re.search(r"geoapp_[\w-]{40,}", page.text).group()}
    reader = app.test_client()
    seen = set()
    for _ in range(3):
        assert reader.get("/ogc/collections", headers=headers).status_code == 200
        forget_kept()
        seen.add(sql("SELECT last_used_at FROM api_token").scalar())
    assert len(seen) == 1 and None not in seen


@pytest.mark.parametrize("register", ["residents"])
def test_a_token_cannot_read_what_its_owner_cannot(app, register):
    client = sign_in(app, "planner")
    assert post(client, "/account/tokens", name="x", registers=[register], area="", days="5").status_code == 400
    assert post(client, "/account/tokens", name="x", registers=["houses"], area="", days="500").status_code == 400
