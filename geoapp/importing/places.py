"""In which grid a row lies: named, by position, by the number of a house, by an address (A8.2, A8.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, select, text

from geoapp.core.db import table_of
from geoapp.core.i18n import N_, Label
from geoapp.houses.models import House, HouseNumber
from geoapp.importing.checking import Cells, Faults, read_number
from geoapp.importing.coordinates import to_wgs84
from geoapp.loading.placing import RegionFinder
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope

region, house, number = table_of(Region), table_of(House), table_of(HouseNumber)
LEVELS = {"county": 10**9, "street": 10**6, "community": 10**3, "grid": 1}
"""Level to the size of its key range (`grids_boundaries.keys`)."""
TITLES = {"county": N_("区县"), "street": N_("街道"), "community": N_("社区"), "grid": N_("网格")}
CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north of all positions a row can have, degrees."""
Named = tuple[str | None, str | None, str | None, str | None]
Fact = tuple[str, str, dict[str, object]]


@dataclass
class Places:
    """Regions of a sender's area by name and code, and outlines as the points need them.

    `home` is the region the batch belongs to: a row that names only a region above the area lies there.
    """

    connection: Connection
    scope: RowScope
    home: int
    finder: RegionFinder = field(init=False)
    _known: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _grids: set[int] = field(default_factory=set)
    _resolved: dict[Named, tuple[int, int] | Fact] = field(default_factory=dict)

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

    def place(self, values: Mapping[str, Cells], rows: Sequence[int], faults: Faults) -> Placed:
        """Region, how it was found and position of each row; rows with a fault stay at home."""
        size = len(values["county"])
        found = Placed([self.home] * size, ["none"] * size, np.full((size, 2), np.nan))
        open_rows = [row for row in rows if self._by_name(values, row, found, faults)]
        self._by_position(values, open_rows, found, faults)
        self._by_house(values.get("house_number") or [None] * size, open_rows, found)
        self._by_address(values["address"], open_rows, found)
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

    def _by_position(self, values: Mapping[str, Cells], rows: Iterable[int], found: Placed, faults: Faults) -> None:
        lons, lats, systems = values["lon"], values["lat"], values["crs"]
        given = [row for row in rows if lons[row] or lats[row]]
        whole = [row for row in given if _is_position(lons[row], lats[row], systems[row], row, faults)]
        if not whole:
            return
        points = np.array([(float(lons[row] or 0), float(lats[row] or 0)) for row in whole])
        kinds = np.array([systems[row] for row in whole])
        for kind in set(kinds.tolist()):
            points[kinds == kind] = to_wgs84(points[kinds == kind], kind)
        for row, key, point in zip(whole, self.finder.find(points).tolist(), points, strict=True):
            lo, hi = found.within[row]
            if not lo <= key <= hi and not key <= lo <= key + _size(key) - 1:
                facts = {"lon": lons[row], "lat": lats[row], "value": _last(values, row)}
                faults.setdefault(row, []).append(("lon", "position_elsewhere", facts))
                continue
            found.points[row] = point
            if key in self._grids and found.how[row] == "none" and key in self.scope:
                found.keys[row], found.how[row] = key, "position"

    def _by_house(self, numbers: Cells, rows: Iterable[int], found: Placed) -> None:
        wanted = {row: numbers[row] for row in rows if numbers[row] and found.how[row] == "none"}
        if not wanted:
            return
        query = select(number.c.number, number.c.region_key).where(number.c.number.in_(set(wanted.values())))
        known = {row.number: row.region_key for row in self.connection.execute(query)}
        self._take(wanted, known, "house", found)

    def _by_address(self, addresses: Cells, rows: Iterable[int], found: Placed) -> None:
        wanted = {row: addresses[row] for row in rows if addresses[row] and found.how[row] == "none"}
        if not wanted:
            return
        counties = {str(found.keys[row] // LEVELS["county"]) for row in wanted}
        query = text(
            "SELECT address, min(region_key) AS key FROM house WHERE county_code = ANY(:counties) "
            "AND address = ANY(:addresses) GROUP BY address HAVING count(DISTINCT region_key) = 1"
        )
        facts = {"counties": sorted(counties), "addresses": sorted({one for one in wanted.values() if one})}
        known = {row.address: row.key for row in self.connection.execute(query, facts)}
        self._take(wanted, known, "address", found)

    def _take(self, wanted: Mapping[int, str | None], known: Mapping[str, int], how: str, found: Placed) -> None:
        for row, word in wanted.items():
            key = known.get(word or "", 0)
            lo, hi = found.within[row]
            if key in self._grids and lo <= key <= hi and key in self.scope:
                found.keys[row], found.how[row] = key, how


@dataclass
class Placed:
    """Of each row: region key, how it was found (`codes.PROPOSED`), position in WGS84 or NaN."""

    keys: list[int]
    how: list[str]
    points: np.ndarray
    within: dict[int, tuple[int, int]] = field(default_factory=dict)


def _is_position(lon: str | None, lat: str | None, system: str | None, row: int, faults: Faults) -> bool:
    if not lon or not lat:
        fault: Fact = ("lon", "half_position", {})
    elif not system:
        fault = ("crs", "no_crs", {})
    else:
        x, y = read_number(lon), read_number(lat)
        if x is None or y is None:
            return False  # told of the cell already
        if CHINA[0] <= x <= CHINA[2] and CHINA[1] <= y <= CHINA[3] and row not in faults:
            return True
        fault = ("lon", "bad_position", {"lon": lon, "lat": lat})
        if row in faults:
            return False
    faults.setdefault(row, []).append(fault)
    return False


def _size(key: int) -> int:
    """Size of the key range of a region, by its zeros."""
    return next((size for size in LEVELS.values() if key and key % size == 0), 1)


def _last(values: Mapping[str, Cells], row: int) -> str:
    return next((str(values[level][row]) for level in reversed(LEVELS) if values[level][row]), "")


def title_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts with the level's word as a label."""
    return {k: Label(str(v)) if k == "level" else v for k, v in facts.items()}
