"""In which grid a row lies: named, by position, by the number of a house, by an address (A8.2, A8.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, select

from geoapp.core.db import table_of
from geoapp.core.i18n import N_, Label
from geoapp.houses.models import HouseNumber
from geoapp.importing.checking import Cells, Faults
from geoapp.importing.coordinates import meridians_near, to_wgs84
from geoapp.importing.matching import AddressBook, contenders
from geoapp.importing.positions import (
    NO_SYSTEM,
    Unclear,
    bad_position,
    read_cells,
    readings,
    unclear_rows,
)
from geoapp.loading.placing import RegionFinder, known_extent
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope
from layers.declare import RECORD

region, number = table_of(Region), table_of(HouseNumber)
LEVELS = {"county": 10**9, "street": 10**6, "community": 10**3, "grid": 1}
"""Level to the size of its key range (`grids_boundaries.keys`)."""
TITLES = {"county": N_("区县"), "street": N_("街道"), "community": N_("社区"), "grid": N_("网格")}
Named = tuple[str | None, str | None, str | None, str | None]
Fact = tuple[str, str, dict[str, object]]


@dataclass
class Places:
    """Regions of a sender's area by name and code, and outlines as the points need them.

    `home` is the region the batch belongs to: a row that names only a region above the area lies there.
    `system` is that of positions whose rows name none, as the sender chose it; None while nobody has.
    """

    connection: Connection
    scope: RowScope
    home: int
    system: str | None = None
    finder: RegionFinder = field(init=False)
    _known: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _grids: set[int] = field(default_factory=set)
    _resolved: dict[Named, tuple[int, int] | Fact] = field(default_factory=dict)
    _known_addresses: AddressBook | None = None
    _meridians: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.finder = RegionFinder(self.connection)
        above = {self.home // size * size for size in LEVELS.values()}
        mine = self.scope.clause(region.c.key) | region.c.key.in_(above)
        rows = select(region.c.key, region.c.level, region.c.name).where(mine, region.c.level.in_(LEVELS))
        for row in self.connection.execute(rows):
            self._known.setdefault((row.level, row.name), []).append(row.key)
            code = str(row.key)
            for words in {code, code[: 15 - len(str(LEVELS[row.level])) + 1]}:
                self._known.setdefault((row.level, words), []).append(row.key)
            if row.level == "grid":
                self._grids.add(row.key)

    def named(self, words: Named) -> tuple[int, int] | Fact:
        """Key range of the smallest region named, or the fault."""
        if words not in self._resolved:
            self._resolved[words] = self._resolve(words)
        return self._resolved[words]

    def _resolve(self, words: Named) -> tuple[int, int] | Fact:
        if not words[0]:
            return "county", "no_county", {}
        lo, hi, last = 0, 10**15, words[0]
        for (level, size), word in zip(LEVELS.items(), words, strict=True):
            if not word:
                continue
            found = [key for key in self._known.get((level, word), ()) if lo <= key <= hi]
            if len(found) != 1:
                code = "several_regions" if found else "unknown_region"
                return level, code, {"value": word[:40], "level": TITLES[level]}
            lo, hi, last = found[0], found[0] + size - 1, word
        if lo not in self.scope:
            if not lo <= self.home <= hi:
                return "county", "unknown_region", {"value": last[:40], "level": TITLES["county"]}
            lo = self.home
        return lo, hi

    def place(self, values: dict[str, Cells], rows: Sequence[int], faults: Faults, first: int = 0) -> Placed:
        """Region, how it was found and position of each row; rows with a fault stay at home.

        What the sender chose, and what was found, is written into `values`.
        `first`: rows of the file before these. Raises Unclear where positions name no system and nobody has chosen.
        """
        size = len(values["county"])
        found = Placed([self.home] * size, ["none"] * size, np.full((size, 2), np.nan))
        open_rows = [row for row in rows if self._by_name(values, row, found, faults)]
        self._by_position(values, open_rows, found, faults, first)
        self._by_house(values.get("house_number") or [None] * size, open_rows, found)
        self._by_address(values, [row for row in open_rows if row not in faults], found)
        return found

    def _by_name(self, values: Mapping[str, Cells], row: int, found: Placed, faults: Faults) -> bool:
        words: Named = (values["county"][row], values["street"][row], values["community"][row], values["grid"][row])
        told = self.named(words)
        if len(told) == 3:
            faults.setdefault(row, []).append(told)
            return False
        found.keys[row] = told[0]
        found.within[row] = told
        if told[0] in self._grids:
            found.how[row] = "named"
        return True

    def _by_position(
        self, values: dict[str, Cells], rows: Iterable[int], found: Placed, faults: Faults, first: int
    ) -> None:
        cells = read_cells(values, rows, faults)
        values["crs"] = list(values["crs"])  # the columns as they stood are kept
        if self.system is None:
            unclear = unclear_rows(cells, found.within, first)
            if unclear:
                raise Unclear(unclear)
        by_system: dict[str, tuple[list[int], list[tuple[float, float]]]] = {}
        for row, (east, north, named) in cells.items():
            system = named or self.system or NO_SYSTEM
            if system == NO_SYSTEM:
                faults.setdefault(row, []).append(("crs", "no_crs", {}))
                continue
            values["crs"][row] = system
            read = readings(system, east, north, self._near(system))
            for one, point in read:
                of_system = by_system.setdefault(one, ([], []))
                of_system[0].append(row)
                of_system[1].append(point)
            if not read:
                told = bad_position(east, north, system, values["lon"][row], values["lat"][row])
                faults.setdefault(row, []).append(told)
        if by_system:
            self._take_points(by_system, values, found, faults)

    def _take_points(
        self, by_system: Mapping[str, tuple[list[int], list[tuple[float, float]]]], values: Mapping[str, Cells],
        found: Placed, faults: Faults,
    ) -> None:  # fmt: skip
        """Each row's one point that lies in the region the row names; no such point, or two, are faults."""
        rows = [row for numbers, _ in by_system.values() for row in numbers]
        points = np.concatenate([to_wgs84(np.array(plane), one) for one, (_, plane) in by_system.items()])
        inside: dict[int, list[int]] = {row: [] for row in rows}
        keys = self.finder.find(points).tolist()
        for at, (row, key) in enumerate(zip(rows, keys, strict=True)):
            lo, hi = found.within[row]
            if lo <= key <= hi or key <= lo <= key + _size(key) - 1:
                inside[row].append(at)
        for row, places in inside.items():
            if len(places) != 1:
                facts = {"lon": values["lon"][row], "lat": values["lat"][row], "value": _last(values, row)}
                code = "several_zones" if places else "position_elsewhere"
                faults.setdefault(row, []).append(("lon", code, facts))
                continue
            key = keys[places[0]]
            found.points[row] = points[places[0]]
            if key in self._grids and found.how[row] == "none" and key in self.scope:
                found.keys[row], found.how[row] = key, "position"

    def _near(self, system: str) -> list[int]:
        """Central meridians around the deployment's outlines, for eastings without the number of a zone."""
        if system not in ("gk3", "gk6"):
            return []
        if system not in self._meridians:
            extent = known_extent(self.connection)
            self._meridians[system] = meridians_near(extent[0], extent[2], system) if extent else []
        return self._meridians[system]

    def _by_house(self, numbers: Cells, rows: Iterable[int], found: Placed) -> None:
        wanted = {row: numbers[row] for row in rows if numbers[row] and found.how[row] == "none"}
        if not wanted:
            return
        query = select(number.c.number, number.c.region_key).where(number.c.number.in_(set(wanted.values())))
        known = {row.number: row.region_key for row in self.connection.execute(query)}
        self._take(wanted, known, "house", found)

    def _by_address(self, values: dict[str, Cells], rows: Iterable[int], found: Placed) -> None:
        """Rows with neither position nor house number: the building or house their address means (A8.7).

        A row that names its record lies where that does; no place is guessed for it.
        """
        addresses, people, housed = values["address"], "id_number" in values, "house_number" in values
        numbers = list(values.get("house_number") or [None] * len(addresses))
        bare, records = np.isnan(found.points[:, 0]), values.get(RECORD) or [None] * len(addresses)
        wanted = {
            row: (str(addresses[row]), found.within[row])
            for row in rows if addresses[row] and bare[row] and not numbers[row] and not records[row]
        }  # fmt: skip
        if not wanted:
            return
        book = self._book(found, wanted)
        for row, (winner, candidates) in book.matches(wanted).items():
            if winner is None and candidates:
                found.candidates[row] = [(one.kind, one.id, round(one.score)) for one in candidates]
            elif winner and housed and winner.number:
                numbers[row] = winner.number
            elif winner and not people and winner.kind == "building":
                found.points[row] = book.points[winner.id]
            meant = {one.region_key for one in ([winner] if winner else contenders(candidates))}
            if len(meant) == 1 and found.how[row] == "none" and self._mine(row, min(meant), found):
                found.keys[row], found.how[row] = min(meant), "address"
        if housed:
            values["house_number"] = numbers

    def _book(self, found: Placed, rows: Iterable[int]) -> AddressBook:
        """Addresses of the counties these rows name; read again only for further counties."""
        counties = {str(found.within[row][0] // LEVELS["county"]) for row in rows}
        if self._known_addresses is None or not counties <= set(self._known_addresses.counties):
            known = set(self._known_addresses.counties) if self._known_addresses else set()
            self._known_addresses = AddressBook(self.connection, self.scope, sorted(known | counties))
        return self._known_addresses

    def _mine(self, row: int, key: int, found: Placed) -> bool:
        lo, hi = found.within[row]
        return key in self._grids and lo <= key <= hi and key in self.scope

    def _take(self, wanted: Mapping[int, str | None], known: Mapping[str, int], how: str, found: Placed) -> None:
        for row, word in wanted.items():
            key = known.get(word or "", 0)
            if self._mine(row, key, found):
                found.keys[row], found.how[row] = key, how


@dataclass
class Placed:
    """Of each row: region key, how it was found (`codes.PROPOSED`), position in WGS84 or NaN.

    `candidates`: of rows whose address may mean several places: (house or building, its id, score of 100).
    """

    keys: list[int]
    how: list[str]
    points: np.ndarray
    within: dict[int, tuple[int, int]] = field(default_factory=dict)
    candidates: dict[int, list[tuple[str, int, int]]] = field(default_factory=dict)


def _size(key: int) -> int:
    """Size of the key range of a region, by its zeros."""
    return next((size for size in LEVELS.values() if key and key % size == 0), 1)


def _last(values: Mapping[str, Cells], row: int) -> str:
    return next((str(values[level][row]) for level in reversed(LEVELS) if values[level][row]), "")


def title_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts with the level's word as a label."""
    return {k: Label(str(v)) if k == "level" else v for k, v in facts.items()}
