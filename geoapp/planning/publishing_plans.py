"""From an approved plan to a publication: its grids as polygons, what would change for whom (#5.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, text

from geoapp.changes.actions import Writing
from geoapp.core.clock import today
from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.planning import lifecycle
from geoapp.planning.boundaries import NewGrid, Outcome, grids_in_force, number_grids
from geoapp.planning.errors import PlanRefused, grid_label
from geoapp.planning.plans import find_plan, fingerprint
from geoapp.planning.publishing import Wish, publication_of, schedule, withdraw
from geoapp.planning.publishing_checks import DivisionRefused
from geoapp.planning.publishing_teams import teams_of
from geoapp.planning.publishing_users import GRID_DIGITS, workers_of
from grids_boundaries.derive.coverage import dissolve

_CELLS = text("""
SELECT c.grid, c.region_key AS community, ST_AsBinary(u.geom) AS wkb FROM plan_cell c
JOIN base_unit u ON u.set_id = c.set_id AND u.number = c.number WHERE c.plan_id = :plan ORDER BY c.cell
""")
_GRIDS = text("""
SELECT g.number, g.region_key AS community, g.name, g.dedicated, g.in_force, r.name AS old_name FROM plan_grid g
LEFT JOIN region r ON r.key = g.in_force AND r.level = 'grid' WHERE g.plan_id = :plan AND NOT g.gone ORDER BY g.number
""")


@dataclass(frozen=True)
class Preview:
    """What publishing would do: codes by number, grids that vanish, and who works where afterwards."""

    outcome: Outcome
    grids: Sequence[NewGrid]
    workers: Sequence[tuple[Row, list[int]]]
    teams: Sequence[tuple[Row, list[int]]]
    in_force: Mapping[int, Row]


def grids_of_plan(connection: Connection, plan_id: int) -> list[NewGrid]:
    """The grids of a plan put together from their units. Raises PlanRefused for one without any."""
    rows = connection.execute(_CELLS, {"plan": plan_id}).all()
    cells = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    numbers, shapes = dissolve(cells, np.array([row.grid for row in rows], dtype=np.int64))
    shape_of = dict(zip(numbers.tolist(), shapes, strict=True))
    grids, given = [], set()
    for row in connection.execute(_GRIDS, {"plan": plan_id}):
        if row.number not in shape_of:
            raise PlanRefused("emptied", N_("网格 %(grid)s 没有任何单元。"), grid=row.number)
        keeps = row.in_force if row.old_name is not None and row.in_force not in given else None
        given.add(keeps)
        code = None if keeps is None else f"{keeps:015d}"
        grids.append(NewGrid(row.number, row.community, shape_of[row.number], row.name, row.dedicated, code))
    return grids


def preview(connection: Connection, row: Row[Any]) -> Preview:
    """What publishing the plan would change. Raises PlanRefused, Conflict."""
    grids = grids_of_plan(connection, row.id)
    outcome = number_grids(connection, grids)
    communities = sorted({grid.community for grid in grids})
    in_force = {one.key: one for one in grids_in_force(connection, communities)}
    number_of = {key: number for number, key in outcome.keys.items()}
    workers = []
    for worker in workers_of(connection, communities):
        own = [int(code) for code in worker.area_codes if len(code) == GRID_DIGITS and int(code) in in_force]
        goes = (outcome.successors.get(key, key) if key in outcome.gone else key for key in own)
        workers.append((worker, sorted({number_of[key] for key in goes if key in number_of})))
    teams = [
        (team, [number_of[key]] if (key := outcome.successors.get(team.region_key, 0)) in number_of else [])
        for team in teams_of(connection, communities)
    ]
    return Preview(outcome, grids, workers, teams, in_force)


def publish_plan(
    work: Writing, plan_id: int, version: int, day: date | None, assignments: Mapping[int, Sequence[int]],
    teams: Mapping[int, Sequence[int]] | None = None,
) -> int:  # fmt: skip
    """Schedule an approved plan for a day (today without one); the publication's id.

    Raises NotFound, Conflict, PlanRefused ("stale", "base", "emptied"), DivisionRefused, InvalidInput.
    """
    connection = work.connection
    row = find_plan(connection, work.access, plan_id, lock=True)
    if row.version != version:
        raise _refused("stale", N_("方案已被他人修改，请刷新后再试。"))
    if row.base and row.base != fingerprint(connection, row.region_key):
        raise _refused("base", N_("建立草案之后，该区域的现行网格已经改变；请以现行网格另建草案。"))
    day = day or today()
    moved = lifecycle.move(connection, work.access, row, "schedule", effective_on=day)
    wish = Wish(moved.region_key, grids_of_plan(connection, plan_id), day, assignments, plan_id, teams=teams or {})
    try:
        return schedule(work, wish)
    except DivisionRefused as refused:
        raise _as_shown(connection, plan_id, refused) from refused


def withdraw_publication(work: Writing, publication_id: int) -> None:
    """Take back a publication that waits; its plan is approved as before. Raises NotFound, Conflict."""
    row = withdraw(work, publication_id)
    if row.plan_id is not None:
        plan = find_plan(work.connection, work.access, row.plan_id, lock=True)
        lifecycle.move(work.connection, work.access, plan, "unschedule", effective_on=None)


def require_whole_area(connection: Connection, work: Writing, publication_id: int) -> None:
    """Raise Conflict unless the writer's area holds every community of the publication."""
    row = publication_of(connection, work.access, publication_id)
    if not all(key in work.access.scope for key in row.communities):
        raise Conflict(N_("该发布的范围超出您的管辖区域。"))


def _as_shown(connection: Connection, plan_id: int, refused: DivisionRefused) -> DivisionRefused:
    """The same faults, grids by the numbers the planner sees."""
    ranks = connection.execute(text("SELECT number, rank FROM plan_grid WHERE plan_id = :plan"), {"plan": plan_id})
    shown = {number: grid_label(number, rank) for number, rank in ranks}

    def named(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {key: shown.get(value, value) if key in ("grid", "other") else value for key, value in facts.items()}

    return DivisionRefused([replace(fault, facts=named(fault.facts)) for fault in refused.faults])


def _refused(code: str, msgid: str) -> PlanRefused:
    found = PlanRefused(code, msgid)
    found.status = 409
    return found
