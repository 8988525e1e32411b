"""The inner loops of the search: costs, random trees, first plans; compiled by numba.

A plan is an array of grid numbers over the units of one connected area. Everything random comes
from `state`, so a seed gives one result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from grids_boundaries.partition.compiled import compiled


class Graph(NamedTuple):
    """Units of one connected area: neighbours in compressed rows, border lengths (m), costs.

    `key`: how unlikely a random tree crosses a border. `load`: households, a building above the band
    counted as the band's upper end. `keep`: households that lived there before; `before`: their grid
    then, or -1. `fixed`: 1 where a unit must stay in its grid.
    """

    start: np.ndarray
    near: np.ndarray
    length: np.ndarray
    cost: np.ndarray
    key: np.ndarray
    load: np.ndarray
    work: np.ndarray
    area: np.ndarray
    outline: np.ndarray
    keep: np.ndarray
    before: np.ndarray
    fixed: np.ndarray


class Wishes(NamedTuple):
    """Band, workload a grid should have, and the weights of the parts of the cost."""

    low: float
    high: float
    work_target: float
    miss: float
    work: float
    border: float
    shape: float
    keep: float


@compiled
def uniform(state):
    """A random number in [0, 1); xorshift64*."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def group_cost(load, work, area, outline, wishes):
    """Cost of one grid by itself: band, evenness, shape."""
    total = 0.0
    miss = max(wishes.low - load, load - wishes.high)
    if miss > 0.0:
        total += wishes.miss * (1.0 + miss / 25.0)
    uneven = work / wishes.work_target - 1.0
    total += wishes.work * uneven * uneven
    if area > 0.0:
        total += wishes.shape * (outline * outline / (12.566370614359172 * area) - 1.0)
    return total


@compiled
def sums_of(graph, label, count):
    """(grids, 5): load, work, area, outline, units of each grid."""
    sums = np.zeros((count, 5))
    for unit in range(len(label)):
        grid = label[unit]
        sums[grid, 0] += graph.load[unit]
        sums[grid, 1] += graph.work[unit]
        sums[grid, 2] += graph.area[unit]
        sums[grid, 3] += graph.outline[unit]
        sums[grid, 4] += 1.0
        for edge in range(graph.start[unit], graph.start[unit + 1]):
            if label[graph.near[edge]] == grid:
                sums[grid, 3] -= graph.length[edge]
    return sums


@compiled
def plan_cost(graph, label, count, wishes):
    """The whole cost of a plan; what the search makes small."""
    sums = sums_of(graph, label, count)
    total = 0.0
    for grid in range(count):
        total += group_cost(sums[grid, 0], sums[grid, 1], sums[grid, 2], sums[grid, 3], wishes)
    for unit in range(len(label)):
        if graph.before[unit] >= 0 and graph.before[unit] != label[unit]:
            total += wishes.keep * graph.keep[unit]
        for edge in range(graph.start[unit], graph.start[unit + 1]):
            if graph.near[edge] > unit and label[graph.near[edge]] != label[unit]:
                total += wishes.border * graph.cost[edge]
    return total


@compiled
def outside(graph, label, count, wishes):
    """Households by which the grids miss the band, together."""
    load = np.zeros(count)
    for unit in range(len(label)):
        load[label[unit]] += graph.load[unit]
    total = 0.0
    for grid in range(count):
        total += max(wishes.low - load[grid], load[grid] - wishes.high, 0.0)
    return total


@compiled
def grow_tree(graph, label, members, size, state, slot, parent, order):
    """A random spanning tree of `members[:size]`, whose local numbers stand in `slot`.

    Writes parents and the order of visits (local numbers). Borders with a high key are crossed
    last. Returns how many were reached.
    """
    key = np.full(size, np.inf)
    done = np.zeros(size, np.uint8)
    for i in range(size):
        parent[i] = -1
    current = int(uniform(state) * size)
    key[current] = -1.0
    reached = 0
    while True:
        done[current] = 1
        order[reached] = current
        reached += 1
        unit = members[current]
        for edge in range(graph.start[unit], graph.start[unit + 1]):
            other = slot[graph.near[edge]]
            if other >= 0 and done[other] == 0:
                drawn = uniform(state) + graph.key[edge]
                if drawn < key[other]:
                    key[other] = drawn
                    parent[other] = current
        current = -1
        lowest = np.inf
        for i in range(size):
            if done[i] == 0 and key[i] < lowest:
                lowest = key[i]
                current = i
        if current < 0:
            return reached


