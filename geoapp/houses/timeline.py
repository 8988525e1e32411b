"""What happened at a house, by date: who moved in and out, letting, corrections, its place (A6.5, A6.10, A6.11).

A package that knows of more (visits, cases) adds its own source when it is imported, and is asked with the
rest: `add_source("visits", read_visits)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.houses.codes import RENTAL_REASONS, RENTAL_REINSTATE_REASONS
from geoapp.houses.reads import Row
from geoapp.houses.rental_rules import BACK, LET, OFF, Step
from geoapp.people.reads import read_all_stays
from grids_boundaries.access import Access

MOST = 200
"""Lines of a page; the newest."""
STEPS = {LET: N_("登记出租"), OFF: N_("出租注销"), BACK: N_("出租取消注销")}
REASONS = RENTAL_REASONS | RENTAL_REINSTATE_REASONS


@dataclass(frozen=True)
class Entry:
    """One line: the day, what kind of thing (a source's name), words in the reader's language.

    `resident_id` is whom it names, for the log of reading; `url` leads to more.
    """

    day: date
    kind: str
    text: str
    who: str = ""
    url: str | None = None
    resident_id: int | None = None
    void: bool = False


Source = Callable[[Connection, Access, Row, str], Iterable[Entry]]
"""(connection, reader, the house's stored row, locale) to lines, in any order; a source asks for its own rights."""
_sources: dict[str, tuple[str, Source]] = {}


def add_source(name: str, title: str, source: Source) -> None:
    """Ask one more package; `title` is the message id of its kind. A name stands once."""
    _sources[name] = (title, source)


def read_timeline(connection: Connection, access: Access, house: Row, locale: str) -> list[Entry]:
    """All lines of a house, the latest first; MOST at most."""
    found = [entry for _, source in _sources.values() for entry in source(connection, access, house, locale)]
    return sorted(found, key=lambda entry: entry.day, reverse=True)[:MOST]


def kind_titles(locale: str) -> dict[str, str]:
    """How the kinds are called."""
    return {name: translate(title, locale) for name, (title, _) in _sources.items()}


# -- our own ---------------------------------------------------------------------------------


def step_words(step: Step, locale: str) -> tuple[str, str, str]:
    """A step of letting in words: what it was, why ("" for the first), its day."""
    what, why = STEPS[step["step"]], REASONS.get(step["reason"] or "", "")
    return translate(what, locale), translate(why, locale), step["day"]


def _stays(connection: Connection, access: Access, house: Row, locale: str) -> Iterable[Entry]:
    """Who moved in and out, to those who may see names."""
    if not access.may(Permission.RESIDENT_NAME):
        return
    for stay in read_all_stays(connection, access, locale, house_id=house["id"]):
        named = (stay.who or "", stay.url, stay.resident_id, stay.void)
        yield Entry(stay.since, "stays", translate(N_("入住（%(tenure)s）"), locale, tenure=stay.tenure), *named)
        if stay.until and not stay.void:
            said = translate(N_("搬离（%(reason)s）") if stay.reason else N_("搬离"), locale, reason=stay.reason)
            yield Entry(stay.until, "stays", said, *named)


def _letting(_connection: Connection, _access: Access, house: Row, locale: str) -> Iterable[Entry]:
    """Let, no longer let, let again, each with its reason."""
    for step in house["rental_steps"]:
        words, reason, day = step_words(step, locale)
        text = translate(N_("%(step)s：%(reason)s"), locale, step=words, reason=reason) if reason else words
        yield Entry(date.fromisoformat(day), "rentals", text, void=bool(step.get("undone")))


def _changes(connection: Connection, access: Access, house: Row, locale: str) -> Iterable[Entry]:
    """Corrections, checks, another number, another place; fields, no values (D3.6)."""
    for change in read_changes(connection, access, locale, ("houses", [house["id"]]), most=MOST):
        fields = translate(N_("、"), locale).join(change.fields)
        text = f"{change.what} · {fields}" if fields else change.what
        yield Entry(_local_day(change.at), "changes", text, change.who or translate(N_("系统"), locale))


def _local_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(get_settings().time_zone)).date()


add_source("stays", N_("居住"), _stays)
add_source("rentals", N_("出租"), _letting)
add_source("changes", N_("变更"), _changes)
