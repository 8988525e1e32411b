"""The exact solver against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from grids_boundaries.partition import columns, exact, kernels
from grids_boundaries.partition.graph import Net, components, parts_of
from grids_boundaries.partition.model import PROFILES, Band
from grids_boundaries.partition.search import Before, Search
from tests.grids_boundaries.partition.towns import Lot, squares


def lattice(seed: int, wide: int = 4, high: int = 3):
    households = np.random.default_rng(seed).integers(20, 140, wide * high)
    problem = squares(Lot(wide, high), households, Band(150, 300))
    (part,) = parts_of(Net.of(problem), [np.arange(wide * high)])
    before = Before.none(wide * high)
    profile = PROFILES["balanced"]
    graph = part.graph(np.arange(wide * high), profile, before.keep, before.label, before.fixed)
    return Search(part, profile, seed, np.zeros(1, np.uint8)), graph, part


def test_every_connected_set_in_the_band_is_listed_once():
    _, graph, part = lattice(1)
    wanted = set()
    for size in range(1, 13):
        for units in itertools.combinations(range(12), size):
            inside = np.isin(np.arange(12), units)
            if not 150 <= graph.load[inside].sum() <= 300:
                continue
            label = components(12, part.pairs[inside[part.pairs].all(axis=1)])
            if len(np.unique(label[inside])) == 1:
                wanted.add(sum(1 << u for u in units))
    masks = np.zeros(5000, np.uint64)
    found = columns.connected_sets(graph.start, graph.near, graph.load, 150.0, 300.0, masks, 10**6)
    assert len(wanted) == found
    assert set(masks[:found].tolist()) == wanted
    assert columns.connected_sets(graph.start, graph.near, graph.load, 150.0, 300.0, masks[:9], 10**6) == -1


@pytest.mark.parametrize("seed", range(10))
def test_a9_4_annealing_comes_within_a_percent_of_the_proven_optimum(seed):
    search, graph, _ = lattice(seed)
    count = search.counts()[0] if search.profile.target < 300 else round(graph.load.sum() / 225)
    wishes = search.wishes(count)
    best = exact.best_plan(graph, wishes, count)
    if best.label is None:
        assert best.proven
        return
    assert best.proven
    assert kernels.outside(graph, best.label, count, wishes) == 0
    _, energy = search.annealed(graph, count)
    assert energy >= best.energy - 1e-9
    assert energy <= best.energy + 0.01 * abs(best.energy)
