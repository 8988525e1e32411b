"""Base units of one community: building cells that fit the grids in force and its outline exactly.

Blocks and cells are derived on a grid of 1 cm (`blocks`, `cells`). Here the grids in force are areas
of their own, so no unit reaches across a border in force, and every vertex of such a border goes back
to where it was before the rounding: a plan of all units has the area of its community (D4.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from grids_boundaries.derive.blocks import derive_blocks
from grids_boundaries.derive.cells import derive_cells
from grids_boundaries.derive.coverage import SNAP_M, dissolve, shared_edges
from grids_boundaries.partition.graph import components

OPEN_ABOVE = 0
"""Blocks of more homes than this are divided between their buildings, so that a drawn line can be followed."""
REST_M2 = 1.0
"""Ground of the community in no grid in force below this is rounding."""
SLIVER_M = 0.02
"""Ground thinner than this (area by perimeter) is rounding."""
NEAR_M = 0.05
BEND_M = 2.0
"""By so much may a border of several kilometres bend between two systems."""
METRES_PER_DEGREE = 1e5
MOST_TRIES = 5
"""So often are vertices given up that would break a cell, a ring of neighbours at a time."""
Points = Callable[[np.ndarray], np.ndarray]
"""Coordinates (n, 2) to those of another system."""
Key = tuple[int, ...]
"""A vertex in whole centimetres."""
Moved = dict[Key, list[float]]
"""Where vertices belong, in the other system."""
ON_BARRIER = 0.5
"""Share of a border on roads, rails or water from which it parts two blocks."""
CUT_M2 = 1.0
"""A building with more than this on both sides of a border in force is told as cut by it."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One community in a metric CRS: outline, grids in force with their keys, what stands and runs there.

    `barriers`: lines that part blocks. `footprints` with the `homes` in each.
    """

    outline: shapely.Geometry
    grids: np.ndarray
    keys: np.ndarray
    barriers: np.ndarray
    footprints: np.ndarray
    homes: np.ndarray


@dataclass(frozen=True, slots=True)
class Units:
    """Cells with their block and the key of the grid in force (0: none).

    `cut`: points in buildings that a border in force runs through. `overlap_m2`: ground that two
    grids in force both claimed, given to the first; `outside_m2`: grids outside the community, left out.
    """

    cells: np.ndarray
    block: np.ndarray
    in_force: np.ndarray
    cut: np.ndarray
    overlap_m2: float
    outside_m2: float


def derive_units(ground: Ground, back: Points | None = None) -> Units:
    """Units of a community; without grids in force it is one area.

    In metres, or where `back` leads to: a long border is straight in one system only, and units fit
    the grids in force in the system these are stored in (EPSG:4326).
    """
    areas, keys, overlap, outside = _areas(ground)
    blocks = derive_blocks(areas, ground.barriers, ground.footprints)
    shapes, area = blocks.geometry.to_numpy(), blocks["area"].to_numpy()
    cells = derive_cells(shapes, ground.footprints, ground.homes, OPEN_ABOVE)
    piece = cells["block"].to_numpy()
    fitted = _fitted(cells.geometry.to_numpy(), area[piece], areas, back)
    whole = _whole_blocks(shapes, area, ground.barriers)
    order = _in_order(cells.geometry.to_numpy(), whole[piece])
    block = np.unique(whole[piece][order], return_inverse=True)[1].reshape(-1)
    return Units(
        fitted[order], block, keys[area[piece]][order], _moved(_cut(areas, ground.footprints), back), overlap, outside
    )  # fmt: skip


def _areas(ground: Ground) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Disjoint areas that partition the outline, with their keys; what was claimed twice or lies outside."""
    free, areas, keys = ground.outline, [], []
    inside = shapely.intersection(ground.grids, ground.outline) if len(ground.grids) else ground.grids
    outside = float(shapely.area(ground.grids).sum() - shapely.area(inside).sum()) if len(inside) else 0.0
    # a long border that bends in the other system is no fault
    outside = outside if outside > max(REST_M2, SLIVER_M * ground.outline.length) else 0.0
    overlap = 0.0
    for number, key in enumerate(ground.keys.tolist()):
        mine = _areal(shapely.intersection(ground.grids[number], free))
        claimed = _areal(inside[number])
        lost = float(claimed.area - mine.area)
        exact = outside == 0 and lost < max(REST_M2, SLIVER_M * claimed.length)
        overlap += 0.0 if exact else lost
        if mine.area >= REST_M2:
            areas.append(ground.grids[number] if exact else mine)
            keys.append(key)
        free = shapely.difference(free, ground.grids[number])
    for part in shapely.get_parts(_areal(free)).tolist():
        # ground that belongs to no grid is an area of its own, slivers of rounding are not
        if part.area >= REST_M2 and part.area > SLIVER_M * part.length:
            areas.append(part)
            keys.append(0)
    return np.array(areas, dtype=object), np.array(keys, dtype=np.int64), overlap, max(outside, 0.0)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_type_id(parts) == 3])


