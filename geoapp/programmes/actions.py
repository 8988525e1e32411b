"""Enrolling, releasing, coming back, moving on, taking back (A4.0, A4.2, A17, D3.3).

Each is one transaction of the caller (`geoapp.changes.work.write`). Lock order: resident, enrolment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.changes.actions import StaleForm, Writing
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.people.children import born_text
from geoapp.people.models import Resident
from geoapp.people.rules import born_at_latest
from geoapp.people.states import check_on_register
from geoapp.programmes import rules
from geoapp.programmes.codes import ENROL_REASONS, TRANSFERRED
from geoapp.programmes.declared import PROGRAMMES, Programme
from geoapp.programmes.models import Enrolment, enrolment_event
from geoapp.programmes.reads import (
    VOID,
    facts_in,
    find_enrolment,
    may_take_back,
    opened,
    sealed_facts,
)
from grids_boundaries.keys import from_key

enrolment, resident = table_of(Enrolment), table_of(Resident)
REGISTERS = {True: "cases", False: "enrolments"}
"""Closed or not: the name in the logs."""
ASK = "ask"
"""Entered by hand past the age at which the job closes (A18 (5)): somebody is asked."""
KEPT = ("begins", "ends", "released_at", "release_reason")
"""Columns a step changes and taking back restores."""


class AlreadyEnrolled(Conflict):
    """Each class has a person once in a grid (A4.0). `holder_id`: the enrolment there is, where that is known."""

    msgid = N_("该居民已登记在这个项目中。曾取消关注的，请打开原记录，点“重新关注”。")

    def __init__(self, field: str, holder_id: int | None = None) -> None:
        self.holder_id = holder_id
        super().__init__(field=field)


def enrol(work: Writing, resident_id: int, code: str, begins: date, given: Mapping[str, str]) -> int:
    """A resident of the writer's grids joins a programme (A4.0); the id of the enrolment.

    Raises NotFound where resident or programme is not the writer's to know of, InvalidInput,
    AlreadyEnrolled.
    """
    person = work.lock(resident, resident_id)
    programme = _programme_for(work, code, person.region_key)
    check_on_register(person.state)
    _require_grid(person.region_key)
    born = born_of(person)
    rules.check_entry(programme, figures(), person.sex, born, today())
    rules.check_begins(begins, today())
    facts = rules.check_facts(programme, given, figures(), born, today())
    ends = rules.ends_on(programme, figures(), begins, facts, born, today())
    where = (person.county_code, person.region_key, resident_id)
    row = insert_enrolment(work, Entering(*where, programme, begins, ends, facts))
    if rules.to_ask(programme, figures(), born, begins):
        note(work, ASK, row)
    return int(row.id)


def correct(work: Writing, enrolment_id: int, version: int, begins: date, given: Mapping[str, str]) -> list[str]:
    """What was filled in, corrected; the end follows. Names of what changed, none for a confirmation.

    Raises NotFound, StaleForm, InvalidInput, Conflict for one that was released.
    """
    row, person = _locked(work, enrolment_id, version)
    if row.released_at is not None:
        raise Conflict(N_("该服务事项已经取消关注。"))
    programme, before = PROGRAMMES[row.programme], facts_in(row)
    born = born_of(person) if person is not None else _told_born(before)
    rules.check_begins(begins, today())
    facts = rules.check_facts(programme, given, figures(), born, today(), before)
    if "person" in before:
        facts = {**facts, "person": before["person"]}
    changed = sorted({n for n in {*before, *facts} if before.get(n) != facts.get(n)} | _if(begins != row.begins))
    values: dict[str, Any] = {"previous": None}
    if changed:
        ends = rules.ends_on(programme, figures(), begins, facts, born, today())
        values |= {"begins": begins, "ends": ends, "origin": "entered", **sealed_facts(row.id, programme, facts)}
    _save(work, row, values)
    _log(work, "correct" if changed else "confirm", row, ["facts"] if changed else [])
    return changed


def release(work: Writing, enrolment_id: int, version: int, reason: str, day: date) -> None:
    """取消关注 with reason and day (A4.0). Raises NotFound, StaleForm, InvalidInput, Conflict."""
    row, _ = _locked(work, enrolment_id, version)
    rules.check_release(reason, day, row.begins, row.released_at is not None, today())
    _step(work, "release", row, {"released_at": moment_of(day), "release_reason": reason})


def enrol_again(
    work: Writing, enrolment_id: int, version: int, reason: str, day: date, given: Mapping[str, str] | None = None
) -> None:
    """重新关注 with reason and day (A4.0): a term that is over begins anew where the rule allows it.

    `given` answers what is asked anew (`rules.asked_again`; A4.5, A5.8); the answers stay where the step is undone.
    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    row, person = _locked(work, enrolment_id, version)
    gone = row.released_at
    rules.check_return(reason, day, gone.date() if gone else None, today(), ENROL_REASONS)
    if person is not None:
        check_on_register(person.state)
    programme, facts = PROGRAMMES[row.programme], facts_in(row)
    born = born_of(person) if person is not None else _told_born(facts)
    if person is not None:
        rules.check_entry(programme, figures(), person.sex, born, today())
    answers = rules.check_again(programme, given or {}, figures())
    begins, ends = row.begins, row.ends
    if rules.is_over(ends, today()):
        begins = day if programme.term.years else begins
        ends = rules.ends_on(programme, figures(), begins, facts, born, today())
    back = {"begins": begins, "ends": ends, "released_at": None, "release_reason": None}
    if answers:
        back |= sealed_facts(row.id, programme, {**facts, **answers})
    _step(work, "enrol", row, back)


