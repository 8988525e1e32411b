"""Polygons: shared borders stay shared, labels stand once, levels follow the zoom, base layers."""

from __future__ import annotations

import itertools

import mapbox_vector_tile
import pytest
import shapely

from grids_boundaries.access import begin
from tests.factories import city_plan as plan
from tests.support.tiles import (
    AS_DRAWN,
    CITY,
    drawn,
    in_degrees,
    place_of,
    places,
    polygon,
    selected,
)
from tiles import service
from tiles.base import LAYERS

GRIDS = plan.grids()
BUILT = plan.buildings(GRIDS)


def regions(city, place, username="director", query=""):
    access = city.access(username)
    with begin(access) as connection:
        return drawn(connection, selected(access, "regions", query), place)


@pytest.mark.parametrize("zoom", [14, 16])
def test_neighbours_share_their_border_to_the_unit(city, zoom):
    for place in places(zoom):
        grids = [polygon(f) for f in regions(city, place).get("regions", []) if f["properties"]["level"] == 6]
        for one, other in itertools.combinations(grids, 2):
            assert one.intersection(other).area == 0
        together = shapely.union_all(grids)
        assert together.area == sum(g.area for g in grids)
        whole = regions(city, place, query="region=110108001").get("regions", [])
        street = [polygon(f) for f in whole if f["properties"]["level"] == 4]
        inside = [polygon(f) for f in whole if f["properties"]["level"] == 6]
        for shape in street:
            assert shape.symmetric_difference(shapely.union_all(inside)).area == 0


@pytest.mark.parametrize(
    ("zoom", "levels"), [(8, {2, 3}), (10, {3, 4}), (12, {4, 5}), (14, {4, 5, 6}), (16, {4, 5, 6})]
)
def test_levels_follow_the_zoom(city, zoom, levels):
    found = {f["properties"]["level"] for p in places(zoom) for f in regions(city, p).get("regions", [])}
    assert found == levels


@pytest.mark.parametrize("zoom", [12, 14, 16])
def test_every_label_stands_once_and_inside_its_region(city, zoom):
    labels = [(p, f) for p in places(zoom) for f in regions(city, p).get("regions_label", [])]
    shown = {f["id"]: f["properties"] for p in places(zoom) for f in regions(city, p).get("regions", [])}
    assert sorted(f["id"] for _, f in labels) == sorted(shown)
    assert all(f["properties"] == shown[f["id"]] for _, f in labels), "with the same facts as the region"
    squares = {r["key"]: r["geom"] for r in plan.regions(GRIDS)}
    for place, feature in labels:
        point = shapely.Point(in_degrees(place, *feature["geometry"]["coordinates"]))
        assert squares[feature["id"]].buffer(1e-4).contains(point)
        assert feature["properties"]["name"]


def test_a_worker_sees_the_own_grid_alone(city):
    found = {f["id"] for p in places(14) for f in regions(city, p, "worker").get("regions", [])}
    assert found == {GRIDS[0].key}


def test_buildings_keep_their_shape_and_class(city):
    access = city.access("director")
    seen = {}
    with begin(access) as connection:
        selection = selected(access, "buildings")
        for place in places(16):
            for feature in drawn(connection, selection, place).get("buildings", []):
                seen.setdefault(feature["id"], []).append((place, feature))
    assert seen.keys() == {b["id"] for b in BUILT}
    for building in BUILT:
        place, feature = max(seen[building["id"]], key=lambda found: polygon(found[1]).area)
        shape = shapely.Polygon([in_degrees(place, x, y) for x, y in polygon(feature).exterior.coords])
        if shape.area > building["geom"].area * 0.9:
            assert shape.symmetric_difference(building["geom"]).area < 0.03 * building["geom"].area
        use = {"residential": 1, "dormitory": 2, "commercial": 4, "office": 5}[building["use"]]
        assert feature["properties"] == {"c": use}


def test_base_layers_have_kind_and_name_and_start_at_their_zoom(city):
    def base(zoom):
        middle = ((CITY[0] + CITY[2]) / 2, (CITY[1] + CITY[3]) / 2)
        with begin(city.access("wall")) as connection:
            body = service.base_tile(connection, *place_of(*middle, zoom)).plain()
        return mapbox_vector_tile.decode(body, default_options=AS_DRAWN) if body else {}

    assert base(6).keys() == {"coverage"}
    assert base(9).keys() == {"coverage", "road", "water"}
    near = base(12)
    assert near.keys() == {"coverage", "road", "water", "landuse"} <= set(LAYERS)
    assert near["road"]["features"][0]["properties"] == {"kind": "primary", "name": "示例大街"}
    assert near["coverage"]["features"][0]["properties"] == {"kind": "data"}
