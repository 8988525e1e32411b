"""Positions of Chinese map systems, there and back (issue #6: at most 0.01 m)."""

from __future__ import annotations

import numpy as np
import pytest

from geoapp.importing.coordinates import gcj02_to_bd09, to_wgs84, wgs84_to_gcj02

METRES = 111_320.0


@pytest.mark.parametrize("system", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_20_000_points_come_back_within_a_centimetre(system):
    points = np.random.default_rng(6).uniform((73.6, 18.2), (135.0, 53.5), (20_000, 2))
    shifted = points if system in ("wgs84", "cgcs2000") else wgs84_to_gcj02(points)
    shifted = gcj02_to_bd09(shifted) if system == "bd09" else shifted
    assert np.abs(to_wgs84(shifted, system) - points).max() * METRES < 0.01


def test_the_shift_is_the_published_one():
    (lon, lat), = wgs84_to_gcj02(np.array([[116.404, 39.915]]))
    assert (round(lon, 6), round(lat, 6)) == (116.410244, 39.916404)
    (lon, lat), = gcj02_to_bd09(np.array([[116.404, 39.915]]))
    assert (round(lon, 6), round(lat, 6)) == (116.410369, 39.921337)
