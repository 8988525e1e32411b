"""What a drawn line means for cells: it snaps to block borders, or runs between buildings."""

from __future__ import annotations

import numpy as np
import shapely

from grids_boundaries.partition.graph import Net

SNAP_SHARE = 0.25
"""A block of which the line cuts off less than this share of the area stays whole."""
FAR_M = 100_000.0


def sides(net: Net, members: np.ndarray, line: shapely.Geometry, snap: bool = True) -> np.ndarray:
    """Which of the cells `members` lie right of a line (metres), block by block where it can be.

    The line goes on straight at both ends, so that it parts the plane. Without `snap` every block it runs
    through is divided between its buildings, however little it cuts off.
    """
    points = net.centre[members]
    right = right_of(points, shapely.get_coordinates(line))
    if not snap:
        return right
    area = net.area[members]
    _, block = np.unique(net.problem.unit[members], return_inverse=True)
    block = block.reshape(-1)
    share = np.bincount(block, area * right) / np.maximum(np.bincount(block, area), 1e-9)
    mixed = (share > SNAP_SHARE) & (share < 1 - SNAP_SHARE)
    return np.asarray(np.where(mixed[block], right, share[block] >= 0.5))


def crossings(line: shapely.Geometry) -> shapely.Geometry:
    """Where a line meets itself: points, or the line as a whole where it is none."""
    pieces = shapely.get_parts(shapely.node(line))
    ends = np.concatenate([shapely.get_coordinates(piece)[[0, -1]] for piece in pieces] or [np.empty((0, 2))])
    points, times = np.unique(ends, axis=0, return_counts=True)
    met = points[times > 2]
    return shapely.multipoints(met) if len(met) else line


def right_of(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Which points (n, 2) lie right of a polyline (m, 2) that goes on straight at both ends."""
    start, end = line[:1] - _towards(line[0], line[1]), line[-1:] + _towards(line[-2], line[-1])
    whole = np.concatenate([start, line, end])
    a, b = whole[:-1], whole[1:]
    step = b - a
    length = np.maximum((step**2).sum(axis=1), 1e-12)
    along = np.clip(((points[:, None] - a[None]) * step[None]).sum(axis=2) / length[None], 0, 1)
    foot = a[None] + along[..., None] * step[None]
    away = points[:, None] - foot
    nearest = np.argmin((away**2).sum(axis=2), axis=1)
    rows = np.arange(len(points))
    turned = step[nearest]
    offset = points - foot[rows, nearest]
    corner = (along[rows, nearest] >= 1.0) & (nearest < len(step) - 1)
    turned = np.where(corner[:, None], _unit(turned) + _unit(step[np.minimum(nearest + 1, len(step) - 1)]), turned)
    return np.asarray(turned[:, 0] * offset[:, 1] - turned[:, 1] * offset[:, 0] < 0)


def _unit(steps: np.ndarray) -> np.ndarray:
    return np.asarray(steps / np.maximum(np.linalg.norm(steps, axis=-1, keepdims=True), 1e-12))


def _towards(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(_unit(b - a) * FAR_M)
