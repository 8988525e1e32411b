"""The two moves of the search and the annealing around them, compiled by numba.

Both keep every grid in one piece: a unit on a border goes to the neighbour, or two neighbours are
put together and cut apart again along a random tree.
"""

from __future__ import annotations

import numpy as np

from grids_boundaries.partition.compiled import compiled
from grids_boundaries.partition.kernels import (
    group_cost,
    grow_tree,
    plan_cost,
    stays_whole,
    sums_of,
    uniform,
)


@compiled
def accepted(change, heat, state):
    """Metropolis: what is better always, what is worse sometimes."""
    return change <= 0.0 or uniform(state) < np.exp(-change / heat)


@compiled
def flip(graph, wishes, label, sums, unit, to, heat, state, mark, queue):
    """Give `unit` to grid `to` if that is accepted; the change of cost."""
    home = label[unit]
    if sums[home, 4] < 2.0 or graph.fixed[unit]:
        return 0.0
    with_home = 0.0
    with_new = 0.0
    border = 0.0
    for edge in range(graph.start[unit], graph.start[unit + 1]):
        other = label[graph.near[edge]]
        if other == home:
            with_home += graph.length[edge]
            border += graph.cost[edge]
        elif other == to:
            with_new += graph.length[edge]
            border -= graph.cost[edge]
    left, got = sums[home], sums[to]
    load, work, area = graph.load[unit], graph.work[unit], graph.area[unit]
    left_outline = left[3] - graph.outline[unit] + 2.0 * with_home
    got_outline = got[3] + graph.outline[unit] - 2.0 * with_new
    change = wishes.border * border
    change -= group_cost(left[0], left[1], left[2], left[3], wishes)
    change -= group_cost(got[0], got[1], got[2], got[3], wishes)
    change += group_cost(left[0] - load, left[1] - work, left[2] - area, left_outline, wishes)
    change += group_cost(got[0] + load, got[1] + work, got[2] + area, got_outline, wishes)
    if graph.before[unit] >= 0:
        moved = int(graph.before[unit] != to) - int(graph.before[unit] != home)
        change += wishes.keep * graph.keep[unit] * moved
    if not accepted(change, heat, state) or not stays_whole(graph, label, unit, mark, queue):
        return 0.0
    left[0] -= load
    left[1] -= work
    left[2] -= area
    left[3] = left_outline
    left[4] -= 1.0
    got[0] += load
    got[1] += work
    got[2] += area
    got[3] = got_outline
    got[4] += 1.0
    label[unit] = to
    return change


@compiled
def gather(graph, label, first, second, start, slot, members):
    """Units of two neighbouring grids by a walk from `start`; returns how many."""
    members[0] = start
    slot[start] = 0
    size = 1
    head = 0
    while head < size:
        here = members[head]
        head += 1
        for edge in range(graph.start[here], graph.start[here + 1]):
            other = graph.near[edge]
            if slot[other] < 0 and (label[other] == first or label[other] == second):
                slot[other] = size
                members[size] = other
                size += 1
    return size


@compiled
def choose_cut(graph, wishes, members, size, parent, order, heat, state):
    """The tree edge (its lower end) to cut at: even and in band, with some chance. -1: none."""
    load = np.empty(size)
    work = np.empty(size)
    for i in range(size):
        load[i] = graph.load[members[i]]
        work[i] = graph.work[members[i]]
    for place in range(size - 1, 0, -1):
        i = order[place]
        load[parent[i]] += load[i]
        work[parent[i]] += work[i]
    root = order[0]
    best = -1
    lowest = np.inf
    for place in range(1, size):
        i = order[place]
        rated = group_cost(load[i], work[i], 0.0, 0.0, wishes)
        rated += group_cost(load[root] - load[i], work[root] - work[i], 0.0, 0.0, wishes)
        # exponential race: the lower the cost, the likelier it comes first
        rated -= heat * -np.log(-np.log(max(uniform(state), 1e-300)))
        if rated < lowest:
            lowest = rated
            best = i
    return best


@compiled
def named_sides(graph, label, members, size, side, first, second):
    """Which of the two grids each side becomes, so that as few households as can be move."""
    stay = 0.0
    for i in range(size):
        one = members[i]
        weight = graph.area[one] * 1e-9 + graph.keep[one]
        wanted = graph.before[one] if graph.before[one] >= 0 else label[one]
        if wanted == first:
            stay += weight if side[i] else -weight
        elif wanted == second:
            stay += -weight if side[i] else weight
    return (first, second) if stay >= 0.0 else (second, first)


