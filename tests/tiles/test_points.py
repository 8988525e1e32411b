"""Points written with numpy against the reference, ST_AsMVT: same ids, categories and places."""

from __future__ import annotations

import mapbox_vector_tile
import pytest

from grids_boundaries.access import begin
from spatial_queries.kept import kept_categories
from tests.support.tiles import AS_DRAWN, drawn, place_of, selected
from tiles import shapes
from tiles.address import TileAddress

MIDDLE = (116.3121, 39.9968)
QUERIES = [
    ("houses", "", True), ("houses", "status=3&status=2", True), ("houses", "region=110108001", True),
    ("houses", "rental=true", False), ("houses", "position=outside", False),
    ("houses", "circle=116.3045,39.9975,330", False), ("sites", "attention_level=3", True), ("sites", "q=场所", False),
]  # fmt: skip


def by_id(features):
    assert len({f["id"] for f in features}) == len(features)
    return {f["id"]: (f["properties"], f["geometry"]["coordinates"]) for f in features}


@pytest.mark.parametrize("zoom", [14, 15, 16, 19, 22])
@pytest.mark.parametrize(("name", "query", "kept"), QUERIES, ids=[f"{n}?{q}" for n, q, _ in QUERIES])
@pytest.mark.parametrize("username", ["director", "worker", "roamer"])
def test_points_are_those_of_st_asmvt(city, username, name, query, kept, zoom):
    access = city.access(username)
    selection = selected(access, name, query)
    assert (kept_categories(selection) is not None and not selection.query.position) == kept
    place = place_of(*MIDDLE, zoom)
    with begin(access) as connection:
        ours = by_id(drawn(connection, selection, place).get(name, []))
        body = shapes.layers(connection, selection, TileAddress.at(*place))
    layers = mapbox_vector_tile.decode(body, default_options=AS_DRAWN) if body else {}
    reference = by_id(layers[name]["features"] if layers else [])
    # at the rim of the margin a place may be rounded in or out
    rim = {i for i, (_, (x, y)) in (ours | reference).items() if not (-63 < x < 4159 and -63 < y < 4159)}
    assert ours.keys() - rim == reference.keys() - rim
    for key in ours.keys() - rim:
        assert ours[key][0] == reference[key][0]
        slack = 1 if zoom <= 18 else 1 + 2 ** (zoom - 18)
        assert ours[key][1] == pytest.approx(reference[key][1], abs=slack)


def test_the_tile_in_the_middle_is_not_empty(city):
    with begin(city.access("director")) as connection:
        found = drawn(connection, selected(city.access("director"), "houses"), place_of(*MIDDLE, 14))
    assert len(found["houses"]) > 40
