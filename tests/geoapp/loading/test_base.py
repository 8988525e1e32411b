"""The base map: classes, zooms, second loads."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from geoapp.core.errors import InvalidInput
from geoapp.loading import load_base
from geoapp.loading.base_classes import first_zoom, kind_of
from geoapp.loading.options import BASE_LAYERS
from tests.factories.geofiles import geojson, vector
from tests.geoapp.loading.conftest import at, box


def line(*points) -> shapely.LineString:
    return shapely.LineString([at(*point) for point in points])


def test_roads_get_kind_name_and_zoom(tmp_path, options, rows_of):
    rows = [
        (line((0, 0), (1, 1)), {"id": "a", "highway": "motorway", "name": "京藏高速"}),
        (line((0, 0), (1, 1)), {"id": "b", "highway": "footway", "name": None}),
        (line((0, 0), (1, 1)), {"id": "c", "highway": None, "name": None}),
        (box(0, 0), {"id": "d", "highway": "pedestrian", "name": None}),
    ]
    report = load_base(geojson(tmp_path / "r.geojson", rows), replace(options, layer="road"))
    assert rows_of("SELECT source_id, layer, kind, name, min_zoom, origin FROM base_feature ORDER BY 1") == [
        ("a", "road", "motorway", "京藏高速", 6, "osm"), ("b", "road", "footway", None, 15, "osm"),
        ("c", "road", "road", None, 12, "osm"),
    ]
    assert [(f.row, f.field) for f in report.faults] == [(4, "")]


def test_a_second_load_updates_by_source_and_id(tmp_path, options, rows_of):
    rows = [(line((0, 0), (1, 1)), {"id": "a", "highway": "primary"}), (line((0, 0), (1, 0)), {"id": "b", "highway": "primary"})]
    roads = replace(options, layer="road")
    load_base(geojson(tmp_path / "1.geojson", rows), roads)
    rows[0][1]["highway"] = "trunk"
    again = load_base(geojson(tmp_path / "2.geojson", rows), roads)
    assert (again.added, again.updated, again.unchanged) == (0, 1, 1)
    assert rows_of("SELECT kind FROM base_feature ORDER BY source_id") == [("trunk",), ("primary",)]
    other = load_base(geojson(tmp_path / "2.geojson", rows), replace(roads, layer="railway"))
    assert other.added == 2


def test_a_geopackage_without_ids_is_found_again_by_its_feature_numbers(tmp_path, options):
    rows = [(line((0, 0), (1, i)), {"highway": "primary"}) for i in range(3)]
    path = vector(tmp_path / "r.gpkg", rows)
    roads = replace(options, layer="road")
    assert load_base(path, roads).added == 3
    assert load_base(path, roads).unchanged == 3


def test_what_lies_outside_the_known_regions_is_counted_but_drawn(tmp_path, options):
    rows = [(box(50, 50), {"id": "a"}), (box(0, 0), {"id": "b"})]
    report = load_base(geojson(tmp_path / "w.geojson", rows), replace(options, layer="coverage"))
    assert report.added == 2
    assert any("1 个要素" in note.text("zh") for note in report.notes)


def test_the_layer_must_be_named(tmp_path, options):
    with pytest.raises(InvalidInput) as caught:
        load_base(geojson(tmp_path / "w.geojson", [(box(0, 0), {"id": "a"})]), options)
    assert caught.value.field == "layer"


@pytest.mark.parametrize(
    ("layer", "word", "kind"),
    [("road", "高速公路", "motorway"), ("landuse", "amenity=university", "university"), ("water", None, "water"),
     ("road", "Primary", "primary"), ("landuse", "natural_wood", "wood"), ("coverage", None, "data")],
)  # fmt: skip
def test_kinds_are_openstreetmaps_values(layer, word, kind):
    assert kind_of(layer, word) == kind


def test_larger_areas_show_earlier():
    zooms = [first_zoom("water", "lake", area) for area in (20e6, 5e6, 5e5, 5e4, 5e3, 50)]
    assert zooms == sorted(zooms) == [6, 9, 11, 12, 13, 14]
    assert first_zoom("water", "river", 0) == 9
    assert all(isinstance(first_zoom(layer, "nothing", 0), int) for layer in BASE_LAYERS)
