"""LG-3: who reads a sensitive field leaves an event; where it cannot be written nothing is read (A11.5, A15.1)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from geoapp.audit.grouping import groups
from geoapp.core.db import owner_transaction
from geoapp.people.rules import masked_number
from geoapp.web.factory import create_app
from tests.factories import city_plan as plan
from tests.structure.test_scope_matrix import known_addresses, unpacked
from tests.support.web import csrf_of, sign_in

COMMUNITY = 110108001001000
POSTED = {"/search": ("q",), "/houses/<int:house_id>/residents": ("q",)}


@pytest.fixture
def marks(own_city):
    """Names and masked numbers of the residents of the community worker's area."""
    grids = plan.grids()
    people = plan.residents(grids, plan.houses(grids, plan.buildings(grids)))
    mine = [p for p in people if COMMUNITY <= p["region_key"] <= COMMUNITY + 999]
    assert len(mine) > 10
    return {p["name"] for p in mine} | {masked_number(p["id_number"]) for p in mine}


@pytest.fixture
def asked(own_city):
    """(app, client, addresses): each GET route with a few records, no tiles."""
    app = create_app()
    client = sign_in(app, "community")
    found = [
        (rule, address) for rule, addresses in known_addresses(app, own_city).items()
        if "<int:z>" not in rule and "sign" not in rule
        for address in (addresses if "record_id" in rule else sorted(addresses, key=lambda a: "residents" not in a)[:8])
    ]  # fmt: skip
    return app, client, found


def events_of(response):
    with owner_transaction() as connection:
        query = text("SELECT action FROM audit_event WHERE request_id = :id")
        return connection.execute(query, {"id": response.headers["X-Request-Id"]}).scalars().all()


def answers(client, asked, part):
    """(rule, response) of every route that answered, asked by GET, and by POST with a part of a name."""
    for rule, address in asked:
        if rule in POSTED:
            form = {"csrf_token": csrf_of(client, "/about"), "q": part}
            yield rule, client.post(address, data=form, buffered=True)
        else:
            yield rule, client.get(address, buffered=True)


def test_lg3_every_route_that_returns_a_sensitive_field_writes_an_event(asked, marks):
    _, client, addresses = asked
    showing, silent = set(), set()
    for rule, response in answers(client, addresses, min(mark for mark in marks if "*" not in mark)[:-1]):
        if response.status_code >= 300 or not any(mark in unpacked(response) for mark in marks):
            continue
        showing.add(rule)
        if not events_of(response):
            silent.add(rule)
    assert silent == set()
    assert {"/registers/<register_name>", "/registers/<register_name>/<int:record_id>", "/search",
            "/registers/<register_name>/export.<file_format>", "/ogc/collections/<name>/items"} <= showing  # fmt: skip


def test_lg3_where_the_event_cannot_be_written_nothing_is_read(asked, marks):
    app, client, addresses = asked
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with owner_transaction() as connection:
        connection.execute(text("REVOKE INSERT ON audit_event FROM geoapp_app"))
    refused = set()
    for rule, response in answers(client, addresses, min(mark for mark in marks if "*" not in mark)[:-1]):
        assert not any(mark in unpacked(response) for mark in marks), rule
        if response.status_code >= 500:
            refused.add(rule)
    assert {"/registers/<register_name>", "/registers/<register_name>/<int:record_id>"} <= refused
    groups.__init__()  # what could not be written here belongs to no later test


def test_d3_6_a_page_of_a_resident_names_the_record_and_those_it_shows(own_city):
    client = sign_in(create_app(), "worker")
    resident = own_city.residents[0]
    assert client.get(f"/registers/residents/{resident}").status_code == 200
    with owner_transaction() as connection:
        rows = connection.execute(text("""
            SELECT e.action, e.actor_id, e.region_key, o.record_id FROM audit_event e JOIN audit_object o ON o.event_id = e.id
            WHERE o.register = 'residents'""")).all()  # fmt: skip
    assert ("detail_view", own_city.users["worker"], 110108001001001, resident) in {tuple(row) for row in rows}


def test_d3_6_a_change_is_one_event_with_the_names_of_its_fields(own_city):
    client = sign_in(create_app(), "worker")
    house = own_city.houses[0]
    page = client.get(f"/houses/{house}/edit").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    address = re.search(r'name="address"[^>]*value="([^"]*)"', page).group(1)
    form = {"csrf_token": csrf_of(client, "/about"), "version": version, "address": address + "新", "use": "dwelling"}
    assert client.post(f"/houses/{house}/edit", data=form).status_code == 303
    with owner_transaction() as connection:
        [row] = connection.execute(text("SELECT body::text AS body FROM audit_event WHERE action = 'change'")).all()
    assert '"address"' in row.body and "新" not in row.body and address not in row.body


def test_d3_6_tiles_are_counted_without_a_statement(own_city):
    client = sign_in(create_app(), "worker")
    groups.flush()
    for _ in range(3):
        assert client.get("/tiles/houses/16/53940/24811.mvt").status_code == 200
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_event WHERE action = 'tile_view'")) == 0
    groups.flush()
    with owner_transaction() as connection:
        assert connection.scalar(text("SELECT sum((body -> 'facts' ->> 'answers')::int) FROM audit_event WHERE action = 'tile_view'")) == 3