def renew(work: Writing, enrolment_id: int, version: int) -> None:
    """Looked at again, the service goes on for another term from today (D3.3).

    Raises NotFound, StaleForm, InvalidInput; Conflict where the term is a rule's and cannot be prolonged.
    """
    row, person = _locked(work, enrolment_id, version)
    programme = PROGRAMMES[row.programme]
    if row.released_at is not None or not programme.term.review:
        raise Conflict(N_("这个项目的期限由规则决定，不能延长。"))
    facts = facts_in(row)
    born = born_of(person) if person is not None else _told_born(facts)
    ends = rules.ends_on(programme, figures(), today(), facts, born, today())
    _step(work, "renew", row, {"ends": ends})


def transfer(work: Writing, enrolment_id: int, version: int) -> int:
    """In one click to the programme that follows (A4.2): the one ends, the other begins; the new one's id.

    Never by itself (A18 (4)). Raises NotFound where the other programme is not opened to the writer,
    StaleForm, InvalidInput, Conflict, AlreadyEnrolled.
    """
    row, person = _locked(work, enrolment_id, version)
    target = PROGRAMMES[row.programme].transfers_to
    if target is None:
        raise Conflict(N_("这个项目没有后续项目。"))
    if person is not None:
        check_on_register(person.state)
    programme = _programme_for(work, target, row.region_key)
    before = facts_in(row)
    begins = min(row.ends, today())
    first = {f.name: next(iter(f.codes or {}), "") for f in programme.facts if f.required and f.kind == "choice"}
    facts = {**first, **{n: before[n] for n in {f.name for f in programme.facts} & set(before)}}
    born = born_of(person) if person is not None else _told_born(before)
    ends = rules.ends_on(programme, figures(), begins, facts, born, today())
    if "person" in before:
        facts = {**facts, "person": before["person"]}
    where = (row.county_code, row.region_key, row.resident_id)
    made = insert_enrolment(work, Entering(*where, programme, begins, ends, facts))
    gone = {} if row.released_at is not None else {"released_at": now(), "release_reason": TRANSFERRED}
    _step(work, "transfer", row, gone, linked=(made.id, made.version))
    return int(made.id)


def undo_step(work: Writing, enrolment_id: int, version: int) -> None:
    """Take the last step back while it is young and nothing followed. A new enrolment was then never there.

    Raises NotFound, StaleForm, Conflict.
    """
    row, _ = _locked(work, enrolment_id, version)
    before = row.previous
    if before is None or not may_take_back(row):
        raise Conflict(N_("没有可以撤销的操作，或已超过可撤销的时间。"))
    if before["step"] == "new":
        _void(work, row)
        return
    if linked := before.get("linked"):
        made = find_enrolment(work.connection, work.access, linked[0], lock=True)
        if made.version != linked[1]:
            raise Conflict(N_("新记录此后已有改动，不能撤销。"))
        _void(work, made)
    _save(work, row, {name: _back(name, before[name]) for name in KEPT} | {"previous": None})
    _log(work, "undo", row, ["state"])


def take_back_new(work: Writing, enrolment_id: int, version: int) -> None:
    """An enrolment nobody has touched since it was made was never there. Raises NotFound, StaleForm."""
    row, _ = _locked(work, enrolment_id, version)
    _void(work, row)


def note(work: Writing, rule: str, row: Row) -> None:
    """A rule's effect on an enrolment, to be told once (`geoapp.programmes.telling`)."""
    event = {"rule": rule, "enrolment_id": row.id, "day": today(), "region_key": row.region_key}
    noted = insert(enrolment_event).values(**event, programme=row.programme)
    work.connection.execute(noted.on_conflict_do_nothing())


# -- what the other parts of the package use ------------------------------------------------------


@dataclass(frozen=True)
class Entering:
    """An enrolment to write. Without `resident_id` the person is in `facts` (A2.6, mode 1)."""

    county_code: str
    region_key: int
    resident_id: int | None
    programme: Programme
    begins: date
    ends: date
    facts: Mapping[str, Any]
    name: str | None = None


