"""Rules of signing in."""

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.accounts.permissions import Permission
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.accounts.rules import (
    LOCK,
    MAX_TOKEN_DAYS,
    TRIES_BEFORE_LOCK,
    check_password,
    is_locked,
    lock_after,
    token_expiry,
    tries_before,
)
from geoapp.core.errors import InvalidInput

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_au4_an_account_closes_for_a_while_after_ten_wrong_words():
    assert lock_after(TRIES_BEFORE_LOCK - 1, NOON) is None
    until = lock_after(TRIES_BEFORE_LOCK, NOON)
    assert until == NOON + LOCK
    assert is_locked(until, NOON) and is_locked(until, until - timedelta(seconds=1))
    assert not is_locked(until, until) and not is_locked(None, NOON)


def test_au4_a_lock_that_has_run_out_starts_the_count_anew():
    assert tries_before(TRIES_BEFORE_LOCK - 1, None) == TRIES_BEFORE_LOCK - 1
    assert tries_before(TRIES_BEFORE_LOCK, NOON) == 0


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "gridworker"])
def test_a_poor_password_is_refused(password):
    with pytest.raises(InvalidInput):
        check_password(password, "GridWorker")


def test_a_token_always_ends():
    assert token_expiry(1, NOON) == NOON + timedelta(days=1)
    for days in (0, -1, MAX_TOKEN_DAYS + 1):
        with pytest.raises(InvalidInput):
            token_expiry(days, NOON)


def test_d3_names_of_people_are_for_the_grid_and_its_community_only():
    named = {role for role, (_, granted) in DEFAULT_ROLES.items() if Permission.RESIDENT_NAME in granted}
    assert named == {"grid_worker", "community_worker"}
    for role in ("city_director", "planner", "wall_display"):
        assert not any("residents" in p for p in DEFAULT_ROLES[role][1])
