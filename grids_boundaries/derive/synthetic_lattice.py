"""The regions of the synthetic county: a lattice of grids, denser in the middle, gently bent.

Rectangles of a unit square are divided street by street, community by community; every corner
that lies on another rectangle's side becomes a vertex of that side too, so the grids share each
vertex and partition the county exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

STREET_ROWS = (4, 4, 4)
COMMUNITIES, GRIDS = 150, 2016
UNIT = 10**9
"""Corners are kept as whole billionths, so that equal corners are equal."""
CONCENTRATION = 0.4
"""A grid in the middle has 0.36, one in a corner 1.96 times the mean area."""
WAVES, WAVE_SLOPE = 4, 0.12
"""Smooth waves that bend the lattice; their slopes together stay below 1, so no line crosses another."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid of the lattice: its box (west, south, east, north), street and community numbers."""

    box: Box
    street: int
    community: int


def split_counts(total: int, parts: int) -> list[int]:
    """`total` divided into `parts` as evenly as whole numbers allow, smaller ones first."""
    return [(total + i) // parts for i in range(parts)]


def split_box(box: Box, count: int) -> list[Box]:
    """`count` boxes of equal area in rows, west to east, then north to south."""
    west, south, east, north = box
    rows = split_counts(count, max(round(np.sqrt(count)), 1))
    boxes, done = [], 0
    for row in rows:
        top = north - (north - south) * done // count
        done += row
        bottom = north - (north - south) * done // count
        edges = [west + (east - west) * i // row for i in range(row + 1)]
        boxes += [(edges[i], bottom, edges[i + 1], top) for i in range(row)]
    return boxes


def lattice() -> list[Cell]:
    """All grids of the county, street by street, community by community."""
    streets = split_box((0, 0, UNIT, UNIT), sum(STREET_ROWS))
    communities = iter(split_counts(COMMUNITIES, len(streets)))
    grids = iter(split_counts(GRIDS, COMMUNITIES))
    cells, number = [], 0
    for street, street_box in enumerate(streets):
        for box in split_box(street_box, next(communities)):
            cells += [Cell(grid, street, number) for grid in split_box(box, next(grids))]
            number += 1
    return cells


def rings(cells: list[Cell]) -> list[np.ndarray]:
    """Corners of each cell, anticlockwise, with those of its neighbours that lie on its sides."""
    corners = {(x, y) for c in cells for x in (c.box[0], c.box[2]) for y in (c.box[1], c.box[3])}
    on_row: dict[int, list[int]] = {}
    on_column: dict[int, list[int]] = {}
    for x, y in sorted(corners):
        on_row.setdefault(y, []).append(x)
        on_column.setdefault(x, []).append(y)
    return [_ring(cell.box, on_row, on_column) for cell in cells]


def _ring(box: Box, on_row: dict[int, list[int]], on_column: dict[int, list[int]]) -> np.ndarray:
    west, south, east, north = box
    bottom = [(x, south) for x in on_row[south] if west <= x < east]
    right = [(east, y) for y in on_column[east] if south <= y < north]
    top = [(x, north) for x in reversed(on_row[north]) if west < x <= east]
    left = [(west, y) for y in reversed(on_column[west]) if south < y <= north]
    return np.array([*bottom, *right, *top, *left])


def place(ring_list: list[np.ndarray], size: tuple[float, float], seed: int) -> np.ndarray:
    """Polygons in metres around (0, 0): the lattice drawn towards its middle and bent."""
    sizes = [len(ring) for ring in ring_list]
    corners, number = np.unique(np.concatenate(ring_list), axis=0, return_inverse=True)
    share = corners / UNIT
    drawn = share + CONCENTRATION * np.sin(2 * np.pi * share) / (2 * np.pi)
    metres = (drawn - 0.5) * size
    points = _bent(metres, np.random.default_rng(seed))[number.reshape(-1)]
    ring_of_point = np.repeat(np.arange(len(sizes)), sizes)
    closed = shapely.linearrings(points, indices=ring_of_point)
    return np.asarray(shapely.polygons(closed))


def _bent(points: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Points moved by a few waves of 0.9 to 5 km length in random directions."""
    moved = points.copy()
    for length in np.geomspace(900, 5000, WAVES):
        along, across, phase = generator.uniform(0, 2 * np.pi, 3)
        wave = np.sin((points @ [np.cos(along), np.sin(along)]) * 2 * np.pi / length + phase)
        step = WAVE_SLOPE * length / (2 * np.pi)
        moved += step * wave[:, None] * [np.cos(across), np.sin(across)]
    return moved
