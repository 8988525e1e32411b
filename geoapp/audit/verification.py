"""`geoapp audit verify`: is the log what was written, in the order it was sealed, to its end?

What each part finds (LG-1): the marks of events, an event changed or written past the
application; the links, one deleted, inserted or moved; the anchors, an end cut off or a chain
written anew; the commitments, a record taken out of an event or put into one; the guards, a table
that is no longer append only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, text

from geoapp.audit import anchors, rules
from geoapp.audit.actions import mark_key
from geoapp.audit.anchors import Anchor
from geoapp.audit.models import AuditCheck
from geoapp.audit.verification_sql import (
    CHAIN,
    FIRST_SINCE,
    GUARDS,
    RECORDS,
    UNSEALED,
    forgotten_without_reason,
    refuses_changes,
)
from geoapp.core.clock import now
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import Settings

TROUBLES = {
    "gap": N_("编号不连续：有事件被删除或插入"),
    "missing": N_("事件已不存在"),
    "changed": N_("事件内容与写入时的标记不符"),
    "link": N_("与前一事件的链接不符"),
    "cut": N_("末尾被截断：锚点记有更大的编号"),
    "rewritten": N_("链与锚点不符：曾被重写"),
    "anchor": N_("锚点的签名无效或文件无法读取"),
    "records": N_("事件涉及的记录被更改"),
    "unsealed": N_("有事件早已写入却没有封存"),
    "guard": N_("数据库不再阻止更改日志"),
}
"""Code of a finding to its sentence."""
READ_AT_ONCE = 10_000


@dataclass(frozen=True)
class Report:
    """Numbers `first` to `last` were looked at; `bad_number` is the first that is not as it was."""

    first: int
    last: int
    trouble: str | None = None
    bad_number: int | None = None

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return self.trouble is None

    @property
    def events(self) -> int:
        """How many seals were looked at."""
        return max(self.last - self.first + 1, 0)


def verify(
    connection: Connection, settings: Settings, *, since: datetime | None = None, other: list[Anchor] | None = None
) -> Report:
    """Look at all events, or at those sealed `since`; `other` are anchors kept elsewhere.

    Of everything that is wrong the smallest number is reported; what has no number comes last.
    """
    first = 1 if since is None else connection.scalar(FIRST_SINCE, {"since": since}) or 1
    found, last = _chain(connection, settings, first)
    if not found:  # an anchor names a stretch, the chain a number
        found = _anchors(connection, settings, other)
    found += [*_records(connection, first), *_whole(connection, settings)]
    if not found:
        return Report(first, last)
    trouble, number = min(found, key=lambda one: (one[1] is None, one[1] or 0))
    return Report(first, last, trouble, number)


Found = list[tuple[str, int | None]]


def _chain(connection: Connection, settings: Settings, first: int) -> tuple[Found, int]:
    """The first number whose mark or link does not hold, and the last number there is."""
    key, expected = mark_key(settings), first
    previous = _hash_before(connection, first)
    for number, event_id, micros, before, own, body, mark in _rows(connection, first):
        if number != expected:
            return [("gap", expected)], number
        if body is None:
            return [("missing", number)], number
        line = body.encode()
        if rules.mark(key, line) != mark or not line.startswith(b'{"id":"' + event_id.encode()):
            return [("changed", number)], number
        if before != previous or rules.link(key, previous, number, micros, line, mark) != own:
            return [("link", number)], number
        previous, expected = own, number + 1
    return [], expected - 1


def _rows(connection: Connection, first: int) -> Iterator[tuple]:
    """Seals with their events from `first` on, through a cursor of the server."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor("audit_verify", binary=True) as cursor:
        cursor.itersize = READ_AT_ONCE
        cursor.execute(CHAIN, [first])
        yield from cursor


def _hash_before(connection: Connection, first: int) -> bytes:
    found = connection.scalar(text("SELECT hash FROM audit_seal WHERE number = :n"), {"n": first - 1})
    return bytes(found) if found else rules.FIRST_LINK


def _anchors(connection: Connection, settings: Settings, other: list[Anchor] | None) -> Found:
    """Anchors that are not ours, or speak of a number that is gone or of another hash."""
    try:
        kept = [*anchors.read_all(settings), *(other or [])]
    except InvalidInput:
        return [("anchor", None)]
    key = anchors.public_key(settings)
    if not all(anchors.is_ours(one, key) for one in kept):
        return [("anchor", None)]
    wanted = {one.number: one.hash for one in kept if one.database == settings.database_name}
    query = text("SELECT number, hash FROM audit_seal WHERE number = ANY (:numbers)")
    there = {row.number: bytes(row.hash) for row in connection.execute(query, {"numbers": list(wanted)})}
    good = 0
    for number in sorted(wanted):
        if number not in there:
            return [("cut", 1 + connection.scalar(text("SELECT coalesce(max(number), 0) FROM audit_seal")))]
        if there[number] != wanted[number]:
            return [("rewritten", good + 1)]
        good = number
    return []


def _records(connection: Connection, first: int) -> Found:
    row = connection.execute(RECORDS, {"first": first}).scalar()
    found: Found = [("records", row)] if row is not None else []
    wrong = forgotten_without_reason(connection)
    return [*found, ("records", wrong)] if wrong is not None else found


def _whole(connection: Connection, settings: Settings) -> Found:
    """What has no number: events that were never sealed, guards that are gone."""
    found: Found = []
    if connection.scalar(UNSEALED, {"warn": settings.audit.warn}):
        found.append(("unsealed", None))
    if connection.scalar(GUARDS) or not refuses_changes(connection):
        found.append(("guard", None))
    return found


def last_day() -> datetime:
    """Since when the check at start looks."""
    return now() - timedelta(days=1)


def note(connection: Connection, report: Report) -> None:
    """Keep the result for the auditor's page."""
    connection.execute(insert(AuditCheck).values(
        at=now(), first=report.first, last=report.last, good=report.good,
        bad_number=report.bad_number, trouble=report.trouble,
    ))  # fmt: skip
