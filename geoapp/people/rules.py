"""Rules of the people register and of who lives where since when, as pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_

EARLIEST = date(1900, 1, 1)
ACTIVE = "active"
CHILD = N_("未成年人")
"""What is stored, and so shown to everybody, in place of the name of a child (research/trust C3)."""
CHILD_AGE = 14
"""From here on a person is no child: the age of the law (PIPL 28, 31), so no setting."""
YEAR_DIGITS = 4


def masked_number(number: str) -> str:
    """An identity number with only its last four characters (research/trust C3)."""
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)


TWO_CHARACTER_SURNAMES = frozenset(
    ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯"]
)


def masked_name(name: str) -> str:
    """A name with only its surname: 张*, 欧阳* (research/trust C3); a child's stays as it is stored."""
    if not name or name == CHILD:
        return name
    surname = name[:2] if name[:2] in TWO_CHARACTER_SURNAMES else name[:1]
    return f"{surname}*"


def masked_phone(phone: str) -> str:
    """A phone number with its middle hidden: 138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)


AGE_BANDS = (0, 6, 14, 18, 25, 35, 45, 55, 65, 75, 85)
"""First age of each band (research/trust C3)."""


def age_on(born: date, today: date) -> int:
    """Full years on a day. Who was born on 29 February has their birthday on 1 March of other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def born_at_latest(stored: str) -> date | None:
    """The day of birth as far as it is known, "2015-03-02" or "2015" or nothing: the latest it can be."""
    return date.fromisoformat(stored if len(stored) > YEAR_DIGITS else f"{stored}-12-31") if stored else None


def is_child(born: date | None, today: date) -> bool:
    """Whether everything about the person is of class S3 (D3.1): not yet CHILD_AGE, on the day itself no more.

    Of whom only the year is known `born` is its last day: a child for as long as they may be one.
    Nobody is taken for a child without a date.
    """
    return born is not None and age_on(born, today) < CHILD_AGE


def age_band(born: date, today: date) -> str:
    """The band of an age, such as 25–34, in place of a day of birth; 85+ for the last."""
    age = age_on(born, today)
    first = max((start for start in AGE_BANDS if start <= age), default=0)
    after = next((start for start in AGE_BANDS if start > age), None)
    return f"{first}+" if after is None else f"{first}–{after - 1}"


LONGEST_SEARCH = 40


def check_search(text: str) -> None:
    """Raises InvalidInput unless 1 to 40 printable characters: a part of a name, or a number."""
    if not text:
        raise InvalidInput(N_("请填写此项。"), field="q")
    if len(text) > LONGEST_SEARCH or not text.isprintable():
        raise InvalidInput(
            N_("检索词最多 %(most)s 个可见字符。"), field="q", most=LONGEST_SEARCH
        )


# -- residences (A6.5, A6.7) ---------------------------------------------------------------


@dataclass(frozen=True)
class Stay:
    """A residence as the rules see it; `until` is the day of leaving, None while it lasts."""

    id: int
    house_id: int
    since: date
    until: date | None = None

    @property
    def void(self) -> bool:
        """Taken back, or begun and ended on one day: it covers no night."""
        return self.until is not None and self.until <= self.since


@dataclass(frozen=True)
class Person:
    """A resident as the rules see them; the birth date is None where only the year is known."""

    state: str
    region_key: int
    birth_date: date | None = None
    birth_year: int | None = None


def check_day(day: date, today: date, field: str) -> None:
    """Raises InvalidInput for a day in the future or before 1900."""
    if day > today:
        raise InvalidInput(
            N_("日期不能晚于今天（%(today)s）。"), field=field, today=today.isoformat()
        )
    if day < EARLIEST:
        raise InvalidInput(N_("日期不能早于 1900 年。"), field=field)


def before_birth(day: date, person: Person) -> bool:
    """Whether a day lies before the birth, as far as that is known: by the day, else by the year."""
    if person.birth_date is not None:
        return day < person.birth_date
    return person.birth_year is not None and day.year < person.birth_year


def check_born(since: date, person: Person) -> None:
    """Raises InvalidInput for a residence that begins before the person was born."""
    if before_birth(since, person):
        raise InvalidInput(N_("入住日期早于该居民的出生日期。"), field="since")


def check_link(
    person: Person, house_region: int, house_id: int, stays: Iterable[Stay], since: date
) -> None:
    """Whether the person may be linked with the house from that day on (A6.5).

    Raises InvalidInput for a deregistered person (A3.4), for a house of another grid (a move to
    another grid is a new record there, A18 (9)), and for a day inside an earlier residence;
    Conflict where the person lives in the house already.
    """
    if person.state != ACTIVE:
        raise InvalidInput(N_("该居民已注销，不能登记住处。"), field="resident")
    if person.region_key != house_region:
        raise InvalidInput(
            N_("该居民登记在另一个网格。跨网格搬迁须先在原网格注销（迁出），再在本网格登记。"),
            field="resident",
        )
    for stay in stays:
        if stay.until is None and stay.house_id == house_id:
            raise Conflict(N_("该居民已登记住在此处。"), field="resident")
        if stay.until is None and since < stay.since:
            raise InvalidInput(
                N_("入住日期早于现住处的入住日期（%(day)s）。"),
                field="since",
                day=stay.since.isoformat(),
            )
        if stay.until is not None and overlaps(since, stay):
            raise InvalidInput(
                N_("入住日期落在以前的居住期间之内（%(since)s 至 %(until)s）。"),
                field="since", since=stay.since.isoformat(), until=stay.until.isoformat(),
            )  # fmt: skip


def overlaps(since: date, stay: Stay) -> bool:
    """Whether living elsewhere from `since` on shares a night with the stay."""
    return not stay.void and (stay.until is None or since < stay.until)


def closing_day(stay: Stay, next_since: date) -> date:
    """When a residence ends that another one follows: the day before, or its own first day."""
    return max(next_since - timedelta(days=1), stay.since)


def check_ending(stay: Stay, until: date, today: date) -> None:
    """Raises InvalidInput for an end in the future or before the beginning; Conflict for one ended."""
    if stay.until is not None:
        raise Conflict(N_("这条居住记录已经结束。"), field="until")
    check_day(until, today, "until")
    if until < stay.since:
        raise InvalidInput(
            N_("搬离日期不能早于入住日期（%(day)s）。"), field="until", day=stay.since.isoformat()
        )


def undo_of(actions: Iterable[str]) -> bool:
    """Whether the last step of a residence history can be taken back: one that was not itself an undo."""
    steps = set(actions)
    return bool(steps) and steps <= {"open", "end"}
