"""The metric CRS of a place. Areas and lengths are measured in metres, never in degrees (D4.2)."""

from __future__ import annotations

import geopandas as gpd
from pyproj import CRS

CHINA = (73.0, 15.0, 136.0, 54.0)
"""West, south, east, north: where CGCS2000 3-degree Gauss-Krüger zones are in use."""
FIRST_ZONE_MERIDIAN, FIRST_ZONE_EPSG, LAST_ZONE_MERIDIAN = 75, 4534, 135


def metric_crs(lon: float, lat: float) -> CRS:
    """CGCS2000 3-degree Gauss-Krüger (EPSG:4534 to 4554) in China, UTM elsewhere.

    `lon`, `lat` in degrees of EPSG:4326. Scale error stays below 0.02 % inside a zone.
    """
    west, south, east, north = CHINA
    if west <= lon <= east and south <= lat <= north:
        meridian = min(max(3 * round(lon / 3), FIRST_ZONE_MERIDIAN), LAST_ZONE_MERIDIAN)
        return CRS.from_epsg(FIRST_ZONE_EPSG + (meridian - FIRST_ZONE_MERIDIAN) // 3)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def metric_crs_of(frame: gpd.GeoDataFrame) -> CRS:
    """The metric CRS of the middle of a frame (any CRS)."""
    west, south, east, north = frame.to_crs(4326).total_bounds
    return metric_crs((west + east) / 2, (south + north) / 2)
