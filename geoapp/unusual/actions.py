"""Counting the records a person opens, telling of unusually many, and stopping (research/trust C5).

One row for each person and day is all that is kept, for 30 days. Where nothing is unusual the cost is
one statement in the transaction of the read, and lists and tiles pay nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.accounts.supervisors import covering
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now, today
from geoapp.core.errors import Forbidden, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.messages.actions import send
from geoapp.unusual import rules
from geoapp.unusual.models import ReadCount
from geoapp.unusual.rules import Level
from grids_boundaries.access import Access
from grids_boundaries.keys import RegionCode, parse_code

SUPERVISING = (Permission.BREAK_GLASS_REVIEW, Permission.ACCOUNT_ADMIN)
COUNTY_DIGITS = 6


class ReadingStopped(Forbidden):
    """So much was read that a supervisor must confirm before anything more is shown."""

    msgid = N_("查阅的个人记录已达平常的 %(times)s 倍，已暂停查阅。请主管确认后再继续。")


def count_record(connection: Connection, access: Access) -> None:
    """One more record or value. Raises ReadingStopped, and then nothing is counted.

    The one that reaches the limit is still shown; what follows is refused, also on the days after.
    """
    if access.user_id is None:
        return
    limits, day = get_settings().unusual, today()
    row = _one_more(connection, access.user_id, day)
    if row.number == 1 and _stopped_earlier(connection, access.user_id, day):
        raise ReadingStopped(times=limits.stop_times)
    number = row.number - row.counted_from
    if number < limits.note_times * limits.usual:  # nothing less can be unusual
        return
    usual = row.usual or usual_number(connection, access.user_id, day)
    if rules.level_of(number - 1, usual, limits.note_times, limits.stop_times) is Level.STOPPED:
        raise ReadingStopped(times=limits.stop_times)
    level = rules.level_of(number, usual, limits.note_times, limits.stop_times)
    if level > row.level or row.usual is None:
        _set(connection, access.user_id, day, level=max(level, row.level), usual=usual)
    if level > row.level:
        _tell(connection, access, day, level)


def usual_number(connection: Connection, user_id: int, day: date) -> int:
    """What people of the same role in the same county (or city) read on a day, over the last weeks."""
    other, self = aliased(User), aliased(User)
    place = func.left(other.area_codes[1], COUNTY_DIGITS) == func.left(self.area_codes[1], COUNTY_DIGITS)
    middle = func.percentile_cont(0.5).within_group(ReadCount.number)
    query = (
        select(middle.label("median"), func.count().label("days"))
        .join(other, other.id == ReadCount.user_id)
        .join(self, (self.role_key == other.role_key) & place)
        .where(self.id == user_id, ReadCount.day < day, ReadCount.day >= day - timedelta(days=rules.HISTORY_DAYS))
    )
    found = connection.execute(query).one()
    return rules.usual_of(found.median, found.days, get_settings().unusual.usual)


def find(connection: Connection, access: Access, user_id: int) -> Row:
    """The latest day of a person that is stopped, else that was noted; for those who supervise them.

    Raises NotFound for everybody else, and where there is none.
    """
    person = connection.execute(select(User.display_name, User.area_codes).where(User.id == user_id)).one_or_none()
    may = any(access.may(one) for one in SUPERVISING)
    if person is None or not may or not all(access.scope.covers(one) for one in _areas(person)):
        raise NotFound()
    named = select(ReadCount.__table__, User.display_name.label("who")).join(User, User.id == ReadCount.user_id)
    query = named.where(ReadCount.user_id == user_id, ReadCount.level > Level.USUAL)
    row: Row | None = connection.execute(
        query.order_by(ReadCount.level.desc(), ReadCount.day.desc()).limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


def confirm(connection: Connection, access: Access, user_id: int, reason: str, note: str) -> None:
    """The person may go on; from here it is counted anew. Raises NotFound, Forbidden, InvalidInput."""
    connection.execute(select(ReadCount.day).where(ReadCount.user_id == user_id).with_for_update())
    row = find(connection, access, user_id)
    least = get_settings().break_glass.note_length
    stopped = row.level == Level.STOPPED
    rules.check_confirmation(reason, note, least, own=user_id == access.user_id, stopped=stopped)
    for day in _stopped_days(connection, user_id):
        _set(connection, user_id, day, level=Level.USUAL, counted_from=ReadCount.number, reason=reason,
             note=note.strip(), confirmed_by=access.user_id, confirmed_at=now())  # fmt: skip
    record(connection, access, Action.READING_CONFIRM, register="users", reason=reason, facts={"user": user_id})
    times = {"times": get_settings().unusual.stop_times}
    send(connection, [user_id], f"unusual_reading_own:{row.day}", "reading_confirmed", times, "/account")


# -- parts ---------------------------------------------------------------------------------


def _one_more(connection: Connection, user_id: int, day: date) -> Row:
    first = insert(ReadCount).values(user_id=user_id, day=day, number=1)
    more = first.on_conflict_do_update(index_elements=["user_id", "day"], set_={"number": ReadCount.number + 1})
    columns = (ReadCount.number, ReadCount.counted_from, ReadCount.usual, ReadCount.level)
    return connection.execute(more.returning(*columns)).one()


def _stopped_days(connection: Connection, user_id: int) -> list[date]:
    query = select(ReadCount.day).where(ReadCount.user_id == user_id, ReadCount.level == Level.STOPPED)
    return list(connection.scalars(query))


def _stopped_earlier(connection: Connection, user_id: int, day: date) -> bool:
    return any(one < day for one in _stopped_days(connection, user_id))


def _set(connection: Connection, user_id: int, day: date, **values: object) -> None:
    there = (ReadCount.user_id == user_id, ReadCount.day == day)
    connection.execute(update(ReadCount).where(*there).values(**values))


def _tell(connection: Connection, access: Access, day: date, level: Level) -> None:
    """The person and their supervisors; no figure is in the message, which outlives the count."""
    limits, user_id = get_settings().unusual, access.user_id or 0
    stopped = level is Level.STOPPED
    times = limits.stop_times if stopped else limits.note_times
    record(connection, access, Action.READING_UNUSUAL, register="users", facts={"times": times, "stopped": stopped})
    person = connection.execute(select(User.display_name, User.area_codes).where(User.id == user_id)).one()
    own = "reading_stopped_own" if stopped else "unusual_reading_own"
    send(connection, [user_id], f"unusual_reading_own:{day}", own, {"times": times}, "/account")
    told = covering(connection, user_id, _areas(person), SUPERVISING)
    facts = {"who": person.display_name, "day": day.isoformat(), "times": times}
    kind = "reading_stopped" if stopped else "unusual_reading"
    send(connection, told, f"unusual_reading:{user_id}:{day}", kind, facts, f"/unusual-reading/{user_id}")


def _areas(person: Row) -> list[RegionCode]:
    return [parse_code(code) for code in person.area_codes]
