"""Split a connected graph of units into contiguous groups whose weights lie in a band.

Recursive cuts of random spanning trees: a tree edge parts the units into two connected sides, and
an edge is taken when both sides can still be divided within the band. Deterministic by seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grids_boundaries.derive.coverage import connected_parts

TREES = 24
RESTARTS, ENOUGH = 40, 5
SHORTLIST = 3
"""Trees per cut, tries per plan (or until enough of them when one lies in the band), cuts per tree."""


@dataclass(frozen=True, slots=True)
class Band:
    """Households a grid should have, both ends included (A9.4: 300 to 500)."""

    low: int = 300
    high: int = 500

    @property
    def target(self) -> float:
        """The middle of the band."""
        return (self.low + self.high) / 2

    def counts(self, households: int) -> range:
        """Numbers of grids that can hold `households` within the band; may be empty."""
        return range(max(-(-households // self.high), 1), households // self.low + 1)

    def miss(self, weight: float, groups: int = 1) -> float:
        """By how much `weight` misses what `groups` grids can hold together."""
        return max(self.low * groups - weight, weight - self.high * groups, 0.0)


@dataclass(frozen=True, slots=True)
class Units:
    """Units of one connected area: weights (n,), neighbours with shared metres."""

    weight: np.ndarray
    neighbours: list[dict[int, float]]


def bridge(centres: np.ndarray, neighbours: list[dict[int, float]]) -> list[dict[int, float]]:
    """Join separate parts by their nearest centres (length 0), so that the graph is connected."""
    linked = [dict(n) for n in neighbours]
    parts = connected_parts(range(len(linked)), linked)
    while len(parts) > 1:
        first, rest = parts[0], [u for part in parts[1:] for u in part]
        gap = np.hypot(*(centres[first][:, None] - centres[rest][None]).transpose(2, 0, 1))
        i, j = np.unravel_index(np.argmin(gap), gap.shape)
        a, b = first[int(i)], rest[int(j)]
        linked[a][b] = linked[b][a] = 0.0
        parts = connected_parts(range(len(linked)), linked)
    return linked


def split(units: Units, groups: int, band: Band, seed: int) -> np.ndarray:
    """Group 0 to `groups`-1 of every unit: of a few restarts the one nearest to the band."""
    if groups == 1:
        return np.zeros(len(units.weight), dtype=np.int64)
    generator = np.random.default_rng(seed)
    best, best_cost = None, (np.inf, np.inf)
    for restart in range(RESTARTS):
        label = np.zeros(len(units.weight), dtype=np.int64)
        _divide(units, list(range(len(label))), groups, 0, (label, band, generator))
        cost = plan_cost(units, label, groups, band)
        if cost < best_cost:
            best, best_cost = label, cost
        if best_cost[0] == 0 and restart + 1 >= ENOUGH:
            break
    assert best is not None
    return best


def plan_cost(units: Units, label: np.ndarray, groups: int, band: Band) -> tuple[float, float]:
    """(households outside the band, border length and unevenness): smaller is better."""
    load = np.bincount(label, weights=units.weight, minlength=groups)
    outside = sum(band.miss(w) for w in load)
    edges = [(u, v, m) for u, near in enumerate(units.neighbours) for v, m in near.items()]
    border = sum(m for u, v, m in edges if label[u] < label[v])
    total = sum(m for _, _, m in edges) or 1.0
    return float(outside), float(border / total + np.std(load) / band.target)


_Run = tuple[np.ndarray, Band, np.random.Generator]


def _divide(units: Units, members: list[int], groups: int, first: int, run: _Run) -> None:
    """Write groups first .. first + groups - 1 into the label array of `run`."""
    label, band, generator = run
    label[members] = first
    if groups == 1 or len(members) == 1:
        return
    side, share = _best_cut(units, members, groups, band, generator)
    rest = [m for m in members if m not in side]
    _divide(units, sorted(side), share, first, run)
    _divide(units, rest, groups - share, first + share, run)


def _best_cut(
    units: Units, members: list[int], groups: int, band: Band, generator: np.random.Generator
) -> tuple[set[int], int]:
    """One side of the best tree edge found, and how many of the groups it gets."""
    best: tuple[tuple[float, float], set[int], int] | None = None
    for _ in range(TREES):
        order, parent = _random_tree(units, members, generator)
        for side, share, miss in _tree_cuts(units, order, parent, groups, band):
            cost = (miss, _cut_length(units, side, members))
            if best is None or cost < best[0]:
                best = (cost, side, share)
    assert best is not None
    return best[1], best[2]


def _random_tree(
    units: Units, members: list[int], generator: np.random.Generator
) -> tuple[list[int], dict[int, int]]:
    """A random spanning tree as visiting order and parents; long borders are kept more often."""
    inside = set(members)
    root = members[int(generator.integers(len(members)))]
    order, parent = [root], {root: -1}
    fringe: dict[int, tuple[float, int]] = {}
    _reach(units, root, inside, parent, fringe, generator)
    while fringe:
        unit = min(fringe, key=lambda u: fringe[u][0])
        parent[unit] = fringe.pop(unit)[1]
        order.append(unit)
        _reach(units, unit, inside, parent, fringe, generator)
    return order, parent


def _reach(
    units: Units,
    unit: int,
    inside: set[int],
    parent: dict[int, int],
    fringe: dict[int, tuple[float, int]],
    generator: np.random.Generator,
) -> None:
    """Offer the edges of `unit` to the fringe (Prim's step with random keys)."""
    for other, length in units.neighbours[unit].items():
        if other in inside and other not in parent:
            key = float(generator.random()) / (1.0 + length) ** 0.5
            if other not in fringe or key < fringe[other][0]:
                fringe[other] = (key, unit)


def _tree_cuts(
    units: Units, order: list[int], parent: dict[int, int], groups: int, band: Band
) -> list[tuple[set[int], int, float]]:
    """The few edges of a tree that part its weight best: (lower side, its groups, miss)."""
    below = {u: float(units.weight[u]) for u in order}
    size = dict.fromkeys(order, 1)
    for unit in reversed(order[1:]):
        below[parent[unit]] += below[unit]
        size[parent[unit]] += size[unit]
    total = below[order[0]]
    rated = []
    for unit in order[1:]:
        share = round(below[unit] / total * groups) if total else 1
        share = min(max(share, 1, groups - len(order) + size[unit]), groups - 1, size[unit])
        miss = band.miss(below[unit], share) + band.miss(total - below[unit], groups - share)
        uneven = abs(below[unit] / share - (total - below[unit]) / (groups - share))
        rated.append((miss, uneven, unit, share))
    rated.sort()
    return [
        (_subtree(order, parent, unit), share, miss) for miss, _, unit, share in rated[:SHORTLIST]
    ]


def _subtree(order: list[int], parent: dict[int, int], top: int) -> set[int]:
    found = {top}
    for unit in order:
        if parent[unit] in found:
            found.add(unit)
    return found


def _cut_length(units: Units, side: set[int], members: list[int]) -> float:
    inside = set(members)
    return sum(
        length
        for unit in side
        for other, length in units.neighbours[unit].items()
        if other in inside and other not in side
    )
