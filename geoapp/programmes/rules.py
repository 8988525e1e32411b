"""Who may be enrolled, until when, who leaves: pure functions over the declarations (A4, A5, A18, D3.3).

A day is full when its anniversary comes; 29 February comes back on 1 March, as birthdays do
(`geoapp.people.rules.age_on`). `figures` are `geoapp.core.settings_programmes.FIGURES` as chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_, Label
from geoapp.people.rules import EARLIEST, age_on
from geoapp.programmes.codes import RELEASE_REASONS
from geoapp.programmes.declared import Fact, Programme

Figures = Mapping[str, int]
LONGEST_TEXT = 100


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 1 March where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def check_entry(programme: Programme, figures: Figures, sex: str, born: date | None, today: date) -> None:
    """Whether somebody may be enrolled on that day. `born` is the latest day it can be, None if unknown.

    Raises InvalidInput for sex or age (A4.5, A5.1, A5.3, A5.8); both ages are included.
    """
    entry = programme.entry
    if entry.sex and sex != entry.sex:
        raise InvalidInput(N_("“%(title)s”只登记女性。"), field="programme", title=Label(programme.title))
    if not entry.first and not entry.last:
        return
    if born is None:
        raise InvalidInput(N_("出生日期不详，不能判断年龄。请先更正居民的出生日期。"), field="programme")
    age, first, last = age_on(born, today), figures.get(entry.first, 0), figures.get(entry.last, 200)
    if not first <= age <= last:
        raise InvalidInput(
            N_("该居民 %(age)s 周岁，不在“%(title)s”的年龄范围内（%(first)s 至 %(last)s 周岁）。"), field="programme",
            age=age, title=Label(programme.title), first=first, last=last if entry.last else "—",
        )  # fmt: skip


def check_facts(
    programme: Programme, given: Mapping[str, str], figures: Figures, born: date | None, today: date,
    stored: Mapping[str, str] | None = None,
) -> dict[str, str]:  # fmt: skip
    """What is kept of what was filled in, by the names of the programme's facts. Raises InvalidInput.

    `stored` is what an older entry holds: a choice that is offered no more stays valid there.
    """
    found: dict[str, str] = {}
    for fact in programme.facts:
        text = given.get(fact.name, "").strip()
        if not text and fact.required:
            raise InvalidInput(N_("请填写此项。"), field=fact.name)
        if text:
            kept = bool(stored) and (stored or {}).get(fact.name) == text
            found[fact.name] = _read_fact(fact, text, figures, kept)
            _check_under(fact, text, figures, born, today)
            _check_only(programme, fact, text)
    return found


def asked_again(programme: Programme) -> tuple[Fact, ...]:
    """What is asked anew of who comes back: what decides whether they belong there, work above all (A4.5, A5.8)."""
    return tuple(fact for fact in programme.facts if fact.only)


def check_again(programme: Programme, given: Mapping[str, str], figures: Figures) -> dict[str, str]:
    """The answers to `asked_again`, none of them left out. Raises InvalidInput."""
    found: dict[str, str] = {}
    for fact in asked_again(programme):
        text = given.get(fact.name, "").strip()
        if not text:
            raise InvalidInput(N_("请填写此项。"), field=fact.name)
        found[fact.name] = _read_fact(fact, text, figures, False)
        _check_only(programme, fact, text)
    return found


def offered(fact: Fact, figures: Figures) -> Mapping[str, str]:
    """The choices for a new entry (A18 (6))."""
    hidden = fact.rare if fact.offered_if and not figures[fact.offered_if] else frozenset()
    return {code: label for code, label in (fact.codes or {}).items() if code not in hidden}


def check_begins(begins: date, today: date) -> None:
    """Raises InvalidInput for a day to come or before 1900."""
    if not EARLIEST <= begins <= today:
        raise InvalidInput(N_("日期不能晚于今天，也不能早于 1900 年。"), field="begins")


def ends_on(
    programme: Programme, figures: Figures, begins: date, facts: Mapping[str, str], born: date | None, today: date
) -> date:
    """The day the enrolment ends (D3.3: it is never empty); of a birthday the end of its year.

    Raises InvalidInput where that day has come already: who has been released for five years is in no
    programme any more (A4.1).
    """
    term = programme.term
    if term.day:
        ends, field = date.fromisoformat(facts[term.day]), term.day
        if ends < begins:
            raise InvalidInput(N_("期满日不能早于开始日期。"), field=field)
    elif term.age:
        return _birthday_year(programme, figures, begins, born, today)
    else:
        years = figures[(term.years_by or {}).get(facts.get(term.by_fact, ""), term.years)]
        ends, field = years_after(begins, years), "begins"
    if ends <= today:
        raise InvalidInput(N_("按规定，该项目已于 %(day)s 期满，不再登记。"), field=field, day=ends.isoformat())
    return ends


def is_of_age(programme: Programme, figures: Figures, born: date, today: date) -> bool:
    """Whether somebody's age is one that the programme takes, both ends included (A5.1, A5.3)."""
    last = figures[programme.entry.last] if programme.entry.last else 200
    return has_age(born, figures[programme.entry.first], today) and not has_age(born, last + 1, today)


