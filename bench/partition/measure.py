"""Ours on an instance: a proposal, a revision after a changed city, edits, gaps to proven optima."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, replace

import numpy as np
import shapely

from bench.partition.instances import Instance, outlines
from grids_boundaries.partition import exact, export, kernels, score
from grids_boundaries.partition.editing import Editor, EditRefused
from grids_boundaries.partition.graph import Net, parts_of
from grids_boundaries.partition.model import BIG, PROFILES, Plan
from grids_boundaries.partition.propose import propose, revise
from grids_boundaries.partition.search import Before, Search

PROFILE = PROFILES["balanced"]
SMALL_UNITS, SMALL_COLUMNS, PATIENCE_S = 24, 2_500, 20.0


@dataclass(frozen=True)
class Row:
    """One method on one instance."""

    instance: str
    method: str
    cpu: float
    wall: float
    megabytes: float
    failed: int
    score: score.Score


@dataclass(frozen=True)
class Ours:
    """A proposal of ours and its row."""

    row: Row
    plan: Plan
    shapes: np.ndarray


def city_of(instance: Instance) -> score.City:
    """What the scorer sees: outlines, buildings, big lines; work shared out by households."""
    problem = instance.problem
    cell = cell_of(instance)
    work = problem.work - problem.households
    homes = np.bincount(cell, minlength=len(problem.cells))
    own = instance.households + (work / np.maximum(homes, 1))[cell]
    big = instance.lines[np.isin(instance.classes, BIG)]
    return score.City(outlines(problem), instance.footprints, instance.households, own, big)


def cell_of(instance: Instance) -> np.ndarray:
    """Cell of each building by a point on it."""
    inside = shapely.point_on_surface(instance.footprints)
    building, cell = shapely.STRtree(instance.problem.cells).query(inside, predicate="intersects")
    found = np.zeros(len(inside), np.int64)
    found[building] = cell
    return found


def ours(instance: Instance, city: score.City, workers: int) -> Ours:
    """Propose, make the polygons, score them."""
    cpu, wall = time.process_time(), time.perf_counter()
    plan = propose(instance.problem, PROFILE, workers=workers, seed=1)
    shapes = export.polygons(instance.problem, plan.grid)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = Row(instance.name, "ours", *spent, peak, 0, score.score(city, shapes))
    return Ours(row, plan, shapes)


def peer(instance: Instance, city: score.City, found: tuple[str, float, np.ndarray, int]) -> Row:
    """A peer's plan by the same scorer."""
    method, cpu, grid, failed = found
    shapes = export.polygons(instance.problem, grid)
    return Row(instance.name, method, cpu, 0.0, 0.0, failed, score.score(city, shapes))


@dataclass(frozen=True)
class Revised:
    """A changed city: shares of households moved and of grids untouched, CPU seconds."""

    instance: str
    missed_before: int
    moved: float
    scratch: float
    untouched: float
    in_band: int
    grids: int
    cpu: float


def revised(instance: Instance, city: score.City, before: Ours) -> Revised:
    """2 % of the buildings 30 % more or less, some torn down, 20 estates for each 500 k households."""
    generator = np.random.default_rng(5)
    homes, cell = instance.households.copy(), cell_of(instance)
    changed = generator.random(len(homes)) < 0.02
    homes[changed] = np.round(homes[changed] * generator.choice([0.7, 1.3], int(changed.sum())))
    homes[generator.random(len(homes)) < 0.002] = 0
    estates = max(round(20 * homes.sum() / 520_000), 2)
    for building in generator.choice(len(homes), estates, replace=False):
        beside = np.flatnonzero(instance.problem.unit[cell] == instance.problem.unit[cell[building]])
        share = generator.integers(350, 701) / len(beside)
        homes[beside] += int(share)
    households = np.bincount(cell, homes, len(instance.problem.cells)).astype(np.int64)
    problem = replace(instance.problem, households=households)
    start = time.process_time()
    plan = revise(problem, PROFILE, before.plan.grid, lived=instance.problem.households, seed=2)
    cpu = time.process_time() - start
    scratch = propose(problem, PROFILE, seed=3)
    lived = np.minimum(homes, instance.households)
    shapes = [export.polygons(problem, one.grid) for one in (plan, scratch)]
    now = replace(city, households=homes)
    old = score.score(now, before.shapes)
    moved, untouched = score.moved(city, before.shapes, shapes[0], lived)
    afresh, _ = score.moved(city, before.shapes, shapes[1], lived)
    found = score.score(now, shapes[0])
    return Revised(
        instance.name, old.grids - old.in_band, moved / lived.sum(), afresh / lived.sum(), untouched,
        found.in_band, found.grids, cpu,
    )  # fmt: skip


