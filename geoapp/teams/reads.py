"""What the pages of teams and of those they serve show, read under the reader's scope and rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from geoapp.accounts.models import User
from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import LARGEST_ID, own_rows
from geoapp.core.clock import now, today
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.core.photo_links import PhotoLinks
from geoapp.core.photos import Photo
from geoapp.core.settings import undo_minutes
from geoapp.edge.trail import region_trail
from geoapp.houses.models import House
from geoapp.houses.reads import degrees
from geoapp.people.rules import masked_phone
from geoapp.protection.reveals import Sealed
from geoapp.teams import rules
from geoapp.teams.codes import KINDS, LEFT, POSTS, SERVICES
from geoapp.teams.kinds import seen_records
from geoapp.teams.models import Member, Recipient, ServicePhoto, ServiceRecord, Team
from geoapp.teams.seen import seen_members, seen_teams
from grids_boundaries.access import Access
from grids_boundaries.models import Region

team, member, served = table_of(Team), table_of(Member), table_of(ServiceRecord)
recipient, photo = table_of(Recipient), table_of(ServicePhoto)
house, region = table_of(House), table_of(Region)
SHOWN, MOST_TEAMS, MOST_FORMER = 50, 50, 200
LINKS = PhotoLinks("service-photo")
HIDDEN = N_("上级团队成员")
"""In place of a member whose team does not serve the reader's area any more."""


@dataclass(frozen=True)
class MemberLine:
    """One membership: who, in which post, since when, until when and why; phones are masked (D3.2)."""

    id: int
    name: str
    phone: str
    post: str
    since: date
    left_on: date | None
    left_reason: str
    mine: bool
    may_undo: bool


@dataclass(frozen=True)
class RecordLine:
    """One record in a list."""

    id: int
    day: date
    team: str
    kind: str
    service: str
    people: int
    who: tuple[str, ...]
    place: str | None
    note: str | None

    @property
    def url(self) -> str:
        """Address of its page."""
        return f"/services/{self.id}"


def read_team(connection: Connection, access: Access, team_id: int, *, own: bool = False) -> RowMapping:
    """Every stored column of a team, of dissolved ones too, and its point. Raises NotFound.

    Also of a team above, unless `own` asks for those that the reader's area has, which alone can be changed.
    """
    if not 0 < team_id <= LARGEST_ID:
        raise NotFound()
    columns = [c for c in team.c if not c.name.startswith(("geom", "mx", "my"))]
    query = select(*columns, func.ST_X(team.c.geom).label("p_lon"), func.ST_Y(team.c.geom).label("p_lat"))
    seen = own_rows(access, team) if own else [seen_teams(access)]
    row = connection.execute(query.where(*seen, team.c.id == team_id)).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return row


def head_of(connection: Connection, access: Access, row: RowMapping, kind: str) -> dict[str, Any]:
    """What the head of a team's page shows (templates/houses/parts.html)."""
    return {
        "register": "teams", "id": row["id"], "url": f"/teams/{row['id']}", "kind": kind, "label": row["name"],
        "lon": degrees(row["p_lon"]), "lat": degrees(row["p_lat"]), "placed": row["placed"],
        "regions": region_trail(connection, access, row["region_key"]), "region_key": row["region_key"],
        "origin": row["origin"], "source": row["source"], "updated_at": row["updated_at"], "version": row["version"],
    }  # fmt: skip


def read_former(connection: Connection, access: Access) -> list[RowMapping]:
    """Dissolved teams, the last first, MOST_FORMER at most (A1.9)."""
    query = select(team).where(*own_rows(access, team), team.c.state != "active")
    latest = query.order_by(team.c.state_date.desc(), team.c.id).limit(MOST_FORMER)
    return list(connection.execute(latest).mappings())


def read_members(connection: Connection, access: Access, team_ids: Iterable[int], locale: str) -> list[MemberLine]:
    """Memberships of teams, those that go on first, then the former ones (A1.9); above no phones."""
    query = select(member, User.display_name).outerjoin(User, User.id == member.c.user_id)
    theirs = query.where(seen_members(access), member.c.team_id.in_(list(team_ids)))
    ordered = theirs.order_by(member.c.left_on.is_not(None), member.c.since, member.c.id)
    return [_member(row, access, locale) for row in connection.execute(ordered).mappings()]


