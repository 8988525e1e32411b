"""Base units of communities: derived from roads, railways, water, buildings and the grids in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import shapely
from pyproj import Transformer
from sqlalchemy import Connection, Row, insert, text

from geoapp.core.db import WGS84, table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.planning.models import UnitSet
from grids_boundaries.derive.blocks import MIN_WATER_M2, RAIL_CLASSES, ROAD_CLASSES
from grids_boundaries.derive.metric import metric_crs
from grids_boundaries.derive.units import Ground, Units, derive_units
from grids_boundaries.partition import model

RULE = 2
"""Units of another rule are followed by new ones when a plan is opened: 2 divides blocks of few homes, too."""
UNDERGROUND = frozenset({"subway"})
"""Railways of the base map have no column for tunnels; these mostly lie in one."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the base map (metres) that part blocks, with their classes (`partition.model`)."""

    shapes: np.ndarray
    classes: np.ndarray


class Turn(Protocol):
    """From one system of coordinates to another, as pyproj has it."""

    def transform(self, xx: Any, yy: Any) -> tuple[Any, Any]:
        """East and north of points."""


@dataclass(frozen=True, slots=True)
class Stretched:
    """Degrees drawn out to metres around a place, or back: what is straight in degrees stays straight.

    In a projection a border of two kilometres bends by a hand's breadth, and units derived there do not
    fit grids and outlines that are stored in degrees. Lengths are off by a thousandth over a street.
    """

    east: float
    north: float
    back: bool = False

    def transform(self, xx: Any, yy: Any) -> tuple[Any, Any]:
        """East and north of points."""
        return (xx / self.east, yy / self.north) if self.back else (xx * self.east, yy * self.north)


def stretched(lat: float) -> tuple[Stretched, Stretched]:
    """From EPSG:4326 to metres and back at a latitude (WGS 84, series of the meridian arc)."""
    phi = np.radians(lat)
    north = 111_132.954 - 559.822 * np.cos(2 * phi) + 1.175 * np.cos(4 * phi)
    east = 111_412.84 * np.cos(phi) - 93.5 * np.cos(3 * phi)
    return Stretched(float(east), float(north)), Stretched(float(east), float(north), back=True)


def transformers(lon: float, lat: float) -> tuple[Transformer, Transformer]:
    """From EPSG:4326 to the metric CRS of a place, and back."""
    crs = metric_crs(lon, lat).to_epsg()
    return _between(WGS84, crs), _between(crs, WGS84)


@lru_cache(maxsize=64)
def _between(source: int, target: int) -> Transformer:
    """Making one takes longer than all else an edit does; they are safe to share between threads."""
    return Transformer.from_crs(source, target, always_xy=True)


def moved(shapes: np.ndarray, by: Turn) -> np.ndarray:
    """Shapes in the other CRS, vertex by vertex, so that what fits still fits."""
    return np.asarray(shapely.transform(shapes, lambda points: np.column_stack(by.transform(*points.T))))


def communities_of(connection: Connection, lo: int, hi: int) -> Sequence[Row[Any]]:
    """Communities with an outline in a range of keys: key, hi, name, code, county_code, wkb."""
    return connection.execute(
        text(
            "SELECT key, hi, name, code, county_code, ST_AsBinary(geom) AS wkb FROM region "
            "WHERE level = 'community' AND geom IS NOT NULL AND key BETWEEN :lo AND :hi ORDER BY key"
        ),
        {"lo": lo, "hi": hi},
    ).all()