@dataclass(frozen=True)
class Gaps:
    """Annealing alone and the whole search against proven optima of small communities."""

    family: str
    solved: int
    impossible: int
    alone: float
    alone_worst: float
    whole: float
    whole_worst: float
    hits: float


def gaps(instance: Instance, most: int) -> Gaps | None:
    """Up to `most` communities of whole blocks, few units, few columns; None where there are none."""
    problem = instance.problem
    net = Net.of(problem)
    alone, whole, impossible = [], [], 0
    exact.SECONDS, patience = PATIENCE_S, exact.SECONDS
    for part in parts_of(net, net.areas(np.ones(len(problem.cells), bool))):
        search = Search(part, PROFILE, 17, np.zeros(1, np.uint8))
        unit = part.units(np.zeros(len(part.members), bool))
        counts = search.counts()
        if unit.max() >= SMALL_UNITS or len(counts) == 0 or len(alone) + impossible >= most:
            continue
        before = Before.none(len(unit))
        graph = part.graph(unit, PROFILE, before.keep, before.label, before.fixed)
        wishes = search.wishes(counts[0])
        best = exact.best_plan(graph, wishes, counts[0], SMALL_COLUMNS)
        if not best.proven:
            continue
        if best.label is None:
            impossible += 1
            continue
        label, energy = search.annealed(graph, counts[0])
        miss = float(kernels.outside(graph, label, counts[0], wishes))
        # borders that are wanted count below 0: from there the cost of missing all of them is measured
        floor = -float(np.minimum(graph.cost, 0).sum()) / 2
        gap = (energy - best.energy) / (best.energy + floor)
        alone.append(gap)
        whole.append(0.0 if exact.worth_it(graph, miss) else gap)
    exact.SECONDS = patience
    if not alone:
        return None
    return Gaps(
        instance.name, len(alone), impossible, float(np.mean(alone)), max(alone), float(np.mean(whole)),
        max(whole), float(np.mean(np.array(alone) < 1e-6)),
    )  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """One kind of edit: times in ms of CPU and of the clock."""

    kind: str
    number: int
    p50: float
    p95: float
    p95_wall: float


def edits(instance: Instance, plan: Plan, each: int = 150) -> tuple[list[Timed], float, bool]:
    """Random edits of each kind; seconds to open the plan; is the partition whole at the end."""
    start = time.process_time()
    editor = Editor(instance.problem, plan)
    opened = time.process_time() - start
    generator = np.random.default_rng(9)
    times: dict[str, list[tuple[float, float]]] = {}
    for number in range(each * 7):
        kind = ("move a block", "paint cells", "drag a border", "merge", "split", "undo", "redo")[number % 7]
        step = _edit(editor, kind, generator)
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            step()
        except EditRefused:
            continue
        times.setdefault(kind, []).append((time.thread_time() - cpu, time.perf_counter() - wall))
    rows = []
    for kind, spent in times.items():
        cpu_ms, wall_ms = (np.array(spent) * 1000).T
        rows.append(Timed(kind, len(spent), *np.quantile(cpu_ms, [0.5, 0.95]), float(np.quantile(wall_ms, 0.95))))
    shapes = list(editor.shapes.values())
    area = abs(float(shapely.area(shapes).sum() - shapely.area(instance.problem.cells).sum()))
    return rows, opened, bool(shapely.coverage_is_valid(shapes)) and area < 0.01


def _edit(editor: Editor, kind: str, generator: np.random.Generator):
    """An edit of a kind at a random border, ready to be timed."""
    while True:
        cell = int(generator.integers(len(editor.grid)))
        own = int(editor.grid[cell])
        near = [n for n in editor._near[cell] if editor.grid[n] != own]
        if near:
            break
    other = int(editor.grid[near[0]])
    middle = editor.net.centre[cell]
    beside = [c for c in editor.cells_of[own] if editor.problem.unit[c] == editor.problem.unit[cell]][:5]
    west, south, east, north = editor.shapes[own].bounds
    x = generator.uniform(west, east, 2)
    path = shapely.LineString([middle, middle + generator.uniform(-80, 80, 2)])
    line = shapely.LineString([(x[0], south - 5), (x[1], north + 5)])
    return {
        "move a block": lambda: editor.move_block(int(editor.problem.unit[cell]), other),
        "paint cells": lambda: editor.paint(beside, other),
        "drag a border": lambda: editor.drag(other, own, path),
        "merge": lambda: editor.merge(other, own),
        "split": lambda: editor.split(own, line),
        "undo": editor.undo,
        "redo": editor.redo,
    }[kind]
