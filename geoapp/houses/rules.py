"""Rules of houses and their numbers, as pure functions (A6; standards C3; decision D4.4)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_

NUMBER_LENGTH, ADDRESS_LENGTH, ROOM_LENGTH = 64, 200, 20
GENERATED_DIGITS = 25
COMMUNITY_DIGITS, GRID_DIGITS, BUILDING_DIGITS = 12, 2, 5
BUILDING_CODE_DIGITS = COMMUNITY_DIGITS + GRID_DIGITS + BUILDING_DIGITS
"""The first 19 digits name the building; entrance, storey and unit follow, two digits each."""
LOWEST_STOREY, HIGHEST_STOREY, MOST_ENTRANCES = -9, 199, 99
MOST_AREA_M2 = Decimal("9999999.99")
FRESH_DAYS, STALE_DAYS = 90, 365
STRAY_METRES = 20_000
"""A house this far from its grid is a slip of the hand (axes swapped), not a house outside."""
PLACED_NONE, PLACED_INSIDE, PLACED_OUTSIDE = 0, 1, 2


def normal_number(text: str) -> str:
    """A house number as it is stored and compared: full-width signs narrowed, blanks closed.

    Raises InvalidInput where it is empty, too long or holds unprintable signs (A6.6).
    """
    number = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    if not number:
        raise InvalidInput(N_("请填写房屋编号。"), field="number")
    if len(number) > NUMBER_LENGTH:
        raise InvalidInput(N_("房屋编号最多 %(most)s 个字符。"), field="number", most=NUMBER_LENGTH)
    if not number.isprintable():
        raise InvalidInput(N_("房屋编号含有无效字符。"), field="number")
    return number


def normal_address(text: str) -> str:
    """A house address with its blanks closed. Raises InvalidInput where there is none (A6.6)."""
    address = re.sub(r"\s+", " ", text).strip()
    if not address:
        raise InvalidInput(N_("请填写房屋地址。"), field="address")
    if len(address) > ADDRESS_LENGTH:
        raise InvalidInput(N_("房屋地址最多 %(most)s 个字符。"), field="address", most=ADDRESS_LENGTH)
    if not address.isprintable():
        raise InvalidInput(N_("房屋地址含有无效字符。"), field="address")
    return address


def normal_room(text: str | None) -> str | None:
    """A room as it is shown on the door, or None. Raises InvalidInput."""
    room = re.sub(r"\s+", " ", text or "").strip()
    if len(room) > ROOM_LENGTH or not room.isprintable():
        raise InvalidInput(N_("室号最多 %(most)s 个可见字符。"), field="room", most=ROOM_LENGTH)
    return room or None


def check_storey(storey: int | None) -> None:
    """Raises InvalidInput for a storey no building has; there is no storey 0."""
    if storey is not None and (not LOWEST_STOREY <= storey <= HIGHEST_STOREY or storey == 0):
        raise InvalidInput(
            N_("楼层应为 %(least)s 至 %(most)s 的整数，地下为负数，没有 0 层。"),
            field="storey", least=LOWEST_STOREY, most=HIGHEST_STOREY,
        )  # fmt: skip


def check_entrance(entrance: int | None) -> None:
    """Raises InvalidInput unless 1 to 99."""
    if entrance is not None and not 1 <= entrance <= MOST_ENTRANCES:
        raise InvalidInput(N_("单元应为 1 至 %(most)s 的整数。"), field="entrance", most=MOST_ENTRANCES)


def check_area(area_m2: Decimal | None) -> None:
    """Raises InvalidInput unless finite, above 0 as it is stored and small enough to be stored (m²)."""
    if area_m2 is not None and not (area_m2.is_finite() and 0 < area_m2 <= MOST_AREA_M2 and stored_area(area_m2)):
        raise InvalidInput(
            N_("面积应为大于 0、不超过 %(most)s 的平方米数。"), field="area_m2", most=MOST_AREA_M2
        )


def stored_area(area_m2: Decimal) -> Decimal | None:
    """An area as it is stored, to the hundredth of a m²; None for what is 0 then, or less."""
    rounded = area_m2.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded if rounded > 0 else None


def check_position(lon: float, lat: float) -> None:
    """Raises InvalidInput unless a finite longitude and latitude in degrees (EPSG:4326)."""
    if not math.isfinite(lon) or not -180 <= lon <= 180:
        raise InvalidInput(N_("经度应在 -180 至 180 之间。"), field="lon")
    if not math.isfinite(lat) or not -85 <= lat <= 85:
        raise InvalidInput(N_("纬度应在 -85 至 85 之间。"), field="lat")


def placed_of(inside: bool | None, metres: float | None) -> int:
    """Where a point lies to its grid: 1 inside, 2 outside.

    `inside` is None for a grid without a line, which nothing contradicts; `metres` is the
    distance to the grid. Raises InvalidInput for a point far away (`STRAY_METRES`).
    """
    if inside is None or inside:
        return PLACED_INSIDE
    if metres is not None and metres > STRAY_METRES:
        raise InvalidInput(
            N_("该位置距所属网格 %(km)s 公里，请检查经度和纬度是否颠倒。"),
            field="lon", km=round(metres / 1000),
        )  # fmt: skip
    return PLACED_OUTSIDE


# -- generated numbers ---------------------------------------------------------------------


def building_code(grid_code: str, sequence: int) -> str:
    """19 digits: community 12, grid 2, building 5 (standards C3, Shenzhen's 25-digit scheme).

    A grid code has three digits for its sequence; the last two of them are used, so the 101st
    grid of a community shares its buildings' range with the first.
    """
    if not 1 <= sequence < 10**BUILDING_DIGITS:
        raise InvalidInput(N_("网格内楼栋序号已用尽，请手工填写房屋编号。"), field="number")
    return f"{grid_code[:COMMUNITY_DIGITS]}{grid_code[-GRID_DIGITS:]}{sequence:0{BUILDING_DIGITS}d}"


def generated_number(code: str, entrance: int | None, storey: int | None, unit: int) -> str:
    """25 digits: the building's 19, then entrance, storey and unit, two digits each.

    Storeys below ground count down from 99 (B1 is 99); what is not known is 00.
    """
    below = storey is not None and storey < 0
    level = 100 + (storey or 0) if below else min(storey or 0, 99)
    return f"{code}{min(entrance or 0, 99):02d}{level:02d}{unit % 100:02d}"


def is_generated(number: str) -> bool:
    """Whether a number has the generated form."""
    return len(number) == GENERATED_DIGITS and number.isascii() and number.isdigit()


def shared_code(numbers: Iterable[str]) -> str | None:
    """The 19 digits most of a building's generated numbers begin with; None without any."""
    codes = Counter(n[:BUILDING_CODE_DIGITS] for n in numbers if is_generated(n))
    return codes.most_common(1)[0][0] if codes else None


def next_building_sequence(numbers: Iterable[str]) -> int:
    """The sequence after the largest in these generated numbers of one grid."""
    used = (int(n[14:BUILDING_CODE_DIGITS]) for n in numbers if is_generated(n))
    return max(used, default=0) + 1


def free_number(
    code: str, entrance: int | None, storey: int | None, taken: Iterable[str]
) -> str | None:
    """The first generated number of that place nobody holds; None when all 99 are taken."""
    held = set(taken)
    offers = (generated_number(code, entrance, storey, unit) for unit in range(1, 100))
    return next((offer for offer in offers if offer not in held), None)


def offered_room(number: str | None, storey: int | None) -> str | None:
    """The room that belongs to a generated number: storey and unit, as on the door."""
    if number is None or storey is None or not is_generated(number):
        return None
    unit = number[-2:]
    return f"B{-storey}{unit}" if storey < 0 else f"{storey}{unit}"


def offered_address(base: str, entrance: int | None, room: str | None) -> str:
    """An address to begin with: building, 单元, 室, as far as they are known (standards C3)."""
    return base + (f"{entrance}单元" if entrance else "") + (f"{room}室" if room else "")


# -- freshness -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Freshness:
    """How old a record's last update is (A2.8, A6.11): band fresh, ageing or stale, and days."""

    band: str
    days: int | None


def freshness(updated: date | None, today: date) -> Freshness:
    """Fresh up to 90 days, stale from 366; never updated is stale."""
    if updated is None:
        return Freshness("stale", None)
    days = max((today - updated).days, 0)
    if days <= FRESH_DAYS:
        return Freshness("fresh", days)
    return Freshness("ageing" if days <= STALE_DAYS else "stale", days)
