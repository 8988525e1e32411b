"""Why a grid misses the band, why a block was opened: codes and the sentences they stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geoapp.core.i18n import N_
from grids_boundaries.partition.graph import Net, Part
from grids_boundaries.partition.model import Problem, Reason

SENTENCES = {
    "empty": N_("这片区域没有住户，设为一个网格。"),
    "too_few": N_("这片区域共 %(households)s 户，低于一个网格的下限 %(low)s 户，只设一个网格。"),
    "between": N_(
        "这片区域共 %(households)s 户，多于一个网格的上限 %(high)s 户、少于两个网格的下限 %(twice)s 户，只设一个网格。"
    ),
    "no_count": N_(
        "这片区域共 %(households)s 户：任何网格数都不能使每个网格落在 %(low)s 至 %(high)s 户之间。"
    ),
    "building": N_("有一栋楼共 %(households)s 户，超过上限 %(high)s 户；楼栋不拆分。"),
    "proven": N_("已证明：这片区域按楼栋划分也没有各网格都在 %(low)s 至 %(high)s 户之间的方案。"),
    "not_found": N_("未找到各网格户数都落在区间内的划法，请人工调整。"),
    "kept": N_("网格已锁定，保持原户数 %(households)s 户。"),
    "dedicated": N_("专属网格，不按户数划分。"),
    "big_block": N_("街区共 %(households)s 户，超过一个网格的上限，须在楼栋之间划开。"),
    "no_whole_blocks": N_("整街区的划法不能使各网格落在区间内（已证明），在楼栋之间划开了 %(blocks)s 个街区。"),
    "opened": N_("未找到整街区的划法，在楼栋之间划开了 %(blocks)s 个街区。"),
    "pieces": N_("社区被锁定或专属的网格、或被边界分成 %(parts)s 片，每片单独划分。"),
    "stopped": N_("按要求提前停止，方案可能不是最好的。"),
}
"""Sentences with facts; the web edge and the command line translate them."""


def of_area(problem: Problem, members: np.ndarray, load: np.ndarray) -> Reason | None:
    """Why no number of grids fits an area (cells `members`); None where one does."""
    band, total = problem.band, int(load.sum())
    facts = {"households": total, "low": band.low, "high": band.high, "twice": 2 * band.low}
    if len(band.counts(total)):
        return None
    cells = tuple(members.tolist())
    if total == 0:
        return Reason("empty", facts, cells)
    if total < band.low:
        return Reason("too_few", facts, cells)
    return Reason("between" if total < 2 * band.low else "no_count", facts, cells)


def of_grid(problem: Problem, members: np.ndarray, proven: bool) -> Reason | None:
    """Why the grid of cells `members` lies outside the band; None where it lies inside."""
    band, households = problem.band, problem.households[members]
    if band.low <= households.sum() <= band.high:
        return None
    big = np.flatnonzero(households > band.high)
    if len(big):
        facts = {"households": int(households[big[0]]), "high": band.high}
        return Reason("building", facts, (int(members[big[0]]),))
    facts = {"low": band.low, "high": band.high}
    return Reason("proven" if proven else "not_found", facts, tuple(members.tolist()))


def of_plan(
    net: Net,
    grid: np.ndarray,
    in_band: np.ndarray,
    marks: tuple[np.ndarray, np.ndarray],
    parts: Sequence[Part],
) -> dict[int, Reason]:
    """Why each dedicated or frozen grid, and each outside the band, is as it is.

    `marks`: which grids are dedicated, and whose area has no plan by proof. `parts`: the areas that
    were divided; what lies outside them was kept.
    """
    problem, (dedicated, proven) = net.problem, marks
    why: dict[int, Reason] = {}
    free = np.zeros(len(in_band), bool)
    for part in parts:
        mine = np.unique(grid[part.members])
        free[mine] = True
        reason = of_area(problem, part.members, net.load[part.members])
        if reason:
            why.update(dict.fromkeys(mine.tolist(), reason))
    for number in np.flatnonzero(~in_band | dedicated).tolist():
        members = np.flatnonzero(grid == number)
        households = problem.households[members]
        if dedicated[number]:
            why[number] = Reason("dedicated", {}, tuple(members.tolist()))
        elif not free[number]:
            why[number] = Reason("kept", {"households": int(households.sum())}, tuple(members.tolist()))
        elif number not in why or households.max() > problem.band.high:
            found = of_grid(problem, members, bool(proven[number]))
            if found:
                why[number] = found
    return why