def has_left(programme: Programme, figures: Figures, born: date | None, begins: date, today: date) -> bool:
    """Whether the birthday has come that ends it; of who was entered past it the one after the last age (A18 (5))."""
    if born is None:
        return False
    passed = has_age(born, figures[programme.term.age], begins)
    return has_age(born, figures[programme.entry.last] + 1 if passed else figures[programme.term.age], today)


def is_over(ends: date, today: date) -> bool:
    """Whether the term has run out: on the day itself it has (A4.1, A4.2)."""
    return ends <= today


def has_age(born: date, age: int, today: date) -> bool:
    """Whether somebody is that old; on the birthday they are (A5.3)."""
    return age_on(born, today) >= age


def to_ask(programme: Programme, figures: Figures, born: date | None, begins: date) -> bool:
    """Somebody entered by hand at the age at which the job would close (A18 (5)): the job asks instead."""
    leave = figures.get(programme.term.age, 0)
    by_age = bool(programme.term.age) and not programme.term.review
    return by_age and born is not None and has_age(born, leave, begins)


def check_release(reason: str, day: date, begins: date, released: bool, today: date) -> None:
    """取消关注 with reason and day (A4.0). Raises Conflict, InvalidInput."""
    if released:
        raise Conflict(N_("该服务事项已经取消关注。"))
    if reason not in RELEASE_REASONS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="reason")
    if not begins <= day <= today:
        raise InvalidInput(N_("日期应在开始日期和今天之间。"), field="day")


def check_return(reason: str, day: date, released_on: date | None, today: date, reasons: Iterable[str]) -> None:
    """重新关注 with reason and day (A4.0). Raises Conflict, InvalidInput."""
    if released_on is None:
        raise Conflict(N_("该服务事项正在进行，无需重新关注。"))
    if reason not in reasons:
        raise InvalidInput(N_("请选择列表中的一项。"), field="reason")
    if not released_on <= day <= today:
        raise InvalidInput(N_("日期应在取消关注之日和今天之间。"), field="day")


def may_undo(at: datetime | None, now: datetime, minutes: int) -> bool:
    """Whether a step is young enough to be taken back, the last minute included."""
    return at is not None and timedelta(0) <= now - at <= timedelta(minutes=minutes)


# -- parts ---------------------------------------------------------------------------------


def _read_fact(fact: Fact, text: str, figures: Figures, kept: bool) -> str:
    if fact.kind == "choice" and text not in (offered(fact, figures) if not kept else fact.codes or {}):
        raise InvalidInput(N_("请选择列表中的一项。"), field=fact.name)
    if fact.kind == "day":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise InvalidInput(N_("请填写日期（年-月-日）。"), field=fact.name) from error
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise InvalidInput(N_("请填写不超过 %(most)s 个字符的文字。"), field=fact.name, most=LONGEST_TEXT)
    return text


def _check_under(fact: Fact, text: str, figures: Figures, born: date | None, today: date) -> None:
    figure = (fact.under or {}).get(text)
    if figure and (born is None or has_age(born, figures[figure], today)):
        raise InvalidInput(N_("这一项只适用于未满 %(age)s 周岁的人。"), field=fact.name, age=figures[figure])


def _check_only(programme: Programme, fact: Fact, text: str) -> None:
    """Who has an occupation, or looks for none, is told apart by what was filled in (A4.5, A5.8)."""
    if fact.only and text not in fact.only:
        raise InvalidInput(
            N_("“%(title)s”不登记“%(choice)s”的人；已经登记的请取消关注。"), field=fact.name,
            title=Label(programme.title), choice=Label((fact.codes or {})[text]),
        )  # fmt: skip


def _birthday_year(programme: Programme, figures: Figures, begins: date, born: date | None, today: date) -> date:
    """The last day of the year in which the birthday comes that ends it, or the next one where it was passed
    when the enrolment began (A18 (5)). The day itself would give away the birth date, which is S3 (D3.1)."""
    if born is None:
        raise InvalidInput(N_("出生日期不详，不能判断年龄。请先更正居民的出生日期。"), field="programme")
    age = figures[programme.term.age]
    if programme.term.review:
        return date(max(born.year + age, today.year + 1), 12, 31)
    if has_age(born, age, begins):
        age = figures[programme.entry.last] + 1
    if has_age(born, age, today):
        ended = years_after(born, age)
        raise InvalidInput(N_("按规定，该项目已于 %(day)s 期满，不再登记。"), field="programme", day=ended.year)
    return date(born.year + age, 12, 31)