def insert_enrolment(work: Writing, one: Entering) -> Row:
    """The row; one that was taken back before is written anew. Raises AlreadyEnrolled.

    INSERT … ON CONFLICT (county_code, resident_id, programme) DO UPDATE … WHERE release_reason = VOID:
    of many at once the first to commit wins.
    """
    number = _number_for(work, one)
    programme = one.programme
    values = {
        "id": number, "county_code": one.county_code, "region_key": one.region_key, "resident_id": one.resident_id,
        "programme": programme.code, "closed": programme.closed, "module": programme.module, "begins": one.begins,
        "ends": one.ends, "origin": "entered", "name": one.name, "previous": {"step": "new", "at": now().isoformat()},
        **sealed_facts(number, programme, one.facts),
    }  # fmt: skip
    anew: dict[str, Any] = {name: value for name, value in values.items() if name not in ("id", "county_code")}
    anew |= {"released_at": None, "release_reason": None, "version": enrolment.c.version + 1, "updated_at": func.now()}
    entry = insert(enrolment).values(values).on_conflict_do_update(
        index_elements=["county_code", "resident_id", "programme"], set_=anew,
        where=enrolment.c.release_reason == VOID,
    )  # fmt: skip
    row = work.connection.execute(entry.returning(enrolment)).one_or_none()
    if row is None:
        raise AlreadyEnrolled(field="programme")
    _touch(work, programme.closed, one.region_key)
    work.log("create", REGISTERS[programme.closed], row, ["programme", "begins", "ends"])
    return row


def _number_for(work: Writing, one: Entering) -> int:
    """Its id: that of the row which was taken back, as its cells are sealed for it, or a new one."""
    same = (enrolment.c.county_code == one.county_code, enrolment.c.resident_id == one.resident_id)
    voided = select(enrolment.c.id).where(
        *work.own(enrolment), *same, enrolment.c.programme == one.programme.code, enrolment.c.release_reason == VOID
    )
    found = work.connection.scalar(voided) if one.resident_id is not None else None
    return int(found or work.connection.execute(text("SELECT nextval('enrolment_id_seq')")).scalar_one())


def figures() -> Mapping[str, int]:
    """Ages and terms of this deployment."""
    return get_settings().programmes.figures


def born_of(person: Row | Mapping[str, Any]) -> date | None:
    """The latest day a resident can be born on."""
    return born_at_latest(born_text(person))


def moment_of(day: date) -> datetime:
    """The moment a day stands for: now where it is today, else its first minute."""
    return now() if day == today() else datetime.combine(day, time(0), ZoneInfo(get_settings().time_zone))


# -- parts ---------------------------------------------------------------------------------


def _programme_for(work: Writing, code: str, region_key: int) -> Programme:
    """The programme, if the writer may know of it there. Raises NotFound."""
    found = opened(work.connection, work.access).get(code)
    if found is None or (found.closed and region_key not in work.access.programme_scope(code)):
        raise NotFound()
    return found


def _require_grid(region_key: int) -> None:
    if from_key(region_key).level != "grid":
        raise InvalidInput(N_("服务对象只能在网格内登记。"), field="programme")


def _locked(work: Writing, enrolment_id: int, version: int) -> tuple[Row, Row | None]:
    """The enrolment and its resident, both locked, the resident first."""
    found = find_enrolment(work.connection, work.access, enrolment_id)
    person = work.lock(resident, found.resident_id) if found.resident_id is not None else None
    row = find_enrolment(work.connection, work.access, enrolment_id, lock=True)
    if row.version != version:
        raise StaleForm()
    return row, person


def _step(
    work: Writing, step: str, row: Row, values: Mapping[str, Any], linked: tuple[int, int] | None = None
) -> None:
    before = {name: _plain(getattr(row, name)) for name in KEPT}
    previous = {"step": step, "at": now().isoformat(), **before, "linked": list(linked) if linked else None}
    _save(work, row, {**values, "previous": previous})
    _log(work, step, row, ["state"])


def _save(work: Writing, row: Row, values: Mapping[str, Any]) -> None:
    same = (enrolment.c.county_code == row.county_code, enrolment.c.id == row.id)
    stamped = {**values, "version": row.version + 1, "updated_at": func.now()}
    work.connection.execute(update(enrolment).where(*same).values(stamped))
    _touch(work, row.closed, row.region_key)


def _void(work: Writing, row: Row) -> None:
    """It was never there: what was filled in goes at once."""
    empty = {"facts_enc": None, "details_enc": None, "name": None, "previous": None}
    _save(work, row, {**empty, "released_at": now(), "release_reason": VOID})
    _log(work, "undo", row, ["state"])


def _log(work: Writing, step: str, row: Row, fields: Iterable[str]) -> None:
    work.log(step, REGISTERS[row.closed], row, fields)


def _touch(work: Writing, closed: bool, region_key: int) -> None:
    if not closed:
        work.touch("enrolments", region_key)


def _told_born(facts: Mapping[str, Any]) -> date | None:
    return born_at_latest(str(facts.get("person", {}).get("born", "")))


def _if(changed: bool) -> set[str]:
    return {"begins"} if changed else set()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _back(name: str, value: Any) -> Any:
    if value is None or name == "release_reason":
        return value
    return datetime.fromisoformat(value) if name == "released_at" else date.fromisoformat(value)
