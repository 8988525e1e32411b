"""Editing a draft: each operation is one transaction, one step that can be undone, one new version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from sqlalchemy import (
    Connection,
    Integer,
    Row,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.planning import answers, locks, states
from geoapp.planning.counts import READS
from geoapp.planning.errors import PlanRefused, StaleEdit, grid_label
from geoapp.planning.models import Plan, PlanGrid, PlanPart, PlanStep
from geoapp.planning.operations import OPERATIONS, WITHOUT_STEP, Document, Done, number_of
from geoapp.planning.plans import find_plan, write_log
from geoapp.planning.shapes import DECIMALS
from geoapp.planning.workshop import Desk, GridFacts, area_end, workshop
from grids_boundaries.access import Access, begin
from grids_boundaries.partition.editing import REFUSALS, Change, Edit, EditRefused

plan, part, grid, step = (table_of(m) for m in (Plan, PlanPart, PlanGrid, PlanStep))
_THROUGH = text("""
SELECT ST_X(p.at) AS lon, ST_Y(p.at) AS lat FROM (
    SELECT ST_PointOnSurface(geom) AS at FROM building WHERE county_code = :county AND region_key BETWEEN :lo AND :hi
    AND ST_Crosses(ST_GeomFromWKB(:line, 4326), geom) AND ST_Dimension(geom) = 2 ORDER BY id LIMIT 200) p
