"""The ground of the briefing map: our own roads, water and land use, and the regions in view.

Base data is public and has no area scope; regions are the reader's own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
import shapely
from sqlalchemy import ColumnElement, Connection, func, select

from geoapp.core.settings import get_settings
from grids_boundaries.models import BaseFeature, Region
from spatial_queries.exports.briefing.drawn import Drawing, safe
from spatial_queries.exports.job import Job
from spatial_queries.shapes import literal_geometry

base = BaseFeature.__table__
region = Region.__table__
LAYERS = ("coverage", "landuse", "water", "railway", "road")
"""Bottom to top."""
MAX_VERTICES = 80_000
"""Of the whole ground: about 1.5 MB of the file. The least important features stay out first."""
MAX_REGIONS = 300
MAX_NAMES = 60
NAME_HEIGHT, NAME_WIDTH = 16, 13
"""Pixels of a line and of a character; names that would cover each other give way."""
MARGIN = 0.06
BESIDE = 0.25
"""Share of ground beyond the view on each side, for other shapes of screens."""
ASPECT = 16 / 9
SMALLEST = 0.004
"""Degrees: about 400 m, so that a single point has surroundings."""
PIXELS = 1_200
"""Width of the page the ground is made for."""
LEVELS = ("county", "street", "community", "grid")
KINDS = {
    "wood": ("forest", "wood", "scrub"),
    "park": (
        "park", "garden", "grass", "recreation_ground", "village_green", "greenfield", "cemetery",
        "golf_course", "meadow", "nature_reserve", "flowerbed",
    ),
    "campus": ("university", "school", "college", "kindergarten", "education"),
    "sport": ("pitch", "sports_centre", "stadium", "track", "playground", "swimming_pool"),
    "commercial": ("commercial", "retail"),
    "industrial": ("industrial", "railway", "construction", "brownfield"),
    "residential": ("residential",),
    "farm": ("farmland", "orchard", "farmyard", "allotments", "plant_nursery"),
    "motorway": ("motorway", "motorway_link", "trunk", "trunk_link"),
    "major": (
        "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
    ),
    "path": ("footway", "path", "steps", "cycleway", "track", "corridor", "bridleway"),
}  # fmt: skip
_CLASS = {kind: name for name, kinds in KINDS.items() for kind in kinds}
Box = tuple[float, float, float, float]
Name = tuple[str, float, float]
"""A name, longitude and latitude."""


@dataclass
class Ground:
    """GeoJSON features by CSS class, bottom to top, and points with the names to write.

    `view` is what the page opens with (west, south, east, north), `box` what there is ground for.
    """

    view: Box
    box: Box
    features: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    names: list[dict] = field(default_factory=list)
    thinned: bool = False


def read_ground(job: Job, drawing: Drawing) -> Ground:
    """Everything under the drawing, clipped to its surroundings."""
    view = _view(job, drawing)
    ground = Ground(view, _beyond(view))
    _read_base(job.connection, ground)
    _read_regions(job, ground)
    return ground


def base_around(connection: Connection, view: Box) -> Ground:
    """Roads, water and land use around a view (degrees), without regions."""
    ground = Ground(view, _beyond(view))
    _read_base(connection, ground)
    return ground


def _view(job: Job, drawing: Drawing) -> Box:
    """West, south, east, north around what is drawn, else around the region asked for."""
    shapes = [shapely.from_geojson(orjson.dumps(f["geometry"])) for f in drawing.features]
    bounds = shapely.total_bounds(shapes) if shapes else _region_bounds(job)
    west, south, east, north = map(float, bounds)
    width, height = (max(b - a, SMALLEST) for a, b in ((west, east), (south, north)))
    x, y = (west + east) / 2, (south + north) / 2
    return _around(x, y, width * (0.5 + MARGIN), height * (0.5 + MARGIN))


def _around(x: float, y: float, half_x: float, half_y: float) -> Box:
    return (x - half_x, y - half_y, x + half_x, y + half_y)


def _beyond(view: Box) -> Box:
    """The view widened to the shape of a screen, and some more."""
    x, y = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2
    shrink = math.cos(math.radians(y))
    width = max((view[2] - view[0]) * shrink, (view[3] - view[1]) * ASPECT)
    half = width * (0.5 + BESIDE)
    return _around(x, y, half / shrink, half / ASPECT)


def _region_bounds(job: Job) -> tuple[float, ...]:
    extent = func.ST_Extent(region.c.geom)
    inside = job.selection.scope.clause(region.c.key)
    sides = [
        getattr(func, name)(extent) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
    ]
    found = job.connection.execute(select(*sides).where(inside)).one()
    return tuple(found) if found[0] is not None else get_settings().map_centre * 2


def _zoom(box: Box) -> int:
    """Zoom at which the view fills the page."""
    return max(0, min(18, int(math.log2(360 * PIXELS / 256 / (box[2] - box[0])))))


def _read_base(connection: Connection, ground: Ground) -> None:
    box = literal_geometry(shapely.box(*ground.box))
    shape = _drawable(base.c.geom, box, ground.box)
    here = (base.c.layer.in_(LAYERS), base.c.min_zoom <= _zoom(ground.view))
    clipped = (
        select(base.c.layer, base.c.kind, base.c.min_zoom, base.c.id, shape.label("shape"))
        .where(*here, base.c.geom.op("&&")(box))
        .cte("clipped")
        .prefix_with("MATERIALIZED")
    )
    c = clipped.c
    running = func.sum(func.ST_NPoints(c.shape)).over(order_by=(c.min_zoom, c.id))
    found = select(c.layer, c.kind, func.ST_AsGeoJSON(c.shape, 5, 0), running).where(
        c.shape.is_not(None), ~func.ST_IsEmpty(c.shape)
    )
    by_layer = defaultdict(list)
    for layer, kind, geometry, vertices in connection.execute(found):
        ground.thinned |= vertices > MAX_VERTICES
        if vertices <= MAX_VERTICES:
            by_layer[layer].append((_css_class(layer, kind), geometry))
    for layer in LAYERS:
        _add(ground, by_layer[layer])


def _add(ground: Ground, found: Iterable[tuple[str, str]]) -> None:
    for name, geometry in found:
        shape = orjson.loads(geometry)
        line = "LineString" in shape["type"]
        ground.features[f"{name} {'line' if line else 'area'}"].append(
            {"type": "Feature", "geometry": shape, "properties": {}}
        )


def _css_class(layer: str, kind: str) -> str:
    return f"base {layer} {_CLASS.get(kind, 'other')}"


def _drawable(geometry: ColumnElement, box: ColumnElement, sides: Box) -> ColumnElement:
    """Clipped to the box and simplified to half a pixel."""
    pixel = (sides[2] - sides[0]) / PIXELS
    return func.ST_Simplify(func.ST_ClipByBox2D(geometry, box), pixel / 2)


def _read_regions(job: Job, ground: Ground) -> None:
    """Borders of all levels down to the finest that stays legible; names of the level with most."""
    box = literal_geometry(shapely.box(*ground.box))
    view = literal_geometry(shapely.box(*ground.view))
    inside = (job.selection.access.scope.clause(region.c.key), region.c.geom.op("&&")(box))
    counted = select(region.c.level, func.count()).where(*inside).group_by(region.c.level)
    counts: dict[str, int] = dict(job.connection.execute(counted).all())
    shown = [level for level in LEVELS if 0 < counts.get(level, 0) <= MAX_REGIONS]
    border = _drawable(func.ST_Boundary(region.c.geom), box, ground.box)
    middle = func.ST_PointOnSurface(func.ST_ClipByBox2D(region.c.geom, view))
    place = (func.ST_X(middle), func.ST_Y(middle))
    found = (
        select(region.c.level, region.c.name, func.ST_AsGeoJSON(border, 5, 0), *place)
        .where(*inside, region.c.level.in_(shown))
        .order_by(region.c.area_m2.desc().nulls_last(), region.c.key)
    )
    by_level = defaultdict(list)
    names = defaultdict(list)
    for level, name, geometry, x, y in job.connection.execute(found):
        if geometry is not None:
            by_level[level].append((f"border {level}", geometry))
        if counts[level] <= MAX_NAMES and x is not None:
            names[level].append((name, x, y))
    for level in reversed(shown):
        _add(ground, by_level[level])
    legible = [_apart(names[level], ground.view) for level in reversed(shown)]
    ground.names = [_named_point(*place) for place in max(legible, key=len, default=[])]


def _apart(names: list[Name], view: Box) -> list[Name]:
    """Names that do not cover each other on the page, the largest regions' first."""
    across = PIXELS / max(view[2] - view[0], (view[3] - view[1]) * ASPECT)
    down = across / math.cos(math.radians(view[1]))
    kept: list[Name] = []
    for name, x, y in names:
        for other, a, b in kept:
            wide = (len(name) + len(other)) / 2 * NAME_WIDTH
            if abs(x - a) * across < wide and abs(y - b) * down < NAME_HEIGHT:
                break
        else:
            kept.append((name, x, y))
    return kept


def _named_point(name: str, x: float, y: float) -> dict:
    point = {"type": "Point", "coordinates": [round(x, 5), round(y, 5)]}
    return {"type": "Feature", "geometry": point, "properties": {"name": safe(name)}}
