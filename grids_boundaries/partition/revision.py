"""A plan in force, changed as little as the band allows.

Grids in the band stay. Around each grid that misses it, the smallest circle of neighbours that can
be mended is divided anew: from the grids as they are, one split or two joined where their number
must change, with a price on every household that would change its grid.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grids_boundaries.partition import kernels
from grids_boundaries.partition.graph import Part, components
from grids_boundaries.partition.kernels import Graph, Wishes
from grids_boundaries.partition.search import WARM, Before, Found, Search

RINGS = (1, 2, 4)
KEEP_CELL = 4.0
"""A cell counts as this many more households, so that empty ones stay where they are."""
HEATS = (WARM, 3.0)
COUNTS, TREES = 3, 12


class Revision:
    """The search of one area that starts from its previous plan."""

    def __init__(self, search: Search, before: Before) -> None:
        """`before.label`: grid of each cell, any numbers; -1 where there was none."""
        self.search, self.before = search, before
        self.part, self.band = search.part, search.band

    def found(self) -> Found:
        """The plan as it is where it meets the band, else the nearest one found that does."""
        label = settled(self.part, self.before.label)
        opened = np.zeros(len(label), bool)
        for rings in RINGS:
            missed = self._missed(self.search, label)
            if not missed.any() or self.search.stop[0]:
                break
            for part, places in self.part.within(self._around(label, missed, rings)[label]):
                opened[places] |= self._mend(part, places, label)
        label = np.unique(label, return_inverse=True)[1].reshape(-1)
        count = int(label.max()) + 1
        miss = self.search.outside(label)
        found = Found(label, count, 0.0, miss, opened)
        if miss > 0 and self.search.counts():
            afresh = self.search.fresh()
            if afresh.outside < miss:
                return afresh
        return found

    def _missed(self, search: Search, label: np.ndarray) -> np.ndarray:
        """Which numbers are grids outside the band."""
        load, size = np.bincount(label, search.load), np.bincount(label)
        return np.asarray((size > 0) & ((load < self.band.low) | (load > self.band.high)))

    def _around(self, label: np.ndarray, missed: np.ndarray, rings: int) -> np.ndarray:
        """Those grids and their neighbours, `rings` steps far."""
        near, ends = missed.copy(), label[self.part.pairs]
        for _ in range(rings):
            step = near.copy()
            np.logical_or.at(step, ends[:, 0], near[ends[:, 1]])
            np.logical_or.at(step, ends[:, 1], near[ends[:, 0]])
            near = step
        return near

    def _mend(self, part: Part, places: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Divide `part` anew in `label`, moving few; which of its cells were opened for it."""
        search = self.search.narrowed(part)
        names, local = np.unique(label[places], return_inverse=True)
        local = local.reshape(-1)
        if not self._missed(search, local).any():
            return np.zeros(len(places), bool)
        for opened in (self._too_big(search, local), np.ones(len(places), bool)):
            plans = list(self._plans(search, local, places, opened))
            if plans:
                best = min(plans, key=lambda plan: plan[0])[1]
                new = np.arange(len(best)) + label.max() + 1
                label[places] = np.append(names, new)[best]
                return opened
        return np.zeros(len(places), bool)

    def _too_big(self, search: Search, local: np.ndarray) -> np.ndarray:
        """Cells of blocks that no grid can hold as they are."""
        unit = search.part.units(np.zeros(len(local), bool), local)
        return np.asarray(np.bincount(unit, search.load)[unit] > self.band.high)

    def _plans(
        self, search: Search, local: np.ndarray, places: np.ndarray, opened: np.ndarray
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Plans of the cells of `search` that meet the band: cost, and number of each cell's grid.

        Numbers below the number of old grids are the old grids.
        """
        count, keep = int(local.max()) + 1, self.before.keep[places] + KEEP_CELL
        nothing = np.zeros(len(local), bool)
        unit = search.part.units(opened, local)
        for wanted in sorted(search.counts(), key=lambda k: abs(k - count))[:COUNTS]:
            names, start = _joined(search, local, wanted)
            graph = search.part.graph(unit, search.profile, keep, names, nothing)
            label = np.zeros(len(graph.load), np.int64)
            label[unit] = start
            wishes = search.wishes(wanted)
            if not _split(search, graph, wishes, label, wanted):
                continue
            for heat in HEATS:
                tried = label.copy()
                energy = search.anneal(graph, wishes, tried, wanted, heat, 0.5)
                if kernels.outside(graph, tried, wanted, wishes) == 0:
                    yield energy, _old_numbers(names, local, tried[unit])
                    break


def settled(part: Part, before: np.ndarray) -> np.ndarray:
    """Grids 0 .. of the cells, each in one piece; cells without one join a neighbour's."""
    label = before.copy()
    while (label < 0).any():
        ends = label[part.pairs]
        first = (ends[:, 0] < 0) & (ends[:, 1] >= 0)
        second = (ends[:, 1] < 0) & (ends[:, 0] >= 0)
        if not (first.any() or second.any()):
            label[label < 0] = label.max() + 1
            break
        label[part.pairs[first, 0]] = ends[first, 1]
        label[part.pairs[second, 1]] = ends[second, 0]
    same = label[part.pairs[:, 0]] == label[part.pairs[:, 1]]
    return components(len(label), part.pairs[same]).astype(np.int64)


def _joined(search: Search, local: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Old grids, numbered so that those which go come last, and the start without them."""
    names, start = local.copy(), local.copy()
    for last in range(int(local.max()), wanted - 1, -1):
        load = np.bincount(start, search.load, last + 1)
        goes = int(np.argmin(load))
        ends = start[search.part.pairs]
        near = np.unique(ends[(ends == goes).any(axis=1)])
        near = near[near != goes]
        into = int(near[np.argmin(load[near])])
        for numbers in (names, start):
            swapped = numbers == last
            numbers[numbers == goes] = last
            numbers[swapped] = goes
        start[start == last] = goes if into == last else into
    return names, start


def _split(
    search: Search, graph: Graph, wishes: Wishes, label: np.ndarray, wanted: int
) -> bool:
    """Split the fullest grids of `label` until there are `wanted`; False where units are too few."""
    while int(label.max()) + 1 < wanted:
        new = int(label.max()) + 1
        load = np.bincount(label, graph.load)
        load[np.bincount(label) < 2] = -1
        full = int(np.argmax(load))
        if load[full] < 0:
            return False
        kernels.split_grid(graph, wishes, label, full, new, 2, TREES, search.state)
        if graph.keep[label == new].sum() > graph.keep[label == full].sum():
            goes = label == new
            label[label == full] = new
            label[goes] = full
    return True


def _old_numbers(names: np.ndarray, local: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Back from the numbers of `_joined` to the old ones."""
    old = np.arange(max(int(label.max()), int(names.max())) + 1)
    old[names] = local
    return np.asarray(old[label])
