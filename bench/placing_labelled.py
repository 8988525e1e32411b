"""Share of addresses with a known place that are placed right, placed wrong, offered to choose from, or left.

Called by `python -m bench.placing`; the register and the texts are those of `bench.addresses`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from bench.addresses import Register, Spot, Written, address_of, communities, house_address, texts
from bench.importing import COUNTY
from bench.place import say

TEXTS, SEED = 20_000, 7
LOW = COUNTY * 10**9
SPAN = (LOW, LOW + 10**9 - 1)
_REGION = """
INSERT INTO region (key, hi, code, level, name, full_name, county_code, origin, geom)
VALUES (:key, :hi, :code, :level, :name, :name, :county, 'synthetic',
        ST_Multi(ST_MakeEnvelope(116.3, 39.9, 116.4, 40.0, 4326)))
"""
_BUILDING = """
INSERT INTO building (county_code, id, region_key, source, source_id, address, estate, name, use, placed,
                      position_source, origin, geom)
VALUES (:county, :id, :grid, 'placing', :id, :address, :estate, :name, 'residential', 1, 'imported', 'synthetic',
        ST_MakeEnvelope(116.3, 39.9, 116.3001, 39.9001, 4326))
"""
_HOUSE = """
INSERT INTO house (county_code, region_key, building_id, number, address, entrance, room, placed, origin)
VALUES (:county, :grid, :building, :number, :address, :entrance, :room, 0, 'synthetic')
"""


def filled(settings: Any) -> list[Spot]:
    """The register, in the database once."""
    from geoapp.core.db import owner_transaction

    spots = Register(random.Random(SEED)).spots
    with owner_transaction(settings) as connection:
        if connection.scalar(text("SELECT count(*) FROM building")):
            return spots
        connection.execute(text("SELECT ensure_county(:code)"), {"code": str(COUNTY)})
        connection.execute(text(_REGION), list(_regions()))
        connection.execute(text(_BUILDING), [_building(spot, at) for at, spot in enumerate(spots)])
        for spot in spots:
            connection.execute(text(_HOUSE), _houses(spot))
    return spots


def judged(settings: Any, spots: Sequence[Spot], count: int = TEXTS) -> list[tuple[str, Written, Any]]:
    """(right, wrong, offered or left; the text; winner and candidates) of so many texts."""
    from geoapp.core.db import owner_engine
    from geoapp.importing.matching import AddressBook
    from grids_boundaries.scope import RowScope

    written = list(texts(spots, count, random.Random(SEED)))
    with owner_engine(settings).connect() as connection:
        book = AddressBook(connection, RowScope((SPAN,)), [str(COUNTY)])
        rooms = {row.id: row for row in connection.execute(text("SELECT id, building_id, entrance, room FROM house"))}
        found = book.matches({at: (one.text, SPAN) for at, one in enumerate(written)})
    return [(verdict(one, *found[at], rooms), one, found[at]) for at, one in enumerate(written)]


def verdict(one: Written, winner: Any, candidates: Sequence[Any], rooms: Mapping[int, Any]) -> str:
    """What became of a text: a winner, or a grid without asking, must be the one thing it can mean."""
    from geoapp.importing.matching import contenders

    grids = {LOW + 1_001_001 + spot.grid for spot in one.spots}
    if winner is not None:
        home = rooms[winner.id].building_id if winner.kind == "house" else winner.id
        right = {spot.id for spot in one.spots} == {home}
        if winner.kind == "house":
            door = rooms[winner.id]
            spot = next((spot for spot in one.spots if spot.id == home), None)
            sure = bool(one.unit) or spot is None or spot.units < 2
            right &= sure and door.room == one.room and one.unit in ("", str(door.entrance or ""))
        return "right" if right else "wrong"
    meant = {match.region_key for match in contenders(candidates)}
    if len(meant) == 1:
        return "grid right" if grids == meant else "grid wrong"
    return "offered" if candidates else "left"


def report(results: Sequence[tuple[str, Written, Any]]) -> bool:
    """Both halves told; whether fewer than 0.5 % of those placed in the half kept back are wrong."""
    good = True
    for late, title in ((False, "half that was tuned on"), (True, "half kept back")):
        half = [(found, one) for found, one, _ in results if one.late == late]
        told = Counter(found for found, _ in half)
        placed = sum(told[name] for name in ("right", "wrong", "grid right", "grid wrong"))
        wrong = told["wrong"] + told["grid wrong"]
        there = sum(bool(one.spots) for _, one in half)
        among = sum(_among(one, kept) for found, one, kept in results if one.late == late and found == "offered")
        say(
            f"{title}: {len(half):,} texts, {there / len(half):.1%} of places on register; "
            + ", ".join(f"{name} {told[name] / len(half):.2%}" for name in sorted(told))
            + f"; the right one among those offered {among / max(told['offered'], 1):.1%}"
            + f"; {wrong} of {placed:,} placed are wrong ({wrong / max(placed, 1):.2%})"
        )
        good = wrong < 0.005 * placed
    return good


# -- parts ---------------------------------------------------------------------------------


def _among(one: Written, kept: tuple[Any, Sequence[Any]]) -> bool:
    """Whether a place the text may mean is offered; grids stand for doors."""
    offered = {match.region_key for match in kept[1]}
    return any(LOW + 1_001_001 + spot.grid in offered for spot in one.spots)


def _regions() -> Any:
    county = str(COUNTY)
    levels = [("province", 11 * 10**13, 10**13, "北京市"), ("county", LOW, 10**9, "海淀区")]
    levels += [("province", 31 * 10**13, 10**13, "上海市"), ("county", 310_101 * 10**9, 10**9, "黄浦区")]
    streets = list(dict.fromkeys(street for street, _ in communities()))
    levels += [("street", LOW + (at + 1) * 10**6, 10**6, name) for at, name in enumerate(streets)]
    levels += [
        ("community", LOW + 900_000_000 + at * 10**3, 10**3, name) for at, (_, name) in enumerate(communities())
    ]
    for level, key, size, name in levels:
        yield {"key": key, "hi": key + size - 1, "code": str(key), "level": level, "name": name, "county": county}


def _building(spot: Spot, at: int) -> dict[str, Any]:
    """Kept in one of three ways, as maps and registers do."""
    one, name = spot.parts, f"{spot.parts.building}{spot.word}"
    estate = one.estate + (f"{'一二'[one.phase - 1]}期" if one.phase else "")
    row = {"county": str(COUNTY), "id": spot.id, "grid": LOW + 1_001_001 + spot.grid}
    kept = (
        {"address": address_of(spot), "estate": None, "name": None},
        {"address": address_of(spot), "estate": estate or None, "name": name or None},
        {"address": None, "estate": estate or None, "name": name or None},
    )[at % 3]
    return row | (kept if estate else {"address": address_of(spot), "estate": None, "name": name or None})


def _houses(spot: Spot) -> list[dict[str, Any]]:
    return [
        {
            "county": str(COUNTY), "grid": LOW + 1_001_001 + spot.grid, "building": spot.id,
            "number": f"placing-{spot.id}-{unit}-{room}", "entrance": unit or None, "room": room,
            "address": house_address(replace(spot.parts, unit=str(unit) if unit else "", room=room), spot),
        }
        for unit in (range(1, spot.units + 1) if spot.units else (0,)) for room in spot.rooms
    ]  # fmt: skip