def read_phone(connection: Connection, access: Access, team_id: int, member_id: int) -> tuple[str, Sealed]:
    """(masked, sealed) phone of a member of a team of the reader's own area. Raises NotFound, also for none."""
    if not (0 < team_id <= LARGEST_ID and 0 < member_id <= LARGEST_ID):
        raise NotFound()
    mine = (*own_rows(access, member), member.c.team_id == team_id, member.c.id == member_id)
    row = connection.execute(select(member.c.region_key, member.c.phone_enc).where(*mine)).one_or_none()
    if row is None or not row.phone_enc:
        raise NotFound()
    name = f"team_member.phone.{member_id}"
    value = Sealed("teams", team_id, "phone", row.region_key, row.phone_enc, name, {"member": member_id})
    return masked_phone(decrypt(bytes(row.phone_enc), name)), value


def read_teams(connection: Connection, access: Access, region_key: int | None = None) -> list[RowMapping]:
    """Active teams the reader sees, those that serve a region where one is given; own ones first, then the nearest."""
    inside = (team.c.region_key <= region_key, team.c.area_hi >= region_key) if region_key else ()
    belongs = and_(member.c.team_id == team.c.id, member.c.user_id == access.user_id, member.c.left_on.is_(None))
    mine = select(member.c.id).where(belongs).exists()
    query = select(team.c.id, team.c.name, team.c.region_key, team.c["class"], mine.label("mine"))
    found = query.where(seen_teams(access), team.c.state == "active", *inside)
    ordered = found.order_by(mine.desc(), team.c.region_key.desc(), team.c.name).limit(MOST_TEAMS)
    return list(connection.execute(ordered).mappings())


def read_areas(connection: Connection, access: Access) -> list[tuple[int, str]]:
    """(key, full name) of the regions a reader may set a team up for, from the top down (A1.2)."""
    query = select(region.c.key, region.c.full_name).where(access.scope.clause(region.c.key))
    above = query.where(region.c.geom.is_not(None)).order_by(region.c.key)
    return [(row.key, row.full_name) for row in connection.execute(above)]


# -- records -------------------------------------------------------------------------------


def records_of_team(connection: Connection, access: Access, team_id: int, locale: str) -> list[RecordLine]:
    """The latest records of a team, SHOWN at most (A1.1); none without person rights."""
    return _records(connection, access, locale, served.c.team_id == team_id)


def records_of_resident(connection: Connection, access: Access, resident_id: int, locale: str) -> list[RecordLine]:
    """The services somebody received, with which and by whom (A1.5)."""
    same = and_(recipient.c.county_code == served.c.county_code, recipient.c.record_id == served.c.id)
    theirs = select(recipient.c.record_id).where(same, recipient.c.resident_id == resident_id).exists()
    return _records(connection, access, locale, theirs)


def records_of_house(connection: Connection, access: Access, house_id: int, locale: str) -> list[RecordLine]:
    """What was done at a house."""
    return _records(connection, access, locale, served.c.house_id == house_id)


def records_of_today(connection: Connection, access: Access, locale: str) -> list[RecordLine]:
    """What the reader has recorded for today."""
    mine = and_(served.c.recorder_id == access.user_id, served.c.served_on == today())
    return _records(connection, access, locale, mine)


