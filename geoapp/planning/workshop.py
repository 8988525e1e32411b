"""Plans in memory: one `Desk` for each plan that is looked at, rebuilt from the database at any time.

A desk follows what other server processes wrote before it answers: the cells of the database count,
what is held here is only fast.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock, RLock
from time import monotonic
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from sqlalchemy import Connection, Row, select, text

from geoapp.core.db import table_of
from geoapp.planning.counts import Counts, count
from geoapp.planning.deriving import lines_within, moved, transformers
from geoapp.planning.models import PlanGrid, PlanPart
from grids_boundaries.derive.coverage import shared_edges
from grids_boundaries.derive.split import Band
from grids_boundaries.partition.editing import Change, Editor
from grids_boundaries.partition.graph import classed_borders
from grids_boundaries.partition.model import Borders, Problem

MOST_CELLS = 400_000
"""Cells of all desks of one process together; the one that was used longest ago goes first."""
FRESH_SECONDS = 600.0
"""Counts of homes and people are taken anew when they are older."""

part, grid_table = table_of(PlanPart), table_of(PlanGrid)
_NEWS = text("""
SELECT p.version, p.next_grid, t.region_key, t.first_cell, t.grid FROM plan p JOIN plan_part t ON t.plan_id = p.id
WHERE p.id = :plan AND t.region_key IN (
    SELECT g.region_key FROM plan_log l CROSS JOIN unnest(l.grids) AS n
    JOIN plan_grid g ON g.plan_id = l.plan_id AND g.number = n
    WHERE l.plan_id = :plan AND l.version > :version)
ORDER BY t.first_cell
""")
"""In one look, so that version and cells belong together."""


@dataclass(frozen=True, slots=True)
class GridFacts:
    """What a grid is beside its cells (columns of plan_grid)."""

    region_key: int
    in_force: int | None = None
    rank: int | None = None
    dedicated: bool = False
    locked: bool = False
    name: str | None = None
    gone: bool = False

    def values(self) -> dict[str, Any]:
        """As columns."""
        return {name: getattr(self, name) for name in GridFacts.__slots__}


@dataclass
class Desk:
    """A plan with its cells (`shown`: EPSG:4326), its editor (metres), facts of its grids and counts."""

    plan_id: int
    editor: Editor
    shown: np.ndarray
    parts: list[Row[Any]]
    in_force: np.ndarray
    there: Transformer
    back: Transformer
    facts: dict[int, GridFacts]
    counts: Counts
    version: int
    counted_at: float
    ahead: bool = False
    last: tuple[int, int] | None = None
    """A version and the number of the last step then, those that could be redone too; None: not known."""

    @property
    def problem(self) -> Problem:
        """Cells, blocks, communities and their counts."""
        return self.editor.problem

    def community_of(self, cells: np.ndarray) -> int:
        """Key of the community of the first of the cells."""
        return int(self.parts[int(self.problem.community[cells[0]])].region_key)

    def part_of(self, key: int) -> Row[Any]:
        """The part of a community."""
        return next(one for one in self.parts if one.region_key == key)

    def follow(self, connection: Connection, plan: Row[Any]) -> None:
        """Catch up with what others wrote since: the communities they touched are read, not the whole county."""
        if plan.version <= self.version:
            return
        rows = connection.execute(_NEWS, {"plan": plan.id, "version": self.version}).all()
        self.facts |= read_facts(connection, plan.id, [one.region_key for one in rows])
        self.editor.locked = {number for number, one in self.facts.items() if one.locked and not one.gone}
        found = [_differing(self.editor.grid, one.first_cell, np.array(one.grid, np.int64)) for one in rows]
        cells = np.concatenate([cells for cells, _ in found] or [np.empty(0, np.int64)])
        if len(cells):
            after = np.concatenate([grids for _, grids in found])
            self.editor.carry(Change(cells, self.editor.grid[cells].copy(), after))
        newest = rows[0] if rows else plan
        self.editor.next_grid, self.version = newest.next_grid, newest.version


class Workshop:
    """The desks of this process."""

    def __init__(self) -> None:
        self._desks: OrderedDict[tuple[str, int], Desk] = OrderedDict()
        self._making: dict[tuple[str, int], Any] = {}
        self._lock = Lock()

    @contextmanager
    def desk(self, connection: Connection, plan: Row[Any]) -> Iterator[Desk]:
        """The desk of a plan, up to date with the database, for this thread alone.

        `connection` must open `counts.READS` and end before this does: so nobody sees what was not
        committed. A desk that is `ahead` of a database that refused is thrown away.
        """
        key = (str(connection.engine.url.database), int(plan.id))
        with self._lock:
            making = self._making.setdefault(key, RLock())
        with making:
            desk = self._desks.get(key)
            if desk is None or monotonic() - desk.counted_at > FRESH_SECONDS:
                desk = build(connection, plan)
                self._keep(key, desk)
            else:
                with self._lock:
                    self._desks.move_to_end(key)
            try:
                desk.follow(connection, plan)
                yield desk
            except BaseException:
                if desk.ahead:
                    self.forget(key)
                raise
            desk.ahead = False

    def forget(self, key: tuple[str, int] | None = None) -> None:
        """Throw a desk away, or all."""
        with self._lock:
            if key is None:
                self._desks.clear()
            else:
                self._desks.pop(key, None)

    def _keep(self, key: tuple[str, int], desk: Desk) -> None:
        with self._lock:
            self._desks[key] = desk
            while sum(len(one.shown) for one in self._desks.values()) > MOST_CELLS and len(self._desks) > 1:
                self._desks.popitem(last=False)


workshop = Workshop()


def build(connection: Connection, plan: Row[Any], *, classed: bool = False) -> Desk:
    """A desk from the database. `classed`: borders by what lies under them, which only proposals need."""
    parts = list(connection.execute(select(part).where(part.c.plan_id == plan.id).order_by(part.c.first_cell)))
    shown, block = _units(connection, parts)
    middle = shapely.box(*shapely.total_bounds(shown)).centroid
    there, back = transformers(middle.x, middle.y)
    cells = moved(shown, there)
    community = np.repeat(np.arange(len(parts)), [len(one.grid) for one in parts])
    in_force = np.concatenate([np.array(one.in_force, np.int64) for one in parts])
    facts = read_facts(connection, plan.id)
    counts = count(connection, (plan.region_key, area_end(plan.region_key)), shown, in_force, community)
    grid = _joined(parts)
    reserved = np.array([number if facts[number].dedicated else -1 for number in grid.tolist()])
    problem = Problem(
        cells, block, community, counts.homes, _borders(connection, cells, block, shown, there, classed=classed),
        [f"{one.region_key // 1000:012d}" for one in parts], counts.floating, counts.sites, reserved,
        Band(plan.band_low, plan.band_high),
    )  # fmt: skip
    locked = [number for number, one in facts.items() if one.locked and not one.gone]
    editor = Editor(problem, grid, locked, {"houses": counts.houses, "sites": counts.sites})
    editor.next_grid = plan.next_grid
    return Desk(
        plan.id, editor, shown, parts, in_force, there, back, facts, counts, plan.version, monotonic()
    )  # fmt: skip


def _differing(grid: np.ndarray, first: int, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells of a part (its first one, its stored grids) that lie in another grid now, and which."""
    place = np.flatnonzero(grid[first : first + len(stored)] != stored)
    return place + first, stored[place]


