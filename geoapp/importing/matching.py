"""Addresses of rows to the houses and buildings on register: candidates by number, scores by `addresses` (A8.7).

Read once for a file, and only if rows need it: one line for each building, with one address of its houses, and the
houses that stand in no building. Names that are alike are looked up among the few thousand there are; what is
behind a door is asked for the buildings that were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, Row, Select, func, select

from geoapp.core.db import table_of
from geoapp.houses.models import Building, House
from geoapp.importing.address_parts import Address, parse, tidy
from geoapp.importing.addresses import (
    AHEAD,
    EQUAL,
    POSSIBLE,
    SURE,
    contradicts,
    decide,
    merged,
    name_likeness,
    score,
)
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope

building, house, region = table_of(Building), table_of(House), table_of(Region)
MOST = 8
"""Candidates kept for a row."""
MOST_ENTRIES = 40
"""Places compared in full for one address: those whose names are most alike."""
MOST_ALONE = 300_000
"""Houses without a building that are read."""
OF_HOUSE = ("id", "number", "region_key", "building_id", "address", "entrance", "room")
Key = tuple[str, str, str]


class Entry(NamedTuple):
    """A building, or a house in no building, under one of its addresses; `known` is what all of them say."""

    kind: str
    id: int
    region_key: int
    address: Address
    known: Address


class Match(NamedTuple):
    """A place a row's address may mean: `kind` is house or building; `score` of 100; a house has its number."""

    kind: str
    id: int
    region_key: int
    score: float
    number: str | None = None


@dataclass
class AddressBook:
    """What is known of the places of some counties, within a sender's area."""

    connection: Connection
    scope: RowScope
    counties: Sequence[str]
    points: dict[int, tuple[float, float]] = field(default_factory=dict)
    _above: tuple[str, ...] = ()
    _communities: tuple[str, ...] = ()
    _entries: dict[Key, list[Entry]] = field(default_factory=dict)
    _names: dict[str, list[str]] = field(default_factory=dict)
    _alike: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._read_regions()
        names: dict[str, set[str]] = {"road": set(), "estate": set()}
        # put together here: joined by a database that has not counted these rows yet, it takes minutes
        inside = {row[0]: row[1] for row in self.connection.execute(_of_houses(self.scope, self.counties))}
        for row in self.connection.execute(_buildings(self.scope, self.counties)):
            self.points[row.id] = (row.lon, row.lat)
            aliases = [self.parsed(words).outside for words in _aliases(row, inside.get(row.id))]
            for address, known in merged(aliases):
                self._add(Entry("building", row.id, row.region_key, address, known), names)
        for row in self.connection.execute(_alone(self.scope, self.counties)):
            address = self.parsed(row.address)
            self._add(Entry("house", row.id, row.region_key, address, address), names)
        self._names = {kind: sorted(found) for kind, found in names.items()}

    def parsed(self, words: str) -> Address:
        """The parts of an address, without the names of the deployment's regions before it."""
        return parse(words, self._above, self._communities)

    def places(self, wanted: Address, within: tuple[int, int]) -> list[tuple[float, Entry]]:
        """Buildings, and houses without one, that the address may mean, each once with its best score.

        Beside a sure one only those that are not well behind it.
        """
        best: dict[tuple[str, int], tuple[float, Entry]] = {}
        outside = wanted.outside
        for entry in self._near(wanted):
            if not within[0] <= entry.region_key <= within[1] or contradicts(wanted, entry.known):
                continue
            worth = score(wanted if entry.kind == "house" else outside, entry.address)
            known = best.get((entry.kind, entry.id))
            if worth >= POSSIBLE and (known is None or worth > known[0]):
                best[entry.kind, entry.id] = worth, entry
        ranked = sorted(best.values(), key=lambda one: -one[0])[:MOST_ENTRIES]
        if not ranked or ranked[0][0] < SURE:
            return ranked
        return [one for one in ranked if one[0] > ranked[0][0] - AHEAD]

    def matches(self, rows: Mapping[int, tuple[str, tuple[int, int]]]) -> dict[int, tuple[Match | None, list[Match]]]:
        """Row to its clear winner or None, and its candidates, from its address and the key range it names."""
        wanted = {row: self.parsed(words) for row, (words, _) in rows.items()}
        found = {row: self.places(one, rows[row][1]) for row, one in wanted.items()}
        asked = [(row, places) for row, places in found.items() if wanted[row].room]
        buildings = {entry.id for _, places in asked for _, entry in places if entry.kind == "building"}
        inside = self._houses(buildings, {wanted[row].room for row, _ in asked})
        return {row: self._decided(wanted[row], places, inside) for row, places in found.items()}

    def _decided(
        self, wanted: Address, places: Sequence[tuple[float, Entry]], inside: Mapping[int, Sequence[Row]]
    ) -> tuple[Match | None, list[Match]]:
        scored: list[tuple[float, Match]] = []
        for worth, entry in places:
            doors = list(self._doors(wanted, worth, inside.get(entry.id, ()))) if entry.kind == "building" else []
            scored += doors or [(worth, Match(entry.kind, entry.id, entry.region_key, worth))]
        winner, possible = decide(scored)
        return winner, [match for _, match in possible[:MOST]]

    def _doors(self, wanted: Address, worth: float, houses: Iterable[Row]) -> Iterable[tuple[float, Match]]:
        """The houses of a building whose unit and room are those of the address."""
        for row in houses:
            if row.room and row.room.lstrip("0") != wanted.room:
                continue
            stored = self.parsed(row.address)
            unit = str(row.entrance or stored.unit or "")
            if (row.room or stored.room).lstrip("0") != wanted.room or (wanted.unit and unit and unit != wanted.unit):
                continue
            sure = EQUAL if stored.text == wanted.text else worth
            yield sure, Match("house", row.id, row.region_key, sure, row.number)

    def _houses(self, buildings: set[int], rooms: set[str]) -> dict[int, list[Row]]:
        """Houses of the buildings that may have one of the rooms."""
        found: dict[int, list[Row]] = {}
        if buildings:
            may = house.c.room.is_(None) | func.ltrim(house.c.room, "0").in_(rooms)
            asked = (house.c.county_code.in_(self.counties), house.c.building_id.in_(buildings), may)
            columns = (house.c[name] for name in OF_HOUSE)
            for row in self.connection.execute(select(*columns).where(*asked, self.scope.clause(house.c.region_key))):
                found.setdefault(row.building_id, []).append(row)
        return found

    def _near(self, wanted: Address) -> Iterable[Entry]:
        """Entries that share a number with the address under a name like its own."""
        for kind, name, number in _keys(wanted):
            for other in self._like(kind, name):
                yield from self._entries.get((kind, other, number), ())

    def _like(self, kind: str, name: str) -> list[str]:
        """Names of roads or estates that may be meant, itself among them."""
        if (kind, name) not in self._alike:
            known = self._names[kind]
            near = process.extract(name, known, scorer=fuzz.ratio, score_cutoff=POSSIBLE, limit=MOST_ENTRIES)
            self._alike[kind, name] = [other for other, *_ in near if name_likeness(name, other) >= POSSIBLE]
        return self._alike[kind, name]

    def _add(self, entry: Entry, names: Mapping[str, set[str]]) -> None:
        for key in _keys(entry.address):
            names[key[0]].add(key[1])
            self._entries.setdefault(key, []).append(entry)

    def _read_regions(self) -> None:
        rows = self.connection.execute(select(region.c.level, region.c.name)).all()
        self._communities = _longest({tidy(row.name) for row in rows if row.level == "community"})
        above = {tidy(row.name) for row in rows if row.level in ("province", "city", "county", "street")}
        self._above = _longest(above)


