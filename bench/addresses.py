"""Addresses whose places are known: a register of real names, and ways departments write them, right and wrong.

Communities of Haidian (2023) and roads come from the demo's data; roads of Shanghai are those of OpenStreetMap
(ODbL). Which place a text means follows from its parts alone: all places of the register that agree with every part
that was written. Names and ways of writing are each halved by their hash, so that what is reported was never seen
while the rules were made.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from bench.address_words import (
    ALLEYS,
    CHINESE,
    FLATS,
    NOT_THERE,
    OLD,
    SHANGHAI,
    SIGNS,
    TOWERS,
    WAYS,
)
from geoapp.demo import haidian_source
from grids_boundaries.derive.names import community_name


@dataclass(frozen=True)
class Parts:
    """What an address can say of a building, and which of its doors."""

    road: str = ""
    lane: str = ""
    number: str = ""
    estate: str = ""
    phase: int = 0
    building: str = ""
    unit: str = ""
    room: str = ""

    @property
    def outside(self) -> Parts:
        return replace(self, unit="", room="")


@dataclass(frozen=True)
class Spot:
    """A building: its parts, the word behind its number, units and rooms on register, its grid."""

    id: int
    parts: Parts
    word: str
    units: int
    rooms: tuple[str, ...]
    grid: int
    community: str
    court: bool = False


@dataclass(frozen=True)
class Written:
    """A text, the buildings it may mean, and its door there if it names one; `late`: of the half kept back."""

    text: str
    spots: tuple[Spot, ...]
    unit: str
    room: str
    late: bool
    ways: Mapping[str, str]


def communities() -> list[tuple[str, str]]:
    """(street, community) of Haidian as the region register has them: 清华园街道, 静淑苑社区."""
    with Path(haidian_source.CODES).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    streets = {row["code12"]: row["name"] for row in rows if row["level"] == "4"}
    return [(streets[row["parent_code12"]], community_name(row["name"])) for row in rows if row["level"] == "5"]


class Register:
    """Estates with and without phases and streets, courts, doors on roads and in alleys, lanes, towers, a campus."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.spots: list[Spot] = []
        self.roads = [one for one in _roads() if one not in SHANGHAI]
        self.estates()
        self.doors()
        self.lanes()
        self.towers()
        self.campus()

    def add(
        self, parts: Parts, word: str, units: int, rooms: Sequence[str], community: str = "", court: bool = False
    ) -> None:
        """A building; nine in turn under one name share a grid."""
        grid = crc32(f"{parts.road}{parts.estate}{len(self.spots) // 9}".encode()) % 400
        self.spots.append(Spot(len(self.spots) + 1, parts, word, units, tuple(rooms), grid, community, court))

    def estates(self) -> None:
        """Named like the communities; of these some are real, and not on register."""
        for _, community in communities():
            name = re.sub(r"(?:社区|村)$", "", community)
            if self.dice.random() < 0.15 or len(name) < 2:
                continue
            fixed = re.fullmatch(r"(.+?[路街])(甲?\d+)号院?", name)
            road = self.dice.choice(self.roads) if self.dice.random() < 0.5 else ""
            base = Parts(road, "", str(self.dice.choice(self.free(road, 120))), name) if road else Parts(estate=name)
            base = Parts(fixed[1], "", fixed[2]) if fixed else base
            two = self.dice.random() < 0.15 and not fixed and name[-1] not in CHINESE
            for phase in (1, 2) if two else (0,):
                for building in range(1, self.dice.randrange(3, 10)):
                    parts = replace(base, phase=phase, building=str(building))
                    self.add(parts, "号楼", self.dice.randrange(1, 4), FLATS, community, bool(fixed or road))

    def doors(self) -> None:
        """Courts and single buildings on roads, houses in alleys."""
        for road in self.roads:
            for number in self.dice.sample(self.free(road, 160), 12):
                written = self.dice.choice((str(number), str(number), f"甲{number}", f"乙{number}"))
                if self.dice.random() < 0.3:
                    for building in range(1, 5):
                        self.add(Parts(road, "", written, building=str(building)), "号楼", 2, FLATS, court=True)
                else:
                    self.add(Parts(road, "", written), "", 0, ("1", "2", "3"))
        for alley in ALLEYS:
            for number in range(1, 12):
                name = alley if alley.endswith(("街", "巷")) else f"{alley}胡同"
                self.add(Parts(name, "", str(number)), "", 0, ("1", "2"))

    def lanes(self) -> None:
        """Lanes and doors on the roads of Shanghai."""
        for road in SHANGHAI:
            for lane in self.dice.sample(range(20, 900), 4):
                for number in range(1, 7):
                    self.add(Parts(road, str(lane), str(number)), "", 0, FLATS)
            for number in self.dice.sample(range(1, 900), 6):
                self.add(Parts(road, "", str(number)), "", 0, FLATS)

    def towers(self) -> None:
        """Named buildings, some of two phases or two towers."""
        for tower in TOWERS:
            road, number = self.dice.choice(SHANGHAI), str(self.dice.randrange(1000, 1400))
            for phase in (1, 2) if self.dice.random() < 0.4 else (0,):
                for building in ("A", "B") if self.dice.random() < 0.5 else ("",):
                    parts = Parts(road, "", number, tower, phase, building)
                    self.add(parts, "座" if building else "", 0, ("1203", "1204", "801"))

    def campus(self) -> None:
        """西15楼 and numbered dormitories."""
        for side in ("西", "东", "南"):
            for building in range(1, 16):
                self.add(Parts(estate="清华大学", building=f"{side}{building}"), "楼", 2, FLATS)
        for building in range(1, 12):
            self.add(Parts(estate="中国农业大学学生公寓", building=str(building)), "号楼", 0, FLATS)

    def free(self, road: str, most: int) -> list[int]:
        """Numbers of a road no place has: one door is one place."""
        taken = {spot.parts.number for spot in self.spots if spot.parts.road == road}
        return [number for number in range(1, most) if str(number) not in taken]