@compiled
def sides_apart(graph, wishes, label, members, size, side, slot, below, above, new):
    """Fill the sums of both sides (`new`); their cost, borders and moves against now, or infinity."""
    change = 0.0
    for i in range(size):
        one = members[i]
        into = below if side[i] else above
        row = 0 if side[i] else 1
        new[row, 0] += graph.load[one]
        new[row, 1] += graph.work[one]
        new[row, 2] += graph.area[one]
        new[row, 3] += graph.outline[one]
        new[row, 4] += 1.0
        if into != label[one] and graph.fixed[one]:
            return np.inf
        if graph.before[one] >= 0:
            moved = int(graph.before[one] != into) - int(graph.before[one] != label[one])
            change += wishes.keep * graph.keep[one] * moved
        for edge in range(graph.start[one], graph.start[one + 1]):
            near = graph.near[edge]
            j = slot[near]
            if j < 0:
                continue
            if side[i] == side[j]:
                new[row, 3] -= graph.length[edge]
            if near > one:
                apart = int(side[i] != side[j]) - int(label[one] != label[near])
                change += wishes.border * graph.cost[edge] * apart
    for row in range(2):
        change += group_cost(new[row, 0], new[row, 1], new[row, 2], new[row, 3], wishes)
    return change


@compiled
def recut(graph, wishes, label, sums, unit, other_unit, heat, state, slot, members, parent, order):
    """Put the grids of two neighbours together and cut them apart anew; the change of cost."""
    first, second = label[unit], label[other_unit]
    size = gather(graph, label, first, second, unit, slot, members)
    grow_tree(graph, label, members, size, state, slot, parent, order)
    top = choose_cut(graph, wishes, members, size, parent, order, heat, state)
    side = np.zeros(size, np.uint8)
    side[top] = 1
    for place in range(1, size):
        i = order[place]
        if side[parent[i]]:
            side[i] = 1
    below, above = named_sides(graph, label, members, size, side, first, second)
    new = np.zeros((2, 5))
    change = sides_apart(graph, wishes, label, members, size, side, slot, below, above, new)
    for grid in (first, second):
        change -= group_cost(sums[grid, 0], sums[grid, 1], sums[grid, 2], sums[grid, 3], wishes)
    taken = change < np.inf and accepted(change, heat, state)
    for i in range(size):
        if taken:
            label[members[i]] = below if side[i] else above
        slot[members[i]] = -1
    if not taken:
        return 0.0
    sums[below] = new[0]
    sums[above] = new[1]
    return change


@compiled
def anneal(graph, wishes, label, count, moves, hot, cold, recuts, state, stop):
    """Improve `label` in place to the best plan seen; its cost. `stop[0]` ends it early.

    Each grid of `label` must be in one piece; heat falls from `hot` to `cold`. `recuts`: share of
    moves that cut two grids anew.
    """
    size = len(label)
    sums = sums_of(graph, label, count)
    now = plan_cost(graph, label, count, wishes)
    lowest = now
    best = label.copy()
    mark = np.zeros(size, np.uint8)
    queue = np.empty(size + 1, np.int64)
    slot = np.full(size, -1, np.int64)
    members = np.empty(size, np.int64)
    parent = np.empty(size, np.int64)
    order = np.empty(size, np.int64)
    heat = hot
    cooling = (cold / hot) ** (1.0 / max(moves, 1))
    for step in range(moves):
        if step & 255 == 0 and stop[0]:
            break
        heat *= cooling
        unit = int(uniform(state) * size)
        degree = graph.start[unit + 1] - graph.start[unit]
        if degree == 0:
            continue
        other = graph.near[graph.start[unit] + int(uniform(state) * degree)]
        if label[unit] == label[other]:
            continue
        if uniform(state) < recuts:
            now += recut(graph, wishes, label, sums, unit, other, heat, state, slot, members, parent, order)
        else:
            now += flip(graph, wishes, label, sums, unit, label[other], heat, state, mark, queue)
        if now < lowest - 1e-9:
            lowest = now
            best[:] = label
    label[:] = best
    return plan_cost(graph, label, count, wishes)
