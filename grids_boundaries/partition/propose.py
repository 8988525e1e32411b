"""Proposals for whole communities: `propose` from nothing, `revise` from a plan in force.

Areas (connected parts of a community without its dedicated and locked grids) are independent, so
they run in threads; each has a seed of its own, and the result does not depend on their number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from grids_boundaries.derive.codes import west_to_east
from grids_boundaries.partition import reasons
from grids_boundaries.partition.figures import figures_of, result_of
from grids_boundaries.partition.graph import Net, Part, parts_of
from grids_boundaries.partition.model import Plan, Problem, Profile
from grids_boundaries.partition.revision import Revision
from grids_boundaries.partition.search import Before, Found, Search

Progress = Callable[[int, int], None]
"""Called with (areas done, areas in all) from the calling thread."""


class Stop:
    """Ends a search early from any thread; what there is becomes the plan, marked incomplete."""

    def __init__(self) -> None:
        """Not asked to stop."""
        self.flag = np.zeros(1, np.uint8)

    def __call__(self) -> None:
        """Ask to stop; takes milliseconds."""
        self.flag[0] = 1

    @property
    def asked(self) -> bool:
        """Was it asked?"""
        return bool(self.flag[0])


def propose(
    problem: Problem,
    profile: Profile,
    previous: np.ndarray | None = None,
    locked: Collection[int] = (),
    progress: Progress | None = None,
    *,
    seed: int = 0,
    workers: int = 1,
    stop: Stop | None = None,
) -> Plan:
    """A plan for all communities of the problem (A9.3, A9.4). Deterministic by seed.

    `previous`: grid of each cell in the plan in force (-1: none); `locked`: its grids that must stay
    as they are. Without `revise` the previous plan decides nothing but the locks. Raises ValueError
    for locks without a previous plan.
    """
    run = _Run(problem, profile, previous, None, stop or Stop(), seed, workers)
    return run.plan(locked, progress)


def revise(  # noqa: PLR0913  as `propose`, and who lived there
    problem: Problem,
    profile: Profile,
    previous: np.ndarray,
    locked: Collection[int] = (),
    progress: Progress | None = None,
    *,
    lived: np.ndarray | None = None,
    seed: int = 0,
    workers: int = 1,
    stop: Stop | None = None,
) -> Plan:
    """The plan in force, changed as little as the band allows (A9.3: people and their changes).

    `lived`: households of each cell when the previous plan was made; those that are still there
    count as moved when their grid changes. An area whose grids are all in the band is left alone.
    """
    kept = problem.households if lived is None else np.minimum(lived, problem.households)
    run = _Run(problem, profile, previous, kept, stop or Stop(), seed, workers)
    return run.plan(locked, progress)


@dataclass(frozen=True)
class _Run:
    """One call. `keep`: households whose move costs; None where the previous plan does not count."""

    problem: Problem
    profile: Profile
    previous: np.ndarray | None
    keep: np.ndarray | None
    stop: Stop
    seed: int
    workers: int

    def plan(self, locked: Collection[int], progress: Progress | None) -> Plan:
        """Divide all areas and put them together."""
        net = Net.of(self.problem)
        frozen, dedicated = _frozen(self.problem, self.previous, locked)
        parts = parts_of(net, net.areas(frozen < 0))
        found = self._solve(parts, progress)
        grid = frozen.copy()
        count = len(dedicated)
        proven = np.zeros(count, bool)
        for part, one in zip(parts, found, strict=True):
            grid[part.members] = one.label + count
            count += one.count
            proven = np.append(proven, np.full(one.count, one.proven and one.outside > 0))
        dedicated = np.append(dedicated, np.zeros(count - len(dedicated), bool))
        grid, order = _numbered(self.problem, net, grid, count)
        return self._told(net, grid, (dedicated[order], proven[order]), list(zip(parts, found, strict=True)))

    def _solve(self, parts: Sequence[Part], progress: Progress | None) -> list[Found]:
        found: dict[int, Found] = {}
        with _pool(self.workers) as pool:
            waiting = {pool.submit(self._area, part): number for number, part in enumerate(parts)}
            for done, future in enumerate(as_completed(waiting), 1):
                found[waiting[future]] = future.result()
                if progress:
                    progress(done, len(parts))
        return [found[number] for number in range(len(parts))]

    def _area(self, part: Part) -> Found:
        search = Search(part, self.profile, _seed_of(self.problem, part, self.seed), self.stop.flag)
        if self.keep is None or self.previous is None:
            return search.fresh()
        cells = part.members
        before = Before(self.previous[cells], self.keep[cells], np.zeros(len(cells), bool))
        return Revision(search, before).found()

    def _told(
        self,
        net: Net,
        grid: np.ndarray,
        marks: tuple[np.ndarray, np.ndarray],
        areas: list[tuple[Part, Found]],
    ) -> Plan:
        """The plan with its figures and reasons; `marks`: which grids are dedicated, which proven."""
        problem, dedicated = self.problem, marks[0]
        community = np.zeros(len(dedicated), np.int64)
        community[grid] = problem.community
        figures = figures_of(net, grid, len(dedicated))
        own: list[list[tuple[Part, Found]]] = [[] for _ in problem.names]
        for part, one in areas:
            own[int(problem.community[part.members[0]])].append((part, one))
        results = tuple(
            result_of(problem, figures, grid, (community, dedicated), number, mine)
            for number, mine in enumerate(own)
        )
        moved = 0
        if self.previous is not None:
            lived = problem.households if self.keep is None else self.keep
            moved = moved_households(self.previous, grid, lived)
        why = reasons.of_plan(net, grid, figures.in_band, marks, [part for part, _ in areas])
        return Plan(
            grid, community, dedicated, figures, results, why, self.profile.key, moved, not self.stop.asked
        )  # fmt: skip


def _frozen(
    problem: Problem, previous: np.ndarray | None, locked: Collection[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Number of the frozen grid of each cell (-1: free), and which numbers are dedicated grids."""
    frozen = np.full(len(problem.cells), -1)
    reserved = problem.reserved
    names = np.unique(reserved[reserved >= 0])
    frozen[reserved >= 0] = np.searchsorted(names, reserved[reserved >= 0])
    if locked and previous is None:
        raise ValueError("locked: there is no previous plan to keep grids of")
    count = len(names)
    for grid in sorted(locked):
        cells = (np.asarray(previous) == grid) & (frozen < 0)
        frozen[cells] = count
        count += int(cells.any())
    return frozen, np.arange(count) < len(names)