""")
NOTHING_LEFT = {"undo": N_("没有可以撤销的步骤。"), "redo": N_("没有可以重做的步骤。")}


@dataclass
class Session:
    """One plan, opened for a reader or, with its row locked, for a change."""

    connection: Connection
    access: Access
    plan: Row[Any]
    desk: Desk


@contextmanager
def opened(access: Access, plan_id: int, *, change: bool = False) -> Iterator[Session]:
    """The desk of a plan in a transaction that commits at the end. Raises NotFound, WrongState.

    Raises PlanRefused "not_ready" while the plan has no cells yet.
    """
    with ExitStack() as held, begin(access, reads=READS) as connection:
        row = find_plan(connection, access, plan_id, lock=change)
        if change:
            states.require_draft(row.state)
        if row.next_grid == 0:
            raise PlanRefused("not_ready", N_("单元还在生成，请稍候。"))
        # the desk is given back after the commit, so that nobody sees what may yet be taken back
        desk = held.enter_context(workshop.desk(connection, row))
        yield Session(connection, access, row, desk)


def carry_out(access: Access, plan_id: int, sent: Document) -> dict[str, Any]:
    """Do what a planner asks (`operations`, undo, redo) and say what changed.

    Raises NotFound, InvalidInput, PlanRefused (what the editor refuses), StaleEdit, AreaHeld, WrongState.
    """
    start = perf_counter()
    name = str(sent.get("op"))
    if name not in OPERATIONS and name not in NOTHING_LEFT:
        raise InvalidInput(N_("没有这种操作。"), field="op")
    with opened(access, plan_id, change=True) as session:
        require_version(session, sent)
        found = again(session, name) if name in NOTHING_LEFT else once(session, name, sent)
    return found | {"ms": round((perf_counter() - start) * 1000, 1)}


def require_version(session: Session, sent: Document) -> None:
    """Raises StaleEdit where the plan is newer than the one the edit was drawn on."""
    version = number_of(sent, "version")
    if version != session.plan.version:
        news = answers.since(session.connection, session.desk, session.access, session.plan, version)
        raise StaleEdit(news)


def once(session: Session, name: str, sent: Document) -> dict[str, Any]:
    """A new operation."""
    desk = session.desk
    desk.ahead = True
    try:
        done = OPERATIONS[name](desk, sent)
    except (EditRefused, InvalidInput) as refused:
        desk.ahead = False
        raise as_refusal(desk, refused) if isinstance(refused, EditRefused) else refused from refused
    found = keep(session, name, done)
    if done.cut is None or done.edit is None:
        return found
    return found | {"through": through(session, done.cut, desk.community_of(done.edit.change.cells))}


def through(session: Session, line: shapely.Geometry, community: int) -> dict[str, Any] | None:
    """The buildings of a community that a drawn cut runs through, which it goes around; None where it meets none."""
    county = session.plan.county_code
    facts = {"lo": community, "hi": area_end(community), "line": shapely.to_wkb(line), "county": county}
    rows = session.connection.execute(_THROUGH, facts).all()
    if not rows:
        return None
    at = {"type": "MultiPoint", "coordinates": [[round(row.lon, DECIMALS), round(row.lat, DECIMALS)] for row in rows]}
    return {"buildings": len(rows), "at": at}


def keep(session: Session, name: str, done: Done) -> dict[str, Any]:
    """Write what was done to the desk: cells, facts, a step, a version; the answer."""
    desk, edit = session.desk, done.edit
    desk.editor.done.clear()
    before = {number: desk.facts[number] for number in done.facts if number in desk.facts}
    after = dict(done.facts)
    if edit:
        for number in edit.gone:
            before[number] = desk.facts[number]
            after[number] = _gone(after.get(number, desk.facts[number]), gone=True)
        for number in set(edit.shapes) - set(desk.facts):
            after[number] = GridFacts(desk.community_of(_members(desk, number)))
    changed = _write(session, edit, after)
    if name not in WITHOUT_STEP:
        _remember(session, name, edit, {"before": _as_json(before), "after": _as_json(after)})
    return _finish(session, name, edit, changed, forward=name not in WITHOUT_STEP)


def again(session: Session, name: str) -> dict[str, Any]:
    """Undo the last step or redo the next one."""
    desk, position = session.desk, session.plan.position
    wanted = position if name == "undo" else position + 1
    query = select(step).where(step.c.plan_id == desk.plan_id, step.c.number == wanted)
    row = session.connection.execute(query).one_or_none()
    if row is None:
        raise PlanRefused("no_change", NOTHING_LEFT[name])
    old, new = (row.before, row.after) if name == "redo" else (row.after, row.before)
    edit = None
    if held := sorted((set(old) | set(new)) & desk.editor.locked):
        raise as_refusal(desk, EditRefused("locked", desk.editor.cells_of[held[0]], grid=held[0]))
    desk.ahead = True
    if len(row.cells):
        change = Change(*(np.array(values, np.int64) for values in (row.cells, old, new)))
        edit = _carried(desk, change)
    facts = _from_json(row.grids["after" if name == "redo" else "before"])
    born = set(_from_json(row.grids["after"])) - set(_from_json(row.grids["before"]))
    if name == "undo":
        facts |= {number: _gone(desk.facts[number], gone=True) for number in born if number in desk.facts}
    # a lock is no part of a step: it stays as it is now
    facts = {number: _locked_as(one, desk.facts.get(number)) for number, one in facts.items()}
    changed = _write(session, edit, facts)
    return _finish(session, name, edit, changed, position=wanted if name == "redo" else wanted - 1)


def as_refusal(desk: Desk, refused: EditRefused) -> PlanRefused:
    """The editor's refusal with its sentence; grids are named as they are shown."""
    facts = {name: _label(desk, value) if name in ("grid", "other") else value for name, value in refused.facts.items()}
    number = refused.facts.get("grid")
    return PlanRefused(
        refused.code, REFUSALS[refused.code], cells=refused.cells,
        number=number if isinstance(number, int) else None, at=answers.where(desk, refused.cells, refused.at), **facts,
    )  # fmt: skip


def last_step(session: Session) -> int:
    """Number of the plan's last step, undone or not; asked of the database only after others' changes."""
    desk, row = session.desk, session.plan
    if desk.last is None or desk.last[0] != row.version:
        number = session.connection.scalar(select(func.max(step.c.number)).where(step.c.plan_id == row.id))
        desk.last = row.version, number or 0
    return desk.last[1]


# -- parts ---------------------------------------------------------------------------------


def _as_array(numbers: np.ndarray) -> Any:
    """Thousands of numbers as one text: the driver would look at each."""
    return cast(literal("{" + ",".join(map(str, numbers.tolist())) + "}", Text), ARRAY(Integer))


def _carried(desk: Desk, change: Change) -> Edit:
    try:
        return desk.editor.carry(change)
    except EditRefused as refused:
        raise as_refusal(desk, refused) from refused


