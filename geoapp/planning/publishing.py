"""Publishing a plan, taking that back, and giving the boundaries of before their force again (#5.5).

What people ask for here is only written down (`schedule`, `restore`); `publishing_run` carries it
out when its day has come, in one transaction of the owner, whichever process comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import shapely
from sqlalchemy import Connection, Row, Table, and_, func, insert, select, text, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Fact
from geoapp.changes.actions import Writing
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.planning.boundaries import NewGrid, grids_in_force
from geoapp.planning.publishing_checks import check_division
from geoapp.planning.publishing_models import (
    PUBLISHED,
    SCHEDULED,
    WITHDRAWN,
    PastGrid,
    Publication,
    PublicationGrid,
)
from geoapp.planning.publishing_teams import MARK, check_teams
from geoapp.planning.publishing_users import check_assignments
from grids_boundaries.access import Access

publication, grid_row, past = table_of(Publication), table_of(PublicationGrid), table_of(PastGrid)
LATEST = timedelta(days=366)
_MARK = text("""
SELECT md5(coalesce(string_agg(key || ':' || md5(coalesce(ST_AsBinary(geom), '')), ',' ORDER BY key), ''))
FROM region WHERE level = 'grid' AND parent_key = ANY(:communities)
""")
_OUTLINES = text("""
SELECT key, ST_AsBinary(geom) AS wkb FROM region WHERE key = ANY(:communities) AND level = 'community'
""")


@dataclass(frozen=True)
class Wish:
    """What is to take effect: all grids of the communities of an area (region key), from `day`.

    `assignments` maps users to numbers of the grids they work in from then on, `teams` teams to their one.
    """

    region_key: int
    grids: Sequence[NewGrid]
    day: date
    assignments: Mapping[int, Sequence[int]] = field(default_factory=dict)
    plan_id: int | None = None
    restores_id: int | None = None
    teams: Mapping[int, Sequence[int]] = field(default_factory=dict)

    @property
    def communities(self) -> list[int]:
        """Keys of the communities, sorted."""
        return sorted({grid.community for grid in self.grids})


def schedule(work: Writing, wish: Wish) -> int:
    """Write down what is to take effect; the publication's id.

    Raises InvalidInput for a day or a user that will not do, DivisionRefused (with the places) for a
    division that leaves a gap, overlaps or reaches out, Conflict where another one waits here.
    """
    connection = work.connection
    check_day(wish.day)
    outlines = {row.key: shapely.from_wkb(bytes(row.wkb)) if row.wkb else None
                for row in connection.execute(_OUTLINES, {"communities": wish.communities})}  # fmt: skip
    if set(outlines) != set(wish.communities):
        raise NotFound()
    if wish.restores_id is None:
        check_division(wish.grids, outlines)
    check_assignments(connection, wish.communities, wish.assignments, [g.number for g in wish.grids])
    check_teams(connection, wish.communities, wish.teams, [g.number for g in wish.grids])
    waiting = select(publication.c.id).where(
        publication.c.state == SCHEDULED, publication.c.communities.overlap(wish.communities)
    )
    if connection.scalar(waiting.limit(1)) is not None:
        raise Conflict(N_("这一范围已有待生效的发布，请先撤回。"))
    values = {
        "region_key": wish.region_key, "plan_id": wish.plan_id, "restores_id": wish.restores_id,
        "effective_on": wish.day, "communities": wish.communities, "based_on": mark_of(connection, wish.communities),
        "assignments": {str(user): list(numbers) for user, numbers in wish.assignments.items()}
        | {f"{MARK}{team}": list(numbers) for team, numbers in wish.teams.items()},
        "made_by": work.access.user_id,
    }  # fmt: skip
    publication_id = int(connection.scalar(insert(publication).values(values).returning(publication.c.id)) or 0)
    connection.execute(insert(grid_row), [
        {
            "publication_id": publication_id, "number": g.number, "region_key": g.community, "name": g.name,
            "dedicated": g.dedicated, "code": g.code, "geom": f"SRID=4326;{_multi(g.polygon).wkt}",
        }
        for g in wish.grids
    ])  # fmt: skip
    facts: dict[str, Fact] = {
        "step": "schedule", "publication": publication_id, "day": wish.day.isoformat(), "grids": len(wish.grids),
    }  # fmt: skip
    record(connection, work.access, Action.CHANGE, register="regions", area_key=wish.region_key, facts=facts)
    return publication_id


def check_day(day: date) -> None:
    """Raises InvalidInput for a day in the past or more than a year away."""
    if day < today():
        raise InvalidInput(N_("生效日期不能早于今天。"), field="effective_on")
    if day > today() + LATEST:
        raise InvalidInput(N_("生效日期不能晚于一年之后。"), field="effective_on")


def mark_of(connection: Connection, communities: Sequence[int]) -> str:
    """Equal as long as the grids in force of the communities are the same."""
    return str(connection.scalar(_MARK, {"communities": list(communities)}))


def publication_of(connection: Connection, access: Access, publication_id: int, lock: bool = False) -> Row:
    """A publication in the reader's area. Raises NotFound."""
    mine = and_(access.scope.clause(publication.c.region_key), publication.c.id == publication_id)
    query = select(publication).where(mine)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def publications(connection: Connection, access: Access, most: int = 50) -> Sequence[Row]:
    """The latest publications of the reader's area, newest first."""
    mine = select(publication).where(access.scope.clause(publication.c.region_key))
    return connection.execute(mine.order_by(publication.c.id.desc()).limit(most)).all()


