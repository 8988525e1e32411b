"""Names, numbers and telephones that no person can have (D4.7).

- names begin with a heavenly stem and 例 (甲例春山); nobody is called 甲例
- citizen numbers begin with 9999, a province that does not exist, and have a correct check digit
- telephones begin with 100, which no network uses
- passports begin with ZZ, which no state uses

Pure functions over numpy columns.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

STEMS = tuple("甲乙丙丁戊己庚辛壬癸")
MARK = "例"
_GIVEN = tuple(
    "春夏秋冬晨午暮夜山川河海湖江泉溪云雨雪霜风雷虹露松竹梅兰菊荷桂枫麦稻禾茶琴棋书画笔墨砚石"
)
GIVEN = (*_GIVEN, *(a + b for a in _GIVEN for b in _GIVEN if a != b))
_ALPHABET = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett",
    "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango",
    "Uniform", "Victor", "Whiskey", "Xray", "Yankee", "Zulu",
)  # fmt: skip
FOREIGN = tuple(f"Sample {a} {b}" for a in _ALPHABET for b in _ALPHABET if a != b)

REGION_PREFIX = "9999"
MAX_SERIES = 99
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"), dtype=object)
_PHONES, _PHONE_STEP = 10**8, 48_271
"""The step shares no factor with the range, so that numbers repeat only after 10^8."""
PASSPORTS = 10**8


def is_invented_number(number: str) -> bool:
    """Whether a citizen number or passport is one of these: its region or state does not exist."""
    return number.startswith((REGION_PREFIX, "ZZ"))


def names(stem: np.ndarray, given: np.ndarray, foreign: np.ndarray) -> np.ndarray:
    """Names by the numbers of a stem and a given name; where `foreign`, a Latin one."""
    table = np.array([s + MARK + g for s in STEMS for g in GIVEN], dtype=object)
    latin = np.array(FOREIGN, dtype=object)
    chinese = table[(stem % len(STEMS)) * len(GIVEN) + given % len(GIVEN)]
    return np.asarray(np.where(foreign, latin[(stem * 31 + given) % len(FOREIGN)], chinese))


def citizen_numbers(birth: np.ndarray, male: np.ndarray, series: int) -> np.ndarray:
    """18-digit numbers, all different within a `series` (0 to 99); `birth` as datetime64[D].

    Raises ValueError when more than 499 people of one sex share a birthday.
    """
    if not 0 <= series <= MAX_SERIES:
        raise ValueError(f"series {series} is not one of 0 to {MAX_SERIES}")
    day = _digits_of(birth)
    order = pd.Series(day).groupby([day, male]).cumcount().to_numpy()
    sequence = np.where(male, 2 * order + 1, 2 * order + 2)
    if len(sequence) and sequence.max() > 999:
        raise ValueError("more than 499 people of one sex share a birthday")
    body = (int(f"{REGION_PREFIX}{series:02d}") * 10**8 + day) * 1000 + sequence
    places = 10 ** np.arange(16, -1, -1)
    total = sum(
        (body // place % 10) * weight for place, weight in zip(places, WEIGHTS, strict=True)
    )
    checks = CHECK_DIGITS[np.asarray(total) % 11] if len(body) else []
    return _texts([f"{b}{c}" for b, c in zip(body.tolist(), checks, strict=True)])


def phones(first: int, count: int) -> np.ndarray:
    """`count` telephone numbers, the first being number `first` of 10^8 different ones."""
    numbers = (np.arange(first, first + count) * _PHONE_STEP) % _PHONES
    return _texts([f"100{n:08d}" for n in numbers.tolist()])


def passports(first: int, count: int) -> np.ndarray:
    """`count` passport numbers, the first being number `first`."""
    return _texts([f"ZZ{n % PASSPORTS:08d}" for n in range(first, first + count)])


def _digits_of(birth: np.ndarray) -> np.ndarray:
    """datetime64[D] as the integer YYYYMMDD."""
    days = np.asarray(birth, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(int)
    day = (days - months).astype(int) + 1
    return np.asarray((month // 12 + 1970) * 10_000 + (month % 12 + 1) * 100 + day)


def _texts(values: list[str]) -> np.ndarray:
    return np.array([*values, ""], dtype=object)[:-1]