def read_record(connection: Connection, access: Access, record_id: int, locale: str) -> dict[str, Any]:
    """One record: {"row", "line", "resident_ids", "photos": [(id, key)], "may_undo"}. Raises NotFound."""
    if not 0 < record_id <= LARGEST_ID:
        raise NotFound()
    found = _records(connection, access, locale, served.c.id == record_id)
    if not found:
        raise NotFound()
    own = (*own_rows(access, served), served.c.id == record_id)
    row = connection.execute(select(served).where(*own)).mappings().one()
    there = (*own_rows(access, recipient), recipient.c.record_id == record_id)
    pictures = select(photo.c.id).where(*own_rows(access, photo), photo.c.record_id == record_id).order_by(photo.c.id)
    return {
        "row": row, "line": found[0],
        "resident_ids": list(connection.scalars(select(recipient.c.resident_id).where(*there))),
        "photos": [(one, LINKS.key(one, access.user_id)) for one in connection.scalars(pictures)],
        "may_undo": row["recorder_id"] == access.user_id and rules.may_undo(row["created_at"], now(), undo_minutes()),
    }  # fmt: skip


def read_photo(connection: Connection, access: Access, photo_id: int, key: str) -> Photo:
    """A photo of the reader's area, by a link of the last ten minutes made for them. Raises NotFound."""
    LINKS.check(photo_id, access.user_id, key)
    same = and_(served.c.county_code == photo.c.county_code, served.c.id == photo.c.record_id)
    query = select(photo.c.content, photo.c.mimetype).join(served, same)
    mine = (*own_rows(access, photo), photo.c.id == photo_id, seen_records(connection, access))
    row = connection.execute(query.where(*mine)).one_or_none()
    if row is None:
        raise NotFound()
    return Photo(bytes(row.content), row.mimetype)


# -- parts ---------------------------------------------------------------------------------


def _records(connection: Connection, access: Access, locale: str, which: ColumnElement[bool]) -> list[RecordLine]:
    """Records of kinds that are open to the reader; whoever sees nobody by name sees none."""
    if not access.may(Permission.RESIDENT_NAME):
        return []
    lives = and_(house.c.county_code == served.c.county_code, house.c.id == served.c.house_id)
    query = select(*(c for c in served.c if c.name != "geom"), house.c.address).outerjoin(house, lives)
    mine = query.where(*own_rows(access, served), seen_records(connection, access), which)
    latest = mine.order_by(served.c.served_on.desc(), served.c.id.desc()).limit(SHOWN)
    rows = connection.execute(latest).mappings().all()
    names = _names(connection, access, {one for row in rows for one in row["members"]})
    return [_line(row, names, locale) for row in rows]


def _line(row: RowMapping, names: dict[int, str], locale: str) -> RecordLine:
    who = dict.fromkeys(names.get(one) or translate(HIDDEN, locale) for one in row["members"])
    note = decrypt(bytes(row["note_enc"]), f"service_record.note.{row['id']}") if row["note_enc"] else None
    return RecordLine(
        row["id"], row["served_on"], row["team_name"], translate(KINDS[row["kind"]], locale),
        translate(SERVICES[row["service"]], locale), row["people"], tuple(who), row["address"], note,
    )  # fmt: skip


def _names(connection: Connection, access: Access, ids: Iterable[int]) -> dict[int, str]:
    query = select(member.c.id, member.c.name_enc, User.display_name).outerjoin(User, User.id == member.c.user_id)
    found = connection.execute(query.where(seen_members(access), member.c.id.in_(list(ids)))).mappings()
    return {row["id"]: _name(row) for row in found}


def _name(row: RowMapping) -> str:
    if row["name_enc"] is None:
        return str(row["display_name"])
    return decrypt(bytes(row["name_enc"]), f"team_member.name.{row['id']}")


def _member(row: RowMapping, access: Access, locale: str) -> MemberLine:
    open_ = row["phone_enc"] and row["region_key"] in access.scope
    phone = decrypt(bytes(row["phone_enc"]), f"team_member.phone.{row['id']}") if open_ else ""
    left_at: datetime | None = row["left_at"]
    post = translate(POSTS.get(row["post"], row["post"]), locale)
    return MemberLine(
        row["id"], _name(row), masked_phone(phone) if phone else "", post,
        row["since"], row["left_on"], translate(LEFT.get(row["left_reason"] or "", row["left_reason"] or ""), locale),
        row["user_id"] is not None and row["user_id"] == access.user_id,
        row["left_reason"] != "team_dissolved" and rules.may_undo(left_at, now(), undo_minutes()),
    )  # fmt: skip
