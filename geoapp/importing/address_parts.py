"""Reading an address into its parts, however it was written.

Pure. Parts are texts, "" where an address says nothing: 海淀路8号院燕园小区二期3号楼2单元501室 has road 海淀路,
number 8, estate 燕园, phase 2, building 3, unit 2, room 501.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_COUNTED = "号|栋|幢|座|单元|门|层|楼|室|户|弄|巷|区|期|里|条|村|路|街|#|-\\d"
_CHINESE = re.compile(rf"([零〇一二两三四五六七八九十百]+)(?={_COUNTED})|(?<=[之附])([一二三四五六七八九十]+)")
_ROMAN = str.maketrans({"Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "Ⅳ": "4", "Ⅴ": "5"})
_REMARK = re.compile(r"[(（\[【](?:原|旧|曾|现|近|靠近|邻近|老)[^)）\]】]*[)）\]】]")
"""What stands in brackets and is no part of the address: a road's old name, a station that is near."""
_NOISE = re.compile(r"[\s,，.。;；:：、·'\"“”()（）\[\]【】]+")
_DASHES = re.compile(r"[‐‑‒–—―－_~～至]+")
_BESIDE = re.compile(
    r"(?:斜?对[面过]|旁边?|附近|周边|隔壁|[东西南北][侧边]|路口|交[叉汇]口|后[面身]|门[口前]|[东西南北]?\d+米).*$"
)
_SHOP = re.compile(r"(?:底商|门脸房?|门市房?|楼下)$")
_TOKENS = re.compile(
    r"(?P<phase>第?\d期)"
    r"|(?P<building>(?:[甲乙丙丁]?\d+[甲乙丙丁A-Z]?|[A-Z]\d*)(?:号楼|栋|幢|座|#楼?)(?:之\d+)?|[东西南北中]\d+楼)"
    r"|(?P<dashed>(?:\d+|[A-Z])(?:-\d+){1,2}[A-Z]?(?:室|户|房|号)?$)"
    r"|(?P<unit>(?:\d+|[A-Z])(?:单元|门(?!头)))"
    r"|(?P<room>[A-Z]?\d+[A-Z]?号?(?:室|房|户))"
    r"|(?P<storey>\d+(?:层|楼))"
    r"|(?P<lane>\d+弄)"
    r"|(?P<number>[甲乙丙丁]?\d+(?:[-之附]\d+)?[甲乙丙丁]?号(?:附\d+号?|之\d+)?(?:大?院|院内)?)"
    r"|(?P<bare>\d{2,4}[A-Z]?$)"
)
_INSIDE = re.compile(r"-?(?:(?:\d+|[A-Z])(?:单元|门)|\d+-\d+[A-Z]?(?:室|户|房|号)?$)")
"""What follows the number of a building and never that of a storey or a door on a road."""
_DOOR = re.compile(r"\d{3,4}[A-Z]?(?:室|户|房|号)?$")
_ROAD_NAME = re.compile(r".+(?:路|街|大道|道|胡同|巷|条|弄|里弄)$")
_ROAD = re.compile(r"(.{1,}?(?:大街|大道|路|街(?!坊)|胡同|巷))(.{2,})")
_SUFFIX = re.compile(r"(?<=..)(?:住宅小区|小区|社区|住宅区|生活区|家属[区院]|院内|大?院)$")
_COMMITTEE = r"(?:居民委员会|居委会|村民委员会|村委会)"
_HIGHER = re.compile(r"(?:[^省市区县]{2,7}(?:省|自治区|市|自治州|地区|盟|市辖区)){1,3}|[^省市区县]{2,3}")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address; `text` is all of it, tidied.

    `vague`: it says beside what it is, or its words can be read in two ways; nothing is decided by it.
    """

    text: str
    road: str = ""
    lane: str = ""
    number: str = ""
    estate: str = ""
    phase: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    vague: bool = False

    @property
    def outside(self) -> Address:
        """Without what lies behind the door of the building."""
        return Address("", self.road, self.lane, self.number, self.estate, self.phase, self.building, vague=self.vague)


def tidy(text: str) -> str:
    """Narrow signs, capitals, no remarks, blanks and stops, one kind of dash, digits for counted things."""
    text = unicodedata.normalize("NFKC", _REMARK.sub("", text.translate(_ROMAN))).upper()
    text = _DASHES.sub("-", _NOISE.sub("", _REMARK.sub("", text)))
    return _CHINESE.sub(lambda found: _number(found[1] or found[2]), text)


def parse(text: str, above: tuple[str, ...] = (), communities: tuple[str, ...] = ()) -> Address:
    """The parts of an address. `above`: tidied names of provinces to streets, left out where it begins with them;
    `communities`: theirs are left out where another name follows."""
    whole = _without(tidy(text), above, communities)
    reader = _Reader(_SHOP.sub("", _BESIDE.sub("", whole)))
    reader.vague = _BESIDE.search(whole) is not None
    reader.read()
    parts, named = reader.parts, "".join(reader.names)
    # a community is more than the estate that has its name
    vague = reader.vague or (named.endswith("社区") and named in communities and "number" not in parts)
    estate = _bare(named)
    split = None if parts.get("road") else _ROAD.fullmatch(estate)
    if split:
        parts["road"], estate = split[1], split[2]
    return Address(whole, estate=estate, vague=vague, **parts)


class _Reader:
    """Numbered words of a text one after another, and the names between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: dict[str, str] = {}
        self.names: list[str] = []
        self.vague = False

    def read(self) -> None:
        """Fill `parts` and `names`."""
        last = 0
        for found in _TOKENS.finditer(self.text):
            kind, gap = str(found.lastgroup), self.text[last:found.start()].strip("-")
            last = found.end()
            self.take(kind, found[0], gap, self.text[last:])
        rest = self.text[last:].strip("-")
        self.vague |= bool(re.match(r"[之附]\d", rest))
        if rest and not self.parts:
            self.names.append(rest)

    def take(self, kind: str, word: str, gap: str, rest: str) -> None:
        """One numbered word, the name before it, the text behind it."""
        kind = self.meant(kind, word, gap, rest)
        if gap and kind in ("lane", "number") and "road" not in self.parts and not self.names:
            self.parts["road"] = gap
        elif gap:
            self.names.append(gap)
        if kind == "dashed":
            self.take_dashed(re.sub(r"[室户房号]$", "", word).split("-"))
        elif kind == "number" and "number" in self.parts:
            self.parts["number"] = f"{self.parts['number']}/{plain(word)}"
        elif kind != "storey":
            self.parts.setdefault(kind, plain(word))

    def meant(self, kind: str, word: str, gap: str, rest: str) -> str:
        """What a word stands for where it is: 3号 is a door on a road, a building of an estate or a room."""
        known, named = self.parts.keys(), bool(gap or self.names)
        on_road = bool(gap) and "road" not in known and not self.names and _ROAD_NAME.fullmatch(gap) is not None
        if kind == "storey" and word.endswith("楼") and "building" not in known:
            inside = _INSIDE.match(rest) is not None
            self.vague |= not inside and named and not on_road and "number" not in known
            return "building" if inside or (named and not on_road and "number" not in known) else "storey"
        if kind == "bare":
            return "room" if known & {"number", "building"} else "number" if on_road else "room" if known else "number"
        if kind == "dashed" and word.endswith("号") and "building" not in known and on_road:
            return "number"
        if kind == "number" and not word.endswith(("院", "院内")):
            return self.meant_by_number(word, gap, rest, on_road)
        return kind

    def meant_by_number(self, word: str, gap: str, rest: str, on_road: bool) -> str:
        """号 without 院 or 楼."""
        known = self.parts.keys()
        if "building" in known:
            return "room"
        if (_INSIDE.match(rest) or _DOOR.match(rest)) and ((gap and not on_road) or known & {"number", "phase"}):
            return "building"
        if known & {"number"} and not gap and not self.names and not rest:
            self.vague |= "lane" not in known and not _DOOR.match(word)  # 8号3号: a room, or a house of a court
            return "room"
        if "lane" in known or on_road:
            return "number"
        return "building" if gap or self.names or "phase" in known else "number"

    def take_dashed(self, numbers: list[str]) -> None:
        """3-2-501 is building, unit, room; 3-501 building and room, or unit and room where the building is known."""
        inside = "building" in self.parts or ("number" in self.parts and "lane" in self.parts)
        names = ("building", "unit", "room") if len(numbers) == 3 else ("unit" if inside else "building", "room")
        for name, number in zip(names, numbers, strict=True):
            self.parts.setdefault(name, number.lstrip("0") or "0")


