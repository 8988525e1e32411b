"""A register is one file: what follows from its declaration follows for all of them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from geoapp.web.factory import create_app
from grids_boundaries.access import begin
from layers import registry
from layers.declare import Field, Register
from layers.registry import all_registers
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query
from tests.support.web import sign_in

NAMES = sorted(all_registers())


@pytest.fixture(scope="module")
def app(city_settings):
    return create_app(city_settings)


def test_the_five_registers_are_there():
    assert {"regions", "buildings", "houses", "residents", "sites"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_is_sound(name):
    register = all_registers()[name]
    names = [f.name for f in register.fields]
    assert len(names) == len(set(names))
    assert register.field(register.label_field).listed
    assert str(register.permission) == f"register:{name}:read"
    assert all(register.field(n).sortable for n in register.default_sort)
    assert {"origin", "updated_at"} <= set(names), "origin and freshness on every record (A2.8)"
    assert len(register.legend) == len({(e.colour, e.shape) for e in register.legend})
    if register.category_field and register.legend:
        assert [e.label for e in register.legend] == list(register.field(register.category_field).codes.values())


@pytest.mark.parametrize("name", NAMES)
def test_d3_4_a_register_of_people_has_no_point_of_its_own(name):
    register = all_registers()[name]
    if register.people:
        assert register.geometry is None
        assert register.holder is not None


@pytest.mark.parametrize("name", NAMES)
def test_it_has_list_filter_detail_tiles_and_a_menu_entry(app, city, name):
    client = sign_in(app, "community")
    listed = client.get(f"/registers/{name}", headers={"HX-Request": "true"})
    assert listed.status_code == 200 and 'data-total="0"' not in listed.text
    record = listed.text.split('data-id="', 1)[1].split('"', 1)[0]
    assert client.get(f"/registers/{name}/{record}").status_code == 200
    assert client.get(f"/registers/{name}/filter").status_code == 200
    assert client.get(f"/registers/{name}/breakdown").status_code == 200
    assert client.get(f"/tiles/{name}/tile.json").json["tiles"]
    tile = client.get(f"/tiles/{name}/15/26970/12405.mvt")
    assert tile.status_code == 200 and tile.data, "the worker's own street is not empty"
    assert client.get(f"/registers/{name}/export.csv", buffered=True).status_code == 200
    assert f'href="/registers/{name}"' in client.get("/about").text
    assert name in {layer["register"] for layer in client.get("/layers.json").json}


def test_one_more_declaration_is_one_more_register(app, city, monkeypatch):
    """Let houses, declared anew over the same table, show in list, tiles and export at once."""
    houses = all_registers()["houses"]
    again = Register(
        "lets", title="出租房", title_one="出租房", permission=houses.permission, table=houses.table,
        id_column=houses.id_column, county_column=houses.county_column, scope_column=houses.scope_column,
        geometry=houses.geometry, geometry_3857=houses.geometry_3857, geometry_type="Point", placed=houses.placed,
        category=houses.category, cells=houses.cells, always=(houses.table.c.rental,), label_field="address",
        default_sort=("number",), fields=tuple(f for f in houses.fields if isinstance(f, Field)),
    )  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setitem(all_registers(), "lets", again)
        client = sign_in(app, "director")
        page = client.get("/registers/lets", headers={"HX-Request": "true"})
        lines = client.get("/registers/lets/export.csv", buffered=True).text.splitlines()
        with begin(city.access("director")) as connection:
            let = connection.scalar(text("SELECT count(*) FROM house WHERE rental"))
        assert f'data-total="{let}"' in page.text
        assert len(lines) == let + 1
        assert client.get("/tiles/lets/15/26970/12405.mvt").status_code == 200
    assert "lets" not in registry.all_registers()


@pytest.mark.parametrize("name", NAMES)
def test_every_query_has_a_scope(city, name):
    """The conditions of a query begin with the area; an access without one sees nothing."""
    register = all_registers()[name]
    access = city.access("community")
    selection = compile_query(SpatialQuery(name), register, access=access)
    compiled = str(selection.select(register.id_column).compile(compile_kwargs={"literal_binds": True}))
    lo, hi = access.scope.ranges[0]
    assert f"{register.scope_column} BETWEEN {lo} AND {hi}" in compiled
