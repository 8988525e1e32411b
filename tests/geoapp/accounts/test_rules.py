"""Rules of signing in."""

from datetime import UTC, datetime, timedelta

import pytest

from geoapp.accounts.permissions import GROUPS, Permission
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.accounts.rules import (
    CONFIRMED_FOR,
    MAX_TOKEN_DAYS,
    check_password,
    check_term,
    check_username,
    idle_life,
    is_confirmed,
    may_hand_out,
    needs_second_factor,
    session_end,
    token_expiry,
)
from geoapp.core.errors import InvalidInput

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "gridworker", "password12", "1234567890", "qwertyuiop", "aaaaaaaaaaaaaaaa", "woaini520520"])
def test_a_poor_password_is_refused(password):
    with pytest.raises(InvalidInput):
        check_password(password, "GridWorker")


def test_every_permission_has_words_and_stands_in_one_group():
    shown = [permission for _, group in GROUPS for permission, words in group if words]
    assert sorted(shown) == sorted(Permission)


def test_nobody_hands_out_what_they_neither_hold_nor_may_grant():
    held, extra = frozenset({"a"}), frozenset({"b"})
    assert may_hand_out(held, extra, frozenset({"a", "b"}))
    assert not may_hand_out(held, extra, frozenset({"a", "c"}))


@pytest.mark.parametrize("starts, days, good", [(0, 3, True), (0, 0, False), (0, 94, False), (-5, 4, False), (10, 11, True)])
def test_a_stand_in_has_a_sensible_term(starts, days, good):
    begin = NOON + timedelta(days=starts)
    end = NOON + timedelta(days=days) if starts >= 0 else begin + timedelta(days=days)
    if good:
        check_term(begin, end, NOON)
        return
    with pytest.raises(InvalidInput):
        check_term(begin, end, NOON)


def test_a_confirmation_lasts_a_quarter_of_an_hour():
    assert is_confirmed(NOON, NOON + CONFIRMED_FOR - timedelta(seconds=1))
    assert not is_confirmed(NOON, NOON + CONFIRMED_FOR)


@pytest.mark.parametrize("name", ["ab", "Li Wei", "-li", "李伟", "a" * 61, "x/y"])
def test_a_user_name_is_plain(name):
    with pytest.raises(InvalidInput):
        check_username(name)
    assert check_username(" Li.Wei ") == "li.wei"


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


def permissions(role):
    return frozenset(map(str, DEFAULT_ROLES[role][1]))


@pytest.mark.parametrize("role, minutes, life", [
    ("grid_worker", 30, 30), ("administrator", 5, 5), ("planner", 30, 30), ("wall_display", 30, None), ("grid_worker", 0, None),
])  # fmt: skip
def test_whoever_opens_records_is_signed_out_when_idle_and_a_wall_is_not(role, minutes, life):
    assert idle_life(permissions(role), minutes) == (timedelta(minutes=life) if life else None)


def test_a_session_ends_when_idle_and_never_after_its_absolute_limit():
    half = timedelta(minutes=30)
    assert session_end(NOON, NOON + timedelta(hours=2), half) == NOON + half
    assert session_end(NOON, NOON + timedelta(minutes=5), half) == NOON + timedelta(minutes=5)
    assert session_end(NOON, NOON + timedelta(hours=2), None) == NOON + timedelta(hours=2)


@pytest.mark.parametrize("asked_of, roles", [
    ("administration", {"administrator", "auditor"}), ("nobody", set()), ("everybody", set(DEFAULT_ROLES) - {"wall_display"}),
])  # fmt: skip
def test_a_second_factor_is_asked_of_whoever_administers_or_audits(asked_of, roles):
    assert {role for role in DEFAULT_ROLES if needs_second_factor(permissions(role), asked_of)} == roles
