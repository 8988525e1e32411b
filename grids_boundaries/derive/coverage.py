"""Coverages: sets of polygons that share every vertex, so that gaps and overlaps cannot hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

SNAP_M = 0.01
"""Grid all lines are snapped to: 1 cm."""


@dataclass(frozen=True, slots=True)
class Borders:
    """Which polygons touch: `pairs` (m, 2) with i < j, `lengths` (m,) in metres."""

    pairs: np.ndarray
    lengths: np.ndarray

    def neighbours(self, size: int) -> list[dict[int, float]]:
        """For each of `size` polygons: neighbour -> shared length."""
        found: list[dict[int, float]] = [{} for _ in range(size)]
        for (a, b), length in zip(self.pairs.tolist(), self.lengths.tolist(), strict=True):
            found[a][b] = length
            found[b][a] = length
        return found


@dataclass(frozen=True, slots=True)
class _Edges:
    """Ring edges: owner, undirected key, both ends (m, 2, 2) in metres; sorted by key, owner."""

    owner: np.ndarray
    key: np.ndarray
    ends: np.ndarray

    def twins(self, label: np.ndarray) -> np.ndarray:
        """Mask of the edges that are followed by the same edge of another label."""
        same = self.key[1:] == self.key[:-1]
        return np.asarray(same & (label[self.owner[1:]] != label[self.owner[:-1]]))


def _edges(polygons: np.ndarray) -> _Edges:
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    whole = np.round(points / SNAP_M).astype(np.int64)
    _, number = np.unique(whole, axis=0, return_inverse=True)
    number = number.reshape(-1)
    start, end = number[:-1], number[1:]
    real = (ring_of_point[1:] == ring_of_point[:-1]) & (start != end)
    key = (np.minimum(start, end) * (number.max() + 1) + np.maximum(start, end))[real]
    owner = owner[part_of_ring[ring_of_point[:-1]]][real]
    ends = np.stack([points[:-1], points[1:]], axis=1)[real]
    order = np.lexsort((owner, key))
    return _Edges(owner[order], key[order], ends[order])


def shared_borders(polygons: np.ndarray) -> Borders:
    """Neighbours of a coverage in metres by identical edges; touching in a point does not count."""
    if len(polygons) == 0:
        return Borders(np.empty((0, 2), dtype=np.int64), np.empty(0))
    edges = _edges(np.asarray(polygons, dtype=object))
    twin = edges.twins(np.arange(len(polygons)))
    steps = np.diff(edges.ends[:-1][twin], axis=1)[:, 0]
    code = edges.owner[:-1][twin] * len(polygons) + edges.owner[1:][twin]
    unique, inverse = np.unique(code, return_inverse=True)
    lengths = np.bincount(inverse, weights=np.hypot(*steps.T), minlength=len(unique))
    return Borders(np.column_stack(np.divmod(unique, len(polygons))), lengths)


def shared_edges(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each edge two polygons of a coverage share: owners (m, 2) with i < j, ends (m, 2, 2)."""
    edges = _edges(np.asarray(polygons, dtype=object))
    twin = np.flatnonzero(edges.twins(np.arange(len(polygons))))
    return np.column_stack([edges.owner[twin], edges.owner[twin + 1]]), edges.ends[twin]


def lines_between(polygons: np.ndarray, labels: np.ndarray) -> shapely.Geometry:
    """The edges that polygons of different labels share, as one MultiLineString."""
    edges = _edges(np.asarray(polygons, dtype=object))
    return shapely.multilinestrings(
        shapely.linestrings(edges.ends[:-1][edges.twins(np.asarray(labels))])
    )


def dissolve(polygons: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unite the polygons of a coverage by label: (sorted labels, polygons)."""
    polygons, labels = np.asarray(polygons, dtype=object), np.asarray(labels)
    names = np.unique(labels)
    united = [shapely.coverage_union_all(polygons[labels == name]) for name in names]
    return names, np.array(united, dtype=object)


def connected_parts(members: Sequence[int], neighbours: list[dict[int, float]]) -> list[list[int]]:
    """The connected parts of a set of polygons, each sorted, in order of their smallest member."""
    left, parts = set(members), []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        part, queue = [start], [start]
        while queue:
            reached = [n for n in neighbours[queue.pop()] if n in left]
            left.difference_update(reached)
            part += reached
            queue += reached
        parts.append(sorted(part))
    return parts


def partition_error(parts: np.ndarray, whole: shapely.Geometry) -> float:
    """Square metres by which `parts` fail to partition `whole`: gaps, overlaps, overshoot.

    A valid coverage alone does not prove it (a missing polygon in the middle is still valid),
    so the union is compared with the whole as well.
    """
    union = shapely.union_all(parts)
    overlap = float(shapely.area(parts).sum()) - float(union.area)
    return abs(overlap) + float(shapely.symmetric_difference(union, whole).area)
