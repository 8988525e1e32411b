"""Shapes a query may name: checked geometry, distances in true metres.

Untrusted geometry is checked and refused with the place of the fault, never repaired (D3.8,
research/trust 0.2). A literal is always moved to the column's EPSG:4326, never the column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from geoalchemy2 import Geography
from pyproj import CRS, Transformer
from shapely import Point, is_valid, is_valid_reason
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, cast, func, or_

from geoapp.core.errors import InvalidInput, TooLarge
from geoapp.core.i18n import N_, translate

MAX_VERTICES = 10_000
MAX_METRES = 200_000
HALF_TURN = 180
"""Degrees: between ends this far apart there is no one shortest way to measure from."""
RELATIONS = {
    "intersects": "ST_Intersects",
    "within": "ST_Within",
    "contains": "ST_Contains",
    "equals": "ST_Equals",
    "touches": "ST_Touches",
    "crosses": "ST_Crosses",
    "overlaps": "ST_Overlaps",
    "disjoint": "ST_Disjoint",
}
_SENTENCES = {
    "bbox": N_("在当前视图内"),
    "polygon": N_("在所画范围内"),
    "circle": N_("距所选点 %(metres)s 米以内"),
    "line": N_("距所画线 %(metres)s 米以内"),
    "buffer": N_("距所画范围 %(metres)s 米以内"),
    "geometry": N_("与给定图形空间相关"),
}


@dataclass(frozen=True, repr=False)
class Shape:
    """A geometry in EPSG:4326 (longitude, latitude), a distance in metres and a relation."""

    geometry: BaseGeometry
    metres: float = 0.0
    relation: str = "intersects"
    kind: str = "polygon"

    def __repr__(self) -> str:
        """Whole, where shapely cuts after 72 characters: it names queries in caches and tokens."""
        return f"Shape({self.geometry.wkb_hex}, {self.metres!r}, {self.relation}, {self.kind})"

    def sentence(self, locale: str) -> str:
        return translate(_SENTENCES[self.kind], locale, metres=f"{self.metres:g}")

    def sql(self, column: ColumnElement) -> ColumnElement[bool]:
        """The relation with `column` (geometry, EPSG:4326).

        Without a distance:  ST_Intersects(column, literal)
        With one:            column && outer box AND (ST_Intersects(column, inner)
                             OR ST_DWithin(column::geography, literal::geography, metres))
        The inner shape lies safely within the distance, so only the rim is measured on the
        ellipsoid; the answer is that of ST_DWithin alone.
        """
        if self.metres <= 0:
            literal = literal_geometry(self.geometry)
            if self.kind == "bbox":
                return and_(column.op("&&")(literal), func.ST_Intersects(column, literal))
            related: ColumnElement[bool] = getattr(func, RELATIONS[self.relation])(column, literal)
            return related
        box, inner = _rims(self.geometry.wkb, self.metres)
        exact = func.ST_DWithin(
            cast(column, Geography),
            cast(literal_geometry(self.geometry), Geography),
            self.metres,
            True,
        )
        near = (
            exact
            if inner is None
            else or_(func.ST_Intersects(column, literal_geometry(inner)), exact)
        )
        return and_(column.op("&&")(literal_geometry(box)), near)


def literal_geometry(geometry: BaseGeometry) -> ColumnElement:
    """A bound WKB literal in EPSG:4326."""
    return func.ST_GeomFromWKB(geometry.wkb, 4326)


def circle(lon: float, lat: float, metres: float) -> Shape:
    """All within `metres` of a point. Raises InvalidInput."""
    return Shape(checked(Point(lon, lat)), _checked_metres(metres), kind="circle")


def around(geometry: BaseGeometry, metres: float) -> Shape:
    """All within `metres` of a line or polygon; 0 m of a polygon is the polygon itself."""
    if metres == 0 and geometry.geom_type in ("Polygon", "MultiPolygon"):
        return Shape(geometry)
    west, south, east, north = geometry.bounds
    if max(east - west, north - south) >= HALF_TURN:
        raise TooLarge(N_("图形跨度过大，不能再加距离。"), field="within")
    kind = "buffer" if geometry.geom_type in ("Polygon", "MultiPolygon") else "line"
    return Shape(geometry, _checked_metres(metres), kind=kind)


def bbox(west: float, south: float, east: float, north: float) -> Shape:
    """A box in degrees. Raises InvalidInput for swapped or impossible edges."""
    if not west < east or not south < north:
        raise InvalidInput(
            N_("范围框无效：西经须小于东经，南纬须小于北纬（收到 %(value)s）。"),
            field="bbox",
            value=f"{west},{south},{east},{north}",
        )
    return Shape(checked(shapely.box(west, south, east, north)), kind="bbox")


def checked(geometry: BaseGeometry, field: str = "geometry") -> BaseGeometry:
    """`geometry` itself if it is small, finite, inside the world and simple.

    Raises TooLarge over 10,000 vertices, InvalidInput with the place of a crossing.
    """
    if geometry.is_empty:
        raise InvalidInput(N_("图形为空。"), field=field)
    vertices = shapely.get_num_coordinates(geometry)
    if vertices > MAX_VERTICES:
        raise TooLarge(
            N_("图形有 %(count)s 个顶点，最多允许 %(most)s 个。"),
            field=field,
            count=vertices,
            most=MAX_VERTICES,
        )
    _check_coordinates(shapely.get_coordinates(geometry), field)
    if not is_valid(geometry):
        raise InvalidInput(
            N_("图形自相交或无效，位置：%(place)s。"),
            field=field,
            place=_place(is_valid_reason(geometry)),
        )
    return geometry


def _check_coordinates(points: np.ndarray, field: str) -> None:
    if not np.isfinite(points).all():
        raise InvalidInput(N_("坐标含有非数字（NaN 或无穷大）。"), field=field)
    outside = (np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)
    if outside.any():
        x, y = points[outside][0]
        swapped = abs(y) <= 180 and abs(x) <= 90
        message = (
            N_("坐标 %(x)s, %(y)s 超出范围：经纬度顺序可能颠倒，应为先经度后纬度。")
            if swapped
            else N_("坐标 %(x)s, %(y)s 超出范围：经度应在 ±180 之内，纬度应在 ±90 之内。")
        )
        raise InvalidInput(message, field=field, x=f"{x:g}", y=f"{y:g}")


def _place(reason: str) -> str:
    return reason.partition("[")[2].rstrip("]") or reason


def _checked_metres(metres: float) -> float:
    if not math.isfinite(metres) or not 0 < metres <= MAX_METRES:
        raise InvalidInput(
            N_("距离应在 0 至 %(most)s 米之间（收到 %(value)s）。"),
            field="within",
            most=MAX_METRES,
            value=metres,
        )
    return float(metres)


@lru_cache(maxsize=256)
def _rims(wkb: bytes, metres: float) -> tuple[BaseGeometry, BaseGeometry | None]:
    """Outer box (1 % larger) and inner shape (1 % smaller; None where it would be unsafe).

    Buffers are made in an azimuthal equidistant projection around the shape; its error stays
    far under 1 % within 50 km of the centre, and larger shapes go without the inner shape.
    """
    geometry = shapely.from_wkb(wkb)
    centre = geometry.envelope.centroid
    plane = CRS.from_proj4(f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84")
    there = Transformer.from_crs(4326, plane, always_xy=True).transform
    back = Transformer.from_crs(plane, 4326, always_xy=True).transform
    flat = shapely.transform(geometry, there, interleaved=False)
    rim = flat.buffer(metres * 1.01 + 1).envelope
    outer = shapely.transform(rim, back, interleaved=False).envelope
    west, south, east, north = flat.bounds
    if max(abs(west), abs(south), abs(east), abs(north)) + metres > 50_000:
        return outer, None
    inner = flat.buffer(metres * 0.99, quad_segs=16)
    return outer, shapely.transform(inner, back, interleaved=False)