def grids_of(connection: Connection, lo: int, hi: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys and shapes (EPSG:4326) of the grids in force in a range of keys."""
    rows = connection.execute(
        text(
            "SELECT key, ST_AsBinary(geom) AS wkb FROM region "
            "WHERE level = 'grid' AND geom IS NOT NULL AND key BETWEEN :lo AND :hi ORDER BY key"
        ),
        {"lo": lo, "hi": hi},
    ).all()
    return _columns(rows)


def lines_within(connection: Connection, box: Sequence[float], there: Turn) -> Lines:
    """Lines of the base map in a box (degrees) that part blocks; ponds and subways do not."""
    rows = connection.execute(
        text(
            "SELECT layer, kind, ST_AsBinary(geom) AS wkb FROM base_feature "
            "WHERE layer IN ('road', 'railway', 'water') "
            "AND geom && ST_MakeEnvelope(:w, :s, :e, :n, 4326)"
        ),
        dict(zip("wsen", box, strict=True)),
    ).all()
    shapes, classes = [], []
    for row in rows:
        kind = line_class(row.layer, row.kind)
        shape = moved(np.array([shapely.from_wkb(bytes(row.wkb))], dtype=object), there)[0]
        if kind is None or (row.layer == "water" and 0 < shape.area < MIN_WATER_M2):
            continue
        parts = shapely.get_parts(shapely.boundary(shape) if shape.area else shape)
        shapes += parts.tolist()
        classes += [kind] * len(parts)
    return Lines(np.array(shapes, dtype=object), np.array(classes, dtype=np.int64))


def line_class(layer: str, kind: str) -> int | None:
    """Class of a feature of the base map as a border; None for what parts nothing."""
    if layer == "water":
        return model.RIVER
    if layer == "railway":
        return model.RAIL if kind in RAIL_CLASSES - UNDERGROUND else None
    if kind not in ROAD_CLASSES:
        return None
    road = kind.removesuffix("_link")
    if road in ("motorway", "trunk", "primary"):
        return model.ARTERIAL
    if road == "secondary":
        return model.MAIN
    return model.LANE if road in ("service", "living_street", "pedestrian") else model.STREET


def derive_community(connection: Connection, community: Row[Any]) -> int:
    """Derive and store the units of one community; the id of the set. About half a second.

    Raises InvalidInput where the outline is broken.
    """
    outline = shapely.from_wkb(bytes(community.wkb))
    if not outline.is_valid:
        raise InvalidInput(N_("社区“%(name)s”的边界自相交，无法生成单元。"), field="area", name=community.name)
    there, back = stretched(outline.centroid.y)
    keys, grids = grids_of(connection, community.key, community.hi)
    footprints, homes = _footprints(connection, bytes(community.wkb))
    lines = lines_within(connection, shapely.bounds(outline), there)
    ground = Ground(
        moved(np.array([outline], dtype=object), there)[0], moved(grids, there), keys, lines.shapes,
        moved(footprints, there), homes,
    )  # fmt: skip
    units = derive_units(ground, lambda points: np.column_stack(back.transform(*points.T)))
    return store_units(connection, community, units)


def store_units(connection: Connection, community: Row[Any], units: Units, origin: str = "derived") -> int:
    """Write one set of units (EPSG:4326) in the caller's transaction; its id."""
    facts = {
        "rule": RULE, "units": len(units.cells), "blocks": int(units.block.max(initial=-1)) + 1,
        "overlap_m2": round(units.overlap_m2, 2), "outside_m2": round(units.outside_m2, 2),
        "without_grid": int((units.in_force == 0).sum()), "cut": [[round(p.x, 7), round(p.y, 7)] for p in units.cut],
    }  # fmt: skip
    made = insert(table_of(UnitSet)).values(
        region_key=community.key, county_code=community.county_code, origin=origin, facts=facts
    )
    set_id = int(connection.execute(made.returning(UnitSet.id)).scalar_one())
    shapes = shapely.to_wkb(shapely.set_srid(units.cells, WGS84), include_srid=True)
    rows = {
        "set": set_id, "key": community.key, "blocks": units.block.tolist(), "shapes": shapes.tolist(),
    }  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO base_unit (set_id, number, region_key, block, geom) "
            "SELECT :set, u.place - 1, :key, u.block, ST_GeomFromEWKB(u.shape) FROM unnest(CAST(:blocks AS integer[]), "
            "CAST(:shapes AS bytea[])) WITH ORDINALITY AS u (block, shape, place)"
        ),
        rows,
    )
    return set_id


def _footprints(connection: Connection, outline: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Outlines of the buildings that touch the community (EPSG:4326), and the dwellings in each."""
    rows = connection.execute(
        text(
            "WITH here AS (SELECT b.county_code, b.id, b.geom FROM building b "
            "  WHERE ST_Intersects(b.geom, ST_GeomFromWKB(:outline, 4326)) AND ST_Dimension(b.geom) = 2), "
            "homes AS (SELECT h.county_code, h.building_id, count(*) AS n FROM house h JOIN here b "
            "  ON b.county_code = h.county_code AND b.id = h.building_id WHERE h.use = 'dwelling' GROUP BY 1, 2) "
            "SELECT ST_AsBinary(b.geom) AS wkb, coalesce(n, 0) AS key FROM here b "
            "LEFT JOIN homes h ON h.county_code = b.county_code AND h.building_id = b.id ORDER BY b.id"
        ),
        {"outline": outline},
    ).all()
    homes, shapes = _columns(rows)
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.buffer(shapes, 0))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    # the homes of a building of several parts count once, with its first part
    first = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.zeros(0, bool)
    return parts, np.where(first, homes[owner], 0)


def _columns(rows: Sequence[Row[Any]]) -> tuple[np.ndarray, np.ndarray]:
    keys = np.array([row.key for row in rows], dtype=np.int64)
    return keys, np.asarray(shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object)))
