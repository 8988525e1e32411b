"""Check a plan by its polygons alone: what a map shows, not what the solver says of itself.

Takes polygons, outlines of the communities, buildings and roads; knows nothing of cells, units or
graphs. A coverage that is valid may still miss a grid in the middle, so areas are compared as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import shapely

from grids_boundaries.partition.model import Band

CUT_M = 0.05
"""A border this far inside a building cuts it; nearer it is the rounding of the outline."""
ON_LINE_M = 0.05
STEP_M = 5.0
TOLERANCE_M2 = 0.01


@dataclass(frozen=True)
class City:
    """What does not depend on a plan. Metres.

    `outlines`: polygons of the communities. `footprints`, `households`, `work`: the buildings.
    `big`: lines of main roads, arterials, railways, rivers.
    """

    outlines: np.ndarray
    footprints: np.ndarray
    households: np.ndarray
    work: np.ndarray
    big: np.ndarray
    band: Band = field(default_factory=Band)


@dataclass(frozen=True)
class Score:
    """Figures of one plan; areas m², shares 0 to 1. `homeless`: buildings in no grid."""

    grids: int
    in_band: int
    least: int
    most: int
    in_pieces: int
    gap: float
    overlap: float
    invalid_edges: int
    across: int
    cut_buildings: int
    homeless: int
    compactness: float
    compactness_p10: float
    variation: float
    variation_p95: float
    straddled: float

    def sound(self) -> bool:
        """A partition: nothing in pieces, no gap, no overlap, no building cut or left out."""
        broken = self.in_pieces + self.invalid_edges + self.across + self.cut_buildings + self.homeless
        return broken == 0 and self.gap + self.overlap < TOLERANCE_M2

    def as_dict(self) -> Mapping[str, float]:
        """For tables and files."""
        return asdict(self)


def score(city: City, shapes: np.ndarray, dedicated: np.ndarray | None = None) -> Score:
    """Figures of the grids `shapes`; `dedicated` (mask) are left out of band, evenness and shape."""
    ordinary = np.ones(len(shapes), bool) if dedicated is None else ~dedicated
    home, cut = _buildings(city, shapes)
    found = home >= 0
    households = np.bincount(home[found], city.households[found], len(shapes)).astype(int)
    work = np.bincount(home[found], city.work[found], len(shapes))
    community, across = _communities(city, shapes)
    gap, overlap = _fit(city, shapes, community)
    bad = shapely.coverage_invalid_edges(shapes)
    rounded = 4 * np.pi * shapely.area(shapes) / np.maximum(shapely.length(shapes), 1e-9) ** 2
    spread = _variations(community[ordinary], work[ordinary])
    counted = households[ordinary]
    return Score(
        int(ordinary.sum()), int(((counted >= city.band.low) & (counted <= city.band.high)).sum()),
        int(counted.min()) if len(counted) else 0, int(counted.max(initial=0)),
        int((shapely.get_num_geometries(shapes) != 1).sum()), gap, overlap,
        int((~shapely.is_empty(bad)).sum()), across, int(cut.sum()),
        int((~found & (city.households > 0)).sum()),
        float(np.median(rounded[ordinary])), float(np.quantile(rounded[ordinary], 0.1)),
        float(spread.mean()), float(np.quantile(spread, 0.95)), _straddled(city, shapes),
    )  # fmt: skip


def _buildings(city: City, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grid of each building by a point on it (-1: none), and whether a border runs through it."""
    home = np.full(len(city.footprints), -1)
    inside = shapely.point_on_surface(city.footprints)
    tree = shapely.STRtree(shapes)
    building, grid = tree.query(inside, predicate="intersects")
    home[building] = grid
    core = shapely.buffer(city.footprints, -CUT_M, join_style="mitre")
    met = np.bincount(tree.query(core, predicate="intersects")[0], minlength=len(core))
    return home, (met > 1) & ~shapely.is_empty(core)


