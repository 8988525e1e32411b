"""A division of communities into grids is checked before it may take effect (D4.3). Pure.

What is wrong is told with its place; nothing is mended here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_, translate
from geoapp.planning.boundaries import SAME_M2, NewGrid, to_metres
from grids_boundaries.coverage_checks import check_children
from grids_boundaries.derive.coverage import partition_error

MOST_TOLD = 50
SENTENCES = {
    "empty": N_("网格 %(grid)s 是空的：没有分到任何单元。"),
    "code": N_("两个网格的编号都是 %(code)s。"),
    "foreign": N_("编号 %(code)s 不属于社区 %(community)s。"),
    "overlap": N_("网格 %(grid)s 与网格 %(other)s 重叠 %(area)s 平方米。"),
    "outside": N_("网格 %(grid)s 超出社区边界 %(area)s 平方米。"),
    "gap": N_("社区内有 %(area)s 平方米不属于任何网格。"),
    "invalid": N_("网格 %(grid)s 的边界自相交。"),
    "no_outline": N_("社区 %(community)s 没有边界，不能发布网格。"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: a key of SENTENCES, its facts, its place (degrees) where it has one."""

    kind: str
    facts: Mapping[str, object]
    lon: float | None = None
    lat: float | None = None
    grid: int | None = None

    def sentence(self, locale: str) -> str:
        """In the reader's language."""
        return translate(SENTENCES[self.kind], locale, **self.facts)


class DivisionRefused(Conflict):
    """The division cannot take effect; `faults` say why and where."""

    msgid = N_("方案有 %(n)s 处问题，不能发布：%(first)s")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults
        super().__init__(n=len(faults), first=faults[0].sentence("zh"))

    def message(self, locale: str) -> str:
        """With the first fault in the reader's language."""
        return translate(self.msgid, locale, n=len(self.faults), first=self.faults[0].sentence(locale))


def check_division(grids: Sequence[NewGrid], outlines: Mapping[int, shapely.Geometry | None]) -> None:
    """Raises DivisionRefused unless the grids of each community (key to outline) are a partition of it."""
    faults = [*_single(grids), *_codes(grids)]
    if not faults:
        for community, outline in outlines.items():
            own = [grid for grid in grids if grid.community == community]
            faults += _partition(own, community, outline)
    if faults:
        raise DivisionRefused(faults[:MOST_TOLD])


def _single(grids: Sequence[NewGrid]) -> list[Fault]:
    faults = []
    for grid in grids:
        if shapely.is_empty(grid.polygon):
            faults.append(Fault("empty", {"grid": grid.number}, grid=grid.number))
        elif not shapely.is_valid(grid.polygon):
            point = shapely.point_on_surface(shapely.envelope(grid.polygon))
            faults.append(Fault("invalid", {"grid": grid.number}, point.x, point.y, grid.number))
    return faults


def _codes(grids: Sequence[NewGrid]) -> list[Fault]:
    given = [grid for grid in grids if grid.code is not None]
    faults = []
    counts = Counter(grid.code for grid in given)
    for grid in given:
        point = shapely.point_on_surface(grid.polygon)
        community = f"{grid.community:015d}"[:12]
        if counts[grid.code] > 1:
            faults.append(Fault("code", {"code": grid.code}, point.x, point.y, grid.number))
        if not str(grid.code).startswith(community):
            facts = {"code": grid.code, "community": community}
            faults.append(Fault("foreign", facts, point.x, point.y, grid.number))
    return faults


def _partition(grids: Sequence[NewGrid], community: int, outline: shapely.Geometry | None) -> list[Fault]:
    if outline is None:
        return [Fault("no_outline", {"community": f"{community:015d}"[:12]})]
    shapes = np.array([grid.polygon for grid in grids], dtype=object)
    numbers = [grid.number for grid in grids]
    metres = to_metres([outline, *shapes])([outline, *shapes])
    if partition_error(metres[1:], metres[0]) <= SAME_M2:
        # a vertex on a long straight border lies on it in metres, and a hair beside it in degrees
        return []
    faults = []
    for found in check_children(shapes, outline):
        facts: dict[str, object] = {"area": f"{found.area_m2:,.0f}"}
        grid = None
        if found.first is not None:
            grid = numbers[found.first]
            facts["grid"] = grid
        if found.second is not None:
            facts["other"] = numbers[found.second]
        faults.append(Fault(found.kind, facts, found.lon, found.lat, grid))
    return faults
