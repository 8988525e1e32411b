"""Drawn shapes that come with an edit: GeoJSON in EPSG:4326, checked, never repaired."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MOST_POINTS = 10_000
DECIMALS = 7
"""Of a degree in answers: a centimetre."""


def drawn(document: Any, kinds: Collection[str], field: str) -> shapely.Geometry:
    """A GeoJSON geometry of one of the kinds. Raises InvalidInput naming the field."""
    try:
        if not isinstance(document, dict) or document.get("type") not in kinds:
            raise ValueError("another type")
        shape = shapely.from_geojson(json.dumps(document))
    except (ValueError, TypeError, shapely.errors.GEOSException) as error:
        raise InvalidInput(N_("图形无效：应为 GeoJSON 的 %(kinds)s。"), field=field, kinds="、".join(kinds)) from error
    points = shapely.get_coordinates(shape)
    if not 2 <= len(points) <= MOST_POINTS or not np.isfinite(points).all() or np.abs(points).max() > 180:
        raise InvalidInput(N_("图形的坐标无效或过多（最多 %(most)s 个点）。"), field=field, most=MOST_POINTS)
    if shape.is_empty or ("Polygon" in kinds and not shape.is_valid):
        raise InvalidInput(N_("画出的范围与自身相交，请重画。"), field=field)
    return shape


def as_geojson(shapes: np.ndarray, back: Transformer | None = None) -> list[dict[str, Any]]:
    """GeoJSON geometries with DECIMALS, from metres where `back` leads to EPSG:4326."""
    def rounded(points: np.ndarray) -> np.ndarray:
        turned = np.column_stack(back.transform(*points.T)) if back else points
        return np.round(turned, DECIMALS)

    return [json.loads(text) for text in shapely.to_geojson(shapely.transform(shapes, rounded)).tolist()]
