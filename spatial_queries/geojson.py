"""Untrusted GeoJSON to a checked geometry: size, depth and numbers are looked at before parsing."""

from __future__ import annotations

from collections.abc import Collection

import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geoapp.core.errors import InvalidInput, TooLarge
from geoapp.core.i18n import N_
from spatial_queries.shapes import checked

MAX_BYTES = 1_000_000
MAX_DEPTH = 16


def read_geometry(
    raw: bytes, *, allowed: Collection[str] | None = None, field: str = "geometry"
) -> BaseGeometry:
    """A geometry in EPSG:4326 from GeoJSON bytes (a geometry or a Feature).

    Raises TooLarge over 1 MB or 16 levels of nesting, InvalidInput for anything that is not a
    finite, simple geometry of an allowed type. orjson refuses NaN and Infinity.
    """
    if len(raw) > MAX_BYTES or depth_of(raw) > MAX_DEPTH:
        raise TooLarge(N_("图形数据过大或嵌套过深。"), field=field)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            N_("不是有效的 JSON，第 %(line)s 行第 %(column)s 列。"),
            field=field,
            line=error.lineno,
            column=error.colno,
        ) from error
    return geometry_of(value, allowed=allowed, field=field)


def geometry_of(
    value: object, *, allowed: Collection[str] | None = None, field: str = "geometry"
) -> BaseGeometry:
    """A geometry from a parsed GeoJSON geometry or Feature. Raises InvalidInput."""
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or (allowed is not None and kind not in allowed):
        raise InvalidInput(
            N_("图形类型“%(kind)s”不可用，应为：%(allowed)s。"),
            field=field,
            kind=str(kind)[:40],
            allowed=", ".join(allowed or ("GeoJSON",)),
        )
    if depth_of(orjson.dumps(value)) > MAX_DEPTH:
        raise TooLarge(N_("图形数据过大或嵌套过深。"), field=field)
    try:
        geometry = shapely.from_geojson(orjson.dumps(value))
    except (ShapelyError, ValueError) as error:
        raise InvalidInput(N_("图形的坐标结构有误。"), field=field) from error
    if geometry is None or geometry.has_z:
        raise InvalidInput(N_("图形应为二维坐标。"), field=field)
    return checked(geometry, field)


def depth_of(raw: bytes) -> int:
    """Deepest nesting of brackets outside strings, without parsing."""
    depth = deepest = 0
    in_string = escaped = False
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > 1_000:
                return deepest
        elif byte in b"]}":
            depth -= 1
    return deepest
