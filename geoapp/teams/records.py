"""Writing down what a team did for whom, and taking it back (A1.4, A1.7, A1.8, A1.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from geoapp.changes.actions import LARGEST_ID, Writing
from geoapp.changes.places import own_region_at, point_at
from geoapp.core.clock import now, today
from geoapp.core.crypto import encrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.photos import Photo
from geoapp.core.settings import undo_minutes
from geoapp.houses.models import House
from geoapp.people.models import Resident
from geoapp.people.rules import check_day
from geoapp.programmes.models import Enrolment
from geoapp.teams import rules
from geoapp.teams.codes import RESIDENTS
from geoapp.teams.kinds import KINDS, ids_of_kind, open_kinds
from geoapp.teams.models import Member, Recipient, ServicePhoto, ServiceRecord, Team
from geoapp.teams.seen import seen_members, seen_teams

team, member, served = table_of(Team), table_of(Member), table_of(ServiceRecord)
recipient, photo = table_of(Recipient), table_of(ServicePhoto)
house, resident, enrolment = table_of(House), table_of(Resident), table_of(Enrolment)


@dataclass(frozen=True)
class RecordFacts:
    """One record as a form gives it; `point` is (lon, lat) in degrees, EPSG:4326."""

    team_id: int
    members: tuple[int, ...]
    day: date
    kind: str = RESIDENTS
    service: str = "visit"
    people: tuple[int, ...] = ()
    house_id: int | None = None
    point: tuple[float, float] | None = None
    note: str | None = None


def add_record(work: Writing, facts: RecordFacts, photos: Sequence[Photo] = ()) -> int:
    """Write one record; returns its id. Everybody served lives in one grid, which is the record's.

    Raises NotFound, InvalidInput, Conflict.
    """
    before = _team(work, facts.team_id)
    rules.check_active(before.state)
    rules.check_service(facts.service)
    check_day(facts.day, today(), "day")
    rules.check_photos(len(photos))
    serving = _serving(work, facts.members)
    rules.check_serving(facts.members, serving, facts.team_id)
    rules.check_since(facts.day, serving)
    rules.check_kind(facts.kind, open_kinds(work.connection, work.access))
    rules.check_served(facts.people, ids_of_kind(work.connection, work.access, facts.kind, facts.people), facts.kind)
    grid = _grid(work, before, facts)
    row = _insert(work, before, facts, grid)
    same = {"county_code": row.county_code, "region_key": row.region_key, "record_id": row.id}
    if facts.people:
        also = {"kind": facts.kind, "served_on": facts.day}
        work.connection.execute(insert(recipient), [same | also | {"resident_id": one} for one in facts.people])
    if photos:
        work.connection.execute(insert(photo), [same | one._asdict() for one in photos])
    _follow(work, before, row, facts.people)
    work.log("serve", "services", row, ["members", "people", *(["photos"] if photos else [])])
    return int(row.id)


def undo_record(work: Writing, record_id: int) -> int:
    """Take a record of one's own back, within `undo_minutes` of it; returns the team's id.

    Raises NotFound, Conflict.
    """
    before = _team(work, work.find(served, record_id).team_id)
    row = work.find(served, record_id)
    if row.recorder_id != work.access.user_id or not rules.may_undo(row.created_at, now(), undo_minutes()):
        raise Conflict(N_("只有登记人能在 %(minutes)s 分钟内撤销服务记录。"), minutes=undo_minutes())
    work.log("undo", "services", row, ["members", "people"])
    theirs = (recipient.c.county_code == row.county_code, recipient.c.record_id == row.id)
    people = work.connection.scalars(select(recipient.c.resident_id).where(*theirs)).all()
    work.connection.execute(delete(served).where(served.c.county_code == row.county_code, served.c.id == row.id))
    _follow(work, before, row, people)
    return int(row.team_id)


# -- parts ---------------------------------------------------------------------------------


def _team(work: Writing, team_id: int) -> Row:
    """A team of the writer's area, locked, or one above, which they may only read. Raises NotFound."""
    asked = select(team).where(seen_teams(work.access), team.c.id == min(max(team_id, 0), LARGEST_ID))
    row = work.connection.execute(asked).one_or_none()
    if row is None:
        raise NotFound()
    return work.lock(team, team_id) if row.region_key in work.access.scope else row