def _seed_of(problem: Problem, part: Part, seed: int) -> int:
    """Depends on the community's name and the area's size, not on other areas."""
    name = problem.names[int(problem.community[part.members[0]])]
    mixed = np.random.SeedSequence([seed, len(part.members), *name.encode()])
    return int(mixed.generate_state(1, np.uint64)[0] >> np.uint64(2))


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(max(workers, 1), thread_name_prefix="partition")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _numbered(
    problem: Problem, net: Net, grid: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Grids by community, west to east, then north to south (D4.4), and the old number of each."""
    area = np.bincount(grid, net.area, count)
    x = np.bincount(grid, net.area * net.centre[:, 0], count) / np.maximum(area, 1e-9)
    y = np.bincount(grid, net.area * net.centre[:, 1], count) / np.maximum(area, 1e-9)
    community = np.zeros(count, np.int64)
    community[grid] = problem.community
    order = west_to_east(x, y)
    order = order[np.argsort(community[order], kind="stable")]
    order = order[area[order] > 0]
    rank = np.full(count, -1)
    rank[order] = np.arange(len(order))
    return rank[grid], order


def moved_households(before: np.ndarray, after: np.ndarray, lived: np.ndarray) -> int:
    """Households whose grid changed. A new grid is the old one with which it shares most of them."""
    known = before >= 0
    pairs, row = np.unique(np.column_stack([before[known], after[known]]), axis=0, return_inverse=True)
    shared = np.bincount(row.reshape(-1), lived[known], len(pairs))
    taken_old, taken_new, stayed = set(), set(), 0.0
    for i in np.argsort(-shared, kind="stable").tolist():
        old, new = pairs[i].tolist()
        if old not in taken_old and new not in taken_new:
            taken_old.add(old)
            taken_new.add(new)
            stayed += shared[i]
    return int(lived[known].sum() - stayed)

