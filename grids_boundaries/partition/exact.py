"""The best plan of a small area, proven: choose among all connected sets of units in the band.

Each connected set within the band is a column with its cost; HiGHS chooses columns that cover
every unit once (set partitioning). Only for few units and few columns: there it takes milliseconds
where annealing, with large lumps, may miss the one plan there is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from grids_boundaries.partition import kernels
from grids_boundaries.partition.columns import column_costs, connected_sets
from grids_boundaries.partition.kernels import Graph, Wishes

MOST_UNITS = 62
"""Sets of units are bits of one number."""
MOST_COLUMNS, MOST_STEPS = 3_000, 400_000
SECONDS = 8.0
"""By the clock, against a solver that finds no end; MOST_NODES is reached long before, on a busy machine too."""
MOST_NODES = 200
LUMPY = 60.0
"""Mean households of a unit from which few units fit a grid, so that annealing needs help."""
SMALL = 40


@dataclass(frozen=True)
class Exact:
    """`label` of units and cost, or None: no plan (then `proven` says whether that is certain)."""

    label: np.ndarray | None
    energy: float
    proven: bool


def worth_it(graph: Graph, miss: float) -> bool:
    """Small enough to be solved, and either missed or lumpy."""
    size = len(graph.load)
    return size <= SMALL and (miss > 0 or float(graph.load.mean()) >= LUMPY)


def columns(graph: Graph, wishes: Wishes, most: int = MOST_COLUMNS) -> np.ndarray | None:
    """Bit masks of all connected sets in the band; None where there are too many."""
    if len(graph.load) > MOST_UNITS:
        return None
    masks = np.zeros(most, np.uint64)
    found = connected_sets(
        graph.start, graph.near, graph.load, wishes.low, wishes.high, masks, MOST_STEPS
    )
    return None if found < 0 else masks[:found]


def best_plan(graph: Graph, wishes: Wishes, count: int | None, most: int = MOST_COLUMNS) -> Exact:
    """The cheapest plan of `count` grids (None: of any number) within the band, if it can be had."""
    masks = columns(graph, wishes, most)
    if masks is None:
        return Exact(None, np.inf, False)
    if len(masks) == 0:
        return Exact(None, np.inf, True)
    size = len(graph.load)
    inside = (masks[None, :] >> np.arange(size, dtype=np.uint64)[:, None]) & np.uint64(1)
    cover = csc_array(inside.astype(float))
    rules = [LinearConstraint(cover, 1, 1)]
    if count is not None:
        rules.append(LinearConstraint(np.ones((1, len(masks))), count, count))
    answer = milp(
        costs_of(graph, wishes, masks), constraints=rules, integrality=np.ones(len(masks)),
        bounds=Bounds(0, 1), options={"time_limit": SECONDS, "node_limit": MOST_NODES, "mip_rel_gap": 1e-9},
    )  # fmt: skip
    if answer.x is None:
        return Exact(None, np.inf, answer.status == 2)
    label = np.zeros(size, np.int64)
    for grid, column in enumerate(np.flatnonzero(answer.x > 0.5)):
        label[inside[:, column] == 1] = grid
    used = int(label.max()) + 1
    return Exact(label, float(kernels.plan_cost(graph, label, used, wishes)), answer.status == 0)


def costs_of(graph: Graph, wishes: Wishes, masks: np.ndarray) -> np.ndarray:
    """Costs of the columns."""
    return np.asarray(column_costs(graph, wishes, masks))
