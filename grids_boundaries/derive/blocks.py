"""Blocks: the faces between roads, railways, water and the outline of the area.

Every line is noded on a 1 cm grid, so neighbours share each vertex and the blocks partition
their area exactly. Buildings that stand across a road line are never cut: the line inside the
footprint is dropped and the footprint itself becomes part of one block.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from grids_boundaries.derive.coverage import SNAP_M, dissolve, shared_borders

ROAD_CLASSES = frozenset(
    {
        "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
        "living_street", "pedestrian", "service", "motorway_link", "trunk_link", "primary_link",
        "secondary_link", "tertiary_link",
    }
)  # fmt: skip
"""OSM highway values whose centre line separates blocks; paths and steps do not."""
RAIL_CLASSES = frozenset({"rail", "light_rail", "subway", "tram", "narrow_gauge"})
MIN_AREA_M2 = 1500.0
MIN_THICKNESS_M = 4.0
"""Area divided by perimeter; the strip between two carriageways falls below it."""
MIN_WATER_M2 = 5000.0
MIN_SHARED_M = 0.5


@dataclass(frozen=True, slots=True)
class BlockRules:
    """What counts as a sliver, to be merged into the neighbour with the longest shared border."""

    min_area_m2: float = MIN_AREA_M2
    min_thickness_m: float = MIN_THICKNESS_M


def barrier_lines(
    roads: gpd.GeoDataFrame, railways: gpd.GeoDataFrame, water: gpd.GeoDataFrame
) -> np.ndarray:
    """Lines that separate blocks, from OSM columns `highway`, `railway`, `tunnel`, `kind`.

    Tunnels lie below the blocks; ponds are part of the park around them.
    """
    surface = roads["tunnel"].isna() & roads["highway"].isin(ROAD_CLASSES)
    rails = railways["tunnel"].isna() & railways["railway"].isin(RAIL_CLASSES)
    shores = water.geometry[(water.area >= MIN_WATER_M2) & (water.geom_type != "LineString")]
    streams = water.geometry[water.geom_type.isin(["LineString", "MultiLineString"])]
    lines = [roads.geometry[surface], railways.geometry[rails], shores.boundary, streams]
    return np.concatenate([series.to_numpy() for series in lines])


def derive_blocks(
    areas: np.ndarray,
    barriers: np.ndarray,
    footprints: np.ndarray,
    rules: BlockRules = BlockRules(),
) -> gpd.GeoDataFrame:
    """Blocks of `areas` (disjoint polygons, metres): columns `area` (index into it), `geometry`.

    Lines of `areas` are kept whatever stands on them; `barriers` give way to `footprints`.
    Sorted by area, then west to east, then north to south.
    """
    standing = _standing_across(barriers, footprints)
    faces = _faces(areas, barriers, standing)
    inside = shapely.point_on_surface(faces)
    tree = shapely.STRtree(areas)
    face, area = tree.query(inside, predicate="within")
    faces, area = faces[face], area[np.argsort(face)]
    must_merge = _is_inside(faces, standing)
    labels = _merge_slivers(faces, area, must_merge, rules)
    first, merged = dissolve(faces, labels)
    return _in_order(merged, area[first])


def _standing_across(barriers: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Outlines, without courtyards, of the footprints a barrier runs through."""
    if len(footprints) == 0 or len(barriers) == 0:
        return np.empty(0, dtype=object)
    solid = shapely.set_precision(shapely.polygons(shapely.get_exterior_ring(footprints)), SNAP_M)
    crossed = np.unique(shapely.STRtree(barriers).query(solid, predicate="intersects")[0])
    if len(crossed) == 0:
        return np.empty(0, dtype=object)
    united = shapely.union_all(solid[crossed], grid_size=SNAP_M)
    return np.asarray(shapely.get_parts(united))


def _faces(areas: np.ndarray, barriers: np.ndarray, standing: np.ndarray) -> np.ndarray:
    snapped = shapely.set_precision(areas, SNAP_M)
    whole = shapely.union_all(snapped, grid_size=SNAP_M)
    lines = shapely.union_all(barriers, grid_size=SNAP_M)
    lines = _only_lines(shapely.intersection(lines, whole, grid_size=SNAP_M))
    if len(standing):
        lines = shapely.difference(lines, shapely.union_all(standing), grid_size=SNAP_M)
    network = np.concatenate([[lines], shapely.boundary(snapped), shapely.boundary(standing)])
    noded = shapely.union_all(network, grid_size=SNAP_M)
    return np.asarray(shapely.get_parts(shapely.polygonize([noded])))


def _only_lines(shape: shapely.Geometry) -> shapely.Geometry:
    """Without the points in which a line only touches the area: no overlay takes points and lines at once."""
    parts = shapely.get_parts(shape)
    return shapely.multilinestrings(parts[shapely.get_type_id(parts) == 1])


def _is_inside(faces: np.ndarray, standing: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(faces), dtype=bool)
    if len(standing):
        inside[shapely.STRtree(standing).query(shapely.point_on_surface(faces), "within")[0]] = True
    return inside


def _merge_slivers(
    faces: np.ndarray, area: np.ndarray, must_merge: np.ndarray, rules: BlockRules
) -> np.ndarray:
    """Label of every face: slivers, smallest first, join their longest neighbour of the area."""
    neighbours = shared_borders(faces).neighbours(len(faces))
    size, outline = shapely.area(faces), shapely.length(faces)
    joined = np.arange(len(faces))
    queue = [(s, i) for i, s in enumerate(size.tolist())]
    heapq.heapify(queue)
    while queue:
        seen, face = heapq.heappop(queue)
        if joined[face] != face or seen != size[face]:
            continue
        near = {n: m for n, m in neighbours[face].items() if area[n] == area[face]}
        enclosed = len(near) == 1 and next(iter(near.values())) > 0.95 * outline[face]
        thin = size[face] < max(rules.min_area_m2, rules.min_thickness_m * outline[face])
        if not near or not (must_merge[face] or enclosed or thin):
            continue
        into = max(near, key=lambda n: (near[n], -n))
        _join(face, into, neighbours)
        joined[face] = into
        outline[into] += outline[face] - 2 * near[into]
        size[into] += size[face]
        heapq.heappush(queue, (float(size[into]), into))
    while (joined[joined] != joined).any():
        joined = joined[joined]
    return joined


def _join(face: int, into: int, neighbours: list[dict[int, float]]) -> None:
    """Give all borders of `face` to `into`."""
    for other, length in neighbours[face].items():
        del neighbours[other][face]
        if other != into:
            total = neighbours[into].get(other, 0.0) + length
            neighbours[into][other] = neighbours[other][into] = total
    neighbours[face].clear()


def _in_order(polygons: np.ndarray, area: np.ndarray) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"area": area}, geometry=polygons)
    centre = shapely.centroid(polygons)
    order = np.lexsort((-shapely.get_y(centre), shapely.get_x(centre).round(1), area))
    return frame.iloc[order].reset_index(drop=True)
