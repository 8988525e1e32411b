"""A tile's place in the world: z/x/y checked, its edges in degrees, metres and whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from geoapp.core.db import HALF_WORLD, WORLD_BITS
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

MAX_ZOOM = 22
EXTENT = 4096
"""Units along a tile's side."""
BUFFER = 64
"""Units beyond the edge in which features are repeated, so that symbols and lines meet."""


@dataclass(frozen=True)
class TileAddress:
    """One tile of the Web Mercator square, y counted from the north. Build with `at`."""

    z: int
    x: int
    y: int

    @classmethod
    def at(cls, z: int, x: int, y: int) -> TileAddress:
        """The tile z/x/y. Raises InvalidInput where the world has no such tile."""
        if not 0 <= z <= MAX_ZOOM or not 0 <= x < 1 << z or not 0 <= y < 1 << z:
            raise InvalidInput(
                N_("瓦片 %(z)s/%(x)s/%(y)s 不存在：级别应为 0 至 %(most)s，行列应在该级别范围内。"),
                field="tile", z=z, x=x, y=y, most=MAX_ZOOM,
            )
        return cls(z, x, y)

    @cached_property
    def window(self) -> tuple[int, int, int, int]:
        """First and last whole numbers (mx, mx, my, my) of the 2^30 world inside the tile."""
        size = 1 << (WORLD_BITS - self.z)
        return self.x * size, (self.x + 1) * size - 1, self.y * size, (self.y + 1) * size - 1

    def degrees(self, margin: float = BUFFER / EXTENT) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:4326, `margin` tile sides wider on every side.

        A tile's edges are parallels and meridians, so this box is exact, never an outline.
        """
        side = 1 / (1 << self.z)
        west, east = (self.x - margin) * side, (self.x + 1 + margin) * side
        north, south = (self.y - margin) * side, (self.y + 1 + margin) * side
        return (
            max(west * 360 - 180, -180.0), _latitude(min(south, 1.0)),
            min(east * 360 - 180, 180.0), _latitude(max(north, 0.0)),
        )

    @cached_property
    def metres(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857, without margin."""
        side = 2 * HALF_WORLD / (1 << self.z)
        west, north = self.x * side - HALF_WORLD, HALF_WORLD - self.y * side
        return west, north - side, west + side, north

    def __str__(self) -> str:
        return f"{self.z}/{self.x}/{self.y}"


def _latitude(down: float) -> float:
    """Degrees north of a place `down` of the way from the top of the square to its foot."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))
