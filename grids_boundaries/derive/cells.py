"""Building cells: a block divided between its buildings, never through one.

The border between two buildings lies half way (Voronoi of their outlines); every outline is
itself a line of the coverage. All cells of all blocks are noded together, so that whatever is put
together from them later (grids, blocks, communities) shares each vertex.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from grids_boundaries.derive.coverage import (
    SNAP_M,
    connected_parts,
    dissolve,
    lines_between,
    shared_borders,
)

OPEN_ABOVE = 60
"""Blocks of more households than this are opened into cells."""
OUTLINE_STEP_M = 4.0
INSET_M = 0.3
"""Outlines are drawn in by this before the Voronoi step, so that row houses differ."""


def derive_cells(
    blocks: np.ndarray, footprints: np.ndarray, households: np.ndarray, open_above: int = OPEN_ABOVE
) -> gpd.GeoDataFrame:
    """Cells of a coverage of blocks: columns block (index), households, geometry (metres).

    A block that is not opened is one cell. `footprints` belong to the block that holds a point
    on their surface; the part that crosses into another block, possible only at the outer line
    of an area, is not guarded. Sorted by block.
    """
    home = _block_of(blocks, footprints)
    per_block = np.bincount(home[home >= 0], weights=households[home >= 0], minlength=len(blocks))
    solids = {}
    for number in np.flatnonzero(per_block > open_above).tolist():
        houses = _clusters(shapely.intersection(footprints[home == number], blocks[number]))
        if len(houses) > 1:
            solids[number] = houses
    faces, block = _faces(blocks, solids)
    owner = np.zeros(len(faces), dtype=np.int64)
    for number, houses in solids.items():
        members = np.flatnonzero(block == number)
        owner[members] = _owners(faces[members], houses)
    width = int(owner.max(initial=0)) + 1
    keys, cells = dissolve(faces, block * width + owner)
    frame = gpd.GeoDataFrame({"block": keys // width}, geometry=cells)
    frame["households"] = _households(cells, footprints, households)
    return frame


def _block_of(blocks: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """Block of each footprint by a point on its surface, -1 outside all."""
    home = np.full(len(footprints), -1)
    inside = shapely.point_on_surface(footprints)
    point, block = shapely.STRtree(blocks).query(inside, predicate="within")
    home[point] = block
    return home


def _clusters(footprints: np.ndarray) -> np.ndarray:
    """Outlines without courtyards; those that overlap count as one building."""
    rings = shapely.get_exterior_ring(shapely.get_parts(footprints))
    solids = shapely.set_precision(shapely.polygons(rings), SNAP_M)
    solids = shapely.get_parts(solids[shapely.area(solids) > 0])
    a, b = shapely.STRtree(solids).query(solids, predicate="intersects")
    overlapping = shapely.area(shapely.intersection(solids[a], solids[b])) > SNAP_M
    near: list[dict[int, float]] = [{} for _ in solids]
    for i, j in zip(a[overlapping].tolist(), b[overlapping].tolist(), strict=True):
        near[i][j] = 1.0
    groups = connected_parts(range(len(solids)), near)
    return np.array([shapely.union_all(solids[group]) for group in groups], dtype=object)


def _between(block: shapely.Geometry, solids: np.ndarray) -> shapely.Geometry:
    """The lines half way between the buildings of a block, outside the buildings."""
    inner = shapely.buffer(solids, -INSET_M, join_style="mitre")
    inner = np.where(shapely.is_empty(inner), solids, inner)
    points, owner = shapely.get_coordinates(
        shapely.segmentize(shapely.boundary(inner), OUTLINE_STEP_M), return_index=True
    )
    points, first = np.unique(np.round(points / SNAP_M) * SNAP_M, axis=0, return_index=True)
    sites = shapely.multipoints(points)
    tiles = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=block))
    tile, point = shapely.STRtree(shapely.points(points)).query(tiles, predicate="contains")
    lines = lines_between(tiles[tile], owner[first][point])
    lines = shapely.intersection(lines, block, grid_size=SNAP_M)
    return shapely.difference(lines, shapely.union_all(solids), grid_size=SNAP_M)


def _faces(blocks: np.ndarray, solids: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Faces of the common network and the block each lies in."""
    network = [shapely.boundary(blocks)]
    for block, houses in solids.items():
        network += [[_between(blocks[block], houses)], shapely.boundary(houses)]
    noded = shapely.union_all(np.concatenate(network), grid_size=SNAP_M)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    tree = shapely.STRtree(blocks)
    face, block = tree.query(shapely.point_on_surface(faces), predicate="within")
    order = np.argsort(face)
    return faces[face[order]], block[order]


def _owners(faces: np.ndarray, houses: np.ndarray) -> np.ndarray:
    """Building of each face of one block; stray faces follow their longest neighbour."""
    inside = shapely.point_on_surface(faces)
    distance = shapely.distance(inside[:, None], houses[None, :])
    owner: np.ndarray = np.argmin(distance, axis=1)
    neighbours = shared_borders(faces).neighbours(len(faces))
    for house in range(len(houses)):
        parts = connected_parts(np.flatnonzero(owner == house).tolist(), neighbours)
        keep = min(parts, key=lambda part: float(distance[part, house].min()), default=[])
        for part in parts:
            if part is not keep:
                _give_away(part, owner, neighbours)
    return owner


def _give_away(part: list[int], owner: np.ndarray, neighbours: list[dict[int, float]]) -> None:
    shared: dict[int, float] = {}
    for face in part:
        for other, length in neighbours[face].items():
            if other not in part:
                shared[int(owner[other])] = shared.get(int(owner[other]), 0.0) + length
    if shared:
        owner[part] = max(shared, key=lambda house: (shared[house], -house))


def _households(cells: np.ndarray, footprints: np.ndarray, households: np.ndarray) -> np.ndarray:
    home = _block_of(cells, footprints)
    found = home >= 0
    summed = np.bincount(home[found], weights=households[found], minlength=len(cells))
    return summed.astype(np.int64)
