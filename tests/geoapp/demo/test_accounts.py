"""Demo accounts: one of each kind, one word for all, offered at sign-in only in a demo."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geoapp.accounts.actions import credentials, proven
from geoapp.accounts.roles import DEFAULT_ROLES
from geoapp.core.db import owner_engine
from geoapp.demo.accounts import (
    FILE,
    HAIDIAN_POSTS,
    LARGE_CITY_POSTS,
    create_accounts,
    offered_accounts,
    read_accounts,
)


@pytest.fixture
def demo(settings, tmp_path):
    return replace(settings, data_dir=tmp_path, demo=True)


@pytest.fixture
def connection(settings):
    with owner_engine(settings).connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def test_one_of_each_kind_can_sign_in(connection, demo):
    accounts = create_accounts(connection, demo, HAIDIAN_POSTS)
    assert {post.role for post in HAIDIAN_POSTS} == set(DEFAULT_ROLES)
    for one in accounts:
        assert proven(credentials(connection, one.username), one.password)


def test_the_word_is_new_for_each_installation_and_kept_within_one(connection, demo, tmp_path):
    first = create_accounts(connection, demo, HAIDIAN_POSTS)
    more = create_accounts(connection, demo, LARGE_CITY_POSTS)
    (tmp_path / "other").mkdir()
    other = create_accounts(connection, replace(demo, data_dir=tmp_path / "other"), HAIDIAN_POSTS)
    assert {one.password for one in more} == {first[0].password}
    assert other[0].password != first[0].password
    assert len(more) == len(HAIDIAN_POSTS) + len(LARGE_CITY_POSTS)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_making_them_again_lists_them_once(connection, demo):
    create_accounts(connection, demo, HAIDIAN_POSTS)
    create_accounts(connection, demo, HAIDIAN_POSTS)
    assert len(read_accounts(demo)) == len(HAIDIAN_POSTS)


def test_they_are_offered_in_the_readers_language_and_only_in_a_demo(connection, demo):
    create_accounts(connection, demo, HAIDIAN_POSTS)
    offered = offered_accounts(demo, "zh")
    assert offered[0]["role"] == "市级负责人"
    assert {one["name"] for one in offered} == {post.username for post in HAIDIAN_POSTS}
    assert offered_accounts(replace(demo, demo=False), "zh") == []


def test_nothing_is_offered_before_a_demo_was_loaded(demo):
    assert offered_accounts(demo, "zh") == []
