"""Everything about children under 14 is S3: sealed, masked on every output, one at a time for a reason (D3.1)."""

from __future__ import annotations

from datetime import date
from functools import partial
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.errors import InvalidInput
from geoapp.core.settings import get_settings
from geoapp.desk.reads import everything_about
from geoapp.people.children import plain_children, real_name, settle, stored
from geoapp.people.rules import CHILD, born_at_latest, is_child
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.support.web import csrf_of, sign_in

GRIDS = plan.grids()
PEOPLE = plan.residents(GRIDS, plan.houses(GRIDS, plan.buildings(GRIDS)))
CHILDREN = [p for p in PEOPLE if is_child(born_at_latest(plan.born(p)), today()) and p["state"] == "active"]
HERE = [p for p in CHILDREN if p["region_key"] == GRIDS[0].key]
ONE = next(p for p in HERE if p["house_id"])


@pytest.mark.parametrize(("born", "day", "child"), [
    ("2012-11-23", date(2026, 11, 22), True), ("2012-11-22", date(2026, 11, 22), False),
    ("2012-11-21", date(2026, 11, 22), False),
    ("2012-02-29", date(2026, 2, 28), True), ("2012-02-29", date(2026, 3, 1), False),
    ("2016-02-29", date(2030, 2, 28), True), ("2016-02-29", date(2030, 3, 1), False),
    ("2012", date(2026, 12, 30), True), ("2012", date(2026, 12, 31), False), ("2013", date(2026, 12, 31), True),
    ("", date(2026, 11, 22), False),
])  # fmt: skip
def test_d3_1_a_child_is_one_until_the_day_they_are_14(born, day, child):
    """Where only the year is known: as long as they may be one."""
    assert is_child(born_at_latest(born), day) is child


def test_d3_1_no_output_has_a_name_a_year_or_an_address_of_a_child(city):
    client, officer = (sign_in(create_app(), name) for name in ("community", "officer"))
    token = csrf_of(client, "/about")
    house = f"/registers/houses/{ONE['house_id']}"
    pages = {
        address: client.get(address, buffered=True).text
        for address in (
            "/registers/residents?limit=200", "/registers/residents/export.csv",
            f"/registers/residents/{ONE['id']}", house, f"/ogc/collections/residents/items/{ONE['id']}",
            "/ogc/collections/residents/items?limit=200&f=json", f"/houses/{ONE['house_id']}/residences/new?resident={ONE['id']}",
            f"/registers/residents/{ONE['id']}/fields/child_name",
        )
    }  # fmt: skip
    pages["suggestions"] = client.post("/search", data={"q": ONE["name"], "csrf_token": token}).text
    pages["found"] = client.post(
        f"/houses/{ONE['house_id']}/residents", data={"q": ONE["name"][1:], "csrf_token": token, "form_token": "0" * 32}
    ).text
    pages["officer"] = officer.get("/registers/residents?limit=200").text
    for address, page in pages.items():
        assert not [p["name"] for p in CHILDREN if p["name"] in page], address
        assert CHILD in page or address == "officer", address
    feature = client.get(f"/ogc/collections/residents/items/{ONE['id']}").get_json()["properties"]
    assert feature["name"] == CHILD and feature["birth_year"] is None and feature["house_address"] is None


def test_d3_2_a_name_is_shown_one_at_a_time_for_a_reason(own_city):
    app = create_app()
    client, officer = sign_in(app, "worker"), sign_in(app, "officer")
    url = f"/registers/residents/{ONE['id']}/fields/child_name"
    for reason, shown in (("", False), ("contact", True)):
        page = client.post(url, data={"reason": reason, "csrf_token": csrf_of(client, "/about")}).text
        assert (ONE["name"] in page) is shown
    assert officer.post(url, data={"reason": "contact", "csrf_token": csrf_of(officer, "/about")}).status_code in (403, 404)
    with owner_engine().connect() as connection:
        said = connection.execute(text("SELECT body FROM audit_event WHERE body->>'action' = 'reveal'")).scalars().all()
        held = everything_about(connection, own_city.access("community"), ONE["id"], "zh")["resident"]
    assert len(said) == 1 and ONE["name"] not in str(said)
    assert held["name"] == ONE["name"] and held["birth_date"] == plan.born(ONE)  # the copy a guardian gets


def test_az_6_who_may_not_know_children_neither_finds_nor_places_them(own_city):
    """A role with names and without the right to reveal."""
    with owner_transaction() as connection:
        connection.execute(text("UPDATE role SET permissions = array_remove(permissions, 'register:residents:reveal')"))
    client = sign_in(create_app(), "worker")
    token = csrf_of(client, "/about")
    grown = next(p for p in PEOPLE if p["region_key"] == GRIDS[0].key and p["house_id"] and p not in CHILDREN)
    for person, found in ((grown, True), (ONE, False)):
        for words in (person["name"], person["name"][1:], person["name"][-3:]):
            page = client.post("/search", data={"q": words, "csrf_token": token}).text
            assert (f'/registers/residents/{person["id"]}"' in page) is found
    assert "/registers/residents/" not in client.post("/search", data={"q": "未成年人", "csrf_token": token}).text
    page = client.get(f"/registers/residents/{ONE['id']}").text
    assert CHILD in page and f"/registers/houses/{ONE['house_id']}" not in page and "child_name" not in page
    assert f"/registers/houses/{grown['house_id']}" in client.get(f"/registers/residents/{grown['id']}").text


def test_d3_1_they_are_opened_at_14_and_what_is_plain_is_sealed(own_city):
    """By the daily run, and by the migration for whom it finds; a name that is a mask is no name (PR-9)."""
    settings = get_settings()
    born = born_at_latest(plan.born(ONE))
    begin = partial(owner_transaction, settings)
    assert sum(settle(begin, today())) == 0
    birthday = born.replace(year=born.year + 14)
    assert sum(settle(begin, birthday)) >= 1
    assert row(ONE["id"]).name == ONE["name"] and row(ONE["id"]).birth_year == born.year
    assert sum(settle(begin, date(2100, 1, 1))) >= 1
    with owner_engine().connect() as connection:
        assert plain_children(connection, today()) >= 1
    with owner_transaction() as connection:
        connection.execute(text("ALTER TABLE resident DROP COLUMN name_enc CASCADE"))
        connection.execute(text("UPDATE resident SET name = '张小小', birth_year = 2019 WHERE id = :id"), {"id": ONE["id"]})
    with owner_engine().connect() as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction(), Operations.context(context):
            import_module("geoapp.core.migrations.versions.0011_children").upgrade()
    found = row(ONE["id"])
    assert (found.name, found.birth_year) == (CHILD, None)
    assert decrypt(bytes(found.name_enc), f"resident.name.{ONE['id']}") == real_name(found) == "张小小"
    with owner_engine().connect() as connection:
        assert plain_children(connection, today()) == 0
    with pytest.raises(InvalidInput):
        stored(1, CHILD, "2019-01-01")


def row(resident_id):
    with owner_engine().connect() as connection:
        return connection.execute(text("SELECT * FROM resident WHERE id = :id"), {"id": resident_id}).one()