def _serving(work: Writing, ids: Sequence[int]) -> list[rules.Serving]:
    asked = select(member.c.id, member.c.team_id, member.c.left_on, member.c.since)
    mine = asked.where(seen_members(work.access), member.c.id.in_(ids))
    return [rules.Serving(row.id, row.team_id, row.left_on is None, row.since) for row in work.connection.execute(mine)]


def _grid(work: Writing, before: Row, facts: RecordFacts) -> tuple[int, str]:
    """(key, county) of the one region that people, house and point lie in, inside the team's area."""
    found: set[tuple[int, str]] = set()
    for table, ids in ((resident, facts.people), (house, (facts.house_id,) if facts.house_id else ())):
        if any(not 0 < one <= LARGEST_ID for one in ids):
            raise InvalidInput(N_("服务对象须是在册居民，且在同一个网格。"), field="people")
        mine = select(table.c.region_key, table.c.county_code).where(*work.own(table), table.c.id.in_(ids)).distinct()
        rows = work.connection.execute(mine).all() if ids else []
        if ids and not rows:
            raise InvalidInput(N_("没有这套房屋，或不在您的辖区内。"), field="house")
        found |= {(row.region_key, row.county_code) for row in rows}
    if facts.point:
        at = own_region_at(work, *facts.point)
        found.add((at.key, at.county_code))
    if not found:
        raise InvalidInput(N_("请选择服务对象、房屋或位置。"), field="people")
    if len(found) > 1:
        raise InvalidInput(N_("一条服务记录只能在一个网格内；其他网格的请另记一条。"), field="people")
    ((key, county),) = found
    if not before.region_key <= key <= before.area_hi:
        raise InvalidInput(N_("服务地点不在该团队的服务区域内。"), field="team")
    return key, county


def _insert(work: Writing, before: Row, facts: RecordFacts, grid: tuple[int, str]) -> Row:
    record_id = work.connection.execute(text("SELECT nextval('service_record_id_seq')")).scalar_one()
    note = rules.normal_text(facts.note, rules.NOTE_LENGTH, "note")
    return work.connection.execute(
        insert(served).values(
            id=record_id, region_key=grid[0], county_code=grid[1], team_id=before.id, team_name=before.name,
            kind=facts.kind, service=facts.service, served_on=facts.day, members=sorted(facts.members),
            people=len(facts.people), house_id=facts.house_id, recorder_id=work.access.user_id,
            note_enc=encrypt(note, f"service_record.note.{record_id}") if note else None,
            geom=point_at(*facts.point) if facts.point else None,
        ).returning(served)
    ).one()  # fmt: skip


def _follow(work: Writing, before: Row, row: Row, people: Sequence[int]) -> None:
    """The team, those served and their enrolments know the latest day; the layers that show it follow."""
    work.connection.execute(select(func.team_follow(before.county_code, before.id)))
    if before.region_key in work.access.scope:
        work.touch("teams", before.region_key)
    if not people:
        return
    if row.kind == RESIDENTS:
        last = _latest(row.kind, resident.c.id)
        mine = (*work.own(resident), resident.c.id.in_(people))
        work.connection.execute(update(resident).where(*mine).values(served_on=last))
        work.touch("residents", row.region_key)
        return
    theirs = (enrolment.c.resident_id.in_(people), enrolment.c.programme.in_(KINDS[row.kind]))
    last = _latest(row.kind, enrolment.c.resident_id)
    work.connection.execute(update(enrolment).where(*work.own(enrolment), *theirs).values(served_on=last))
    work.touch("enrolments", row.region_key)


def _latest(kind: str, resident_id: ColumnElement[int]) -> ScalarSelect:
    """SQL: the latest day on which somebody was served as one of that kind."""
    theirs = (recipient.c.resident_id == resident_id, recipient.c.kind == kind)
    return select(func.max(recipient.c.served_on)).where(*theirs).scalar_subquery()