def _communities(city: City, shapes: np.ndarray) -> tuple[np.ndarray, int]:
    """Community of each grid by a point on it, and how many grids reach out of theirs."""
    community = np.full(len(shapes), -1)
    found, number = shapely.STRtree(city.outlines).query(
        shapely.point_on_surface(shapes), predicate="intersects"
    )
    community[found] = number
    known = community >= 0
    beyond = np.full(len(shapes), np.inf)
    beyond[known] = shapely.area(shapely.difference(shapes[known], city.outlines[community[known]]))
    return community, int((beyond > TOLERANCE_M2).sum())


def _fit(city: City, shapes: np.ndarray, community: np.ndarray) -> tuple[float, float]:
    """Square metres of the communities without a grid, and with more than one."""
    gap, overlap = 0.0, 0.0
    area = shapely.area(shapes)
    for number, outline in enumerate(city.outlines):
        mine = community == number
        union = shapely.union_all(shapes[mine])
        overlap += max(float(area[mine].sum() - union.area), 0.0)
        gap += float(shapely.area(shapely.difference(outline, union)))
    return gap, overlap


def _variations(community: np.ndarray, work: np.ndarray) -> np.ndarray:
    """Standard deviation over mean of the workload, for each community of several grids."""
    found = [0.0]
    for number in np.unique(community[community >= 0]):
        mine = work[community == number]
        if len(mine) > 1 and mine.mean() > 0:
            found.append(float(mine.std() / mine.mean()))
    return np.array(found[1:] or found)


def _straddled(city: City, shapes: np.ndarray) -> float:
    """Share of the big lines inside communities that runs inside a grid, not along its border."""
    if len(city.big) == 0 or len(shapes) == 0:
        return 0.0
    metres = shapely.length(city.big)
    steps = np.maximum((metres / STEP_M).astype(int), 1)
    line = np.repeat(np.arange(len(steps)), steps)
    place = (np.arange(len(line)) - np.repeat(np.cumsum(steps) - steps, steps) + 0.5) / steps[line]
    points = shapely.line_interpolate_point(city.big[line], place, normalized=True)
    weight = (metres / steps)[line]
    inner = ~_near(points, shapely.boundary(city.outlines))
    inner &= np.isin(np.arange(len(points)), shapely.STRtree(city.outlines).query(points, "within")[0])
    on_border = _near(points, shapely.boundary(shapes))
    total = float(weight[inner].sum())
    return float(weight[inner & ~on_border].sum()) / total if total else 0.0


def _near(points: np.ndarray, lines: np.ndarray) -> np.ndarray:
    near = np.zeros(len(points), bool)
    near[shapely.STRtree(lines).query(points, predicate="dwithin", distance=ON_LINE_M)[0]] = True
    return near


def moved(city: City, before: np.ndarray, after: np.ndarray, lived: np.ndarray) -> tuple[int, float]:
    """Households (`lived`: of each building, then and now) in another grid than before; unchanged grids.

    A new grid counts as the old one with which it shares most households. The second figure is the
    share of the old polygons that are there again.
    """
    old, _ = _buildings(city, before)
    new, _ = _buildings(city, after)
    both = (old >= 0) & (new >= 0)
    shared: dict[tuple[int, int], float] = {}
    for i in np.flatnonzero(both).tolist():
        pair = (int(old[i]), int(new[i]))
        shared[pair] = shared.get(pair, 0.0) + float(lived[i])
    stayed = 0.0
    seen_old: set[int] = set()
    seen_new: set[int] = set()
    for (was, now), total in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if was not in seen_old and now not in seen_new:
            seen_old.add(was)
            seen_new.add(now)
            stayed += total
    known = {shapely.to_wkb(shapely.normalize(shape)) for shape in after}
    again = sum(shapely.to_wkb(shapely.normalize(shape)) in known for shape in before)
    return int(lived[both].sum() - stayed), again / max(len(before), 1)
