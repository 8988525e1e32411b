"""Positions of Chinese map systems, there and back (issue #6: at most 0.01 m; D4.2)."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod, Transformer

from geoapp.importing.coordinates import (
    from_wgs84,
    gcj02_to_bd09,
    kind_of_zone,
    meridian_of,
    meridians_near,
    to_wgs84,
    wgs84_to_gcj02,
)
from geoapp.importing.positions import Sample, bad_position, possible_systems, readings

GEOD = Geod(ellps="WGS84")
CHINA = ((73.6, 18.2), (135.0, 53.5))


def metres_apart(one, other):
    return GEOD.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])[2].max()


@pytest.mark.parametrize("system", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_20_000_points_come_back_within_a_centimetre(system):
    points = np.random.default_rng(6).uniform(*CHINA, (20_000, 2))
    assert metres_apart(to_wgs84(from_wgs84(points, system), system), points) < 0.01


@pytest.mark.parametrize(("system", "half"), [("gk3", 1.5), ("gk6", 3.0)])
def test_20_000_points_of_zones_come_back_within_a_centimetre(system, half):
    points = np.random.default_rng(6).uniform(*CHINA, (20_000, 2))
    near = [meridians_near(lon, lon, system) for lon in (74.0, 116.3, 135.0)]
    assert all(near)
    middles = np.array([min(meridians_near(lon, lon, system), key=lambda m: abs(m - lon)) for lon in points[:, 0]])
    for meridian in np.unique(middles).tolist():
        here = points[middles == meridian]
        assert np.abs(here[:, 0] - meridian).max() <= half + 1e-9
        plane = from_wgs84(here, f"gk:{meridian}")
        assert all(readings(system, east, north, [meridian]) for east, north in plane.tolist())
        assert metres_apart(to_wgs84(plane, f"gk:{meridian}"), here) < 0.01


@pytest.mark.parametrize(
    ("system", "zone", "epsg"), [("gk3", 39, 4527), ("gk3", 25, 4513), ("gk6", 20, 4498), ("gk6", 13, 4491)]
)
def test_zones_are_those_of_the_published_register(system, zone, epsg):
    """EPSG's own zones have the number before the easting; the middle meridian is known from it."""
    meridian = meridian_of(zone, system)
    point = np.array([[meridian + 0.7, 39.9]])
    known = np.array([Transformer.from_crs(4490, epsg, always_xy=True).transform(*point[0])])
    assert kind_of_zone(zone) == system
    ((named, plane),) = readings(system, *known[0].tolist(), [])
    assert named == f"gk:{meridian}"
    assert metres_apart(to_wgs84(np.array([plane]), named), point) < 0.001


def test_a_position_is_read_as_its_system_says_and_otherwise_not_at_all():
    assert meridian_of(20, "gk3") is None
    assert kind_of_zone(24) is None
    plane = (448_123.5, 4_417_000.0)
    assert readings("gk3", 39_448_123.5, plane[1], [117]) == [("gk:117", plane)]
    assert readings("gk6", 39_448_123.5, plane[1], [117]) == []
    assert readings("gk3", *plane, [114, 117]) == [("gk:114", plane), ("gk:117", plane)]
    assert readings("gk:117", 20_448_123.5, plane[1], []) == [("gk:117", plane)]
    assert readings("gk:114", 20_448_123.5, plane[1], []) == []
    assert readings("gk3", *reversed(plane), [117]) == []
    assert readings("gk3", 116.3, 39.9, [117]) == []
    assert readings("wgs84", *plane, [117]) == []
    assert readings("bd09", 116.3, 39.9, []) == [("bd09", (116.3, 39.9))]
    assert bad_position(*reversed(plane), "gk3", "", "")[1] == "turned_position"
    assert bad_position(1.0, 2.0, "gk3", "", "")[1] == "no_zone_position"
    assert bad_position(200.0, 2.0, "gcj02", "", "")[1] == "bad_position"


def test_what_positions_can_be_goes_by_their_size_and_the_area():
    def systems(east, north, extent=(115.4, 39.4, 117.5, 41.1)):
        return possible_systems([Sample(2, east, north, 0, 1)], extent)

    assert systems(116.3, 39.9) == ["wgs84", "gcj02", "bd09"]
    assert systems(39_448_123.5, 4_417_000.0) == ["gk3"]
    assert systems(20_448_123.5, 4_417_000.0) == ["gk6"]
    assert systems(448_123.5, 4_417_000.0) == ["gk:111", "gk:114", "gk:117", "gk:120"]
    assert systems(448_123.5, 4_417_000.0, None) == []
    assert systems(5.0, 9.0) == []


def test_the_shift_is_the_published_one():
    (lon, lat), = wgs84_to_gcj02(np.array([[116.404, 39.915]]))
    assert (round(lon, 6), round(lat, 6)) == (116.410244, 39.916404)
    (lon, lat), = gcj02_to_bd09(np.array([[116.404, 39.915]]))
    assert (round(lon, 6), round(lat, 6)) == (116.410369, 39.921337)
