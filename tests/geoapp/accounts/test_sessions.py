"""Sessions and tokens against the database."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from geoapp.accounts import actions
from geoapp.accounts.identity import (
    KEEP_SECONDS,
    forget_kept,
    hashed,
    session_identity,
    token_identity,
)
from geoapp.core.db import app_engine, owner_engine
from geoapp.core.errors import Forbidden, InvalidInput, NotFound, NotSignedIn
from tests.factories.city import PASSWORD


def begin():
    return app_engine().begin()


def proven(username, password):
    with begin() as connection:
        stored = actions.credentials(connection, username)
    return actions.proven(stored, password)


def opened(username="worker"):
    user_id = proven(username, PASSWORD)
    with begin() as connection:
        return actions.open_session(connection, user_id, "test")


def test_a_session_gives_the_users_area_and_permissions(own_city):
    identity = session_identity(opened())
    assert identity.username == "worker"
    assert identity.access.scope == own_city.access("worker").scope
    assert identity.access.permissions == own_city.access("worker").permissions


def test_the_secret_itself_is_not_stored(own_city):
    secret = opened()
    with owner_engine().connect() as connection:
        rows = connection.execute(text("SELECT s::text FROM app_session s")).scalars().all()
    assert not any(secret in row for row in rows)
    assert hashed(secret).hex() in "".join(rows)


@pytest.mark.parametrize("change", [
    "UPDATE app_session SET revoked_at = now()", "UPDATE app_session SET expires_at = now()",
    "UPDATE app_user SET active = false",
])  # fmt: skip
def test_az12_revocation_is_felt_within_a_second(own_city, change):
    secret = opened()
    assert session_identity(secret) is not None
    with owner_engine().begin() as connection:
        connection.execute(text(change))
    time.sleep(KEEP_SECONDS + 0.05)
    assert session_identity(secret) is None


def test_az12_a_change_of_area_is_felt_within_a_second(own_city):
    secret = opened()
    before = session_identity(secret).access.scope
    with owner_engine().begin() as connection:
        connection.execute(text("UPDATE app_user SET area_codes = '{110105001001001}'"))
    time.sleep(KEEP_SECONDS + 0.05)
    assert session_identity(secret).access.scope != before


def test_au3_an_unknown_name_and_a_wrong_word_are_told_alike(own_city):
    sentences = set()
    for name, word in (("nobody", PASSWORD), ("worker", "wrong"), ("worker", "")):
        with pytest.raises(NotSignedIn) as error:
            proven(name, word)
        sentences.add(error.value.message("zh"))
    assert len(sentences) == 1


def token_for(username, registers=("houses",), areas=(), days=30):
    with begin() as connection:
        return actions.create_token(connection, username, "qgis", registers, days, areas)


def test_a_token_reads_its_registers_in_its_area_and_no_more(own_city):
    identity = token_identity(token_for("community", ("houses", "sites"), ("110108001001001",)))
    assert identity.by_token
    assert identity.access.reads == ("houses", "sites")
    assert identity.access.scope == own_city.access("worker").scope
    assert not any(p.endswith((":write", ":create")) for p in identity.access.permissions)


def test_a_token_never_reaches_past_its_owner(own_city):
    assert not token_identity(token_for("officer", ("houses",), ("110105001",))).access.scope
    with pytest.raises(InvalidInput):
        token_for("planner", ("residents",))
    with pytest.raises(Forbidden):
        token_for("worker")
    with pytest.raises(NotFound):
        token_for("nobody")


def test_a_revoked_token_is_dead_and_a_made_up_one_never_lived(own_city):
    secret = token_for("planner")
    assert token_identity(secret) is not None
    with begin() as connection:
        assert actions.revoke_token(connection, "planner", "qgis") == 1
    forget_kept()
    assert token_identity(secret) is None
    assert token_identity("geoapp_" + "x" * 43) is None


def test_a_renewed_password_ends_what_the_old_one_opened(own_city):
    session, token = opened("planner"), token_for("planner")
    with owner_engine().begin() as connection:
        actions.create_user(connection, "planner", "another word 42", "Planner", "planner", ["110108"])
    forget_kept()
    assert session_identity(session) is None
    assert token_identity(token) is None
    assert proven("planner", "another word 42")