def _fitted(cells: np.ndarray, area: np.ndarray, areas: np.ndarray, back: Points | None) -> np.ndarray:
    """The cells with every vertex on a line of the areas back on that line, as it was unrounded."""
    lines = shapely.boundary(_moved(areas, back))
    known, exact_points = shapely.get_coordinates(shapely.boundary(areas)), shapely.get_coordinates(lines)
    exact = {tuple(key): point for key, point in zip(_whole(known).tolist(), exact_points.tolist(), strict=True)}
    _, joined = dissolve(cells, area)
    on_line = [tuple(key) for key in np.unique(_whole(shapely.get_coordinates(joined)), axis=0).tolist()]
    loose = [key for key in on_line if key not in exact]
    points = np.array(loose, dtype=float).reshape(-1, 2) * SNAP_M
    places = shapely.points(back(points) if back and len(points) else points)
    near = BEND_M / METRES_PER_DEGREE if back else NEAR_M
    tree = shapely.STRtree(lines)
    moved = {key: exact[key] for key in on_line if key in exact}
    for key, place in zip(loose, places, strict=True):
        line = lines[int(tree.nearest(place))]
        if shapely.dwithin(line, place, near):
            moved[key] = _foot(line, place)
    return _sound(cells, moved, exact.keys(), back)


def _sound(cells: np.ndarray, moved: Moved, corners: Collection[Key], back: Points | None) -> np.ndarray:
    """Vertices put where they belong, but for those around cells that this would break: they stay rounded."""
    for attempt in range(MOST_TRIES):
        found = shapely.transform(cells, lambda points: _placed(points, moved, back))
        found = shapely.remove_repeated_points(found, 0.0)
        bad = ~shapely.is_valid(found)
        if not bad.any():
            bad = ~shapely.is_empty(shapely.coverage_invalid_edges(found))
        if not bad.any():
            return np.asarray(found)
        if attempt == 0:
            _join_hooks(cells[bad], moved, corners)
            continue
        beside = np.unique(shapely.STRtree(cells).query(cells[bad], predicate="intersects")[1])
        for key in map(tuple, _whole(shapely.get_coordinates(cells[beside])).tolist()):
            moved.pop(key, None)
    return _moved(cells, back)


def _join_hooks(cells: np.ndarray, moved: Moved, corners: Collection[Key]) -> None:
    """Two vertices a centimetre apart, which change their order on the line they belong to, become one."""
    for ring in shapely.get_rings(cells):
        keys = list(map(tuple, _whole(shapely.get_coordinates(ring)).tolist()))
        for one, other in pairwise(keys):
            if one in moved and other in moved and math.dist(one, other) * SNAP_M < NEAR_M:
                one, other = (other, one) if other in corners else (one, other)
                moved[other] = moved[one]


def _moved(shapes: np.ndarray, back: Points | None) -> np.ndarray:
    return np.asarray(shapely.transform(shapes, back)) if back and len(shapes) else shapes


def _foot(line: shapely.Geometry, point: shapely.Point) -> list[float]:
    """The nearest point of a line or of several."""
    parts = shapely.get_parts(line)
    part = parts[int(np.argmin(shapely.distance(parts, point)))]
    foot = shapely.line_interpolate_point(part, shapely.line_locate_point(part, point))
    return [foot.x, foot.y]


def _placed(points: np.ndarray, moved: Moved, back: Points | None) -> np.ndarray:
    keys = map(tuple, _whole(points).tolist())
    there = back(points) if back else points
    return np.array([moved.get(key, point) for key, point in zip(keys, there.tolist(), strict=True)])


def _whole(points: np.ndarray) -> np.ndarray:
    return np.round(points / SNAP_M).astype(np.int64)


def _whole_blocks(pieces: np.ndarray, area: np.ndarray, barriers: np.ndarray) -> np.ndarray:
    """Block of each piece: pieces that only a border in force parts are one block."""
    if len(pieces) < 2:
        return np.zeros(len(pieces), np.int64)
    owners, ends = shared_edges(pieces)
    across = area[owners[:, 0]] != area[owners[:, 1]]
    owners, ends = owners[across], ends[across]
    metres = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    on = np.zeros(len(owners), bool)
    if len(barriers) and len(owners):
        middle = shapely.points(ends.mean(axis=1))
        on[np.unique(shapely.STRtree(barriers).query(middle, predicate="dwithin", distance=NEAR_M)[0])] = True
    code = owners[:, 0].astype(np.int64) * len(pieces) + owners[:, 1]
    pairs, row = np.unique(code, return_inverse=True)
    row = row.reshape(-1)
    share = np.bincount(row, metres * on, len(pairs)) / np.maximum(np.bincount(row, metres, len(pairs)), 1e-9)
    free = pairs[share < ON_BARRIER]
    return components(len(pieces), np.column_stack(np.divmod(free, len(pieces)))).astype(np.int64)


def _in_order(cells: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Block by block, west to east, then north to south."""
    centre = shapely.get_coordinates(shapely.centroid(cells))
    first = np.full(int(block.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, block, centre[:, 0])
    return np.lexsort((-centre[:, 1].round(1), centre[:, 0].round(1), block, first[block]))


def _cut(areas: np.ndarray, footprints: np.ndarray) -> np.ndarray:
    """A point in each building that stands on both sides of a border in force."""
    if len(areas) < 2 or len(footprints) == 0:
        return np.empty(0, dtype=object)
    house, area = shapely.STRtree(areas).query(footprints, predicate="intersects")
    part = shapely.area(shapely.intersection(footprints[house], areas[area]))
    sides = np.bincount(house[part > CUT_M2], minlength=len(footprints))
    return np.asarray(shapely.point_on_surface(footprints[sides > 1]))
