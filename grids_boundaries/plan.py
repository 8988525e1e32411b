"""Which rows of a region file become regions, and where in the tree (D4.4, standards C2).

Pure: what the database knows comes in as a mapping of keys, what is wrong goes out as faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from grids_boundaries.keys import DIGITS, LEVELS, RegionCode, parse_code

MAX_NAME = 100
URBAN_DISTRICTS = "市辖区"
PLACEHOLDERS = (URBAN_DISTRICTS, "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""Names of rows that only fill the city level of the national lists; full names leave them out."""


@dataclass(slots=True)
class RegionRow:
    """One row of a file. `row` counts from 1; `wkb` is a checked (multi)polygon, EPSG:4326."""

    row: int
    code: str | None
    name: str | None
    level: str | None = None
    parent: str | None = None
    note: str | None = None
    dedicated: bool | None = None
    valid_from: date | None = None
    wkb: bytes | None = None


@dataclass(frozen=True, slots=True)
class KnownRegion:
    """A region the database has."""

    level: str
    name: str


@dataclass(slots=True)
class PlannedRegion:
    """An accepted row: its code taken apart, its parent's key (None for a province)."""

    source: RegionRow
    code: RegionCode
    parent_key: int | None
    name: str
    note: str | None


@dataclass(frozen=True, slots=True)
class RegionFault:
    """Why a row was refused."""

    row: int
    code: str
    field: str
    msgid: str
    facts: dict[str, object]


@dataclass
class RegionPlan:
    """Accepted regions, parents before children, and the faults of the rest."""

    regions: list[PlannedRegion] = field(default_factory=list)
    faults: list[RegionFault] = field(default_factory=list)

    def refuse(self, row: RegionRow, where: str, msgid: str, **facts: object) -> None:
        """Leave a row out."""
        self.faults.append(RegionFault(row.row, row.code or "", where, msgid, facts))


def parent_of(code: RegionCode) -> RegionCode | None:
    """The next level up that the code really has: levels of zeros do not exist there.

    441900003 (a town of a city without counties) belongs to 4419, not to 441900.
    """
    parent = code.parent()
    while parent is not None and parent.level != "province":
        upper = DIGITS[LEVELS[LEVELS.index(parent.level) - 1]]
        if parent.digits[upper:].strip("0"):
            break
        parent = parent.parent()
    return parent


def needed_keys(rows: Iterable[RegionRow], level: str | None = None) -> set[int]:
    """Keys of the rows and of their parents, as far as their codes can be read."""
    keys = set()
    for row in rows:
        try:
            code = parse_code(row.code or "", level or row.level)
        except InvalidInput:
            continue
        parent = parent_of(code)
        keys |= {code.lo} | ({parent.lo} if parent else set())
    return keys


def plan_regions(
    rows: Iterable[RegionRow], known: Callable[[set[int]], Mapping[int, KnownRegion]],
    level: str | None = None,
) -> RegionPlan:  # fmt: skip
    """Accept what has a code, a name and a parent; `known` looks keys up in the database.

    `level` holds for all rows; otherwise that of the row, otherwise that of the code.
    """
    rows = list(rows)
    there = known(needed_keys(rows, level))
    plan = RegionPlan()
    coded = _coded(rows, level, plan)
    taken: dict[int, PlannedRegion] = {}
    for code, row in sorted(coded, key=lambda one: (LEVELS.index(one[0].level), one[1].row)):
        _take(plan, taken, there, code, row)
    plan.regions = list(taken.values())
    plan.faults.sort(key=lambda fault: fault.row)
    return plan


def _coded(
    rows: list[RegionRow], level: str | None, plan: RegionPlan
) -> list[tuple[RegionCode, RegionRow]]:
    found = []
    for row in rows:
        if not row.code:
            plan.refuse(row, "code", N_("没有区划代码。"))
            continue
        try:
            code = parse_code(row.code, level or row.level)
        except InvalidInput as error:
            plan.refuse(row, error.field or "code", error.msgid, **error.facts)
            continue
        if not row.name:
            plan.refuse(row, "name", N_("没有名称。"))
        elif len(row.name) > MAX_NAME or not row.name.isprintable():
            plan.refuse(row, "name", N_("名称超过 %(most)s 个字符或含有无效字符。"), most=MAX_NAME)
        else:
            found.append((code, row))
    return found


def _take(
    plan: RegionPlan,
    taken: dict[int, PlannedRegion],
    there: Mapping[int, KnownRegion],
    code: RegionCode,
    row: RegionRow,
) -> None:
    before, known = taken.get(code.lo), there.get(code.lo)
    if before is not None:
        msgid = N_("代码与第 %(first)s 行重复。")
        if before.code.level != code.level:
            msgid = N_("代码与第 %(first)s 行重复：没有下一级的地方只保留上一级。")
        plan.refuse(row, "code", msgid, first=before.source.row)
        return
    if known is not None and known.level != code.level:
        msgid = N_("代码已用于“%(name)s”，级别为 %(level)s。")
        plan.refuse(row, "code", msgid, name=known.name, level=known.level)
        return
    parent = parent_of(code)
    if parent is not None and parent.lo not in taken and parent.lo not in there:
        plan.refuse(row, "code", N_("上级区划 %(code)s 不存在，请先装入。"), code=parent.text)
        return
    if row.parent and not _is_ancestor(row.parent, code):
        msgid = N_("上级代码“%(parent)s”与本行代码不符。")
        plan.refuse(row, "parent", msgid, parent=row.parent[:40])
        return
    name, note = _named(code, row, parent, taken, there)
    taken[code.lo] = PlannedRegion(row, code, parent.lo if parent else None, name, note)


def _is_ancestor(parent: str, code: RegionCode) -> bool:
    try:
        above = parse_code(parent)
    except InvalidInput:
        return False
    return above.lo <= code.lo <= above.hi


def _named(
    code: RegionCode,
    row: RegionRow,
    parent: RegionCode | None,
    taken: Mapping[int, PlannedRegion],
    there: Mapping[int, KnownRegion],
) -> tuple[str, str | None]:
    """Name and note. The city row of a municipality (1101 市辖区) carries its name: 北京市."""
    name = row.name or ""
    if code.level != "city" or name != URBAN_DISTRICTS or parent is None:
        return name, row.note
    above = taken[parent.lo].name if parent.lo in taken else there[parent.lo].name
    return above, row.note or URBAN_DISTRICTS
