"""Coordinates: into longitude and latitude (EPSG:4326), or a refusal that says why not (D4.2).

CGCS2000 (EPSG:4490 and its Gauss-Krüger zones) agrees with WGS84 within centimetres, so only the
projection is undone. Any other datum needs a published transformation; a "ballpark" one may be a
hundred metres off and is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geoapp.loading.reading.refusal import Refusal

SAME_AS_WGS84 = ("EPSG:4326", "OGC:CRS84", "EPSG:4490")
CGCS2000 = ("China Geodetic Coordinate System 2000", "CGCS2000", "China_2000", "China 2000")
CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north. Nobody lives where these numbers lie with their axes swapped."""
MOST_DEGREES = 360.0
MARGIN = 0.1
SAMPLE = 1000
Box = tuple[float, float, float, float]
Transform = Callable[[np.ndarray], np.ndarray]


class Axes:
    """How to bring (n, 2) coordinates of one CRS into degrees, longitude first."""

    def __init__(self, crs: str, known: Box | None) -> None:
        """`known` is the extent of the regions in the database. Raises Refusal."""
        self.name = crs
        self.known = known
        self.area: Box | None = None
        self.degrees = True
        self.transform: Transform | None = None
        if crs not in SAME_AS_WGS84:
            self._prepare(crs)

    def _prepare(self, text: str) -> None:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(text)
        except CRSError as error:
            raise Refusal("unknown_crs", name=text[:120]) from error
        self.name = f"{crs.name} (EPSG:{crs.to_epsg()})" if crs.to_epsg() else crs.name
        geodetic = crs.geodetic_crs
        if geodetic is None or not (crs.is_projected or crs.is_geographic):
            raise Refusal("unknown_crs", name=self.name[:120])
        self.degrees = crs.is_geographic
        self.area = crs.area_of_use.bounds if crs.area_of_use else None
        same = geodetic.to_epsg() == 4326 or self._is_cgcs2000(geodetic)
        if self.degrees and same:
            return
        self.transform = _transformer(crs, geodetic if same else CRS.from_epsg(4326), self.name)

    @staticmethod
    def _is_cgcs2000(crs) -> bool:  # type: ignore[no-untyped-def]
        datum = crs.datum.name if crs.datum else ""
        return crs.to_epsg() == 4490 or any(name in (crs.name, datum) for name in CGCS2000)

    def to_degrees(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) in the file's CRS to (n, 2) longitude, latitude; not finite where outside."""
        return self.transform(points) if self.transform else points

    def check(self, points: np.ndarray) -> None:
        """Judge a sample of the file's own coordinates (n, 2). Raises Refusal."""
        points = points[np.isfinite(points).all(axis=1)][:SAMPLE]
        if not len(points):
            return
        x, y = (float(one) for one in points[0])
        large = np.median(np.abs(points).max(axis=1)) > MOST_DEGREES
        if large and self.degrees:
            raise Refusal("not_degrees", crs=self.name, x=x, y=y)
        if not large and not self.degrees and np.abs(points).max() <= MOST_DEGREES:
            raise Refusal("not_metres", crs=self.name, x=x, y=y)
        if self._swapped(points):
            raise Refusal("swapped_axes", x=x, y=y)

    def _swapped(self, points: np.ndarray) -> bool:
        here, there = self.to_degrees(points), self.to_degrees(points[:, ::-1])
        for box in (self.known, self.area):
            if box and _share(there, _grown(box)) > 0.9 and _share(here, _grown(box)) < 0.5:
                return True
        return self.transform is None and _share(there, CHINA) > 0.9


def _transformer(crs, target, name: str) -> Transform:  # type: ignore[no-untyped-def]
    from pyproj.transformer import TransformerGroup

    if target == crs.geodetic_crs:
        from pyproj import Transformer

        best = Transformer.from_crs(crs, target, always_xy=True)
    else:
        group = TransformerGroup(crs, target, always_xy=True, allow_ballpark=False)
        if not group.transformers:
            raise Refusal("no_transformation", name=name[:120])
        best = group.transformers[0]

    def transform(points: np.ndarray) -> np.ndarray:
        return np.column_stack(best.transform(points[:, 0], points[:, 1]))

    return transform


def _share(points: np.ndarray, box: Box) -> float:
    """Part of the points inside a box."""
    west, south, east, north = box
    x, y = points[:, 0], points[:, 1]
    return float(((x >= west) & (x <= east) & (y >= south) & (y <= north)).mean())


def _grown(box: Box) -> Box:
    """The box with a tenth of its size around it."""
    west, south, east, north = box
    wide, high = (east - west) * MARGIN, (north - south) * MARGIN
    return west - wide, south - high, east + wide, north + high
