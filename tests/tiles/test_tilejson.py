"""TileJSON: what a client needs to know of a layer."""

from __future__ import annotations

import pytest

from grids_boundaries.access import begin
from layers.registry import all_registers
from tests.factories import city_plan as plan
from tests.support.tiles import drawn, places, selected
from tiles.tilejson import describe, extent

URL = "http://localhost/tiles/{z}/{x}/{y}.mvt"


@pytest.mark.parametrize("name", sorted(all_registers()))
def test_the_document_names_the_layers_and_fields_that_tiles_really_have(city, name):
    access = city.access("community")
    document = describe(all_registers()[name], URL, locale="zh")
    told = {layer["id"]: layer for layer in document["vector_layers"]}
    with begin(access) as connection:
        for zoom in (document["minzoom"] or 6, 11, 13, 14, 16):
            for place in places(zoom):
                for layer, features in drawn(connection, selected(access, name), place).items():
                    assert told[layer]["minzoom"] <= zoom <= document["maxzoom"]
                    for feature in features:
                        assert feature["properties"].keys() <= told[layer]["fields"].keys()


def test_bounds_are_those_of_the_readers_own_rows(city):
    access = city.access("worker")
    with begin(access) as connection:
        west, south, east, north = extent(connection, selected(access, "houses"))
        nothing = extent(connection, selected(access, "houses", "region=110105"))
    inside = plan.grids()[1].square.bounds  # one of the worker's houses stands next door
    assert plan.WEST < west < east < inside[2] and inside[1] < south < north < plan.NORTH
    assert nothing is None
    document = describe(all_registers()["houses"], URL, locale="en", bounds=(west, south, east, north))
    assert document["bounds"] == [west, south, east, north] and document["tilejson"] == "3.0.0"
