"""Coordinates: which CRS, which axis first, and what is refused (D4.2, GE-6, GE-7)."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geoapp.loading.reading.axes import Axes
from geoapp.loading.reading.refusal import Refusal
from tests.factories.geofiles import geojson, shape_zip, square, vector

BEIJING = (115.4, 39.4, 117.5, 41.1)


def projected(epsg: int, lon: float, lat: float) -> tuple[float, float]:
    return Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)


@pytest.mark.parametrize("epsg", [*range(4513, 4555)])
def test_ge7_every_gauss_krueger_zone_comes_back_to_its_degrees(epsg):
    """Zones 25 to 45 with the number in the easting (4513…), and by their meridian (4534…)."""
    meridian = 75 + 3 * ((epsg - 4513) % 21)
    lons = np.linspace(meridian - 1.5, meridian + 1.5, 60)
    degrees = np.column_stack([lons, np.linspace(19, 52, 60)])
    metres = np.column_stack(Transformer.from_crs(4490, epsg, always_xy=True).transform(*degrees.T))
    axes = Axes(f"EPSG:{epsg}", None)
    axes.check(metres)
    assert np.abs(axes.to_degrees(metres) - degrees).max() < 1e-7  # a centimetre


@pytest.mark.parametrize(("crs", "identity"), [("EPSG:4326", True), ("EPSG:4490", True), ("EPSG:3857", False), ("EPSG:32650", False)])
def test_wgs84_and_cgcs2000_degrees_are_taken_as_they_are(crs, identity):
    assert (Axes(crs, None).transform is None) is identity


def test_a_datum_without_published_parameters_is_refused_instead_of_guessed():
    for epsg in (4610, 2327, 4555):
        with pytest.raises(Refusal) as caught:
            Axes(f"EPSG:{epsg}", None)
        assert caught.value.code == "no_transformation"


@pytest.mark.parametrize("text", ["EPSG:999999", "nonsense", "EPSG:4978", 'LOCAL_CS["x",UNIT["m",1.0]]'])
def test_ge6_an_unknown_crs_is_refused(text):
    with pytest.raises(Refusal) as caught:
        Axes(text, None)
    assert caught.value.code == "unknown_crs"


def code_of(axes: Axes, *points: tuple[float, float]) -> str | None:
    try:
        axes.check(np.array(points, dtype=float))
    except Refusal as refusal:
        return refusal.code
    return None


def test_ge6_swapped_axes_are_found_in_degrees_and_in_metres():
    assert code_of(Axes("EPSG:4326", None), (40.0, 116.3), (39.9, 116.4)) == "swapped_axes"
    assert code_of(Axes("EPSG:4490", None), (40.0, 80.3)) == "swapped_axes"
    east, north = projected(4527, 117.0, 40.0)
    assert code_of(Axes("EPSG:4527", BEIJING), (north, east)) == "swapped_axes"
    assert code_of(Axes("EPSG:4527", None), (north, east)) == "swapped_axes"
    assert code_of(Axes("EPSG:4527", BEIJING), (east, north)) is None


def test_places_outside_the_known_regions_are_not_taken_for_swapped():
    assert code_of(Axes("EPSG:4326", BEIJING), (121.5, 31.2)) is None
    assert code_of(Axes("EPSG:4326", BEIJING), (-74.0, 40.7)) is None
    assert code_of(Axes("EPSG:4326", None), (18.0, 69.6)) is None  # Tromsø


def test_numbers_that_do_not_fit_the_crs_are_refused():
    east, north = projected(4527, 117.0, 40.0)
    assert code_of(Axes("EPSG:4326", None), (east, north)) == "not_degrees"
    assert code_of(Axes("EPSG:4527", None), (117.0, 40.0)) == "not_metres"


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.zip"])
def test_the_crs_a_file_states_is_used(tmp_path, read, name):
    east, north = projected(4527, 116.9, 40.1)
    rows = [(shapely.Point(east, north), {"id": "a"})]
    write = shape_zip if name.endswith(".zip") else vector
    found = read(write(tmp_path / name, rows, "EPSG:4527"))
    assert "CGCS2000" in found.opened.crs
    assert found.points[0] == pytest.approx((116.9, 40.1), abs=1e-7)


def test_the_prj_of_other_programs_is_understood(tmp_path, read):
    import zipfile

    east, north = projected(4527, 116.9, 40.1)
    path = shape_zip(tmp_path / "a.zip", [(shapely.Point(east, north), {"id": "a"})], None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("layer.prj", (
            'PROJCS["CGCS2000_3_Degree_GK_Zone_39",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
            'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
            'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",39500000.0],'
            'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],'
            'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
        ))
    assert read(path).points[0] == pytest.approx((116.9, 40.1), abs=1e-7)


def test_a_file_without_crs_needs_the_option(tmp_path, read, refused):
    east, north = projected(4527, 116.9, 40.1)
    path = shape_zip(tmp_path / "a.zip", [(shapely.Point(east, north), {"id": "a"})], None)
    assert refused(path).field == "crs"
    assert read(path, crs="EPSG:4527").points[0] == pytest.approx((116.9, 40.1), abs=1e-7)
    assert refused(path, crs="EPSG:4326").message("zh").startswith("坐标系“EPSG:4326”以度为单位")


def test_an_option_against_what_the_file_states_is_refused(tmp_path, read, refused):
    path = vector(tmp_path / "a.gpkg", [(shapely.Point(116.9, 40.1), {"id": "a"})], "EPSG:4326")
    assert "EPSG:4490" in refused(path, crs="EPSG:4490").message("zh")
    assert read(path, crs="EPSG:4326").rows == 1


def test_geojson_is_wgs84_unless_told_otherwise(tmp_path, read, refused):
    east, north = projected(4527, 116.9, 40.1)
    path = geojson(tmp_path / "a.geojson", [(shapely.Point(east, north), {"id": "a"})])
    assert refused(path).field == "crs"
    assert read(path, crs="EPSG:4527").points[0] == pytest.approx((116.9, 40.1), abs=1e-7)
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}
    named = geojson(tmp_path / "b.geojson", [(shapely.Point(east, north), {"id": "a"})], crs=member)
    assert read(named).points[0] == pytest.approx((116.9, 40.1), abs=1e-7)


def test_ge6_swapped_axes_refuse_the_file_with_an_example(tmp_path, refused):
    path = geojson(tmp_path / "a.geojson", [(shapely.Point(40.0, 116.3), {"id": "a"})])
    assert "(40.000000, 116.300000)" in refused(path).message("zh")


def test_shapes_are_transformed_whole_and_height_is_dropped(tmp_path, read):
    flat = shapely.transform(square(116.9, 40.1), lambda p: np.column_stack(Transformer.from_crs(4490, 4527, always_xy=True).transform(*p.T)))
    path = vector(tmp_path / "a.gpkg", [(shapely.force_3d(flat, 5.0), {"id": "a"})], "EPSG:4527")
    found = read(path)
    shape = shapely.from_wkb(found.batches[0].wkb[0])
    assert not shape.has_z
    assert shape.equals_exact(square(116.9, 40.1), 1e-7)