def contenders(candidates: Sequence[Match]) -> list[Match]:
    """Those of a row's candidates that may be the one, if the best is sure at all: often doors of one grid."""
    best = candidates[0].score if candidates else 0.0
    return [one for one in candidates if one.score > best - AHEAD] if best >= SURE else []


# -- parts ---------------------------------------------------------------------------------


def _keys(address: Address) -> Iterable[Key]:
    """(road or estate, its name, a number) under which an address is found."""
    bare = "-" if not (address.number or address.lane) else ""
    numbers = {f"{sign}{one}" for sign, one in (
        ("L", address.lane), ("N", address.number), ("B", address.building or bare),
    ) if one}  # fmt: skip
    for kind, name in (("road", address.road), ("estate", address.estate)):
        if name:
            yield from ((kind, name, number) for number in numbers)


def _longest(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted((name for name in names if len(name) > 1), key=len, reverse=True))


def _aliases(row: Row, of_house: str | None) -> set[str]:
    """How a building may be called: its address, its estate and name, both, and the address of one of its houses."""
    named = f"{row.estate or ''}{row.name or ''}" if row.name else ""
    whole = f"{row.address}{named}" if row.address and named else ""
    return {words for words in (row.address, named, whole, of_house) if words}


def _of_houses(scope: RowScope, counties: Sequence[str]) -> Select:
    """Of each building with houses the address of one of them."""
    mine = (house.c.county_code.in_(counties), house.c.building_id.is_not(None), scope.clause(house.c.region_key))
    return select(house.c.building_id, func.min(house.c.address)).where(*mine).group_by(house.c.building_id)


def _buildings(scope: RowScope, counties: Sequence[str]) -> Select:
    spot = func.ST_PointOnSurface(building.c.geom)
    names = (building.c[name] for name in ("id", "region_key", "address", "estate", "name"))
    query = select(*names, func.ST_X(spot).label("lon"), func.ST_Y(spot).label("lat"))
    return query.where(building.c.county_code.in_(counties), scope.clause(building.c.region_key))


def _alone(scope: RowScope, counties: Sequence[str]) -> Select:
    mine = (house.c.county_code.in_(counties), house.c.building_id.is_(None), scope.clause(house.c.region_key))
    return select(house.c.id, house.c.region_key, house.c.address).where(*mine).limit(MOST_ALONE)
