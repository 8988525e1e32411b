"""What is divided, by which wishes, and what comes out: plain data, no method.

A plan is one grid number for each cell. Polygons are derived from it (`export`), never stored
beside it, so that two grids can neither overlap nor leave a gap (D4.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geoapp.core.i18n import N_
from grids_boundaries.derive.split import Band

INSIDE, LANE, STREET, MAIN, ARTERIAL, RAIL, RIVER = range(7)
BORDER_CLASSES = ("inside", "lane", "street", "main", "arterial", "rail", "river")
"""What lies under a border between two cells, in the order of the columns of `Borders.metres`."""
BIG = (MAIN, ARTERIAL, RAIL, RIVER)
"""What a grid should not straddle."""

__all__ = ["Band", "Borders", "Figures", "Plan", "Problem", "Profile", "Reason", "Workload"]


@dataclass(frozen=True, slots=True)
class Workload:
    """Work of a cell: households + `floating` x floating residents + `site` x key sites (A9.3)."""

    floating: float = 0.3
    site: float = 8.0


@dataclass(frozen=True, slots=True)
class Borders:
    """Neighbouring cells: `pairs` (m, 2) with i < j, `metres` (m, 7) by BORDER_CLASSES."""

    pairs: np.ndarray
    metres: np.ndarray


@dataclass(frozen=True)
class Problem:
    """Cells of one or more communities. All arrays have one row for each cell.

    `cells`: polygons of one coverage in a metric CRS (`derive.cells.derive_cells`). `unit`: block of
    a cell, `community`: index into `names`. `households`, `floating`, `sites`: counts. `dedicated`:
    -1, or the number of the dedicated grid (专属网格) a cell is reserved for. Cells of households above
    the band are single buildings, which nothing divides.
    """

    cells: np.ndarray
    unit: np.ndarray
    community: np.ndarray
    households: np.ndarray
    borders: Borders
    names: Sequence[str]
    floating: np.ndarray | None = None
    sites: np.ndarray | None = None
    dedicated: np.ndarray | None = None
    band: Band = field(default_factory=Band)
    workload: Workload = field(default_factory=Workload)

    def __post_init__(self) -> None:
        """Raises ValueError for rows that do not belong together, naming the field."""
        size = len(self.cells)
        for name in ("unit", "community", "households", "floating", "sites", "dedicated"):
            value = getattr(self, name)
            if value is not None and len(value) != size:
                raise ValueError(f"{name}: {len(value)} rows for {size} cells")
        if size and (self.households < 0).any():
            raise ValueError("households: below 0")
        if size and not 0 <= self.community.min() <= self.community.max() < len(self.names):
            raise ValueError("community: no such name")
        if not 0 < self.band.low <= self.band.high:
            raise ValueError("band: low must lie above 0 and not above high")

    @property
    def work(self) -> np.ndarray:
        """Workload of each cell."""
        total = self.households.astype(float)
        if self.floating is not None:
            total = total + self.workload.floating * self.floating
        if self.sites is not None:
            total = total + self.workload.site * self.sites
        return total

    @property
    def reserved(self) -> np.ndarray:
        """Dedicated grid of each cell, -1 for most."""
        return np.full(len(self.cells), -1) if self.dedicated is None else self.dedicated


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of weights; the band itself always counts most.

    `target`: households a grid should have, which decides the number of grids. `work`: evenness of
    workload, `shape`: compactness, `keep`: households that change grid (only with a previous plan).
    `metre`: cost of 1 km of border by BORDER_CLASSES; below 0 the border is wanted there.
    `effort`: moves tried, 1 = as measured in docs/partition.md.
    """

    key: str
    label: str
    target: float = 400.0
    work: float = 14.0
    shape: float = 1.8
    keep: float = 30.0
    metre: tuple[float, ...] = (3.0, 0.6, 0.4, -4.0, -7.0, -7.0, -9.0)
    effort: float = 1.0

    def with_effort(self, effort: float) -> Profile:
        """The same wishes with more or less search."""
        return replace(self, effort=effort)


PROFILES = {
    profile.key: profile
    for profile in (
        Profile("balanced", N_("均衡")),
        Profile("even", N_("工作量优先"), work=45.0),
        Profile("roads", N_("道路与形状优先"), work=6.0, shape=2.4, metre=(5.0, 1.0, 0.6, -8.0, -14.0, -14.0, -18.0)),
    )
}
"""Three proposals a planner can choose from; three names are easier to tell apart than six sliders."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is: a key of `reasons.SENTENCES` and the facts of its sentence.

    `cells`: the cells (rows of the problem) it is about, to be shown on the map.
    """

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a plan by grid (arrays of one row for each grid); areas m², lengths m."""

    households: np.ndarray
    work: np.ndarray
    area: np.ndarray
    perimeter: np.ndarray
    in_band: np.ndarray
    parts: np.ndarray

    @property
    def compactness(self) -> np.ndarray:
        """Polsby-Popper: 1 for a circle."""
        return np.asarray(4 * np.pi * self.area / np.maximum(self.perimeter, 1e-9) ** 2)


@dataclass(frozen=True, slots=True)
class CommunityResult:
    """What came of one community.

    `counts`: numbers of grids the band allows (may be empty). `whole_blocks`: do blocks as they
    are suffice; None where that is not known. `opened`: blocks divided between their buildings;
    `cut`: those of them that really lie in two grids. `reasons`: what is to be explained.
    `proven`: the plan is the best there is with these blocks, or it is proven that there is none.
    """

    name: str
    households: int
    counts: tuple[int, int]
    grids: int
    variation: float
    energy: float
    opened: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    whole_blocks: bool | None = None
    proven: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One proposal: `grid` of every cell, 0 to n - 1; `community` and `dedicated` of every grid.

    Grids of a community follow each other, west to east, then north to south (D4.4). `moved`: households
    that live on in a cell but in another grid than before, 0 without a previous plan.
    """

    grid: np.ndarray
    community: np.ndarray
    dedicated: np.ndarray
    figures: Figures
    communities: tuple[CommunityResult, ...]
    reasons: Mapping[int, Reason]
    profile: str
    moved: int = 0
    complete: bool = True
