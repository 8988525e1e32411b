"""A plan that is drawn by hand: in memory, every step proven to be a partition.

An edit is a small set of cells with their old and new grids, so undo, redo and a history cost
nothing but these numbers. After each one the changed polygons are put together anew and proven: a
valid coverage with all their neighbours, and the same joint outline as before (D4.3).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geoapp.core.i18n import N_
from grids_boundaries.derive.codes import west_to_east
from grids_boundaries.partition import strokes
from grids_boundaries.partition.graph import Net
from grids_boundaries.partition.model import Plan, Problem

REFUSALS = {
    "locked": N_("网格 %(grid)s 已锁定，不能改动。"),
    "pieces": N_("这样改动后网格 %(grid)s 会断成 %(parts)s 片。"),
    "emptied": N_("这样改动后网格 %(grid)s 没有任何范围；如要取消该网格，请使用合并。"),
    "community": N_("单元不在网格 %(grid)s 所属的社区内。"),
    "unknown_grid": N_("没有编号为 %(grid)s 的网格。"),
    "unknown_cell": N_("没有编号为 %(cell)s 的单元。"),
    "apart": N_("网格 %(grid)s 与网格 %(other)s 不相邻，不能合并。"),
    "no_change": N_("没有需要改动的单元。"),
    "self_crossing": N_("划分线与自身相交，请重画。"),
    "no_cut": N_("划分线没有把网格 %(grid)s 分成两部分。"),
    "broken": N_("改动没有保持网格之间无缝、无重叠，已撤回。"),
}
"""Why an edit was refused; the plan is as it was."""


class EditRefused(ValueError):
    """The edit is not possible. `code`: key of REFUSALS; `facts` of its sentence; `cells` or `at` (metres): where."""

    def __init__(
        self, code: str, cells: Iterable[int] = (), at: shapely.Geometry | None = None, **facts: object
    ) -> None:
        """Nothing was changed."""
        super().__init__(code)
        self.code, self.facts, self.cells, self.at = code, facts, tuple(int(cell) for cell in cells), at


@dataclass(frozen=True, slots=True)
class Change:
    """Cells (m,) with their grids before and after; what undo, redo and the history keep."""

    cells: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def turned(self) -> Change:
        """The way back."""
        return Change(self.cells, self.after, self.before)


@dataclass(frozen=True, slots=True)
class GridFigures:
    """Figures of one grid: counts, m², Polsby-Popper, households outside the band (signed)."""

    grid: int
    households: int
    work: float
    area: float
    compactness: float
    parts: int
    deviation: int
    extra: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit did: the change, new polygons and figures of its grids, grids that are gone."""

    change: Change
    shapes: Mapping[int, shapely.Geometry]
    figures: Mapping[int, GridFigures]
    gone: tuple[int, ...]