def house_address(parts: Parts, spot: Spot) -> str:
    """The address of a door as the register has it."""
    return address_of(spot) + (f"{parts.unit}单元" if parts.unit else "") + f"{parts.room}室"


def address_of(spot: Spot) -> str:
    """The address of the building itself."""
    one = spot.parts
    number = f"{one.number}号{'院' if spot.court else ''}" if one.number else ""
    return f"{one.road}{one.lane and one.lane + '弄'}{number}{one.estate}{_phase(one, '期')}{one.building}{spot.word}"


def texts(spots: Sequence[Spot], count: int, dice: random.Random) -> Iterator[Written]:
    """So many addresses, half of them kept back by the names and by the way they are written."""
    index = _index(spots)
    made = 0
    while made < count:
        spot, ways = dice.choice(spots), {name: dice.choice(all_of) for name, all_of in WAYS.items()}
        names, how = f"{spot.parts.road}{spot.parts.estate}", "".join(ways[name] for name in sorted(ways))
        late = crc32(names.encode()) % 2 == 1
        if late != (crc32(how.encode()) % 2 == 1):
            continue
        found = _write(spot, ways, dice, index)
        if found:
            made += 1
            yield Written(found[0], found[1], found[2], found[3], late, ways)


# -- parts ---------------------------------------------------------------------------------

Index = Mapping[tuple[str, str], Sequence[Spot]]


def _index(spots: Sequence[Spot]) -> Index:
    found: dict[tuple[str, str], list[Spot]] = {}
    for spot in spots:
        for kind in ("road", "estate"):
            found.setdefault((kind, getattr(spot.parts, kind)), []).append(spot)
    return found


