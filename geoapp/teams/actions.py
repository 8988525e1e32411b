"""What can be done with a team and its members: add, correct, dissolve, reinstate, join, leave, undo (A1).

Callers open the transaction (`geoapp.changes.work.write`) and it commits as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, text, update

from geoapp.accounts.models import User
from geoapp.changes.actions import Writing
from geoapp.core.clock import now, today
from geoapp.core.crypto import encrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput
from geoapp.core.i18n import N_
from geoapp.core.settings import undo_minutes
from geoapp.people.identity import normal_phone
from geoapp.people.rules import check_day
from geoapp.teams import rules
from geoapp.teams.codes import DISSOLVE_REASONS, LEAVE_REASONS, REINSTATE_REASONS, TEAM_DISSOLVED
from geoapp.teams.models import Member, ServiceRecord, Team
from grids_boundaries.models import Region

team, member, served = table_of(Team), table_of(Member), table_of(ServiceRecord)
region, user = table_of(Region), table_of(User)
INSIDE, MISTAKEN = 1, "mistaken"


@dataclass(frozen=True)
class TeamFacts:
    """What staff write down of a team."""

    name: str
    team_class: str
    subclass: str | None = None
    duty: str | None = None

    def checked(self) -> dict[str, str | None]:
        """Column values. Raises InvalidInput."""
        rules.check_class(self.team_class)
        return {
            "name": rules.normal_name(self.name), "class": self.team_class,
            "subclass": rules.normal_text(self.subclass, rules.SUBCLASS_LENGTH, "subclass"),
            "duty": rules.normal_text(self.duty, rules.NOTE_LENGTH, "duty"),
        }  # fmt: skip


@dataclass(frozen=True)
class MemberFacts:
    """Who joins: an account by its user name, or a name with a phone; in which post, since when."""

    post: str
    since: date
    account: str = ""
    name: str = ""
    phone: str = ""


def add_team(work: Writing, region_key: int, facts: TeamFacts) -> int:
    """A new team of a region of the writer's own area, of any level (A1.2); returns its id.

    Raises InvalidInput, also for a region that is not the writer's; Conflict for a name in use there.
    """
    mine = (work.access.scope.clause(region.c.key), region.c.key == region_key)
    area = work.connection.execute(select(region.c.key, region.c.county_code).where(*mine)).one_or_none()
    if area is None:
        raise InvalidInput(N_("请选择自己辖区内的区划。"), field="region")
    values = facts.checked()
    _require_free_name(work, area.key, str(values["name"]))
    inside = select(func.ST_PointOnSurface(region.c.geom)).where(region.c.key == area.key).scalar_subquery()
    row = work.connection.execute(
        insert(team).values({
            **values, "county_code": area.county_code, "region_key": area.key, "geom": inside,
            "placed": INSIDE, "position_source": "centroid", "origin": "entered",
        }).returning(team)
    ).one()  # fmt: skip
    work.touch("teams", row.region_key)
    work.log("create", "teams", row, [name for name, value in values.items() if value])
    return int(row.id)


def correct_team(work: Writing, team_id: int, version: int, facts: TeamFacts) -> list[str]:
    """Write corrected facts; returns the names of those that changed, none for a confirmation.

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    before = work.lock(team, team_id, version)
    values = facts.checked()
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    if "name" in changed and before.state == "active":
        _require_free_name(work, before.region_key, str(values["name"]))
    _save(work, before, values | ({"origin": "entered"} if changed else {}))
    work.log("correct" if changed else "confirm", "teams", before, changed)
    return changed


