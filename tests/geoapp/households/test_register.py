"""Households as a register: what a list says of them, to whom, and that it follows the members (A3.10 to A3.13, D3.4)."""

from __future__ import annotations

import re

from sqlalchemy import select, text

from geoapp.accounts.actions import create_user
from geoapp.accounts.permissions import Permission
from geoapp.accounts.roles import ADMINISTRATOR
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.db import owner_transaction
from geoapp.households import actions
from geoapp.households.models import Household
from geoapp.people import actions as stays
from geoapp.people.rules import CHILD
from geoapp.web.factory import create_app
from grids_boundaries.access import Access, begin
from tests.factories.city import PASSWORD
from tests.geoapp.households.test_households import add, do, enter, families_on, home, person, read
from tests.support.kept import kept_disagreements
from tests.support.web import csrf_of, sign_in


def figures(household_id):
    row = home(household_id)
    return row.house_id, row.placed, row.members


def test_a310_a313_house_place_and_size_follow_the_members(own_city):
    worker = own_city.access("worker")
    house, other = own_city.houses[2], own_city.houses[3]
    one, two = add(worker, 1), add(worker, 3, name="乙例秋")
    found = enter(worker, one)
    do(worker, actions.add_member, found, two, "spouse")
    assert figures(found) == (None, 0, 2), "no house: it is among those that are not on the map"
    for who, where in ((two, other), (one, house)):
        with write(worker) as work:
            stays.link(work, who, person(who).version, stays.Link(where, today(), "own"))
        assert figures(found)[::2] == (where, 2), "the head's house before the others'"
    assert kept_disagreements() == []
    families_on()
    family = enter(worker, two, "家1", "family")
    assert figures(family)[::2] == (other, 1)
    do(worker, actions.remove_member, found, two)
    do(worker, actions.remove_member, found, one)
    assert figures(found) == (None, 0, 0)
    do(worker, actions.delete_empty, found, "mistaken")
    assert read(select(Household).where(Household.id == found)) == []
    assert kept_disagreements() == []


def test_a313_without_the_module_no_local_family_is_in_any_list_total_tile_or_export(own_city):
    """Switched off and on again: nothing is lost, and what is kept agrees with the rows each time."""
    app, worker = create_app(), own_city.access("worker")
    with owner_transaction() as connection:
        create_user(connection, "switcher", PASSWORD, "switcher", ADMINISTRATOR, ["1101"])
    client, community, admin = sign_in(app, "worker"), sign_in(app, "community"), sign_in(app, "switcher")
    register = "/registers/households"

    def switch(wanted):
        form = {"csrf_token": csrf_of(admin, "/about"), "wanted": wanted}
        assert admin.post("/modules/family/switch", data=form).status_code == 303
        assert kept_disagreements() == []

    def seen():
        page, tile = client.get(register).text, client.get("/tiles/households/14/13485/6202.mvt")
        assert tile.status_code == 200
        rows = client.get(f"{register}?number=FAM-1", headers={"HX-Request": "true"}).text
        table = community.get(f"{register}/export.csv", buffered=True).text
        told = client.get(f"{register}/breakdown.json?by=kind").text
        return re.findall(r'data-total="(\d+)"', page), tile.data, "FAM-1" in rows, "FAM-1" in table, told

    one = add(worker, 1)
    with write(worker) as work:
        stays.link(work, one, person(one).version, stays.Link(own_city.houses[2], today(), "own"))
    before = seen()
    switch("on")
    family = enter(worker, one, "FAM-1", "family")
    shown = seen()
    assert shown[2:4] == (True, True) and int(shown[0][0]) == int(before[0][0]) + 1
    assert shown[1] != before[1] and shown[4] != before[4]
    assert client.get(f"{register}/{family}").status_code == 200
    assert f"/households/{family}" in client.get(f"/registers/residents/{one}").text
    switch("off")
    assert seen() == before
    for address in (f"{register}/{family}", f"/households/{family}"):
        assert client.get(address).status_code == 404
    assert f"/households/{family}" not in client.get(f"/registers/residents/{one}").text
    with write(worker) as work:
        stays.link(work, one, person(one).version, stays.Link(own_city.houses[3], today(), "own"))
    assert figures(family)[::2] == (own_city.houses[3], 1), "it goes on following its members"
    assert kept_disagreements() == []
    switch("on")
    assert seen()[0] == shown[0] and seen()[2:4] == (True, True)


def test_d3_4_a_list_names_heads_to_person_rights_alone_and_where_a_child_lives_to_nobody(own_city):
    app, worker = create_app(), own_city.access("worker")
    one = add(worker, 1, name="甲例春")
    found = enter(worker, one, "HH-77")
    with write(worker) as work:
        stays.link(work, one, person(one).version, stays.Link(own_city.houses[2], today(), "own"))
    client = sign_in(app, "worker")
    asked = "/registers/households?kind=hukou&number=HH-77"
    row = client.get(asked, headers={"HX-Request": "true"}).text
    assert "HH-77" in row and "甲例春" in row and "示例路" in row and 'data-lon' not in row
    assert client.get(f"/registers/households/{found}").status_code == 200
    assert "甲例春" in client.get(f"/households/{found}").text
    officer = sign_in(app, "officer")
    closed = officer.get("/registers/households")
    assert closed.status_code == 200 and "HH-77" not in closed.text and "甲例春" not in closed.text
    assert officer.get(f"/registers/households/{found}").status_code in (403, 404)
    assert sign_in(app, "director").get("/registers/households").status_code == 404
    own = Access(own_city.access("worker").scope, frozenset({Permission.HOUSEHOLD_READ}), own_city.users["worker"])
    with begin(own) as connection:
        seen = connection.scalar(text("SELECT count(*) FROM household")), connection.scalar(text("SELECT count(*) FROM resident"))
    assert seen[0] and not seen[1], "a right of its own, and none beside it"
    with owner_transaction() as connection:
        connection.execute(text("UPDATE resident SET name_enc = 'x', name = :child, birth_year = NULL WHERE id = :id"), {"id": one, "child": CHILD})
    assert "示例路" not in client.get(asked, headers={"HX-Request": "true"}).text
