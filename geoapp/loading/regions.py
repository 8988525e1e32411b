"""Regions: outlines of any level, and code lists without outlines (A0.8, D4.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

import numpy as np
import shapely
from sqlalchemy import Table, text

from geoapp.core.i18n import N_
from geoapp.loading.batch import Batch
from geoapp.loading.files import Source
from geoapp.loading.mapping import Wanted
from geoapp.loading.options import LoadOptions
from geoapp.loading.report import WARNED, RowFault
from geoapp.loading.run import Load
from geoapp.loading.run import Target as LoadTarget
from geoapp.loading.values import yes_or_no
from grids_boundaries.coverage_checks import Finding, check_children
from grids_boundaries.keys import LEVELS
from grids_boundaries.loading import known_regions, store_regions
from grids_boundaries.models import Region
from grids_boundaries.plan import PlannedRegion, RegionPlan, RegionRow, plan_regions

LEVEL_WORDS = {
    **{level: level for level in LEVELS},
    **{str(number): level for number, level in enumerate(LEVELS, start=1)},
    "省": "province", "市": "city", "区县": "county", "区": "county", "县": "county",
    "街道": "street", "乡镇": "street", "街道乡镇": "street", "社区": "community", "村": "community",
    "网格": "grid",
}  # fmt: skip
"""Levels as files name them; the national lists number them from 1."""
MOST_TOLD = 200
"""Findings of one load that are told one by one."""
_OUTLINES = text("""
SELECT p.key AS parent, ST_AsBinary(p.geom) AS outline, c.key, c.name, ST_AsBinary(c.geom) AS wkb
FROM region p JOIN region c ON c.parent_key = p.key
WHERE p.key = ANY(:parents) ORDER BY p.key, c.key
""")


def _level(word: str) -> str:
    return LEVEL_WORDS[word] if word in LEVEL_WORDS else _unknown(word)


def _unknown(word: str) -> str:
    raise ValueError(word)


class Target(LoadTarget):
    """Rows are gathered, then planned as a tree and stored at once; borders are checked after."""

    register = "regions"
    id_field = "code"
    types = ("Polygon", "MultiPolygon")
    fields = (
        Wanted("code", (
            "code15", "code12", "code9", "code6", "regioncode", "gridcode", "adcode", "区划代码",
            "行政区划代码", "网格编码", "网格代码", "社区编码", "社区代码", "代码", "编码",
        ), required=True),
        Wanted("name", ("名称", "网格名称", "社区名称", "regionname", "gridname", "mc"), required=True),
        Wanted("level", ("级别", "层级")),
        Wanted("parent", ("parentcode12", "parentcode", "上级代码", "上级区划", "上级")),
        Wanted("note", ("说明", "备注", "remark")),
        Wanted("dedicated", ("专属网格", "isdedicated")),
        Wanted("valid_from", ("生效日期", "启用日期", "validfrom")),
    )  # fmt: skip
    table = cast(Table, Region.__table__)

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.geometry_optional = load.driver == "CSV"
        self.rows: list[RegionRow] = []

    @classmethod
    def accept(cls, source: Source, options: LoadOptions) -> None:
        """Every kind of file."""

    def take(self, batch: Batch) -> None:
        """Keep the good rows."""
        levels = batch.parsed("level", _level)
        dedicated = batch.parsed("dedicated", yes_or_no)
        dates = batch.parsed("valid_from", lambda word: date.fromisoformat(word[:10]))
        columns = (batch.text("code"), batch.text("name"), batch.text("parent"), batch.text("note"))
        for row in np.flatnonzero(batch.ok).tolist():
            code, name, parent, note = (column[row] for column in columns)
            self.rows.append(
                RegionRow(
                    batch.number(row), code, name, levels[row], parent, note, dedicated[row],
                    dates[row], batch.rows.wkb[row],
                )
            )  # fmt: skip

    def finish(self) -> dict[str, set[int]]:
        """Plan, store, then look at the borders."""
        connection, report, options = self.load.connection, self.load.report, self.load.options
        plan = plan_regions(self.rows, lambda keys: known_regions(connection, keys), options.level)
        self._tell_faults(plan)
        stored = store_regions(connection, plan, options.origin, self.load.source)
        report.added, report.updated = stored.added, stored.updated
        report.unchanged = stored.unchanged
        report.unplaced = sum(one.source.wkb is None for one in plan.regions)
        self._check_borders(plan.regions)
        return {self.register: {one.code.lo for one in plan.regions}}

    def changed(self) -> dict[Table, list[str]]:
        """The table is not partitioned."""
        return {self.table: []}

    def _tell_faults(self, plan: RegionPlan) -> None:
        mapping = self.load.mapping
        for fault in plan.faults:
            column = mapping.get(fault.field, fault.field)
            row = RowFault(fault.row, fault.code, column, fault.msgid, fault.facts)
            self.load.report.faults.append(row)

    def _check_borders(self, regions: Sequence[PlannedRegion]) -> None:
        """Siblings against each other and their parent, for every family that was touched."""
        lines = {one.code.lo: one.source.row for one in regions if one.source.wkb}
        parents = {one.parent_key for one in regions if one.source.wkb and one.parent_key}
        parents |= set(lines)
        if not parents:
            return
        families = defaultdict(list)
        found = self.load.connection.execute(_OUTLINES, {"parents": list(parents)})
        for row in found:
            families[row.parent].append(row)
        told = 0
        for family in families.values():
            told += self._check_family(family, lines, MOST_TOLD - told)

    def _check_family(self, family: list, lines: dict[int, int], most: int) -> int:
        there = [row for row in family if row.wkb is not None]
        if not there:
            return 0
        outline = family[0].outline
        parent = shapely.from_wkb(bytes(outline)) if outline is not None else None
        children = shapely.from_wkb([bytes(row.wkb) for row in there])
        found = check_children(children, parent)
        # what is not covered yet is no gap while children without an outline are left
        findings = [f for f in found if f.kind != "gap" or len(there) == len(family)]
        for finding in findings[: max(most, 0)]:
            self._tell(finding, there, lines)
        if len(findings) > max(most, 0) > 0:
            more = len(findings) - most
            self.load.report.note(N_("另有 %(count)s 处边界问题没有逐一列出。"), count=more)
        return len(findings)

    def _tell(self, finding: Finding, there: list, lines: dict[int, int]) -> None:
        row = there[finding.first] if finding.first is not None else None
        facts = {
            "area": f"{finding.area_m2:,.0f}",
            "lon": f"{finding.lon:.6f}",
            "lat": f"{finding.lat:.6f}",
        }
        if finding.second is not None:
            facts["name"] = there[finding.second].name
        number = next((lines[r.key] for r in _concerned(finding, there) if r.key in lines), 0)
        code = str(row.key if row is not None else there[0].parent)
        fault = RowFault(number, code, "geometry", _FINDINGS[finding.kind], facts, WARNED)
        self.load.report.faults.append(fault)


_FINDINGS = {
    "overlap": N_("与“%(name)s”重叠 %(area)s 平方米，位于经度 %(lon)s、纬度 %(lat)s。"),
    "outside": N_("超出上级区划 %(area)s 平方米，位于经度 %(lon)s、纬度 %(lat)s。"),
    "gap": N_("同级区划之间有 %(area)s 平方米的空隙，位于经度 %(lon)s、纬度 %(lat)s。"),
}


def _concerned(finding: Finding, there: list) -> Iterable:
    numbers = (finding.first, finding.second)
    return (there[number] for number in numbers if number is not None)