def _label(desk: Desk, number: object) -> object:
    if not isinstance(number, int) or number not in desk.facts:
        return number
    return grid_label(number, desk.facts[number].rank)


def _members(desk: Desk, number: int) -> np.ndarray:
    return np.fromiter(desk.editor.cells_of[number], np.int64)


def _gone(facts: GridFacts, *, gone: bool) -> GridFacts:
    return GridFacts(**{**facts.values(), "gone": gone})


def _locked_as(facts: GridFacts, now: GridFacts | None) -> GridFacts:
    return GridFacts(**{**facts.values(), "locked": now.locked if now else False})


def _write(session: Session, edit: Edit | None, facts: Mapping[int, GridFacts]) -> list[int]:
    """Cells and facts to the database and the desk; numbers of the grids whose facts changed.

    Takes the planner's locks of the communities. Raises AreaHeld.
    """
    desk = session.desk
    communities = {one.region_key for one in facts.values()}
    if edit:
        numbers = np.unique(desk.problem.community[edit.change.cells]).tolist()
        communities |= {desk.parts[number].region_key for number in numbers}
    assert session.access.user_id is not None
    locks.take(session.connection, desk.plan_id, session.access.user_id, communities)
    if edit:
        for key in sorted(desk.parts[number].region_key for number in numbers):
            mine = desk.part_of(key)
            cells = desk.editor.grid[mine.first_cell : mine.first_cell + len(mine.grid)]
            same = (part.c.plan_id == desk.plan_id, part.c.region_key == key)
            session.connection.execute(update(part).where(*same).values(grid=_as_array(cells)))
    if facts:
        rows = [{"plan_id": desk.plan_id, "number": number, **one.values()} for number, one in facts.items()]
        into = upsert(grid).values(rows)
        names = [name for name in GridFacts.__slots__ if name != "region_key"]
        into = into.on_conflict_do_update(
            index_elements=["plan_id", "number"], set_={name: into.excluded[name] for name in names}
        )
        session.connection.execute(into)
        desk.facts.update(facts)
        desk.editor.locked = {number for number, one in desk.facts.items() if one.locked and not one.gone}
    return sorted(facts)


def _remember(session: Session, name: str, edit: Edit | None, facts: dict[str, Any]) -> None:
    """One more step; what could be redone is no more."""
    position, plan_id = session.plan.position, session.desk.plan_id
    if last_step(session) > position:
        session.connection.execute(delete(step).where(step.c.plan_id == plan_id, step.c.number > position))
    change = edit.change if edit else Change(*(np.empty(0, np.int64),) * 3)
    session.connection.execute(insert(step).values(
        plan_id=plan_id, number=position + 1, region_key=session.plan.region_key, kind=name,
        cells=change.cells.tolist(), before=change.before.tolist(), after=change.after.tolist(), grids=facts,
        made_by=session.access.user_id,
    ))  # fmt: skip


def _finish(
    session: Session, name: str, edit: Edit | None, changed: list[int], *, forward: bool = False,
    position: int | None = None,
) -> dict[str, Any]:
    """The new version, its line, and the answer."""
    row, desk = session.plan, session.desk
    last = row.position + 1 if forward else last_step(session)
    if position is None:
        position = row.position + 1 if forward else row.position
    values = {
        "version": row.version + 1, "position": position, "next_grid": desk.editor.next_grid, "updated_at": func.now(),
    }  # fmt: skip
    stored = session.connection.execute(update(plan).where(plan.c.id == row.id).values(values).returning(plan)).one()
    session.plan, desk.version, desk.last = stored, stored.version, (stored.version, last)
    touched = sorted({*changed, *(edit.shapes if edit else ()), *(edit.gone if edit else ())})
    write_log(session.connection, session.access, row.id, stored.version, row.region_key, name, touched)
    found = answers.answer(desk, session.access, name, edit, [n for n in changed if n in desk.editor.cells_of])
    return found | {"undo": position, "redo": last - position}


def _as_json(facts: Mapping[int, GridFacts]) -> dict[str, Any]:
    return {str(number): one.values() for number, one in facts.items()}


def _from_json(facts: Mapping[str, Any]) -> dict[int, GridFacts]:
    return {int(number): GridFacts(**values) for number, values in facts.items()}