def dissolve(work: Writing, team_id: int, version: int, reason: str, day: date) -> None:
    """注销: its members are released, they and its records stay readable (A1.9).

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    before = work.lock(team, team_id, version)
    rules.check_active(before.state)
    rules.check_reason(reason, DISSOLVE_REASONS)
    check_day(day, today(), "day")
    released = _end(work, [_of(before), member.c.left_on.is_(None)], TEAM_DISSOLVED, day)
    _save(work, before, {
        "state": "dissolved", "state_reason": reason, "state_date": day, "members": 0,
        "previous": _previous("dissolve", before, released),
    })  # fmt: skip
    work.log("dissolve", "teams", before, ["state", "members"])


def reinstate(work: Writing, team_id: int, version: int, reason: str, day: date) -> None:
    """取消注销: the team is back, without the members it released (A18.14).

    Raises NotFound, StaleForm, InvalidInput, Conflict.
    """
    before = work.lock(team, team_id, version)
    if before.state == "active":
        raise Conflict(N_("该团队没有注销。"))
    rules.check_reason(reason, REINSTATE_REASONS)
    check_day(day, today(), "day")
    if day < before.state_date:
        raise InvalidInput(N_("取消注销的日期不能早于注销的日期。"), field="day")
    _require_free_name(work, before.region_key, before.name)
    _save(work, before, {
        "state": "active", "state_reason": reason, "state_date": day, "previous": _previous("reinstate", before, ()),
    })  # fmt: skip
    work.log("reinstate", "teams", before, ["state"])


def undo_step(work: Writing, team_id: int, version: int) -> None:
    """Take the last dissolution or reinstatement back, within `undo_minutes`, with the members it released.

    Raises NotFound, StaleForm, Conflict.
    """
    before = work.lock(team, team_id, version)
    if not rules.may_undo(step_at(before.previous), now(), undo_minutes()):
        raise Conflict(N_("没有可以撤销的操作，或已超过 %(minutes)s 分钟。"), minutes=undo_minutes())
    _resume(work, [_of(before), member.c.id.in_(before.previous["members"])])
    day = before.previous["state_date"]
    _save(work, before, {
        "state": before.previous["state"], "state_reason": before.previous["state_reason"],
        "state_date": date.fromisoformat(day) if day else None, "members": _number_of(work, before),
    })  # fmt: skip
    work.log("undo", "teams", before, ["state"])


def step_at(previous: Mapping[str, Any] | None) -> datetime | None:
    """When the last step was made that can be taken back."""
    return datetime.fromisoformat(str(previous["at"])) if previous else None


# -- members -------------------------------------------------------------------------------


def add_member(work: Writing, team_id: int, facts: MemberFacts) -> int:
    """Somebody takes up a post (A1.6); returns the id of the membership.

    Raises NotFound, InvalidInput, Conflict for a dissolved team and for a post that the account has.
    """
    before = work.lock(team, team_id)
    rules.check_active(before.state)
    rules.check_post(facts.post)
    check_day(facts.since, today(), "since")
    member_id = work.connection.execute(text("SELECT nextval('team_member_id_seq')")).scalar_one()
    values = _account(work, before, facts) if facts.account else _sealed(member_id, facts)
    work.connection.execute(
        insert(member).values({
            **values, "id": member_id, "county_code": before.county_code, "region_key": before.region_key,
            "team_id": team_id, "post": facts.post, "since": facts.since,
        })
    )  # fmt: skip
    _count(work, before, "join_team")
    return int(member_id)


def leave(work: Writing, member_id: int, reason: str, day: date) -> int:
    """注销 of a membership: it is in no new record from now on (A1.10); returns the team's id.

    Raises NotFound, InvalidInput, Conflict.
    """
    one, before = _locked(work, member_id)
    if one.left_on is not None:
        raise Conflict(N_("该成员已经注销。"))
    rules.check_reason(reason, LEAVE_REASONS)
    check_day(day, today(), "day")
    if day < one.since:
        raise InvalidInput(N_("注销日期不能早于任职日期。"), field="day")
    _end(work, [_is(one)], reason, day)
    _count(work, before, "leave_team")
    return int(one.team_id)


def undo_leave(work: Writing, member_id: int) -> int:
    """Take a leave back, within `undo_minutes` of it; returns the team's id. Raises NotFound, Conflict."""
    one, before = _locked(work, member_id)
    rules.check_active(before.state)
    ended = one.left_on is not None and one.left_reason != TEAM_DISSOLVED
    if not ended or not rules.may_undo(one.left_at, now(), undo_minutes()):
        raise Conflict(N_("没有可以撤销的操作，或已超过 %(minutes)s 分钟。"), minutes=undo_minutes())
    if one.user_id is not None:
        _require_free_post(work, before, one.user_id, one.post)
    _resume(work, [_is(one)])
    _count(work, before, "undo")
    return int(one.team_id)


def delete_member(work: Writing, member_id: int) -> int:
    """删除 of a membership without any service record (A1.11); returns the team's id. Raises NotFound, Conflict.

    Who has served leaves with a reason of their own; who never did was written down by mistake (A17).
    """
    one, before = _locked(work, member_id)
    rules.check_deletable(records_of(work, one))
    work.connection.execute(delete(member).where(_is(one)))
    _count(work, before, "remove_member", MISTAKEN)
    return int(one.team_id)


