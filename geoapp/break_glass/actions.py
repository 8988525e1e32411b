"""Break-glass: records outside one's own area, for a while, a few of them, seen by a second person.

Every step opens the database through `grids_boundaries.access.begin` with an access widened to the one
area and cut to reading, so that the row policies hold it too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.accounts.supervisors import covering
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.break_glass import rules
from geoapp.break_glass.codes import REASONS
from geoapp.break_glass.models import BreakGlass, BreakGlassRecord
from geoapp.core.clock import now, today
from geoapp.core.errors import Conflict, Forbidden, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.messages.actions import send
from grids_boundaries.access import Access, begin
from grids_boundaries.keys import KEY_DIGITS, RegionCode, from_key, parse_code
from grids_boundaries.models import Region
from grids_boundaries.scope import RowScope

READS = frozenset(
    str(one) for one in (
        Permission.RECORD_OPEN, Permission.REGION_READ, Permission.HOUSE_READ, Permission.RESIDENT_READ,
        Permission.RESIDENT_NAME,
    )
)  # fmt: skip
"""What it lets a person do: read houses and residents. No export, no writing, no other register."""
EVERYWHERE = RowScope.from_ranges([(0, 10**KEY_DIGITS - 1)])
YEAR = timedelta(days=365)


class Closed(Forbidden):
    """The time is over, it was ended, or it has opened as many records as it may."""

    msgid = N_("此次紧急查看已经结束。")


class Exhausted(Closed):
    """As many records as one use may open are open."""

    msgid = N_("此次紧急查看已达 %(most)s 条记录的上限。")


def widened(access: Access, area: RegionCode) -> Access:
    """The access of a use: this area and nothing else, reading and nothing else."""
    return replace(access, scope=RowScope.of([area]), permissions=READS, programmes=())


def everywhere(access: Access) -> Access:
    """An access to the region tree as a whole and to nothing else, for naming an area."""
    return replace(access, scope=EVERYWHERE, permissions=frozenset({Permission.REGION_READ}), programmes=())


def start(access: Access, reason: str, note: str, code: str) -> int:
    """Open it; gives the id. Somebody else who may review it is told in the same transaction.

    Raises Forbidden for a token, InvalidInput for reason or area, NotFound for an area that is not
    there, Conflict where nobody else could review it.
    """
    access.require(Permission.BREAK_GLASS_USE)
    limits, area, moment = get_settings().break_glass, parse_code(code), now()
    zone = ZoneInfo(get_settings().time_zone)
    rules.check_start(access.kind, reason, note, area, limits.note_length)
    with begin(widened(access, area)) as connection:
        if connection.scalar(select(Region.key).where(Region.key == area.lo)) is None:
            raise NotFound(N_("区划“%(code)s”不存在。"), field="area", code=code)
        told = second_people(connection, access.user_id or 0, area)
        if not told:
            raise Conflict(N_("没有可以复核此次查看的第二人，不能开始。"))
        values = {
            "user_id": access.user_id, "unit": access.unit, "region_key": area.lo, "reason": reason,
            "note": note.strip(), "started_at": moment, "ends_at": moment + timedelta(minutes=limits.minutes),
            "most": limits.records, "told": told,
            "review_due": rules.review_due(moment.astimezone(zone), limits.review_days),
        }  # fmt: skip
        grant = connection.execute(insert(BreakGlass).values(**values).returning(BreakGlass)).one()
        facts = {"grant": grant.id, "minutes": limits.minutes, "most": limits.records}
        record(connection, access, Action.BREAK_GLASS_START, register="break_glass", area_key=area.lo, reason=reason,
               facts=facts)  # fmt: skip
        tell(connection, grant)
    with owner_view(access) as connection:
        _tell_if_alarming(connection, access, told)
    return int(grant.id)


def find(access: Access, grant_id: int) -> Row:
    """One's own grant. Raises NotFound."""
    with owner_view(access) as connection:
        mine = (BreakGlass.id == grant_id, BreakGlass.user_id == access.user_id)
        row: Row | None = connection.execute(select(BreakGlass).where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def own_grants(access: Access) -> list[Row]:
    """One's own uses, the latest first."""
    with owner_view(access) as connection:
        query = select(BreakGlass).where(BreakGlass.user_id == access.user_id)
        return list(connection.execute(query.order_by(BreakGlass.id.desc()).limit(20)))


def open_record(connection: Connection, access: Access, grant_id: int, register: str, record_id: int, key: int) -> None:
    """Count a record as opened. `connection` is begun with the widened access.

    Raises Closed when the time is over, Exhausted when it would be one too many.
    """
    grant = connection.execute(select(BreakGlass).where(BreakGlass.id == grant_id).with_for_update()).one()
    if not rules.is_open(grant.ends_at, grant.ended_at, now()):
        raise Closed()
    one = {"grant_id": grant_id, "register": register, "record_id": record_id, "region_key": key, "at": now()}
    there = (BreakGlassRecord.grant_id == grant_id, BreakGlassRecord.register == register,
             BreakGlassRecord.record_id == record_id)  # fmt: skip
    if connection.scalar(select(BreakGlassRecord.record_id).where(*there)) is None:
        if not rules.has_room(grant.opened, grant.most):
            raise Exhausted(most=grant.most)
        connection.execute(insert(BreakGlassRecord).values(one))
        more = update(BreakGlass).where(BreakGlass.id == grant_id).values(opened=BreakGlass.opened + 1)
        grant = connection.execute(more.returning(BreakGlass)).one()
        tell(connection, grant)
    record(
        connection, access, Action.BREAK_GLASS_USE, register=register, record_ids=[record_id], count=1, area_key=key,
        reason=grant.reason, facts={"grant": grant_id},
    )  # fmt: skip


def end(access: Access, grant_id: int) -> None:
    """Close it before its time."""
    grant = find(access, grant_id)
    if not rules.is_open(grant.ends_at, grant.ended_at, now()):
        return
    with begin(widened(access, from_key(grant.region_key))) as connection:
        connection.execute(update(BreakGlass).where(BreakGlass.id == grant_id).values(ended_at=now()))
        record(connection, access, Action.BREAK_GLASS_END, register="break_glass", area_key=grant.region_key,
               count=grant.opened, facts={"grant": grant_id})  # fmt: skip


def review(connection: Connection, access: Access, grant_id: int, outcome: str, note: str) -> None:
    """Say whether the use was justified. Raises NotFound, Forbidden, InvalidInput."""
    access.require(Permission.BREAK_GLASS_REVIEW)
    there = (BreakGlass.id == grant_id, access.scope.clause(BreakGlass.region_key))
    grant = connection.execute(select(BreakGlass).where(*there).with_for_update()).one_or_none()
    if grant is None:
        raise NotFound()
    least = get_settings().break_glass.note_length
    rules.check_review(
        outcome, note, least, own=grant.user_id == access.user_id, done=grant.reviewed_at is not None
    )
    said = {"outcome": outcome, "review_note": note.strip(), "reviewer_id": access.user_id, "reviewed_at": now()}
    connection.execute(update(BreakGlass).where(BreakGlass.id == grant_id).values(**said))
    record(connection, access, Action.BREAK_GLASS_REVIEW, register="break_glass", area_key=grant.region_key,
           reason=outcome, facts={"grant": grant_id})  # fmt: skip


def second_people(connection: Connection, user_id: int, area: RegionCode) -> list[int]:
    """Others who may review a use in `area`, those with the smallest area of their own first."""
    return covering(connection, user_id, [area], [Permission.BREAK_GLASS_REVIEW])


def tell(connection: Connection, grant: Row) -> None:
    """The second people see a message, unread again with each record that is opened."""
    who = connection.scalar(select(User.display_name).where(User.id == grant.user_id)) or ""
    facts = {"who": who, "area": from_key(grant.region_key).text, "reason": REASONS[grant.reason], "n": grant.opened}
    send(connection, grant.told, f"break_glass:{grant.id}", "break_glass", facts, f"/break-glass/{grant.id}/review")


def month_counts(connection: Connection, scope: RowScope) -> list[Row]:
    """Uses of the last year in those areas: (month, user_id, unit, n)."""
    month = func.to_char(BreakGlass.started_at, "YYYY-MM").label("month")
    query = select(month, BreakGlass.user_id, BreakGlass.unit, func.count().label("n"))
    there = (BreakGlass.started_at > now() - YEAR, scope.clause(BreakGlass.region_key))
    recent = query.where(*there).group_by(month, BreakGlass.user_id, BreakGlass.unit)
    return list(connection.execute(recent.order_by(month.desc(), BreakGlass.user_id)))


def alarming(rows: list[Row], month: str, factor: int) -> dict[str, set[Any]]:
    """Persons and units that used it more than `factor` times the median in `month`."""
    found: dict[str, set[Any]] = {}
    for name in ("user_id", "unit"):
        counts: dict[tuple[str, Any], int] = {}
        for row in rows:
            if getattr(row, name) is not None:
                key = (row.month, getattr(row, name))
                counts[key] = counts.get(key, 0) + row.n
        found[name] = {
            key[1] for key, n in counts.items() if key[0] == month and rules.is_alarming(n, counts.values(), factor)
        }
    return found


def owner_view(access: Access) -> Any:
    """A transaction that sees one's own uses besides those of one's area, whatever their area is."""
    return begin(replace(access, scope=EVERYWHERE, permissions=frozenset(), programmes=()))


def _tell_if_alarming(connection: Connection, access: Access, told: list[int]) -> None:
    rows, factor = month_counts(connection, EVERYWHERE), get_settings().break_glass.factor
    month = f"{today():%Y-%m}"
    found = alarming(rows, month, factor)
    if access.user_id not in found["user_id"] and access.unit not in found["unit"]:
        return
    who = connection.scalar(select(User.display_name).where(User.id == access.user_id)) or ""
    send(connection, told, f"break_glass_alarm:{access.user_id}:{month}", "break_glass_alarm",
         {"who": who, "factor": factor}, "/break-glass/overview")  # fmt: skip
