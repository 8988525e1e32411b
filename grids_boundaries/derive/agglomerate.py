"""Contiguous, balanced groups of the blocks of one area: growth from seeds, then swaps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from grids_boundaries.derive.coverage import connected_parts

BORDER_WEIGHT = 0.15
"""What a border as long as the whole area is wide costs, against one group's full load."""
HOME_WEIGHT = 0.6
"""What it costs to take a block from the group that its own name asks for."""
MAX_ROUNDS = 60


@dataclass
class Blocks:
    """Blocks as a graph. `load` sums to 1; `home` is the group a block's name asks for, or -1."""

    load: np.ndarray
    centres: np.ndarray
    neighbours: list[dict[int, float]]
    home: np.ndarray
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        """Width of the area, metres; 1 for a single block."""
        self.scale = float(np.hypot(*np.ptp(self.centres, axis=0))) or 1.0


def spread_seeds(blocks: Blocks, seeds: dict[int, int], count: int) -> dict[int, int]:
    """Fill up group -> seed block to `count` groups with blocks far from each other.

    The first seed, if none is given, is the heaviest block; then always the farthest one.
    """
    chosen = dict(seeds)
    for group in range(count):
        if group in chosen:
            continue
        free = np.setdiff1d(np.arange(len(blocks.load)), list(chosen.values()))
        if chosen:
            taken = blocks.centres[list(chosen.values())]
            steps = blocks.centres[free, None] - taken[None]
            away = np.hypot(steps[..., 0], steps[..., 1]).min(axis=1)
            chosen[group] = int(free[np.argmax(away * np.sqrt(blocks.load[free] + 1e-6))])
        else:
            chosen[group] = int(free[np.argmax(blocks.load[free])])
    return chosen


def agglomerate(blocks: Blocks, seeds: dict[int, int]) -> np.ndarray:
    """Group of every block: each group contiguous, loads as even as the blocks allow."""
    label = _grow(blocks, seeds)
    for _ in range(MAX_ROUNDS):
        if not _improve(blocks, label, len(seeds)):
            break
    return label


def _grow(blocks: Blocks, seeds: dict[int, int]) -> np.ndarray:
    """The lightest group always takes its nearest free neighbour, its own name's blocks first."""
    label = np.full(len(blocks.load), -1)
    load = np.zeros(len(seeds))
    for group, seed in seeds.items():
        label[seed], load[group] = group, blocks.load[seed]
    open_groups = set(seeds)
    while open_groups:
        group = min(open_groups, key=lambda g: (load[g], g))
        taken = _next_block(blocks, label, group)
        if taken is None:
            open_groups.discard(group)
            continue
        label[taken] = group
        load[group] += blocks.load[taken]
    return label


def _next_block(blocks: Blocks, label: np.ndarray, group: int) -> int | None:
    members = np.flatnonzero(label == group)
    near = {n for m in members for n in blocks.neighbours[m] if label[n] < 0}
    if not near:
        return None
    middle = blocks.centres[members].mean(axis=0)

    def cost(block: int) -> tuple[int, float, int]:
        foreign = 0 if blocks.home[block] == group else 1 if blocks.home[block] < 0 else 2
        return foreign, float(np.hypot(*(blocks.centres[block] - middle))), block

    return min(near, key=cost)


def _improve(blocks: Blocks, label: np.ndarray, groups: int) -> bool:
    """One round over the border blocks; True when a move made the whole better."""
    load = np.bincount(label, weights=blocks.load, minlength=groups)
    moved = False
    for block in range(len(label)):
        options = {int(label[n]) for n in blocks.neighbours[block]} - {int(label[block])}
        gains = {g: _gain(blocks, label, load, block, g) for g in sorted(options)}
        if not gains:
            continue
        best = max(gains, key=lambda g: (gains[g], -g))
        if gains[best] > 1e-9 and _may_leave(blocks, label, block):
            load[label[block]] -= blocks.load[block]
            load[best] += blocks.load[block]
            label[block] = best
            moved = True
    return moved


def _gain(blocks: Blocks, label: np.ndarray, load: np.ndarray, block: int, to: int) -> float:
    """How much better the whole gets when `block` moves: balance, border length, own name."""
    here, weight = int(label[block]), float(blocks.load[block])
    balance = 2 * weight * (load[here] - load[to] - weight) * len(load)
    near = blocks.neighbours[block]
    shared = sum(m if label[n] == to else -m if label[n] == here else 0 for n, m in near.items())
    home = (int(blocks.home[block] == to) - int(blocks.home[block] == here)) * HOME_WEIGHT
    return float(balance + BORDER_WEIGHT * shared / blocks.scale / len(load) + home * weight)


def _may_leave(blocks: Blocks, label: np.ndarray, block: int) -> bool:
    """The group stays in one piece, and is not emptied, when `block` leaves it."""
    rest = [int(m) for m in np.flatnonzero(label == label[block]) if m != block]
    return len(connected_parts(rest, blocks.neighbours)) == 1
