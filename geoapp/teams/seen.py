"""Which teams a reader sees: those of their own area, and those above whose area holds theirs (A1.2)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from geoapp.core.db import table_of
from geoapp.teams.models import Member, Team
from grids_boundaries.access import Access

team, member = table_of(Team), table_of(Member)


def seen_teams(access: Access) -> ColumnElement[bool]:
    """SQL: the team's region lies in the reader's area, or all of one of the reader's areas in the team's.

    region_key in the reader's scope OR (region_key <= :lo AND area_hi >= :hi) for each of the ranges
    """
    ranges = access.scope.ranges
    above = (and_(team.c.region_key <= lo, team.c.area_hi >= hi) for lo, hi in ranges)
    return or_(access.scope.clause(team.c.region_key), *above)


def seen_members(access: Access) -> ColumnElement[bool]:
    """SQL: members of the teams that the reader sees."""
    same = and_(team.c.county_code == member.c.county_code, team.c.id == member.c.team_id)
    return select(team.c.id).where(same, seen_teams(access)).exists()
