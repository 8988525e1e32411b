"""Find the grids of one connected area: whole blocks first, buildings only where the band asks.

The number of grids is tried around the target within what the band allows. Where annealing misses
the band, the exact solver decides about small areas; then blocks in and beside the grids that miss
are opened into building cells, and the search goes on from where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from grids_boundaries.partition import exact, kernels, moves
from grids_boundaries.partition.graph import Part
from grids_boundaries.partition.kernels import Graph, Wishes
from grids_boundaries.partition.model import Band, Profile

MISS = 60.0
"""Cost of a grid outside the band, before its distance counts: more than any other wish."""
BORDER, COUNTS, TREES, SEEDS = 1.0, 3, 6, 8
MOVES, FEWEST, RECUTS = 2_000, 20_000, 0.2
"""Moves for each unit, at least in all, and the share of them that cut two grids anew."""
HOT, WARM, COLD = 1.5, 0.4, 0.08
OPENINGS = 4


@dataclass
class Found:
    """Grids of one area: `label` of each cell (0 ..), what it cost, what was opened on the way."""

    label: np.ndarray
    count: int
    energy: float
    outside: float
    opened: np.ndarray
    whole_blocks: bool | None = None
    proven: bool = False
    tried: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Before:
    """The plan an area comes from: `label` of each cell (-1: none), households that stay, fixed cells."""

    label: np.ndarray
    keep: np.ndarray
    fixed: np.ndarray

    @classmethod
    def none(cls, size: int) -> Before:
        """No earlier plan, nothing fixed."""
        return cls(np.full(size, -1), np.zeros(size), np.zeros(size, bool))


class Search:
    """The search within one area; one object for each thread, nothing shared."""

    def __init__(self, part: Part, profile: Profile, seed: int, stop: np.ndarray) -> None:
        """`stop`: one number; anything but 0 ends the search with what there is."""
        self.part, self.profile, self.stop = part, profile, stop
        self.band: Band = part.net.problem.band
        self.state = np.array([seed * 2 + 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF | 1], np.uint64)
        self.load = part.net.load[part.members]
        self.work = float(part.net.work[part.members].sum())
        for _ in range(8):
            kernels.uniform(self.state)

    def narrowed(self, part: Part) -> Search:
        """The same search within a part of the area."""
        seed = int(kernels.uniform(self.state) * 2**60)
        return Search(part, self.profile, seed, self.stop)

    def outside(self, label: np.ndarray) -> float:
        """Households by which the grids of the cells miss the band."""
        load = np.bincount(label, self.load)[np.bincount(label) > 0]
        return float(np.maximum(np.maximum(self.band.low - load, load - self.band.high), 0).sum())

    def counts(self) -> list[int]:
        """Possible numbers of grids, those nearest to the target first."""
        total = float(self.load.sum())
        possible = self.band.counts(int(total))
        return sorted(possible, key=lambda count: (abs(total / count - self.profile.target), count))

    def wishes(self, count: int) -> Wishes:
        """Weights for a number of grids."""
        even = self.work / count if self.work > 0 else 1.0
        keep = self.profile.keep / self.profile.target
        return Wishes(
            float(self.band.low), float(self.band.high), even, MISS, self.profile.work, BORDER,
            self.profile.shape, keep,
        )  # fmt: skip

    def too_big(self) -> np.ndarray:
        """Cells of blocks above the band: these are divided between their buildings from the start."""
        block = self.part.net.problem.unit[self.part.members]
        _, number = np.unique(block, return_inverse=True)
        return np.asarray(np.bincount(number, weights=self.load)[number] > self.band.high)

    def fresh(self) -> Found:
        """A plan from nothing."""
        size = len(self.load)
        counts = self.counts()
        opened = self.too_big()
        if not counts or counts == [1]:
            return self.single(opened)
        before = Before.none(size)
        unit = self.part.units(opened)
        graph = self.part.graph(unit, self.profile, before.keep, before.label, before.fixed)
        found = self.whole(graph, unit, counts, opened)
        if found.outside == 0:
            found.whole_blocks = None if opened.any() else True
            return found
        return self.opening(found, before)

    def single(self, opened: np.ndarray) -> Found:
        """All in one grid: there is nothing to choose."""
        label = np.zeros(len(self.load), np.int64)
        total = float(self.load.sum())
        miss = max(self.band.low - total, total - self.band.high, 0.0)
        return Found(label, 1, 0.0, miss, np.zeros_like(opened), True if miss == 0 else None, True)

    def whole(self, graph: Graph, unit: np.ndarray, counts: list[int], opened: np.ndarray) -> Found:
        """The best plan of these units: the first number of grids that meets the band.

        Where only the exact solver met it, the packing is tight and its shapes are poor: the next number is
        tried as well.
        """
        best: Found | None = None
        tight = False
        for count in [c for c in counts if c <= len(graph.load)][:COUNTS]:
            label, energy = self.annealed(graph, count)
            wishes = self.wishes(count)
            miss = float(kernels.outside(graph, label, count, wishes))
            proven = False
            once_more = miss > 0 and not tight
            if exact.worth_it(graph, miss):
                better = exact.best_plan(graph, wishes, count)
                proven = better.proven
                if better.label is not None:
                    label, energy, miss = better.label, better.energy, 0.0
            found = Found(label[unit], count, energy, miss, opened, proven=proven)
            if best is None or (miss, energy) < (best.outside, best.energy):
                best = found
            tight = miss == 0 and once_more
            if (best.outside == 0 and not tight) or self.stop[0]:
                break
        if best is None:
            count = min(counts[0], len(graph.load))
            label = kernels.seed_plan(graph, self.wishes(count), count, TREES, self.state)
            miss = float(kernels.outside(graph, label, count, self.wishes(count)))
            best = Found(label[unit], count, np.inf, miss, opened)
        return best

    def annealed(self, graph: Graph, count: int) -> tuple[np.ndarray, float]:
        """The best of a few tree seeds, annealed; (label of units, cost)."""
        wishes = self.wishes(count)
        seeds = [kernels.seed_plan(graph, wishes, count, TREES, self.state) for _ in range(SEEDS)]
        label = min(seeds, key=lambda seed: float(kernels.plan_cost(graph, seed, count, wishes)))
        energy = self.anneal(graph, wishes, label, count, HOT)
        return label, energy

    def anneal(
        self, graph: Graph, wishes: Wishes, label: np.ndarray, count: int, hot: float, share: float = 1.0
    ) -> float:
        """Improve `label` in place; moves grow with the number of units."""
        tries = int(max(MOVES * len(graph.load), FEWEST) * self.profile.effort * share)
        energy = moves.anneal(
            graph, wishes, label, count, tries, hot, COLD, RECUTS, self.state, self.stop
        )
        return float(energy)

    def opening(self, found: Found, before: Before) -> Found:
        """Open blocks in and beside grids that miss the band, and search on; the best found."""
        best = found
        counts = [c for c in self.counts() if c >= 1][:COUNTS]
        for step in range(OPENINGS):
            if best.outside == 0 or self.stop[0]:
                break
            opened = best.opened | self._near_misses(best, step)
            unit = self.part.units(opened)
            graph = self.part.graph(unit, self.profile, before.keep, before.label, before.fixed)
            for attempt in self._attempts(best, graph, unit, counts, opened):
                if attempt.outside < best.outside:
                    best = attempt
                if best.outside == 0:
                    break
        return best

    def _attempts(
        self, best: Found, graph: Graph, unit: np.ndarray, counts: list[int], opened: np.ndarray
    ) -> Iterable[Found]:
        """From where the search stood, then afresh."""
        if best.count in counts:
            label = np.zeros(int(unit.max()) + 1, np.int64)
            label[unit] = best.label
            wishes = self.wishes(best.count)
            energy = self.anneal(graph, wishes, label, best.count, WARM)
            miss = float(kernels.outside(graph, label, best.count, wishes))
            yield Found(label[unit], best.count, energy, miss, opened, best.whole_blocks)
        yield self.whole(graph, unit, counts, opened)

    def _near_misses(self, found: Found, step: int) -> np.ndarray:
        """Cells of the blocks in grids that miss the band; then of their neighbours; then all."""
        load = np.bincount(found.label, weights=self.load, minlength=found.count)
        missed = (load < self.band.low) | (load > self.band.high)
        if step >= OPENINGS - 1:
            return np.ones(len(self.load), bool)
        for _ in range(step):
            ends = found.label[self.part.pairs]
            near = missed.copy()
            np.logical_or.at(near, ends[:, 0], missed[ends[:, 1]])
            np.logical_or.at(near, ends[:, 1], missed[ends[:, 0]])
            missed = near
        cells = missed[found.label]
        block = self.part.net.problem.unit[self.part.members]
        return np.isin(block, block[cells])
