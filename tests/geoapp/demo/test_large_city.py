"""The synthetic city in a real database: complete, linked, counted, in its grids."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import text

from geoapp.core.crypto import decrypt, search_hash
from geoapp.core.data_keys import KeyRing
from geoapp.core.db import owner_engine
from geoapp.core.errors import Conflict
from geoapp.demo.large_city import load_large_city
from geoapp.houses.rules import is_generated
from geoapp.people.invented import is_invented_number
from grids_boundaries.derive.synthetic_city import COUNTY, CityPlan
from tests.support.kept import CHECKS

HOUSES = 4000


@pytest.fixture(scope="module")
def city(databases):
    settings = databases.fresh()
    said = []
    made = load_large_city(CityPlan(HOUSES), settings, lambda msgid, **facts: said.append(facts))
    yield settings, made, said
    owner_engine(settings).dispose()
    databases.drop(settings)


@pytest.fixture
def ask(city):
    with owner_engine(city[0]).connect() as connection:
        yield lambda sql, **facts: connection.execute(text(sql), facts)


@pytest.fixture
def opened(city):
    """Opens cells with the keys of the city's own database."""
    with owner_engine(city[0]).connect() as connection:
        yield partial(decrypt, keys=KeyRing.on(connection))


def test_as_many_houses_as_asked_for_and_three_times_the_people(city):
    _, made, said = city
    assert made["house"] == HOUSES
    assert 2.7 < made["resident"] / HOUSES < 3.3
    assert sum(facts.get("houses", 0) for facts in said) == HOUSES


def test_the_tree_reaches_from_the_province_to_the_grid(ask):
    levels = dict(ask("SELECT level, count(*) FROM region GROUP BY level").all())
    assert levels == {
        "province": 1, "city": 1, "county": 1, "street": 12, "community": 150, "grid": 2016,
    }  # fmt: skip
    full = ask("SELECT full_name FROM region WHERE code = '999901001001001'").scalar_one()
    assert full == "合成省合成市合成县子字街道子一社区第1网格"
    assert ask("SELECT count(*) FROM region WHERE origin <> 'synthetic'").scalar_one() == 0


def test_houses_lie_in_their_building_and_their_grid(ask):
    strays = ask(
        "SELECT count(*) FROM house h JOIN building b USING (county_code) JOIN region r "
        "ON r.key = h.region_key WHERE b.id = h.building_id AND h.geom IS NOT NULL AND NOT "
        "(ST_Covers(ST_Buffer(b.geom, 1e-8), h.geom) AND ST_Covers(r.geom, h.geom) "
        "AND b.region_key = h.region_key)"
    )
    assert strays.scalar_one() == 0
    placed = dict(ask("SELECT placed, count(*) FROM house GROUP BY placed").all())
    assert set(placed) == {0, 1}
    assert ask("SELECT count(*) FROM house WHERE (geom IS NULL) <> (placed = 0)").scalar_one() == 0


def test_every_status_and_type_occurs(ask):
    assert set(ask("SELECT DISTINCT status FROM house").scalars()) == {0, 1, 2, 3}
    types = set(ask("SELECT DISTINCT type FROM resident").scalars())
    assert types == {"registered", "floating", "unregistered", "overseas"}


@pytest.mark.parametrize("what", CHECKS)
def test_what_is_kept_on_a_record_is_what_a_recount_finds(ask, what):
    assert ask(CHECKS[what]).all() == []


def test_kept_counts_are_those_of_the_rows(ask):
    for register, table, always in (
        ("houses", "house", "true"), ("buildings", "building", "true"),
        ("residents", "resident", "state = 'active'"), ("sites", "site", "true"),
    ):  # fmt: skip
        kept = ask("SELECT sum(n) FROM region_count WHERE register = :r", r=register).scalar_one()
        rows = ask(f"SELECT count(*) FROM {table} WHERE {always}").scalar_one()
        assert kept == rows > 0


def test_numbers_are_generated_and_each_is_held_by_its_house(ask):
    numbers = ask("SELECT number FROM house LIMIT 500").scalars().all()
    assert all(is_generated(number) and number.startswith(COUNTY) for number in numbers)
    free = ask(
        "SELECT count(*) FROM house h LEFT JOIN house_number n "
        "ON (n.number, n.house_id) = (h.number, h.id) WHERE n.number IS NULL"
    )
    assert free.scalar_one() == 0


def test_sensitive_values_are_sealed_for_their_own_row(ask, opened):
    """D3.2: cells open with their own id only, and numbers are found by their hash."""
    row = ask(
        "SELECT * FROM resident WHERE type = 'registered' AND phone_enc IS NOT NULL AND birth_year IS NOT NULL "
        "ORDER BY id LIMIT 1"
    ).one()
    number = opened(row.id_enc, f"resident.id_number.{row.id}")
    assert is_invented_number(number)
    assert row.id_hash == search_hash(number, "resident.id_number")
    assert opened(row.birth_date_enc, f"resident.birth_date.{row.id}")[:4] == str(row.birth_year)
    assert opened(row.phone_enc, f"resident.phone.{row.id}").startswith("100")


def test_new_records_get_ids_of_their_own(ask):
    for table in ("building", "house", "household", "resident", "residence"):
        highest = ask(f"SELECT max(id) FROM {table}").scalar_one()
        assert ask(f"SELECT nextval('{table}_id_seq')").scalar_one() > highest


def test_the_indexes_of_the_county_are_those_of_every_county(ask):
    """The partition that was swapped in must serve as fast as one made in the usual way."""
    ask("SELECT ensure_county('999902')")
    for table in ("building", "house", "resident", "residence", "household"):
        kinds = [
            sorted(
                index.replace(f"{table}_{county}", table).split(" USING ")[1]
                for index in ask(
                    "SELECT indexdef FROM pg_indexes WHERE tablename = :name",
                    name=f"{table}_{county}",
                ).scalars()
            )
            for county in (COUNTY, "999902")
        ]
        assert kinds[0] == kinds[1]


def test_a_second_city_on_top_is_refused(city):
    with pytest.raises(Conflict):
        load_large_city(CityPlan(10), city[0])
