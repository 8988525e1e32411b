"""Which grid a service team has after a publication: as the planner chose, else where its grid went (A1.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, Row, text

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Actor
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from grids_boundaries.access import Access

MARK = "team:"
"""Before the id of a team, where teams stand among the users of a publication."""
Moves = dict[str, dict[str, list[str]]]
"""Marked id to grid codes {"before": [...], "after": [...]}."""
_TEAMS = text("""
SELECT t.id, t.name, t.region_key FROM team t JOIN region r ON r.key = t.region_key AND r.level = 'grid'
WHERE t.county_code = ANY(:counties) AND t.state = 'active' AND r.parent_key = ANY(:communities) ORDER BY t.name, t.id
""")
_GIVE = text("""
UPDATE team t SET region_key = r.key, version = t.version + 1,
    geom = CASE WHEN t.geom IS NULL OR ST_Intersects(r.geom, t.geom) THEN t.geom ELSE ST_PointOnSurface(r.geom) END
FROM region r WHERE r.key = :key AND t.id = :id AND t.region_key <> r.key
""")
_MEMBERS = text("UPDATE team_member SET region_key = :key WHERE team_id = :id")


def teams_of(connection: Connection, communities: Iterable[int]) -> Sequence[Row]:
    """Active teams of single grids of the communities (keys), as far as the reader sees them: id, name, region_key."""
    keys = sorted(communities)
    facts = {"communities": keys, "counties": sorted({f"{key:015d}"[:6] for key in keys})}
    return connection.execute(_TEAMS, facts).all()


def check_teams(
    connection: Connection, communities: Collection[int], chosen: Mapping[int, Sequence[int]], numbers: Collection[int]
) -> None:
    """A team of these grids gets one of the plan's grids. Raises InvalidInput naming the team."""
    known = {row.id: row.name for row in teams_of(connection, communities)} if chosen else {}
    for team, wanted in chosen.items():
        if team not in known:
            raise InvalidInput(N_("团队 %(id)s 不在本方案范围内的网格，不能在此调整。"), field="assignments", id=team)
        if len(wanted) != 1 or wanted[0] not in numbers:
            raise InvalidInput(N_("请为团队“%(name)s”选择方案中的一个网格。"), field="assignments", name=known[team])


def give_teams(
    connection: Connection, wanted: Mapping[int, int], before: Mapping[int, int], actor: Access | Actor
) -> Moves:
    """Give teams (id) their grids (key), members with them; `before`: the grids they had."""
    moved: Moves = {}
    for team, key in wanted.items():
        connection.execute(_GIVE, {"id": team, "key": key})
        connection.execute(_MEMBERS, {"id": team, "key": key})
        moved[f"{MARK}{team}"] = {"before": [f"{before[team]:015d}"], "after": [f"{key:015d}"]}
        facts = {"step": "publish"}
        record(
            connection, actor, Action.CHANGE, register="teams", record_ids=[team], fields=["region_key"],
            area_key=key, facts=facts,
        )  # fmt: skip
    return moved


def restored(connection: Connection, given: Mapping[str, Mapping[str, list[str]]]) -> dict[int, int]:
    """Teams that a publication gave a grid which they still have, or has gone on for it, and the grid of before."""
    asked = {int(name.removeprefix(MARK)): codes for name, codes in given.items() if name.startswith(MARK)}
    there = set(connection.scalars(text("SELECT id FROM team WHERE id = ANY(:ids)"), {"ids": list(asked)}))
    return {team: int(codes["before"][0]) for team, codes in asked.items() if team in there}
