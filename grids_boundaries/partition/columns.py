"""All connected sets of units within the band, as bit masks, and what each costs; compiled by numba."""

from __future__ import annotations

import numpy as np

from grids_boundaries.partition.compiled import compiled
from grids_boundaries.partition.kernels import group_cost


@compiled
def neighbours_of(start, near, size):
    """Bit mask of the neighbours of each unit."""
    around = np.zeros(size, np.uint64)
    for unit in range(size):
        for edge in range(start[unit], start[unit + 1]):
            around[unit] |= np.uint64(1) << np.uint64(near[edge])
    return around


@compiled
def connected_sets(start, near, load, low, high, masks, most_steps):
    """All connected sets with low <= load <= high as bit masks in `masks`; how many, -1: too many.

    Each set is found once, from its smallest unit (Wernicke's enumeration).
    """
    size = len(load)
    around = neighbours_of(start, near, size)
    found = 0
    steps = most_steps
    for root in range(size):
        found, steps = sets_from(root, around, load, low, high, masks, found, steps)
        if found < 0:
            break
    return found


@compiled
def sets_from(root, around, load, low, high, masks, found, steps):
    """The sets whose smallest unit is `root`, after the `found` there are; -1 when room or steps end."""
    size = len(load)
    one = np.uint64(1)
    chosen = np.zeros(size + 2, np.uint64)
    offered = np.zeros(size + 2, np.uint64)
    seen = np.zeros(size + 2, np.uint64)
    weight = np.zeros(size + 2)
    later = np.uint64(0)
    for unit in range(root + 1, size):
        later |= one << np.uint64(unit)
    depth = 0
    chosen[0] = one << np.uint64(root)
    offered[0] = around[root] & later
    seen[0] = chosen[0] | around[root]
    weight[0] = load[root]
    fresh = True
    while depth >= 0 and weight[0] <= high:
        if fresh and weight[depth] >= low:
            if found == len(masks):
                return -1, steps
            masks[found] = chosen[depth]
            found += 1
        fresh = False
        steps -= 1
        if steps < 0:
            return -1, steps
        if offered[depth] == np.uint64(0):
            depth -= 1
            continue
        unit = 0
        while (offered[depth] >> np.uint64(unit)) & one == np.uint64(0):
            unit += 1
        offered[depth] &= ~(one << np.uint64(unit))
        if weight[depth] + load[unit] > high:
            continue
        depth += 1
        fresh = True
        chosen[depth] = chosen[depth - 1] | (one << np.uint64(unit))
        offered[depth] = offered[depth - 1] | (around[unit] & later & ~seen[depth - 1])
        seen[depth] = seen[depth - 1] | around[unit]
        weight[depth] = weight[depth - 1] + load[unit]
    return found, steps


@compiled
def column_costs(graph, wishes, masks):
    """Cost of each set as a grid; borders between grids count half on each side."""
    one = np.uint64(1)
    costs = np.zeros(len(masks))
    for column in range(len(masks)):
        mask = masks[column]
        load, work, area, outline, border = 0.0, 0.0, 0.0, 0.0, 0.0
        for unit in range(len(graph.load)):
            if (mask >> np.uint64(unit)) & one == np.uint64(0):
                continue
            load += graph.load[unit]
            work += graph.work[unit]
            area += graph.area[unit]
            outline += graph.outline[unit]
            for edge in range(graph.start[unit], graph.start[unit + 1]):
                if (mask >> np.uint64(graph.near[edge])) & one:
                    outline -= graph.length[edge]
                else:
                    border += graph.cost[edge] / 2.0
        own = group_cost(load, work, area, outline, wishes)
        costs[column] = own + wishes.border * border
    return costs