@compiled
def stays_whole(graph, label, unit, mark, queue):
    """The grid of `unit` stays in one piece when it leaves."""
    home = label[unit]
    wanted = 0
    first = -1
    for edge in range(graph.start[unit], graph.start[unit + 1]):
        other = graph.near[edge]
        if label[other] == home:
            mark[other] = 1
            wanted += 1
            first = other
    if wanted == 0:
        return False
    head, tail = 0, 1
    queue[0] = first
    mark[first] |= 2
    found = 1
    while head < tail and found < wanted:
        here = queue[head]
        head += 1
        for edge in range(graph.start[here], graph.start[here + 1]):
            other = graph.near[edge]
            if label[other] == home and other != unit and mark[other] < 2:
                found += mark[other]
                mark[other] |= 2
                queue[tail] = other
                tail += 1
    for i in range(tail):
        mark[queue[i]] = 0
    for edge in range(graph.start[unit], graph.start[unit + 1]):
        mark[graph.near[edge]] = 0
    return found == wanted


@compiled
def split_grid(graph, wishes, label, group, new, share, trees, state):
    """Cut grid `group`, which is to become `share` grids, in two; returns how many `new` gets."""
    size = len(label)
    slot = np.full(size, -1, np.int64)
    members = np.empty(size, np.int64)
    parent = np.empty(size, np.int64)
    order = np.empty(size, np.int64)
    side = np.zeros(size, np.int64)
    number = 0
    for unit in range(size):
        if label[unit] == group:
            slot[unit] = number
            members[number] = unit
            number += 1
    given = best_cut(graph, wishes, label, members, number, share, trees, state, slot, parent, order, side)
    for i in range(number):
        if side[i]:
            label[members[i]] = new
    return given


@compiled
def seed_plan(graph, wishes, count, trees, state):
    """A first plan of `count` grids: recursive cuts, each the best of a few random trees."""
    size = len(graph.load)
    label = np.zeros(size, np.int64)
    shares = np.zeros(count, np.int64)
    shares[0] = count
    made = 1
    while made < count:
        group = 0
        while shares[group] < 2:
            group += 1
        given = split_grid(graph, wishes, label, group, made, shares[group], trees, state)
        shares[group] -= given
        shares[made] = given
        made += 1
    return label


@compiled
def best_cut(graph, wishes, label, members, number, share, trees, state, slot, parent, order, side):
    """Part `members[:number]`, which is to become `share` grids, in two; writes `side`.

    Returns how many of the grids the side gets.
    """
    lowest = np.inf
    given = 1
    load = np.empty(number)
    units = np.empty(number, np.int64)
    for _ in range(trees):
        grow_tree(graph, label, members, number, state, slot, parent, order)
        for i in range(number):
            load[i] = graph.load[members[i]]
            units[i] = 1
        for place in range(number - 1, 0, -1):
            i = order[place]
            load[parent[i]] += load[i]
            units[parent[i]] += units[i]
        total = load[order[0]]
        found = -1
        for place in range(1, number):
            i = order[place]
            least = max(1, share - (number - units[i]))
            most = min(share - 1, units[i])
            if least > most:
                continue
            part = 1 if total <= 0.0 else int(np.round(load[i] / total * share))
            part = min(max(part, least), most)
            rest = share - part
            miss = max(wishes.low * part - load[i], load[i] - wishes.high * part, 0.0)
            miss += max(wishes.low * rest - (total - load[i]), total - load[i] - wishes.high * rest, 0.0)
            rated = miss * 10.0 + abs(load[i] / part - (total - load[i]) / rest) * (1.0 + uniform(state))
            if rated < lowest:
                lowest = rated
                found = i
                given = part
        if found >= 0:
            for i in range(number):
                side[i] = 0
            side[found] = 1
            for place in range(1, number):
                i = order[place]
                if side[parent[i]]:
                    side[i] = 1
    return given