class Editor:
    """One plan of one planner. Grid numbers stay as they are until `numbers` is asked for."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan | np.ndarray,
        locked: Collection[int] = (),
        extra: Mapping[str, np.ndarray] | None = None,
        *,
        whole: bool = True,
    ) -> None:
        """`extra`: more counts by cell to be shown. `whole`: edits that leave a grid in pieces are
        refused, else they are only told (a plan half drawn). A second or two for 40,000 cells.
        """
        self.problem, self.net, self.whole = problem, Net.of(problem), whole
        grid = plan.grid if isinstance(plan, Plan) else plan
        self.grid = np.asarray(grid, dtype=np.int64).copy()
        self.locked = {int(number) for number in locked}
        self.extra = dict(extra or {})
        self.shapes: dict[int, shapely.Geometry] = {}
        self.cells_of: dict[int, set[int]] = {}
        self.done: list[Change] = []
        self.undone: list[Change] = []
        self._figures: dict[int, GridFigures] = {}
        self._near = _neighbours(self.net)
        order = np.argsort(self.grid, kind="stable")
        breaks = np.flatnonzero(np.diff(self.grid[order])) + 1
        for members in np.split(order, breaks) if len(order) else ():
            number = int(self.grid[members[0]])
            self.cells_of[number] = set(members.tolist())
            self.shapes[number] = shapely.coverage_union_all(problem.cells[members])
        self.next_grid = max(self.cells_of, default=-1) + 1

    # -- what one can do ---------------------------------------------------------------------

    def paint(self, cells: Collection[int], to: int) -> Edit:
        """Give cells (a brush, a lasso) to a grid."""
        chosen = self._cells(cells)
        self._known(to)
        return self._do(chosen[self.grid[chosen] != to], to)

    def found(self, cells: Collection[int]) -> Edit:
        """Make a new grid of cells."""
        return self._do(self._cells(cells), self.next_grid)

    def carry(self, change: Change) -> Edit:
        """Carry out a change that is known to be right (undo, redo, a proposal, another process's edit).

        It is proven like any other, but not held by locks nor remembered for `undo`.
        """
        return self._apply(change)

    def move_block(self, block: int, to: int) -> Edit:
        """Give all cells of a block, in the community of the grid, to that grid."""
        self._known(to)
        community = self.problem.community[next(iter(self.cells_of[to]))]
        mine = (self.problem.unit == block) & (self.problem.community == community)
        return self.paint(np.flatnonzero(mine).tolist(), to)

    def drag(self, gaining: int, losing: int, path: shapely.Geometry, reach: float = 20.0) -> Edit:
        """Drag the border of two grids along `path` (metres): cells within `reach` change sides.

        What would be cut off from the rest of the losing grid goes along.
        """
        self._known(gaining, losing)
        members = np.array(sorted(self.cells_of[losing]))
        near = members[shapely.dwithin(self.problem.cells[members], path, reach)]
        near = self._reached(near, self.cells_of[gaining])
        rest = self.cells_of[losing] - set(near.tolist())
        parts = self._pieces(rest)
        if parts:
            largest = max(parts, key=lambda part: (float(self.net.load[part].sum()), len(part), -part[0]))
            near = np.append(near, [c for part in parts if part is not largest for c in part])
        return self._do(near.astype(np.int64), gaining)

    def merge(self, into: int, other: int) -> Edit:
        """Put two neighbouring grids of one community together; `other` is gone."""
        self._known(into, other)
        if into == other:
            raise EditRefused("no_change")
        near = {self.grid[n] for cell in self.cells_of[other] for n in self._near[cell]}
        if into not in near:
            raise EditRefused("apart", self.cells_of[other], grid=other, other=into)
        return self._do(np.array(sorted(self.cells_of[other])), into, merging=True)

    def split(self, grid: int, line: shapely.Geometry, snap: bool = True) -> Edit:
        """Cut a grid along a drawn line (metres), along block borders where it runs near them, else (or
        everywhere, without `snap`) between buildings. The part right of the line becomes a new grid.
        """
        self._known(grid)
        if not line.is_simple or line.is_empty:
            raise EditRefused("self_crossing", at=strokes.crossings(line))
        members = np.array(sorted(self.cells_of[grid]))
        side = strokes.sides(self.net, members, line, snap)
        side = self._two_pieces(members, side)
        if not side.any() or side.all() or not shapely.crosses(line, self.shapes[grid]):
            raise EditRefused("no_cut", members, grid=grid)
        return self._do(members[side], self.next_grid)

    def undo(self) -> Edit | None:
        """Take the last edit back; None where there is none."""
        if not self.done:
            return None
        change = self.done.pop()
        self.undone.append(change)
        return self._apply(change.turned())

    def redo(self) -> Edit | None:
        """Do again what was taken back; None where nothing was."""
        if not self.undone:
            return None
        change = self.undone.pop()
        self.done.append(change)
        return self._apply(change)

    def lock(self, *grids: int) -> None:
        """Keep grids as they are; without any: all of them."""
        self._known(*grids)
        self.locked.update(grids or self.cells_of)

    def unlock(self, *grids: int) -> None:
        """Let grids be changed again; without any: all of them."""
        self.locked.difference_update(grids or tuple(self.locked))

    def numbers(self) -> dict[int, int]:
        """Number of each grid in its community, from 1, west to east, then north to south (D4.4)."""
        grids = np.array(sorted(self.cells_of))
        centre = shapely.get_coordinates(shapely.centroid([self.shapes[g] for g in grids.tolist()]))
        community = np.array([self.problem.community[next(iter(self.cells_of[g]))] for g in grids.tolist()])
        found: dict[int, int] = {}
        for number in np.unique(community):
            mine = np.flatnonzero(community == number)
            for rank, i in enumerate(west_to_east(*centre[mine].T).tolist(), 1):
                found[int(grids[mine[i]])] = rank
        return found

    def figures(self, grid: int) -> GridFigures:
        """Figures of one grid as it is now; taken once for each shape of it."""
        if grid not in self._figures:
            self._figures[grid] = self._figured(grid)
        return self._figures[grid]

    # -- how it is done ----------------------------------------------------------------------

    def _figured(self, grid: int) -> GridFigures:
        members = np.fromiter(self.cells_of[grid], np.int64)
        shape, band = self.shapes[grid], self.problem.band
        households = int(self.problem.households[members].sum())
        deviation = households - min(max(households, band.low), band.high)
        rounded = 4 * np.pi * shape.area / max(shape.length, 1e-9) ** 2
        return GridFigures(
            grid, households, float(self.net.work[members].sum()), float(shape.area), float(rounded),
            len(self._pieces(self.cells_of[grid])), deviation,
            {name: float(values[members].sum()) for name, values in self.extra.items()},
        )  # fmt: skip

    def _cells(self, cells: Collection[int]) -> np.ndarray:
        chosen = np.unique(np.fromiter((int(c) for c in cells), np.int64))
        wrong = chosen[(chosen < 0) | (chosen >= len(self.grid))]
        if len(wrong):
            raise EditRefused("unknown_cell", cell=int(wrong[0]))
        return chosen

    def _known(self, *grids: int) -> None:
        for grid in grids:
            if grid not in self.cells_of:
                raise EditRefused("unknown_grid", grid=grid)

    def _do(self, cells: np.ndarray, to: int, *, merging: bool = False) -> Edit:
        """A new edit: checked, applied, proven, remembered."""
        if len(cells) == 0:
            raise EditRefused("no_change")
        change = Change(cells, self.grid[cells].copy(), np.full(len(cells), to))
        self._may(change, to, merging)
        edit = self._apply(change)
        if to == self.next_grid:
            self.next_grid += 1
        self.done.append(change)
        self.undone.clear()
        return edit

    def _may(self, change: Change, to: int, merging: bool) -> None:
        """Raises EditRefused where locks, the community or contiguity stand against it."""
        old = {int(grid) for grid in np.unique(change.before)}
        for grid in sorted((old | {to}) & self.locked):
            raise EditRefused("locked", self.cells_of[grid], grid=grid)
        community = set(np.unique(self.problem.community[change.cells]).tolist())
        if to in self.cells_of:
            community.add(int(self.problem.community[next(iter(self.cells_of[to]))]))
        if len(community) > 1:
            raise EditRefused("community", change.cells, grid=to)
        leaving = set(change.cells.tolist())
        for grid in sorted(old):
            rest = self.cells_of[grid] - leaving
            if not rest and not merging:
                raise EditRefused("emptied", self.cells_of[grid], grid=grid)
            self._in_one(grid, rest)
        self._in_one(to, self.cells_of.get(to, set()) | leaving)

    def _in_one(self, grid: int, cells: set[int]) -> None:
        if not self.whole:
            return
        parts = self._pieces(cells)
        if len(parts) > 1 and len(parts) > len(self._pieces(self.cells_of.get(grid, set()))):
            small = min(parts, key=len)
            raise EditRefused("pieces", small, grid=grid, parts=len(parts))

    def _apply(self, change: Change) -> Edit:
        """Change the cells, put the polygons together, prove them; raises EditRefused and changes nothing."""
        touched = {int(g) for g in np.unique(np.append(change.before, change.after))}
        old = {grid: self.shapes[grid] for grid in touched if grid in self.shapes}
        self._assign(change)
        new = {
            grid: shapely.coverage_union_all(self.problem.cells[sorted(self.cells_of[grid])])
            for grid in touched if grid in self.cells_of
        }  # fmt: skip
        if not self._proven(change, old, new):
            self._assign(change.turned())
            raise EditRefused("broken", change.cells)
        for grid in touched:
            self.shapes.pop(grid, None)
            self._figures.pop(grid, None)
        self.shapes.update(new)
        gone = tuple(sorted(touched - set(new)))
        return Edit(change, new, {grid: self.figures(grid) for grid in new}, gone)

    def _assign(self, change: Change) -> None:
        rows = zip(change.cells.tolist(), change.before.tolist(), change.after.tolist(), strict=True)
        for cell, before, after in rows:
            self.cells_of[before].discard(cell)
            self.cells_of.setdefault(after, set()).add(cell)
        self.grid[change.cells] = change.after
        for grid in np.unique(change.before).tolist():
            if not self.cells_of[grid]:
                del self.cells_of[grid]

    def _proven(
        self, change: Change, old: Mapping[int, shapely.Geometry], new: Mapping[int, shapely.Geometry]
    ) -> bool:
        """The new polygons fit each other and all their neighbours, and cover what the old ones did."""
        communities = {int(self.problem.community[next(iter(self.cells_of[grid]))]) for grid in new}
        if len(communities) == 1:
            return self._fits(old, new)
        # neighbouring communities are coverages of their own: they need not share every vertex
        home = {grid: int(self.problem.community[next(iter(self.cells_of[grid]))]) for grid in new}
        left = zip(change.before.tolist(), self.problem.community[change.cells].tolist(), strict=True)
        owner = dict(left) | home
        return all(
            self._fits(
                {grid: shape for grid, shape in old.items() if owner[grid] == one},
                {grid: shape for grid, shape in new.items() if home[grid] == one},
            )
            for one in communities
        )

    def _fits(self, old: Mapping[int, shapely.Geometry], new: Mapping[int, shapely.Geometry]) -> bool:
        """The same for the grids of one community."""
        around = {
            int(self.grid[near]) for grid in new for cell in self.cells_of[grid] for near in self._near[cell]
        }  # fmt: skip
        others = [self.shapes[grid] for grid in around - set(new)]
        shapes = list(new.values())
        if not shapely.coverage_is_valid([*shapes, *others]):
            return False
        before = shapely.normalize(shapely.coverage_union_all(list(old.values())))
        after = shapely.normalize(shapely.coverage_union_all(shapes))
        return bool(shapely.equals_exact(before, after, 0.0)) or (
            float(shapely.area(shapely.symmetric_difference(before, after))) == 0.0
        )

    def _pieces(self, cells: Collection[int]) -> list[list[int]]:
        """Connected parts of a set of cells."""
        left, parts = set(cells), []
        while left:
            part = [left.pop()]
            for cell in part:
                reached = left.intersection(self._near[cell])
                left -= reached
                part.extend(reached)
            parts.append(part)
        return parts

    def _reached(self, cells: np.ndarray, grid: set[int]) -> np.ndarray:
        """Those of the cells that hang together with the grid through each other."""
        left = set(cells.tolist())
        queue = [cell for cell in left if grid.intersection(self._near[cell])]
        left.difference_update(queue)
        for cell in queue:
            reached = left.intersection(self._near[cell])
            left -= reached
            queue.extend(reached)
        return np.array(sorted(queue), np.int64)

    def _two_pieces(self, members: np.ndarray, side: np.ndarray) -> np.ndarray:
        """Both sides in one piece: what hangs loose goes over to the other side."""
        for wanted in (True, False):
            parts = self._pieces(members[side == wanted].tolist())
            if len(parts) > 1:
                largest = max(parts, key=lambda part: (float(self.net.area[part].sum()), -part[0]))
                loose = np.array([c for part in parts if part is not largest for c in part])
                side = side.copy()
                side[np.isin(members, loose)] = not wanted
        return side


def _neighbours(net: Net) -> list[tuple[int, ...]]:
    """Neighbouring cells of the same community of each cell."""
    size = len(net.area)
    ends = np.concatenate([net.pairs, net.pairs[:, ::-1]])
    ends = ends[np.argsort(ends[:, 0], kind="stable")]
    place = np.searchsorted(ends[:, 0], np.arange(size + 1)).tolist()
    near = ends[:, 1].tolist()
    return [tuple(near[a:b]) for a, b in itertools.pairwise(place)]
