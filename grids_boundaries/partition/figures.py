"""Figures of a plan from its cells, for a table that changes while one draws.

The scorer (`score`) computes them again from polygons and buildings; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grids_boundaries.partition.graph import Net, Part, components
from grids_boundaries.partition.model import CommunityResult, Figures, Problem, Reason
from grids_boundaries.partition.search import Found


def figures_of(net: Net, grid: np.ndarray, count: int) -> Figures:
    """Figures of grids 0 to `count` - 1; every cell has one."""
    pairs, metres = net.pairs, net.metres.sum(axis=1)
    same = grid[pairs[:, 0]] == grid[pairs[:, 1]]
    inner = np.bincount(grid[pairs[same, 0]], metres[same], count)
    households = np.bincount(grid, net.problem.households, count)
    piece = components(len(grid), pairs[same])
    _, first = np.unique(piece, return_index=True)
    band = net.problem.band
    return Figures(
        households.astype(np.int64), np.bincount(grid, net.work, count), np.bincount(grid, net.area, count),
        np.bincount(grid, net.outline, count) - 2 * inner,
        (households >= band.low) & (households <= band.high), np.bincount(grid[first], minlength=count),
    )  # fmt: skip


def variation(work: np.ndarray) -> float:
    """Standard deviation of the grids' workload over its mean; 0 for a single grid."""
    return float(work.std() / work.mean()) if len(work) > 1 and work.mean() > 0 else 0.0


def result_of(
    problem: Problem,
    figures: Figures,
    grid: np.ndarray,
    of_grid: tuple[np.ndarray, np.ndarray],
    number: int,
    found: Sequence[tuple[Part, Found]],
) -> CommunityResult:
    """What came of community `number`, from its grids and its areas."""
    community, dedicated = of_grid
    ordinary = (community == number) & ~dedicated
    cells = np.flatnonzero((problem.community == number) & ~dedicated[grid])
    total = int(np.minimum(problem.households[cells], problem.band.high).sum())
    counts = problem.band.counts(total)
    opened, cut = _blocks(problem, grid, found)
    whole = {one.whole_blocks for _, one in found}
    suffice = False if False in whole else None if None in whole else True
    return CommunityResult(
        problem.names[number], int(problem.households[cells].sum()),
        (counts.start, counts.stop - 1) if len(counts) else (0, 0), int(ordinary.sum()),
        variation(figures.work[ordinary]), float(sum(one.energy for _, one in found)), opened, cut,
        suffice, bool(found) and all(one.proven for _, one in found),
        _explained(problem, found, opened, suffice),
    )  # fmt: skip


def _blocks(
    problem: Problem, grid: np.ndarray, found: Sequence[tuple[Part, Found]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Blocks that were opened, and those of them that lie in several grids."""
    opened: set[int] = set()
    cut = set()
    for part, one in found:
        blocks = problem.unit[part.members]
        opened.update(blocks[one.opened].tolist())
        for block in np.unique(blocks).tolist():
            if len(np.unique(one.label[blocks == block])) > 1:
                cut.add(block)
    return tuple(sorted(opened)), tuple(sorted(cut))


def _explained(
    problem: Problem,
    found: Sequence[tuple[Part, Found]],
    opened: tuple[int, ...],
    suffice: bool | None,
) -> tuple[Reason, ...]:
    """Sentences about the community as a whole."""
    told = []
    if len(found) > 1:
        largest = max((part for part, _ in found), key=lambda part: len(part.members))
        apart = (part.members for part, _ in found if part is not largest)
        told.append(Reason("pieces", {"parts": len(found)}, tuple(np.concatenate(list(apart)).tolist())))
    big, other = [], []
    for block in opened:
        members = np.flatnonzero(problem.unit == block)
        total = int(problem.households[members].sum())
        if total > problem.band.high:
            big.append(Reason("big_block", {"households": total}, tuple(members.tolist())))
        else:
            other.append(block)
    if other:
        cells = tuple(np.flatnonzero(np.isin(problem.unit, other)).tolist())
        code = "no_whole_blocks" if suffice is False else "opened"
        told.append(Reason(code, {"blocks": len(other)}, cells))
    return (*told, *big)
