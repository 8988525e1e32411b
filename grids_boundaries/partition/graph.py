"""Cells as a graph: classed borders, connected areas, and units put together from cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from grids_boundaries.derive.coverage import shared_edges
from grids_boundaries.partition.kernels import Graph
from grids_boundaries.partition.model import (
    BIG,
    BORDER_CLASSES,
    INSIDE,
    LANE,
    STREET,
    Borders,
    Problem,
    Profile,
)

NEAR_M = 0.05
"""A border whose middle lies this near to a line lies on it; noding moves lines by 1 cm."""


def classed_borders(
    cells: np.ndarray, unit: np.ndarray, lines: np.ndarray, classes: np.ndarray
) -> Borders:
    """Exact borders between the cells of a coverage, by what lies under them.

    `lines` (metres) with their `classes` (LANE to RIVER); the largest class counts where two run
    together. A border between blocks on no line counts as a lane, one within a block as INSIDE.
    """
    owners, ends = shared_edges(cells)
    kind = np.where(unit[owners[:, 0]] == unit[owners[:, 1]], INSIDE, LANE)
    if len(lines) and len(owners):
        middle = shapely.points(ends.mean(axis=1))
        edge, line = shapely.STRtree(lines).query(middle, predicate="dwithin", distance=NEAR_M)
        np.maximum.at(kind, edge, classes[line])
    kind[unit[owners[:, 0]] == unit[owners[:, 1]]] = INSIDE
    metres = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    code = owners[:, 0].astype(np.int64) * len(cells) + owners[:, 1]
    pairs, row = np.unique(code, return_inverse=True)
    total = np.zeros((len(pairs), len(BORDER_CLASSES)))
    np.add.at(total, (row, kind), metres)
    return Borders(np.column_stack(np.divmod(pairs, max(len(cells), 1))), total)


@dataclass(frozen=True)
class Net:
    """The cells of a problem as arrays, with the borders that a grid may cross (one community)."""

    problem: Problem
    area: np.ndarray
    outline: np.ndarray
    centre: np.ndarray
    work: np.ndarray
    load: np.ndarray
    pairs: np.ndarray
    metres: np.ndarray

    @classmethod
    def of(cls, problem: Problem) -> Net:
        """Measured once for each problem; edits and searches share it."""
        cells, pairs = problem.cells, problem.borders.pairs
        inside = problem.community[pairs[:, 0]] == problem.community[pairs[:, 1]]
        return cls(
            problem, shapely.area(cells), shapely.length(cells),
            shapely.get_coordinates(shapely.centroid(cells)), problem.work,
            np.minimum(problem.households, problem.band.high).astype(float),
            pairs[inside], problem.borders.metres[inside],
        )  # fmt: skip

    def areas(self, free: np.ndarray) -> list[np.ndarray]:
        """Connected sets of `free` cells (mask), community by community."""
        size = len(free)
        open_pairs = self.pairs[free[self.pairs].all(axis=1)]
        part = components(size, open_pairs)
        members = np.flatnonzero(free)
        keys = part[members]
        order = np.lexsort((members, keys, self.problem.community[members]))
        ordered = members[order]
        breaks = np.flatnonzero(np.diff(part[ordered]) != 0) + 1
        return [group for group in np.split(ordered, breaks) if len(group)]


def components(size: int, pairs: np.ndarray) -> np.ndarray:
    """Number of the connected part of each of `size` nodes."""
    ones = np.ones(len(pairs), dtype=np.int8)
    matrix = csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return np.asarray(connected_components(matrix, directed=False)[1])


@dataclass(frozen=True)
class Part:
    """One connected set of cells with its own borders in local numbers."""

    net: Net
    members: np.ndarray
    pairs: np.ndarray
    metres: np.ndarray

    def units(self, opened: np.ndarray, label: np.ndarray | None = None) -> np.ndarray:
        """Unit of each cell: a connected piece of its block, or itself where its block is opened.

        `opened`: mask over the cells. `label`: grids a unit must not reach across.
        """
        block = self.net.problem.unit[self.members]
        joined = (block[self.pairs[:, 0]] == block[self.pairs[:, 1]]) & ~opened[self.pairs].any(axis=1)
        if label is not None:
            joined &= label[self.pairs[:, 0]] == label[self.pairs[:, 1]]
        return components(len(self.members), self.pairs[joined])

    def within(self, mask: np.ndarray) -> list[tuple[Part, np.ndarray]]:
        """Connected parts of the cells under a mask, and their places in this part."""
        open_pairs = mask[self.pairs].all(axis=1)
        number = components(len(self.members), self.pairs[open_pairs])
        found = []
        for name in np.unique(number[mask]).tolist():
            places = np.flatnonzero(mask & (number == name))
            inside = open_pairs & (number[self.pairs[:, 0]] == name)
            pairs = np.searchsorted(places, self.pairs[inside])
            found.append((Part(self.net, self.members[places], pairs, self.metres[inside]), places))
        return found

    def graph(
        self, unit: np.ndarray, profile: Profile, keep: np.ndarray, before: np.ndarray, fixed: np.ndarray
    ) -> Graph:
        """The graph of units; `keep`, `before`, `fixed` by cell, alike within a unit for `before`."""
        size = int(unit.max()) + 1
        net, cells = self.net, self.members
        ends = unit[self.pairs]
        crossing = ends[:, 0] != ends[:, 1]
        low, high = np.sort(ends[crossing], axis=1).T
        pair, row = np.unique(low.astype(np.int64) * size + high, return_inverse=True)
        metres = np.zeros((len(pair), len(BORDER_CLASSES)))
        np.add.at(metres, row, self.metres[crossing])
        a, b = np.divmod(pair, size)
        length = metres.sum(axis=1)
        cost = metres @ np.array(profile.metre) / 1000.0
        key = (metres[:, BIG].sum(axis=1) + 0.2 * metres[:, STREET]) / np.maximum(length, 1e-9)
        order = np.argsort(np.concatenate([a, b]), kind="stable")
        start = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(np.concatenate([a, b]), minlength=size), out=start[1:])
        inner = np.bincount(ends[~crossing, 0], self.metres[~crossing].sum(axis=1), minlength=size)
        first = np.zeros(size, np.int64)
        first[unit] = before

        def total(values: np.ndarray) -> np.ndarray:
            return np.bincount(unit, weights=values, minlength=size)

        return Graph(
            start, np.concatenate([b, a])[order], np.tile(length, 2)[order], np.tile(cost, 2)[order],
            np.tile(key, 2)[order], total(net.load[cells]), total(net.work[cells]),
            total(net.area[cells]), total(net.outline[cells]) - 2 * inner, total(keep), first,
            (total(fixed.astype(float)) > 0).astype(np.uint8),
        )  # fmt: skip


def parts_of(net: Net, areas: Sequence[np.ndarray]) -> list[Part]:
    """The areas with the borders that lie within each of them."""
    number = np.full(len(net.area), -1)
    local = np.zeros(len(net.area), np.int64)
    for i, members in enumerate(areas):
        number[members] = i
        local[members] = np.arange(len(members))
    home = number[net.pairs[:, 0]]
    inside = np.flatnonzero((home >= 0) & (home == number[net.pairs[:, 1]]))
    inside = inside[np.argsort(home[inside], kind="stable")]
    ends = np.searchsorted(home[inside], np.arange(len(areas) + 1))
    pairs, metres = local[net.pairs[inside]], net.metres[inside]
    return [
        Part(net, members, pairs[ends[i] : ends[i + 1]], metres[ends[i] : ends[i + 1]])
        for i, members in enumerate(areas)
    ]