def plain(word: str) -> str:
    """The number of a numbered word: 08号院 is 8, A座 is A, 3号楼之2 is 3-2, 5号附1号 is 5附1, 第2期 is 2."""
    bare = re.sub(r"号楼|单元|大?院内?|[第期栋幢座门室房户弄号楼#]", "", word)
    return re.sub(r"(?<![0-9])0+(?=\d)", "", bare.replace("之", "-"))


# -- parts ---------------------------------------------------------------------------------


def _bare(name: str) -> str:
    """An estate's name without the words that may stand behind it or not: 北极寺大院小区 is 北极寺."""
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return name


def _without(text: str, above: tuple[str, ...], communities: tuple[str, ...]) -> str:
    """The address behind the names of the regions it begins with."""
    text = _from_known(text, above)
    while name := next((one for one in _starting(above).get(text[:1], ()) if text.startswith(one) and text != one), ""):
        text = text[len(name):]
    for name in _starting(communities).get(text[:1], ()):
        if not text.startswith(name):
            continue
        committee = re.match(_COMMITTEE, text[len(name):])
        rest = text[len(name) + (committee.end() if committee else 0):]
        if committee and rest:
            return rest if _named(rest) else name + rest
        if len(rest) > 1 and _named(rest):
            return rest
    return text


@lru_cache(maxsize=8)
def _starting(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Names by their first sign, in their order."""
    found: dict[str, list[str]] = {}
    for name in filter(None, names):
        found.setdefault(name[0], []).append(name)
    return found


def _named(rest: str) -> bool:
    """Whether a name comes first, and not the number of a building or the end of the name before."""
    return _TOKENS.match(rest) is None and re.match(r"小区|社区|住宅|家属|生活区|大?院", rest) is None


def _from_known(text: str, above: tuple[str, ...]) -> str:
    """From the first known region on, where only a province or a city stands before it: 北京海淀区 as 海淀区."""
    for name in above:
        at = text.find(name, 1, 24) if name else -1
        if at > 0 and _HIGHER.fullmatch(text[:at]):
            return text[at:]
    return text


def _number(word: str) -> str:
    """十二 as 12, 二〇三 as 203, 一百零五 as 105."""
    if not set(word) & {"十", "百"}:
        return "".join(str(_DIGITS[sign]) for sign in word)
    total, digit = 0, 0
    for sign in word:
        if sign == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif sign == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[sign]
    return str(total + digit)
