"""Rows of service teams: of a region of any level, with the one who leads it (A1.2, A1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, select

from geoapp.accounts.models import User
from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.crypto import decrypt
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.people.identity import normal_phone
from geoapp.teams.actions import (
    MemberFacts,
    TeamFacts,
    add_member,
    add_team,
    correct_team,
    dissolve,
)
from geoapp.teams.models import Member, Team
from geoapp.teams.rules import normal_name

team, member, user = table_of(Team), table_of(Member), table_of(User)
Cells = Mapping[str, str]
LEADER = "leader"
FIXED = frozenset({"leader", "leader_phone"})
"""Who leads a team joins and leaves it on a day of their own (A1.6, A1.10)."""


def check(_row: Row, cells: Cells) -> TeamFacts:
    """The team of a row. Raises InvalidInput."""
    facts = TeamFacts(cells.get("name", ""), cells.get("class", ""), cells.get("subclass"), cells.get("duty"))
    facts.checked()
    if cells.get("leader") or cells.get("leader_phone"):
        normal_name(cells.get("leader"))
        normal_phone(cells.get("leader_phone", ""))
    return facts


def add(work: Writing, row: Row, cells: Cells) -> int:
    """A new team of the row's region, led by somebody from today on; its id. Raises InvalidInput, Conflict."""
    team_id = add_team(work, row.region_key, check(row, cells))
    if cells.get("leader"):
        post = MemberFacts(LEADER, today(), name=cells["leader"], phone=cells.get("leader_phone", ""))
        add_member(work, team_id, post)
    return team_id


def remove(work: Writing, row: Row) -> None:
    """It was never there: it stays as one written down by mistake. Raises Conflict where it has served since."""
    if row.served_on is not None:
        raise Conflict(N_("认领后已有别的登记或服务，不能撤销。"))
    dissolve(work, row.id, row.version, "by_mistake", today())


def stored(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each team what its template asks for."""
    leaders = _leaders(connection, rows)
    names = ("name", "class", "subclass", "duty")
    nobody = {"leader": "", "leader_phone": ""}
    return [
        {name: str(row._mapping[name] or "") for name in names} | leaders.get(row.id, nobody) for row in rows
    ]  # fmt: skip


def write(work: Writing, row: Row, texts: Mapping[str, str]) -> None:
    """Write texts into a team. Raises what its actions raise."""
    correct_team(work, row.id, row.version, check(row, texts))


def _leaders(connection: Connection, rows: Sequence[Row]) -> dict[int, dict[str, str]]:
    """Of each team who leads it, the first of several, with the phone that was told."""
    there = (
        member.c.county_code.in_({row.county_code for row in rows}), member.c.team_id.in_({row.id for row in rows}),
        member.c.post == LEADER, member.c.left_on.is_(None),
    )  # fmt: skip
    query = select(member, user.c.display_name).outerjoin(user, user.c.id == member.c.user_id).where(*there)
    found: dict[int, dict[str, str]] = {}
    for one in connection.execute(query.order_by(member.c.since, member.c.id)) if rows else ():
        opened = {
            name: decrypt(bytes(cell), f"team_member.{name}.{one.id}") if cell else ""
            for name, cell in (("name", one.name_enc), ("phone", one.phone_enc))
        }  # fmt: skip
        found.setdefault(one.team_id, {"leader": opened["name"] or one.display_name, "leader_phone": opened["phone"]})
    return found