def read_facts(connection: Connection, plan_id: int, communities: Sequence[int] | None = None) -> dict[int, GridFacts]:
    """Facts of all grids of a plan, or of some communities (keys); those that are gone too."""
    query = select(grid_table).where(grid_table.c.plan_id == plan_id)
    if communities is not None:
        query = query.where(grid_table.c.region_key.in_(communities))
    rows = connection.execute(query)
    return {row.number: GridFacts(*(getattr(row, name) for name in GridFacts.__slots__)) for row in rows}


def with_facts(facts: GridFacts, changed: Mapping[str, Any]) -> GridFacts:
    """Facts with some replaced."""
    return replace(facts, **changed)


def area_end(key: int) -> int:
    """The last key of the subtree of an area key (county, street or community)."""
    digits = 6 if key % 10**9 == 0 else 9 if key % 10**6 == 0 else 12
    return int(f"{key:015d}"[:digits].ljust(15, "9"))


def _joined(parts: Sequence[Any]) -> np.ndarray:
    return np.concatenate([np.array(one.grid, np.int64) for one in parts])


def _units(connection: Connection, parts: list[Row[Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Shapes (EPSG:4326) and blocks, numbered through all parts."""
    rows = connection.execute(
        text(
            "SELECT set_id, number, block, ST_AsBinary(geom) AS wkb FROM base_unit "
            "WHERE set_id = ANY(:sets) ORDER BY set_id, number"
        ),
        {"sets": [one.set_id for one in parts]},
    ).all()
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    sets = np.array([row.set_id for row in rows], np.int64)
    blocks = np.array([row.block for row in rows], np.int64)
    order = np.concatenate([np.flatnonzero(sets == one.set_id) for one in parts])
    shapes, blocks = shapes[order], blocks[order]
    first = 0
    start = 0
    for one in parts:
        mine = slice(start, start + len(one.grid))
        blocks[mine] += first
        first = int(blocks[mine].max(initial=first - 1)) + 1
        start += len(one.grid)
    return np.asarray(shapes), blocks


def _borders(
    connection: Connection, cells: np.ndarray, block: np.ndarray, shown: np.ndarray, there: Transformer, *,
    classed: bool,
) -> Borders:
    """Which cells touch; by what lies under their borders only where asked for."""
    if classed:
        lines = lines_within(connection, shapely.total_bounds(shown), there)
        return classed_borders(cells, block, lines.shapes, lines.classes)
    owners, ends = shared_edges(cells)
    metres = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    code = owners[:, 0].astype(np.int64) * len(cells) + owners[:, 1]
    pairs, row = np.unique(code, return_inverse=True)
    total = np.zeros((len(pairs), 7))
    total[:, 0] = np.bincount(row.reshape(-1), metres, len(pairs))
    return Borders(np.column_stack(np.divmod(pairs, max(len(cells), 1))), total)
