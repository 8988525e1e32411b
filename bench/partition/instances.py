"""Instances of the benchmark: generated towns and real streets, made once and kept as files."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.partition import real, towns
from grids_boundaries.derive.blocks import derive_blocks
from grids_boundaries.derive.cells import derive_cells
from grids_boundaries.derive.coverage import dissolve
from grids_boundaries.partition import kernels, moves
from grids_boundaries.partition.graph import Net, Part, classed_borders, parts_of
from grids_boundaries.partition.model import PROFILES, Band, Problem

COMMUNITY = Band(900, 7000)
"""Households of a community in the instances."""


@dataclass(frozen=True)
class Instance:
    """A problem and what the scorer looks at beside it: buildings and lines (metres)."""

    name: str
    problem: Problem
    footprints: np.ndarray
    households: np.ndarray
    lines: np.ndarray
    classes: np.ndarray


def instance(name: str, folder: Path | None = None) -> Instance:
    """The instance of a name, from `folder` where it was made before. Raises KeyError."""
    if folder is None:
        return make(name)
    source = towns if name in towns.TOWNS else real
    recipe = b"".join(Path(str(file)).read_bytes() for file in (source.__file__, __file__))
    kept = folder / f"{name}-{hashlib.sha256(recipe).hexdigest()[:12]}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())  # a file of our own making
    made = make(name)
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(made))
    return made


def make(name: str) -> Instance:
    """Streets and buildings to blocks, cells, communities."""
    if name in towns.TOWNS:
        town = towns.TOWNS[name]
        ground, communities = towns.ground(town), town.communities
    else:
        ground, communities = real.ground(name)
    blocks = derive_blocks(np.array([ground.outline]), ground.lines, ground.footprints)
    frame = derive_cells(blocks.geometry.to_numpy(), ground.footprints, ground.households)
    cells, unit = frame.geometry.to_numpy(), frame["block"].to_numpy()
    households = frame["households"].to_numpy()
    borders = classed_borders(cells, unit, ground.lines, ground.classes)
    generator = np.random.default_rng(7)
    whole = Problem(cells, unit, np.zeros(len(cells), np.int64), households, borders, ["all"])
    community = _communities(whole, communities, generator)
    names = [f"99990100{number // 900 + 1}{number % 900 + 1:03d}" for number in range(community.max() + 1)]
    problem = Problem(
        cells, unit, community, households, borders, names,
        floating=np.round(households * generator.beta(1.2, 4.0, len(cells))),
        sites=generator.poisson(0.06, len(cells)) * (households > 0),
    )  # fmt: skip
    return Instance(name, problem, ground.footprints, ground.households, ground.lines, ground.classes)


def _communities(problem: Problem, count: int, generator: np.random.Generator) -> np.ndarray:
    """Community of each cell: whole blocks, put together evenly of a weight that differs by place."""
    net = Net.of(problem)
    part: Part = parts_of(net, [np.arange(len(problem.cells))])[0]
    nobody = np.zeros(len(problem.cells))
    unit = part.units(np.zeros(len(problem.cells), bool))
    graph = part.graph(unit, PROFILES["balanced"], nobody, nobody.astype(int) - 1, nobody.astype(bool))
    homes = np.bincount(unit, weights=problem.households)
    bent = homes * generator.uniform(0.6, 1.7, len(homes)) + homes.mean() * 0.2
    graph = graph._replace(load=bent, work=bent)
    even = float(bent.sum()) / count
    wishes = kernels.Wishes(even * 0.45, even * 2.2, even, 60.0, 1.0, 1.0, 3.0, 0.0)
    state = np.array([88172645463325252], np.uint64)
    label = kernels.seed_plan(graph, wishes, count, 2, state)
    never = np.zeros(1, np.uint8)
    moves.anneal(graph, wishes, label, count, 600 * len(homes), 2.0, 0.05, 0.0, state, never)
    return label[unit]


def outlines(problem: Problem) -> np.ndarray:
    """Polygon of each community."""
    return dissolve(problem.cells, problem.community)[1]