def _meant(parts: Parts, index: Index) -> tuple[Spot, ...]:
    """Places that agree with every part that is written."""
    kind = "estate" if parts.estate else "road"
    named = ("road", "lane", "number", "estate", "phase", "building")
    agree = (
        spot for spot in index.get((kind, getattr(parts, kind)), ())
        if all(not getattr(parts, name) or getattr(parts, name) == getattr(spot.parts, name) for name in named)
    )  # fmt: skip
    if parts.estate:
        return tuple(agree)
    # a door on a road is not one of a lane, nor a building inside the court of that number
    return tuple(
        spot for spot in agree if parts.lane == spot.parts.lane and (parts.building or not spot.parts.building)
    )


def _write(
    spot: Spot, ways: Mapping[str, str], dice: random.Random, index: Index
) -> tuple[str, tuple[Spot, ...], str, str] | None:
    """Text, places it may mean, unit and room it names; None where the way does not suit the place."""
    unit = str(dice.randrange(1, spot.units + 1)) if spot.units else ""
    parts = _left_out(replace(spot.parts, unit=unit, room=dice.choice(spot.rooms)), ways["left_out"])
    if parts is None:
        return None
    if ways["room"] == "none":
        parts = parts.outside
    elif ways["unit"] == "none":
        parts = replace(parts, unit="")
    written, meant = _slipped(parts, ways["slip"], dice)
    if written is None or meant is None:
        return None
    text = _with_more(_text(written, spot, ways), ways["more"], parts, written)
    if text is None:
        return None
    nowhere = ways["more"] in NOT_THERE or ways["more"] in ("之一", "附")
    return text, () if nowhere else _meant(meant, index), written.unit, written.room


def _left_out(parts: Parts, what: str) -> Parts | None:
    """Without what is not written; None where there is no such part, or nothing else to find the place by."""
    if what == "road" and parts.estate:
        return replace(parts, road="", number="")
    if what == "estate" and parts.road and parts.number and parts.building:
        return replace(parts, estate="", phase=0)
    if what == "phase" and parts.phase:
        return replace(parts, phase=0)
    return None if what else parts


def _with_more(text: str, more: str, parts: Parts, written: Parts) -> str | None:
    """The text with what people add to it; None where nobody would."""
    if more == "old":
        known = parts.road in OLD and written.road
        return text.replace(written.road, f"{written.road}（原{OLD[parts.road]}）", 1) if known else None
    if more in ("之一", "附"):
        alone = parts.number and not parts.building and not written.room
        return text + ("之一" if more == "之一" else "附3号") if alone else None
    if more == "底商" and (written.room or not written.building):
        return None
    return text + ("（近地铁站）" if more == "near" else more)


def _slipped(parts: Parts, slip: str, dice: random.Random) -> tuple[Parts | None, Parts | None]:
    """What is written, and what it says: a wrong sign means the place all the same, a wrong number another one."""
    kind = "estate" if parts.estate else "road"
    if not slip:
        return parts, parts
    if slip in ("sign", "lost"):
        wrong = _misspelt(getattr(parts, kind), slip, dice)
        return (_named(parts, kind, wrong), parts) if wrong else (None, None)
    if slip == "room" and parts.room:
        return replace(parts, room=f"{parts.room}9"), parts
    other = _other(parts, slip, kind, dice)
    return other, other


def _misspelt(name: str, slip: str, dice: random.Random) -> str | None:
    if len(name) < 4:
        return None
    at = dice.randrange(1, len(name) - 1)
    if name[at] in "东南西北前后上下内外新老一二三四五六七八九十0123456789甲乙第中里路街号院":
        return None
    return name[:at] + (dice.choice(SIGNS) if slip == "sign" else "") + name[at + 1:]


def _other(parts: Parts, slip: str, kind: str, dice: random.Random) -> Parts | None:
    """Another place: its number, 甲, phase, side or the name its road once had differ."""
    name = getattr(parts, kind)
    which = "building" if parts.building.isdigit() else "number"
    if slip == "number" and getattr(parts, which):
        return _named(parts, which, str(int(re.sub(r"\D", "", getattr(parts, which))) + dice.choice((1, 2, 10, 100))))
    if slip == "甲" and parts.number:
        bare = parts.number.lstrip("甲乙")
        return replace(parts, number=bare if bare != parts.number else f"甲{bare}")
    if slip == "phase" and parts.estate:
        return replace(parts, phase=3 if parts.phase else 2)
    if slip == "side" and any(side in name for side in "东西南北"):
        return _named(parts, kind, name.translate(str.maketrans("东西南北", "西东北南")))
    return replace(parts, road=OLD[parts.road]) if slip == "old" and parts.road in OLD else None


