"""Towns that do not exist: streets of every class, blocks, buildings with households, communities.

A bent lattice of lines carries arterial roads, main roads and streets, a river and a railway; some
streets are taken away, so blocks differ in size and shape. Deterministic by name and seed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely

from grids_boundaries.partition import model

SPACING_M = 135.0
KINDS = ("park", "shops", "houses", "slabs", "towers")
"""What stands on a lattice cell."""


@dataclass(frozen=True, slots=True)
class Town:
    """`columns` x `rows` lattice cells; shares of KINDS; households of the largest tower, towers a cell."""

    name: str
    columns: int
    rows: int
    communities: int
    shares: tuple[float, ...] = (0.12, 0.12, 0.32, 0.34, 0.10)
    largest: int = 150
    towers: tuple[int, int] = (2, 2)
    seed: int = 1


TOWNS = {
    town.name: town
    for town in (
        Town("s5k", 9, 8, 3),
        Town("s50k", 26, 24, 21),
        Town("hard50k", 22, 20, 20, (0.14, 0.16, 0.12, 0.20, 0.38), 450, (1, 1)),
        Town("s500k", 80, 72, 210),
    )
}


@dataclass(frozen=True)
class Ground:
    """Lines with classes, outline, buildings: footprints and households (metres)."""

    outline: shapely.Geometry
    lines: np.ndarray
    classes: np.ndarray
    footprints: np.ndarray
    households: np.ndarray


def ground(town: Town) -> Ground:
    """Lay a town out."""
    generator = np.random.default_rng([town.seed, town.columns, town.rows])
    nodes = _nodes(town, generator)
    lines, classes = _lines(town, nodes, generator)
    footprints, households = _buildings(town, nodes, generator)
    rim = np.concatenate([nodes[0, :], nodes[1:, -1], nodes[-1, -2::-1], nodes[-2:0:-1, 0]])
    return Ground(shapely.polygons(rim), lines, classes, footprints, households)


def _nodes(town: Town, generator: np.random.Generator) -> np.ndarray:
    """(rows + 1, columns + 1, 2): corners, jittered and bent by long waves."""
    y, x = np.mgrid[: town.rows + 1, : town.columns + 1].astype(float)
    points = np.stack([x, y], axis=-1) + generator.uniform(-0.14, 0.14, (*x.shape, 2))
    points *= SPACING_M
    for length in (900.0, 2100.0):
        angle, phase = generator.uniform(0, 2 * np.pi, 2)
        wave = np.sin((points @ [np.cos(angle), np.sin(angle)]) * 2 * np.pi / length + phase)
        points = points + (0.018 * length * wave)[..., None] * [np.sin(angle), -np.cos(angle)]
    return np.round(points + 500_000.0, 2)


def _class_of_line(number: int, count: int, water: int, rail: int) -> int:
    if number == water:
        return model.RIVER
    if number == rail:
        return model.RAIL
    if number % 12 == 6:
        return model.ARTERIAL
    return model.MAIN if number % 6 == 3 and 0 < number < count else model.STREET


def _lines(
    town: Town, nodes: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Segments of the lattice with their classes; every fifth street or lane is taken away."""
    segments, classes = [], []
    for axis, lattice in ((0, nodes), (1, nodes.swapaxes(0, 1))):
        count = lattice.shape[0] - 1
        for number, row in enumerate(lattice):
            kind = _class_of_line(number, count, count * 2 // 3 if axis else -1, count // 3 if axis == 0 else -1)
            for a, b in itertools.pairwise(row):
                drawn = generator.random()
                if kind == model.STREET and drawn < 0.2:
                    continue
                segments.append((a, b))
                classes.append(model.LANE if kind == model.STREET and drawn < 0.45 else kind)
    return shapely.linestrings(np.array(segments)), np.array(classes)


def _buildings(
    town: Town, nodes: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Footprints well inside each lattice cell, and their households."""
    slots = {"park": (0, 0), "shops": (2, 2), "houses": (3, 4), "slabs": (2, 4), "towers": town.towers}
    corners, homes = [], []
    for row in range(town.rows):
        for column in range(town.columns):
            kind = KINDS[int(generator.choice(len(KINDS), p=town.shares))]
            across, along = slots[kind]
            quad = nodes[row : row + 2, column : column + 2]
            for i in range(across):
                for j in range(along):
                    corners.append(_footprint(quad, (i, across), (j, along)))
                    homes.append(_households(kind, town.largest, generator))
    return shapely.polygons(np.round(np.array(corners), 2)), np.array(homes)


def _footprint(quad: np.ndarray, across: tuple[int, int], along: tuple[int, int]) -> np.ndarray:
    """Corners of a building that fills two thirds of its slot of a bilinear patch."""
    margin = 0.17
    v = [(across[0] + margin) / across[1], (across[0] + 1 - margin) / across[1]]
    u = [(along[0] + margin) / along[1], (along[0] + 1 - margin) / along[1]]
    inset = 0.05
    place = [(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])]
    found = []
    for s, t in place:
        s, t = inset + s * (1 - 2 * inset), inset + t * (1 - 2 * inset)
        found.append(
            quad[0, 0] * (1 - s) * (1 - t) + quad[0, 1] * s * (1 - t)
            + quad[1, 0] * (1 - s) * t + quad[1, 1] * s * t
        )  # fmt: skip
    return np.array(found)


def _households(kind: str, largest: int, generator: np.random.Generator) -> int:
    low, high = {"shops": (0, 4), "houses": (2, 8), "slabs": (8, 24), "towers": (40, largest)}[kind]
    return int(generator.integers(low, high + 1))
