"""Coordinate systems of the standard doors: what may be asked for, and each one's axis order.

Positions are stored in EPSG:4326 as longitude, latitude. OGC API addresses a system by URI and
then means the order of axes its authority gives it: latitude first in EPSG:4326 and EPSG:4490,
northing first in the Chinese Gauss-Kruger zones, longitude first in CRS84.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely import MultiPoint
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, func

from geoapp.core.db import WGS84
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from spatial_queries.shapes import Shape, checked

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_EVERYWHERE = (4326, 3857, 4490)
FARTHEST = 20_100_000
"""Metres from its origin that a projected coordinate can lie: half way round the Earth."""
EDGE_PARTS = 16
"""Parts of a box's edge when it is moved from a system whose straight lines bend in degrees."""


@dataclass(frozen=True, slots=True)
class System:
    """One offered system. `swapped`: its first axis points north."""

    uri: str
    srid: int
    swapped: bool
    projected: bool

    @property
    def decimals(self) -> int:
        """Decimals of about a centimetre: 7 in degrees, 2 in metres."""
        return 2 if self.projected else 7

    def geojson(self, column: ColumnElement) -> ColumnElement:
        """GeoJSON text of a stored position in this system and its axis order."""
        shown = column if self.srid == WGS84 else func.ST_Transform(column, self.srid)
        return func.ST_AsGeoJSON(func.ST_FlipCoordinates(shown) if self.swapped else shown, self.decimals, 0)

    def to_stored(self, geometry: BaseGeometry) -> BaseGeometry:
        """`geometry` of this system as EPSG:4326, longitude first."""
        if self.swapped:
            geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
        if self.projected:
            _require_on_earth(shapely.get_coordinates(geometry).ravel())
        return geometry if self.srid == WGS84 else _moved(geometry, self.srid)


@lru_cache(maxsize=1)
def offered() -> dict[str, System]:
    """URI to system, CRS84 first: the whole-world ones and the deployment's Gauss-Kruger zone."""
    systems = [System(CRS84, WGS84, swapped=False, projected=False)]
    for code in (*_EVERYWHERE, *_local_zone(get_settings().map_centre[0])):
        axes = CRS.from_epsg(code)
        north_first = axes.axis_info[0].direction == "north"
        systems.append(System(f"{_EPSG}{code}", code, north_first, axes.is_projected))
    return {system.uri: system for system in systems}


def _local_zone(longitude: float) -> tuple[int, ...]:
    """EPSG code of the CGCS2000 three-degree zone (75 E is 4534), none outside China."""
    zone = round((longitude - 75) / 3)
    return (4534 + zone,) if 0 <= zone <= 20 else ()


def system_of(uri: str | None, field: str = "crs") -> System:
    """The offered system of that URI or CURIE; CRS84 for None. Raises InvalidInput listing all."""
    systems = offered()
    if not uri:
        return systems[CRS84]
    written = uri.strip("[]")
    if written.startswith("EPSG:"):
        written = _EPSG + written.removeprefix("EPSG:")
    elif written in ("OGC:CRS84", "CRS84"):
        written = CRS84
    if written not in systems:
        raise InvalidInput(
            N_("参数“%(name)s”的坐标系“%(value)s”不受支持，可用：%(allowed)s。"), field=field, name=field,
            value=uri[:100], allowed=", ".join(systems),
        )
    return systems[written]


def box_shapes(numbers: list[float], system: System) -> tuple[Shape, ...]:
    """A box of 4 numbers (6 with heights, which say nothing here) as shapes of which one must hold.

    Two where the box crosses the antimeridian (west > east). Raises InvalidInput.
    """
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if system.swapped:
        low, high = low[::-1], high[::-1]
    if not all(map(math.isfinite, (*low, *high))):
        raise InvalidInput(N_("坐标含有非数字（NaN 或无穷大）。"), field="bbox")
    if system.projected:
        _require_on_earth((*low, *high), "bbox")
    if low[1] > high[1] or (system.projected and low[0] > high[0]):
        raise InvalidInput(
            N_("范围框无效：西经须小于东经，南纬须小于北纬（收到 %(value)s）。"), field="bbox",
            value=",".join(f"{n:g}" for n in numbers),
        )
    if low[0] > high[0]:
        return (*_box(low, [180.0, high[1]], system), *_box([-180.0, low[1]], high, system))
    return _box(low, high, system)


def _box(low: list[float], high: list[float], system: System) -> tuple[Shape, ...]:
    """Points and lines stay what they are; GeoJSON clients send boxes without width."""
    has_area = low[0] < high[0] and low[1] < high[1]
    outline = shapely.box(*low, *high) if has_area else MultiPoint([low, high]).envelope
    if system.projected:
        length = max(high[0] - low[0], high[1] - low[1])
        outline = shapely.segmentize(outline, length / EDGE_PARTS) if length > 0 else outline
        outline = _moved(outline, system.srid)
    elif max(-low[0], high[0]) <= 180 and max(-low[1], high[1]) <= 90:
        return (Shape(outline, kind="bbox"),)
    straight = not system.projected or system.srid == 3857
    return (Shape(checked(outline, "bbox"), kind="bbox" if straight else "polygon"),)


def stored(geometry: BaseGeometry, system: System, field: str) -> BaseGeometry:
    """A literal of `system` as a checked shape in EPSG:4326, longitude first. Raises InvalidInput."""
    try:
        return checked(system.to_stored(geometry), field)
    except (ProjError, shapely.errors.ShapelyError) as error:
        raise InvalidInput(N_("图形不能换算到 %(crs)s。"), field=field, crs="EPSG:4326") from error


def _require_on_earth(numbers: Iterable[float], field: str = "geometry") -> None:
    for number in numbers:
        if abs(number) > FARTHEST:
            raise InvalidInput(
                N_("坐标 %(value)s 超出坐标系的范围：应在 ±%(most)s 米之内。"), field=field, value=f"{number:g}",
                most=FARTHEST,
            )


def _moved(geometry: BaseGeometry, srid: int) -> BaseGeometry:
    return shapely.transform(geometry, _to_degrees(srid).transform, interleaved=False)


@lru_cache(maxsize=16)
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, WGS84, always_xy=True)
