"""What is taken out of a register in the form of its template comes back as what it is: nothing is doubled (A8.6)."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from geoapp.core.db import owner_engine, owner_transaction
from geoapp.core.settings import get_settings
from geoapp.importing import codes
from geoapp.importing.filling import fill
from geoapp.importing.locking import row_table
from geoapp.importing.records import says_same
from geoapp.importing.templates import REGISTERS, all_templates
from geoapp.people.rules import CHILD
from geoapp.web.factory import create_app
from layers.registry import all_registers
from tests.geoapp.importing.test_claiming import claimed
from tests.support.imports import imported, xlsx
from tests.support.web import sign_in


def rows_in(batch):
    with owner_engine().connect() as connection:
        return list(connection.scalars(select(row_table.c.id).where(row_table.c.batch_id == batch).order_by(row_table.c.id)))


def rows_of_batch(batch):
    with owner_engine().connect() as connection:
        return connection.execute(select(row_table).where(row_table.c.batch_id == batch).order_by(row_table.c.id)).all()


def stored(register):
    with owner_engine().connect() as connection:
        table = all_registers()[register].table
        return connection.execute(select(func.count(), func.max(table.c.version), func.max(table.c.updated_at))).one()


@pytest.mark.parametrize(("name", "mine", "kept", "same"), [
    ("name", "张*", "张三", True), ("name", "张三", "张三", True), ("name", "李*", "张三", False), ("name", "", "张三", True),
    ("name", "未成年人", "小丙", True), ("name", CHILD, "小丙", True), ("id_number", "*" * 14 + "1234", "1" * 14 + "1234", True),
    ("id_number", "*" * 14 + "1235", "1" * 14 + "1234", False), ("phone", "138****8000", "13800138000", True),
    ("sex", "male", "female", False), ("registered_place", "某*", "某省", False),
])  # fmt: skip
def test_a_mask_says_what_it_masks_and_nothing_says_nothing(name, mine, kept, same):
    assert says_same("residents", name, mine, kept) is same


DERIVED = {"regions", "buildings", "coverage"}
"""Drawn and loaded with their outlines, or counted of others: nobody keeps them as a list of rows."""
KEPT_BY_PLACES = ("houses", "organisations", "sites", "teams")


EVERYTHING = ("/imports/templates/%s/records.xlsx", "/registers/%s/export.xlsx?lang=zh", "/registers/%s/export.csv?lang=en")
LIST_ALONE = EVERYTHING[1:2]


def test_a86_every_register_that_people_keep_comes_back_unchanged(own_city):
    assert set(all_registers()) - set(REGISTERS) == DERIVED
    app, scope = create_app(), own_city.access("community").scope
    for who, registers, files in (("community", REGISTERS, EVERYTHING), ("officer", KEPT_BY_PLACES, LIST_ALONE)):
        client = sign_in(app, who)
        for register in registers:
            before = stored(register)
            for address in (one % register for one in files):
                with client.get(address) as answer:
                    assert answer.status_code == 200, address
                    name = "list.csv" if "csv" in address else "list.xlsx"
                    batch = imported(own_city.access(who), register, answer.data, name)
                found = rows_of_batch(batch)
                assert found and {one.state for one in found} == {codes.UNCLAIMED}, address
                chosen = [one.id for one in found if one.region_key in scope][: len(found) // 2 + 1]
                outcome = claimed(own_city, chosen, "community")
                assert (outcome.unchanged, outcome.claimed, outcome.failed) == (chosen, [], {}), address
                done = fill(get_settings(), batch)
                assert (done.made, done.unchanged, done.failed.total()) == (0, len(found) - len(chosen), 0), address
            assert stored(register) == before, register
    page = client.get(f"/imports/{batch}").text
    assert "unread" in page and "最近服务" in page


def test_d3_4_who_only_counts_people_gets_none_of_them_as_a_file_and_many_need_a_second_person(own_city, monkeypatch):
    app = create_app()
    officer = sign_in(app, "officer")
    for people in ("residents", "households", "enrolments"):
        refused = officer.get(f"/imports/templates/{people}/records.xlsx")
        assert refused.status_code == officer.get(f"/registers/{people}/export.xlsx").status_code == 403
    assert officer.get("/imports/templates/houses/records.xlsx").status_code == 200
    offered = officer.get("/imports").text
    assert "houses/records.xlsx" in offered and "residents/records.xlsx" not in offered
    community = sign_in(app, "community")
    monkeypatch.setenv("GEOAPP_EXPORT_ALONE", "1")
    get_settings.cache_clear()
    assert community.get("/imports/templates/residents/records.xlsx").status_code == 409


def test_a86_a_record_that_was_corrected_in_the_file_is_compared(own_city):
    community = sign_in(create_app(), "community")
    answer = community.get("/imports/templates/houses/records.xlsx")
    lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    at = {column.name: place for place, column in enumerate(all_templates()["houses"].columns)}
    other, changed = lines[1], lines[2]
    changed[at["address"]] = "新路12号"
    other[at["record"]] = "99999999"
    strange, differs = rows_in(imported(own_city.access("community"), "houses", xlsx("houses", [other, changed])))
    assert claimed(own_city, [strange, differs], "community").failed == {strange: "no_record", differs: "differs"}
    page = community.get(f"/imports/rows/{differs}/merge").text
    assert page.count('name="take"') == 1
    assert 'value="row:address"' in page
    with owner_transaction() as connection:
        assert connection.scalar(select(row_table.c.holder_id).where(row_table.c.id == differs)) == int(changed[at["record"]])
