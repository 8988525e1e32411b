"""Positions in the systems of Chinese maps to WGS84, arrays of degrees, longitude first.

GCJ-02 is taken back by iteration until a step moves less than a millimetre; CGCS2000 and WGS84 differ
by centimetres and are one here, as everywhere in the product. Formulas: as published for GCJ-02 and BD-09.
Gauss-Krüger zones of 3 and 6 degrees are projections of CGCS2000 (EPSG:4534 to 4554); the middles of
6-degree zones are among those of 3 degrees, so a central meridian says all there is to say of a zone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pyproj import Transformer

AXIS, FLATTENING = 6_378_245.0, 0.00669342162296594323
"""Krassovsky's ellipsoid, metres and eccentricity squared, as GCJ-02 has them."""
TURN = np.pi * 3000.0 / 180.0
ROUNDS = 30
CLOSE = 1e-9
"""Degrees; a tenth of a millimetre."""
ZONES = {"gk3": (25, 45), "gk6": (13, 23)}
"""First and last number of the zones of China; the two kinds share none."""
MERIDIANS = {"gk3": tuple(range(75, 136, 3)), "gk6": tuple(range(75, 136, 6))}
"""Central meridians of the zones, degrees."""
OF_ZONE = 1_000_000.0
"""The zone's number stands before the six digits of an easting."""
EASTINGS, NORTHINGS = (100_000.0, 900_000.0), (300_000.0, 6_000_000.0)
"""Metres; what a position in China can have, without the zone's number."""
Array = np.ndarray


def to_wgs84(points: Array, system: str) -> Array:
    """Points (n, 2) in WGS84; `system` is "wgs84", "cgcs2000", "gcj02", "bd09", or "gk:117", metres, of a meridian."""
    if system.startswith("gk:"):
        return np.column_stack(_gauss(int(system[3:])).transform(points[:, 0], points[:, 1], direction="INVERSE"))
    if system == "bd09":
        return gcj02_to_wgs84(bd09_to_gcj02(points))
    return gcj02_to_wgs84(points) if system == "gcj02" else points


def from_wgs84(points: Array, system: str) -> Array:
    """The reverse of `to_wgs84`."""
    if system.startswith("gk:"):
        return np.column_stack(_gauss(int(system[3:])).transform(points[:, 0], points[:, 1]))
    if system == "bd09":
        return gcj02_to_bd09(wgs84_to_gcj02(points))
    return wgs84_to_gcj02(points) if system == "gcj02" else points


def meridian_of(zone: int, system: str) -> int | None:
    """Central meridian of a numbered zone of "gk3" or "gk6"; None where China has no such zone."""
    first, last = ZONES[system]
    if not first <= zone <= last:
        return None
    return 3 * zone if system == "gk3" else 6 * zone - 3


def kind_of_zone(zone: int) -> str | None:
    """"gk3" or "gk6", as the number of a zone tells; None for a number that China has not."""
    return next((kind for kind, (first, last) in ZONES.items() if first <= zone <= last), None)


def meridians_near(west: float, east: float, system: str) -> list[int]:
    """Central meridians of the zones an area lies in, with one more to each side: some use a neighbour's."""
    width = 3 if system == "gk3" else 6
    return [one for one in MERIDIANS[system] if west - 1.5 * width <= one <= east + 1.5 * width]


@lru_cache(maxsize=32)
def _gauss(meridian: int) -> Transformer:
    """Degrees of CGCS2000 to easting and northing, metres, around a central meridian."""
    return Transformer.from_crs(4490, 4534 + (meridian - 75) // 3, always_xy=True)


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
