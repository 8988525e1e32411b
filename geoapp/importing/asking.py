"""Where some rows of a file would lie in each system of coordinates they can be in, for its sender to choose (D4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, Row, func, select

from geoapp.core.db import table_of
from geoapp.core.i18n import N_, translate
from geoapp.houses.models import Building
from geoapp.importing.positions import Sample, points_of, possible_systems
from geoapp.importing.templates import CRS
from geoapp.loading.placing import RegionFinder, known_extent
from grids_boundaries.access import Access
from grids_boundaries.models import Region

region, building = table_of(Region), table_of(Building)
EVERY_DEGREE = N_("WGS84 或 CGCS2000（度）")
AROUND = N_("CGCS2000 高斯，中央经线 %(degrees)s°（米）")
Feature = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One system: per sample the key of the region it would fall in (0: none); how many fall where they should."""

    system: str
    title: str
    points: np.ndarray
    keys: tuple[int, ...]
    inside: int
    on_building: int


def samples_of(batch: Row) -> list[Sample]:
    """The rows of a batch that stands still because of them."""
    return [Sample(int(no), east, north, int(lo), int(hi)) for no, east, north, lo, hi in batch.unclear or ()]


def choices_of(connection: Connection, access: Access, batch: Row, locale: str) -> list[Choice]:
    """Every system the samples can be in, those first that put most of them where their rows say."""
    samples, finder = samples_of(batch), RegionFinder(connection)
    found = []
    for system in possible_systems(samples, known_extent(connection)):
        points = points_of(samples, system)
        keys = tuple(int(key) for key in finder.find(points))
        inside = sum(_fits(sample, key) for sample, key in zip(samples, keys, strict=True))
        standing = _on_buildings(connection, access, points)
        found.append(Choice(system, title_of(system, locale), points, keys, inside, standing))
    return sorted(found, key=lambda one: (-one.inside, -one.on_building))


def title_of(system: str, locale: str) -> str:
    """A system in words."""
    if system.startswith("gk:"):
        return translate(AROUND, locale, degrees=system[3:])
    words = EVERY_DEGREE if system == "wgs84" else CRS[system]
    return translate(words, locale)


def region_names(connection: Connection, keys: set[int]) -> dict[int, str]:
    """Key to name, of the regions the reader may see."""
    query = select(region.c.key, region.c.full_name).where(region.c.key.in_(keys))
    return {row.key: row.full_name for row in connection.execute(query)}


def features_of(
    connection: Connection, choices: Sequence[Choice], samples: Sequence[Sample], people: bool
) -> list[Feature]:
    """GeoJSON features of all choices, `n` is the place of theirs in the list.

    A person is never a point (D3.4): of people there are the outlines of the regions, with a count.
    """
    if people:
        return _outlines(connection, choices)
    return [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": np.round(point, 7).tolist()},
            "properties": {"n": place, "label": str(sample.row_no)},
        }
        for place, choice in enumerate(choices)
        for sample, point in zip(samples, choice.points, strict=True) if np.isfinite(point).all()
    ]  # fmt: skip


def _outlines(connection: Connection, choices: Sequence[Choice]) -> list[Feature]:
    keys = {key for choice in choices for key in choice.keys if key}
    shape = func.ST_AsGeoJSON(region.c.geom, 6)
    found = connection.execute(select(region.c.key, shape).where(region.c.key.in_(keys)))
    shapes: Mapping[int, str] = {row[0]: row[1] for row in found}
    return [
        {
            "type": "Feature", "geometry": orjson.loads(shapes[key]),
            "properties": {"n": place, "label": str(choice.keys.count(key))},
        }
        for place, choice in enumerate(choices) for key in sorted(set(choice.keys)) if shapes.get(key)
    ]  # fmt: skip


def _on_buildings(connection: Connection, access: Access, points: np.ndarray) -> int:
    """How many points stand on a building of the reader's area."""
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known):
        return 0
    pairs = func.unnest(known[:, 0].tolist(), known[:, 1].tolist())
    spots = pairs.table_valued("lon", "lat", with_ordinality="place").render_derived()
    point = func.ST_SetSRID(func.ST_MakePoint(spots.c.lon, spots.c.lat), 4326)
    touched = spots.join(building, func.ST_Intersects(building.c.geom, point))
    query = select(func.count(spots.c.place.distinct())).select_from(touched)
    return int(connection.execute(query.where(access.scope.clause(building.c.region_key))).scalar_one())


def _fits(sample: Sample, key: int) -> bool:
    return bool(key) and sample.lo <= key <= sample.hi