def records_of(work: Writing, one: Row) -> int:
    """In how many records a membership is: a team serves inside its area, so its writer's area has them all."""
    theirs = select(func.count()).select_from(served).where(*work.own(served), served.c.members.contains([one.id]))
    return int(work.connection.scalar(theirs) or 0)


# -- parts ---------------------------------------------------------------------------------


def _of(before: Row) -> ColumnElement[bool]:
    return and_(member.c.county_code == before.county_code, member.c.team_id == before.id)


def _is(one: Row) -> ColumnElement[bool]:
    return and_(member.c.county_code == one.county_code, member.c.id == one.id)


def _locked(work: Writing, member_id: int) -> tuple[Row, Row]:
    """The membership and its team, the team locked first. Raises NotFound."""
    before = work.lock(team, work.find(member, member_id).team_id)
    return work.lock(member, member_id), before


def _end(work: Writing, which: Sequence[ColumnElement[bool]], reason: str, day: date) -> list[int]:
    """End memberships, none before it began; returns their ids."""
    ended = update(member).where(*which).values(
        left_on=func.greatest(day, member.c.since), left_reason=reason, left_at=func.now(), updated_at=func.now(),
        version=member.c.version + 1,
    )  # fmt: skip
    return list(work.connection.scalars(ended.returning(member.c.id)))


def _resume(work: Writing, which: Sequence[ColumnElement[bool]]) -> None:
    again = {"left_on": None, "left_reason": None, "left_at": None, "version": member.c.version + 1}
    work.connection.execute(update(member).where(*which).values(**again, updated_at=func.now()))


def _number_of(work: Writing, before: Row) -> int:
    going_on = select(func.count()).select_from(member).where(_of(before), member.c.left_on.is_(None))
    return int(work.connection.scalar(going_on) or 0)


def _count(work: Writing, before: Row, step: str, reason: str | None = None) -> None:
    """The team's number of members follows; a change of members is no step that could be taken back there."""
    _save(work, before, {"members": _number_of(work, before)})
    work.log(step, "teams", before, ["members"], reason)


def _previous(step: str, before: Row, released: Sequence[int]) -> dict[str, object]:
    return {
        "step": step, "at": now().isoformat(), "members": list(released), "state": before.state,
        "state_reason": before.state_reason, "state_date": before.state_date and before.state_date.isoformat(),
    }  # fmt: skip


def _save(work: Writing, before: Row, values: Mapping[str, object]) -> None:
    """Any other save ends what could be taken back."""
    stamped = {"previous": None, **values, "version": before.version + 1, "updated_at": func.now()}
    same = and_(team.c.county_code == before.county_code, team.c.id == before.id)
    work.connection.execute(update(team).where(same).values(stamped))
    work.touch("teams", before.region_key)


def _require_free_name(work: Writing, region_key: int, name: str) -> None:
    work.connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"team.{region_key}"))))
    same = (team.c.region_key == region_key, team.c.name == name, team.c.state == "active")
    if work.connection.scalar(select(team.c.id).where(*same)) is not None:
        raise Conflict(N_("本区划已有名为“%(name)s”的团队。"), field="name", name=name)


def _account(work: Writing, before: Row, facts: MemberFacts) -> dict[str, object]:
    """The account of that user name. Raises InvalidInput, Conflict."""
    found = work.connection.scalar(select(user.c.id).where(user.c.username == facts.account.strip(), user.c.active))
    if found is None:
        raise InvalidInput(N_("没有这个账号，或已停用。"), field="account")
    _require_free_post(work, before, found, facts.post)
    return {"user_id": found}


def _require_free_post(work: Writing, before: Row, user_id: int, post: str) -> None:
    """A post is held once by an account in one team, also by one who came back meanwhile. Raises Conflict."""
    there = (_of(before), member.c.user_id == user_id, member.c.post == post, member.c.left_on.is_(None))
    if work.connection.scalar(select(member.c.id).where(*there)) is not None:
        raise Conflict(N_("该账号已在本团队担任这个职务。"), field="account")


def _sealed(member_id: int, facts: MemberFacts) -> dict[str, object]:
    """Name and phone of somebody without an account. Raises InvalidInput."""
    name, phone = rules.normal_name(facts.name), normal_phone(facts.phone)
    return {
        "name_enc": encrypt(name, f"team_member.name.{member_id}"),
        "phone_enc": encrypt(phone, f"team_member.phone.{member_id}") if phone else None,
    }  # fmt: skip