def withdraw(work: Writing, publication_id: int) -> Row:
    """Take back what has not taken effect. Raises NotFound, Conflict when it has."""
    row = publication_of(work.connection, work.access, publication_id, lock=True)
    if row.state != SCHEDULED:
        raise Conflict(N_("该发布已经生效或已结束，不能撤回。"))
    ended = update(publication).where(publication.c.id == publication_id)
    work.connection.execute(ended.values(state=WITHDRAWN, ended_at=now()))
    facts: dict[str, Fact] = {"step": "withdraw", "publication": publication_id}
    record(work.connection, work.access, Action.CHANGE, register="regions", area_key=row.region_key, facts=facts)
    return row


def restore(work: Writing, publication_id: int, day: date) -> int:
    """Publish the grids that were in force before a publication, with their codes; the new one's id.

    Raises NotFound, Conflict where it has not taken effect, where something newer did in its
    communities, or where there were no grids before.
    """
    connection = work.connection
    row = publication_of(connection, work.access, publication_id, lock=True)
    if row.state != PUBLISHED:
        raise Conflict(N_("该发布没有生效，无需恢复。"))
    newer = select(publication.c.id).where(
        publication.c.state == PUBLISHED, publication.c.id > publication_id,
        publication.c.communities.overlap(row.communities),
    )  # fmt: skip
    if connection.scalar(newer.limit(1)) is not None:
        raise Conflict(N_("此后这一范围又发布过新的网格，请先恢复较新的那一次。"))
    grids = division_before(connection, row)
    if {grid.community for grid in grids} != set(row.communities):
        raise Conflict(N_("这次发布之前有社区还没有网格，无法恢复。"))
    return schedule(work, Wish(row.region_key, grids, day, restores_id=publication_id))


def division_before(connection: Connection, row: Row) -> list[NewGrid]:
    """The grids of a publication's communities as they were before it, with their codes."""
    as_wkb = func.ST_AsBinary(past.c.geom).label("wkb")
    vanished = connection.execute(
        select(past.c.region_key, past.c.parent_key, past.c.name, past.c.dedicated, as_wkb)
        .where(past.c.publication_id == row.id, past.c.geom.is_not(None))
    ).all()  # fmt: skip
    kept = set(connection.scalars(
        select(grid_row.c.code).where(grid_row.c.publication_id == row.id, grid_row.c.changed.is_(False))
    ))  # fmt: skip
    before = [(r.region_key, r.parent_key, r.name, r.dedicated, r.wkb) for r in vanished]
    before += [
        (r.key, r.community, r.name, r.dedicated, r.wkb)
        for r in grids_in_force(connection, row.communities) if str(r.key) in kept
    ]  # fmt: skip
    return [
        NewGrid(number, community, shapely.from_wkb(bytes(wkb)), name, dedicated, f"{key:015d}")
        for number, (key, community, name, dedicated, wkb) in enumerate(sorted(before, key=lambda one: one[0]))
    ]


def stored_grids(connection: Connection, publication_id: int) -> list[NewGrid]:
    """The grids written down for a publication."""
    table: Table = grid_row
    found = connection.execute(
        select(table.c.number, table.c.region_key, table.c.name, table.c.dedicated, table.c.code,
               func.ST_AsBinary(table.c.geom).label("wkb"))
        .where(table.c.publication_id == publication_id).order_by(table.c.number)
    )  # fmt: skip
    return [
        NewGrid(r.number, r.region_key, shapely.from_wkb(bytes(r.wkb)), r.name, r.dedicated, r.code) for r in found
    ]


def _multi(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.multipolygons(shapely.get_parts(shape))