def _named(parts: Parts, which: str, text: str) -> Parts:
    return replace(parts, **{which: text})  # type: ignore[arg-type]


def _text(parts: Parts, spot: Spot, ways: Mapping[str, str]) -> str:
    """The parts as they are written down."""
    estate, digits = parts.estate, ways["digits"]
    if estate and ways["estate"] != "own":
        bare = re.sub(r"小区$", "", estate)
        estate = bare if ways["estate"] == "bare" or len(parts.building) > 1 else bare + ways["estate"]
    number = f"{_digits(parts.number, digits)}号" if parts.number else ""
    if number and spot.court:
        number = number[:-1] + {"院": "号院", "号院": "号院", "大院": "号大院", "none": "号"}[ways["court"]]
    lane = f"{_digits(parts.lane, digits)}弄" if parts.lane else ""
    phase = _phase(parts, ways["phase"])
    inner = _door(parts, spot, ways, digits)
    joint = ways["joint"]
    if joint == "()":
        first = f"{parts.road}{lane}{number}"
        whole = f"{first}（{estate}{phase}）{inner}" if first and estate else f"{first}{estate}{phase}{inner}"
    else:
        whole = joint.join(piece for piece in (f"{parts.road}{lane}{number}", f"{estate}{phase}", inner) if piece)
    return f"{_before(spot, ways['before'])}{whole}"


def _door(parts: Parts, spot: Spot, ways: Mapping[str, str], digits: str) -> str:
    """Building, unit and room."""
    dashed = ways["building"] == "-" and parts.building.isdigit() and parts.room
    if dashed and (parts.estate or not spot.parts.number):
        return "-".join(one for one in (parts.building, parts.unit, parts.room) if one)
    word = spot.word if ways["building"] in ("own", "-") or not parts.building.isdigit() else ways["building"]
    building = f"{_digits(parts.building, digits)}{word}" if parts.building else ""
    unit = f"{_digits(parts.unit, digits)}{ways['unit']}" if parts.unit else ""
    room = ways["room"] if ways["room"] != "none" else ""
    return f"{building}{unit}{parts.room}{room if parts.room else ''}"


def _before(spot: Spot, how: str) -> str:
    city = "上海市黄浦区" if spot.parts.road in SHANGHAI else "北京市海淀区"
    community = spot.community or ""
    return {
        "": "", "city": city, "county": city[3:], "street": f"{city}学院路街道" if city[0] == "北" else city,
        "community": f"{city[3:]}{community}", "committee": f"{community}居委会" if community.endswith("社区") else "",
    }[how]  # fmt: skip


def _phase(parts: Parts, how: str) -> str:
    if not parts.phase:
        return ""
    return {"期": f"{CHINESE[parts.phase]}期", "Ⅰ期": f"{'ⅠⅡⅢ'[parts.phase - 1]}期", "第期": f"第{parts.phase}期"}[how]


def _digits(text: str, how: str) -> str:
    if how == "wide":
        return text.translate({ord("0") + one: ord("０") + one for one in range(10)})
    if how == "chinese" and text.isdigit() and 0 < int(text) < 100:
        tens, ones = divmod(int(text), 10)
        return ("" if not tens else "十" if tens == 1 else CHINESE[tens] + "十") + (CHINESE[ones] if ones else "")
    return text


def _roads() -> list[str]:
    """Roads of the demo's area that have houses."""
    import gzip
    import json

    with gzip.open(haidian_source.layer_path("roads")) as file:
        names = {one["properties"].get("name") or "" for one in json.load(file)["features"]}
    return sorted(name for name in names if re.fullmatch(r"[^0-9A-Z]{1,8}[路街]", name))
