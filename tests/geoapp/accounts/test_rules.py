"""Rules of signing in."""

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.accounts.permissions import Permission
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.accounts.rules import (
    MAX_TOKEN_DAYS,
    check_password,
    token_expiry,
)
from geoapp.core.errors import InvalidInput

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "gridworker", "password12", "1234567890", "qwertyuiop", "aaaaaaaaaaaaaaaa", "woaini520520"])
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
