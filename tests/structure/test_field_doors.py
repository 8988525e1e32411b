"""A field one may not read cannot be asked about, through no door (AZ-6, PR-1 of the declarations)."""

from __future__ import annotations

from itertools import product

import pytest

from geoapp.web.factory import create_app
from layers.registry import all_registers, listed_registers
from tests.support.web import sign_in

ROLES = ("director", "officer", "worker", "planner")
TEXT = "filter-lang=cql2-text&filter="
DOORS = {
    "filter": "/registers/{register}?{field}=1", "from": "/registers/{register}?{field}__gte=1",
    "part": "/registers/{register}?{field}__contains=1", "missing": "/registers/{register}?{field}__null=true",
    "sort": "/registers/{register}?sort=-{field}", "breakdown": "/registers/{register}/breakdown.json?by={field}",
    "tile": "/tiles/{register}/14/13485/6202.mvt?{field}=1", "ogc": "/ogc/collections/{register}/items?{field}=1",
    "sortby": "/ogc/collections/{register}/items?sortby={field}",
    "cql": "/ogc/collections/{register}/items?" + TEXT + "{field}%20IS%20NULL",
    "like": "/ogc/collections/{register}/items?" + TEXT + "{field}%20LIKE%20'1%25'",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


@pytest.mark.parametrize("username", ROLES)
def test_az6_a_field_one_may_not_read_answers_like_one_that_is_not_there(app, city, username):
    access, client, asked = city.access(username), sign_in(app, username), 0
    for register in listed_registers(access):
        hidden = [f.name for f in register.fields if not f.clear(access)]
        for field, (door, address) in product(hidden, DOORS.items()):
            answer = client.get(address.format(register=register.name, field=field))
            absent = client.get(address.format(register=register.name, field="nothing"))
            assert (answer.status_code, absent.status_code) == (400, 400), (door, register.name, field)
            asked += 1
    assert asked >= (0 if username == "director" else 11)


def test_az6_whoever_only_counts_people_asks_nothing_of_them(app, city):
    """A filter or a shape would let two answers be subtracted from each other (D3.4)."""
    client = sign_in(app, "officer")
    for address in (
        "/registers/residents/breakdown.json?sex=F", "/registers/residents?bbox=116.2,39.9,116.5,40.1",
        "/registers/residents?circle=116.306,39.995,300", "/registers/residents?position=none",
        "/ogc/collections/residents/items", "/ogc/collections/residents/items?bbox=116.2,39.9,116.3,40",
        "/registers/residents/export.csv", "/registers/residents/export.html", "/registers/residents/1",
    ):  # fmt: skip
        assert client.get(address).status_code == 403, address
    for by in ("birth_year", "name", "phone", "house_id"):
        assert client.get(f"/registers/residents/breakdown.json?by={by}").status_code == 400


def test_d3_1_protected_fields_are_sealed_masked_and_never_asked_about():
    protected = [(r, f) for r in all_registers().values() for f in r.fields if f.field_class in ("S3", "S4")]
    assert {f.name for _, f in protected} >= {"id_number", "phone", "birth_date"}
    for register, field in protected:
        assert register.table.c[field.column.name].info["cell"] == field.cell, field
        assert field.mask and not field.clear_permission and field.reveal_permission, field
        assert not field.sortable and not field.searched, field


def test_d3_1_every_field_has_a_class_and_people_have_no_lesser_one_than_their_name():
    for register in all_registers().values():
        assert {f.field_class for f in register.fields} <= {"S0", "S1", "S2", "S3", "S4"}
        if register.people:
            assert register.field(register.label_field).field_class in ("S2", "S3", "S4")
