"""Which columns a reader sees, and how values look: one answer for screen and file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope
from layers.declare import Field
from layers.registry import all_registers
from spatial_queries.columns import Column, printed, shown_columns

REGISTERS = all_registers()


def reader(*permissions: Permission) -> Access:
    return Access(RowScope.nothing(), frozenset(str(p) for p in permissions), 1)


EVERYTHING = reader(*Permission)
OFFICER = reader(Permission.RESIDENT_READ, Permission.HOUSE_READ)
PLANNER = reader(Permission.HOUSE_READ)


def labels(register: str, access: Access, names=None) -> list[str]:
    return [column.label for column in shown_columns(REGISTERS[register], access, names)]


def column(register: str, name: str, access: Access = EVERYTHING) -> Column:
    return shown_columns(REGISTERS[register], access, [name])[0]


def test_the_columns_of_a_list_are_the_listed_fields_the_reader_may_see():
    listed = [f.name for f in REGISTERS["houses"].fields if f.listed]
    assert labels("houses", EVERYTHING) == listed
    assert labels("houses", PLANNER) == [name for name in listed if name != "residents"]


def test_chosen_columns_come_in_their_order_and_once():
    assert labels("houses", EVERYTHING, ["storey", "number", "storey"]) == ["storey", "number"]


@pytest.mark.parametrize(
    ("register", "access", "name"),
    [
        ("houses", EVERYTHING, "nothing"),
        ("houses", PLANNER, "residents"),  # a permission is missing
        ("residents", OFFICER, "birth_year"),
        ("residents", EVERYTHING, "house_id"),  # neither listed nor to be taken out
    ],
)
def test_a_column_that_is_not_there_for_the_reader_is_refused_like_an_unknown_one(register, access, name):
    with pytest.raises(InvalidInput) as caught:
        shown_columns(REGISTERS[register], access, [name])
    assert caught.value.field == name
    assert "没有字段" in caught.value.message("zh")


def test_c3_names_are_masked_above_the_grid_and_numbers_for_everybody():
    assert column("residents", "name", OFFICER).text("欧阳示例", 1, "zh") == "欧阳*"
    assert column("residents", "name").text("欧阳示例", 1, "zh") == "欧阳示例"
    assert column("residents", "id_number").masked
    assert column("residents", "id_number", OFFICER).masked


@pytest.mark.parametrize(
    ("register", "name", "stored", "value", "text"),
    [
        ("houses", "status", 3, "出租", "出租"),
        ("houses", "rental", False, "否", "否"),
        ("houses", "area_m2", Decimal("54.50"), 54.5, "54.5"),
        ("houses", "storey", 6, 6, "6"),
        ("houses", "number", "0012", "0012", "0012"),
        ("houses", "room", None, None, ""),
        ("houses", "storey", None, None, ""),
        ("residents", "id_number", None, None, ""),
    ],
)
def test_a_value_keeps_its_type_and_prints_as_on_the_page(register, name, stored, value, text):
    assert column(register, name).render(stored, 1, "zh") == value
    assert column(register, name).text(stored, 1, "zh") == text


def test_moments_are_in_the_zone_of_the_deployment():
    moment = datetime(2026, 1, 1, 20, 5, 9, tzinfo=UTC)
    shown = column("houses", "updated_at").render(moment, 1, "zh")
    assert shown == moment
    assert printed(shown) == "2026-01-02 04:05"
    assert printed(date(2026, 1, 2)) == "2026-01-02"


@pytest.mark.parametrize("name", list(REGISTERS))
def test_a_cell_of_the_page_reads_as_the_field_shows_it(name):
    """Codes, yes and no, days and moments: two ways to the same words."""
    moment = datetime(2026, 1, 1, 20, 5, tzinfo=UTC)
    samples = {"integer": 7, "number": 7.5, "boolean": True, "date": date(2026, 1, 2), "datetime": moment}
    for field in REGISTERS[name].fields:
        if field.mask is None:
            for value in (*field.codes, None) if field.codes else (samples.get(field.kind, "文"), None):
                assert Column(field).text(value, 1, "zh") == field.show(value, "zh"), field.name


def test_a_code_outside_the_list_is_shown_as_it_is():
    field = Field("x", "某列", REGISTERS["houses"].table.c.use, "code", {"a": "甲"})
    assert Column(field).text("b", 1, "zh") == "b"
