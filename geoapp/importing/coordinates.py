"""Positions in the systems of Chinese maps to WGS84, arrays of degrees, longitude first.

GCJ-02 is taken back by iteration until a step moves less than a millimetre; CGCS2000 and WGS84 differ
by centimetres and are one here, as everywhere in the product. Formulas: as published for GCJ-02 and BD-09.
"""

from __future__ import annotations

import numpy as np

AXIS, FLATTENING = 6_378_245.0, 0.00669342162296594323
"""Krassovsky's ellipsoid, metres and eccentricity squared, as GCJ-02 has them."""
TURN = np.pi * 3000.0 / 180.0
ROUNDS = 30
CLOSE = 1e-9
"""Degrees; a tenth of a millimetre."""
Array = np.ndarray


def to_wgs84(points: Array, system: str) -> Array:
    """Points (n, 2) of "wgs84", "cgcs2000", "gcj02" or "bd09" in WGS84."""
    if system == "bd09":
        return gcj02_to_wgs84(bd09_to_gcj02(points))
    return gcj02_to_wgs84(points) if system == "gcj02" else points


def gcj02_to_wgs84(points: Array) -> Array:
    """The reverse of `wgs84_to_gcj02`."""
    found = points.copy()
    for _ in range(ROUNDS):
        step = wgs84_to_gcj02(found) - points
        found -= step
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return found


def wgs84_to_gcj02(points: Array) -> Array:
    """The shift of Chinese maps."""
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - 105.0, lat - 35.0
    root, waves = np.sqrt(np.abs(x)), 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves * 2.0 / 3.0
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves * 2.0 / 3.0
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    angle = np.radians(lat)
    magic = 1.0 - FLATTENING * np.sin(angle) ** 2
    north = north * 180.0 / (AXIS * (1.0 - FLATTENING) / (magic * np.sqrt(magic)) * np.pi)
    east = east * 180.0 / (AXIS / np.sqrt(magic) * np.cos(angle) * np.pi)
    return np.column_stack([lon + east, lat + north])


def gcj02_to_bd09(points: Array) -> Array:
    """Baidu's further shift."""
    lon, lat = points[:, 0], points[:, 1]
    far = np.hypot(lon, lat) + 0.00002 * np.sin(lat * TURN)
    turned = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * TURN)
    return np.column_stack([far * np.cos(turned) + 0.0065, far * np.sin(turned) + 0.006])


def bd09_to_gcj02(points: Array) -> Array:
    """The reverse of `gcj02_to_bd09`."""
    found: Array = points - np.array([0.0065, 0.006])
    for _ in range(ROUNDS):
        step = gcj02_to_bd09(found) - points
        found = found - step
        if np.abs(step).max(initial=0.0) < CLOSE:
            break
    return found
