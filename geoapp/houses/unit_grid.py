"""The units of a building as a grid (楼盘表): entrances beside each other, storeys top to bottom.

A pure function from rows to a table, so that the page only prints it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MOST_STOREYS = 200


class UnitLike(Protocol):
    """What the layout needs to know of a house."""

    @property
    def id(self) -> int: ...
    @property
    def entrance(self) -> int | None: ...
    @property
    def storey(self) -> int | None: ...
    @property
    def room(self) -> str | None: ...


@dataclass(frozen=True)
class StoreyRow:
    """One storey of one entrance; `cells` has one place per column, None where no house is."""

    storey: int
    cells: tuple[UnitLike | None, ...]


@dataclass(frozen=True)
class EntranceGrid:
    """One entrance (None: not known) with its storeys from top to bottom."""

    entrance: int | None
    columns: int
    rows: tuple[StoreyRow, ...]
    units: int


@dataclass(frozen=True)
class UnitGrid:
    """All entrances, and the houses whose storey is not known."""

    entrances: tuple[EntranceGrid, ...]
    unplaced: tuple[UnitLike, ...]


def lay_out(
    units: Sequence[UnitLike], storeys: int | None = None, entrances: int | None = None
) -> UnitGrid:
    """The grid of a building's houses.

    `storeys` and `entrances` are what is known of the building: storeys and entrances without a
    house stand empty. Units with the same ending of their room (101, 201, 301) share a column;
    where rooms do not tell, each storey is filled from the left in the order of its rooms.
    """
    placed = [u for u in units if u.storey is not None]
    by_entrance: dict[int | None, list[UnitLike]] = defaultdict(list)
    for unit in placed:
        by_entrance[unit.entrance].append(unit)
    if placed:
        for number in range(1, (entrances or 0) + 1):
            by_entrance.setdefault(number, [])
    levels = _levels(placed, storeys)
    order = sorted(by_entrance, key=lambda e: (e is None, e or 0))
    return UnitGrid(
        tuple(_entrance(e, by_entrance[e], levels) for e in order),
        tuple(sorted((u for u in units if u.storey is None), key=_room_order)),
    )


def _levels(placed: Sequence[UnitLike], storeys: int | None) -> list[int]:
    """Storeys to show, top first. A building has all storeys up to its highest, and no 0."""
    seen = {u.storey for u in placed if u.storey is not None}
    top = min(max([storeys or 0, *seen]), MOST_STOREYS) if seen else 0
    bottom = min([1, *seen])
    return sorted(({*range(bottom, top + 1)} | seen) - ({0} - seen), reverse=True)


def _entrance(
    entrance: int | None, units: Sequence[UnitLike], levels: Sequence[int]
) -> EntranceGrid:
    storeys: dict[int, list[UnitLike]] = defaultdict(list)
    for unit in sorted(units, key=_room_order):
        storeys[unit.storey or 0].append(unit)
    columns = _columns(storeys)
    width = max(columns.values(), default=-1) + 1
    rows = []
    for storey in levels:
        cells: list[UnitLike | None] = [None] * max(width, 1)
        for unit in storeys.get(storey, []):
            cells[columns[unit.id]] = unit
        rows.append(StoreyRow(storey, tuple(cells)))
    return EntranceGrid(entrance, max(width, 1), tuple(rows), len(units))


def _columns(storeys: dict[int, list[UnitLike]]) -> dict[int, int]:
    """Column of each unit by id: by the ending of its room where that is clear, else by order."""
    endings = {u.id: _ending(u) for row in storeys.values() for u in row}
    distinct = sorted({e for e in endings.values() if e is not None})
    clear = None not in endings.values() and all(
        len({endings[u.id] for u in row}) == len(row) for row in storeys.values()
    )
    widest = max((len(row) for row in storeys.values()), default=0)
    if clear and len(distinct) <= 2 * widest:
        place = {ending: column for column, ending in enumerate(distinct)}
        return {unit_id: place[e] for unit_id, e in endings.items() if e is not None}
    return {u.id: column for row in storeys.values() for column, u in enumerate(row)}


def _ending(unit: UnitLike) -> int | None:
    """302 on storey 3 ends in 2; B103 on storey -1 in 3; None where the room does not tell."""
    storey = unit.storey or 0
    lead = f"B{-storey}" if storey < 0 else str(storey)
    found = re.fullmatch(rf"0?{lead}-?(\d{{1,2}})室?", (unit.room or "").upper())
    return int(found[1]) if found else None


def _room_order(unit: UnitLike) -> tuple[list[tuple[int, int, str]], int]:
    """Rooms in the order people count them: 9 before 10, 2A before 2B; without a room last."""
    parts = re.findall(r"\d+|\D+", unit.room or "\U0010ffff")
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], unit.id
