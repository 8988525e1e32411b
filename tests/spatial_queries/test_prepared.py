"""Statements kept planned on a connection outlive what happens on it."""

from __future__ import annotations

import pytest
from sqlalchemy import Integer, bindparam, cast, column, select, text, values
from sqlalchemy.exc import DBAPIError

from geoapp.core.db import app_engine
from geoapp.core.settings import get_settings
from spatial_queries.prepared import KEPT_PLANS, prepare, run
from tests.factories.city import City


def test_a_kept_statement_outlives_a_rollback(city: City) -> None:
    """The driver drops what it prepared itself at a rollback; ours must stay, or be known as gone."""
    with app_engine(get_settings()).connect() as connection:
        prepared = prepare(connection.dialect, select(bindparam("word", "a").label("w")), {"word"})
        assert run(connection, prepared, {"word": "a"}, keep_plan=True).get_value(0, 0) == b"a"
        for _ in range(12):  # often enough for the driver to prepare a statement of its own
            connection.execute(text("SELECT 1")).all()
        connection.rollback()
        connection.execute(text("SELECT 1")).all()
        assert run(connection, prepared, {"word": "b"}, keep_plan=True).get_value(0, 0) == b"b"
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1 / 0"))
        connection.rollback()
        assert run(connection, prepared, {"word": "c"}, keep_plan=True).get_value(0, 0) == b"c"


def test_the_longest_unused_statement_makes_room(city: City) -> None:
    with app_engine(get_settings()).connect() as connection:
        for number in range(KEPT_PLANS + 10):
            rows = values(column("n"), name="v").data([(number,)])
            prepared = prepare(connection.dialect, select(rows.c.n))
            assert run(connection, prepared, {}, keep_plan=True).get_value(0, 0) == b"%d" % number
        kept = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
        assert kept == KEPT_PLANS


def test_a_plan_for_all_values_is_that_of_its_statement_alone(city: City) -> None:
    """Whatever else the transaction asks is planned for its values, as ever."""
    with app_engine(get_settings()).begin() as connection:
        prepared = prepare(connection.dialect, select(bindparam("word", "a").label("w")), {"word"})
        for word in ("it's", "b\\", None, "丁"):
            found = run(connection, prepared, {"word": word}, keep_plan=True)
            assert found.get_value(0, 0) == (None if word is None else word.encode())
            assert connection.execute(text("SHOW plan_cache_mode")).scalar_one() == "force_custom_plan"
        plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = :name"
        assert connection.execute(text(plans), {"name": prepared.name.decode()}).one() == (4, 0)


def test_an_error_of_a_kept_statement_leaves_the_connection_usable(city: City) -> None:
    with app_engine(get_settings()).connect() as connection:
        prepared = prepare(connection.dialect, select(1 / cast(bindparam("n", None), Integer)), {"n"})
        with pytest.raises(DBAPIError):
            run(connection, prepared, {"n": 0}, keep_plan=True)
        connection.rollback()
        assert run(connection, prepared, {"n": 1}, keep_plan=True).get_value(0, 0).startswith(b"1")
