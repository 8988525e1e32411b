"""Proposals: asked for in a request, computed by the runner, kept side by side, adopted as one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from geoapp.core.clock import now
from geoapp.core.db import owner_transaction, table_of
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import Settings
from geoapp.planning import jobs, plans, states
from geoapp.planning.editing import Session, keep, require_version
from geoapp.planning.errors import PlanRefused
from geoapp.planning.models import Plan, PlanJob, PlanProposal
from geoapp.planning.operations import Document, Done
from geoapp.planning.shapes import as_geojson
from geoapp.planning.workshop import Desk, GridFacts, build
from grids_boundaries.access import Access
from grids_boundaries.partition import model
from grids_boundaries.partition.editing import Change
from grids_boundaries.partition.model import PROFILES, Problem
from grids_boundaries.partition.propose import Stop, moved_households, propose, revise
from grids_boundaries.partition.reasons import SENTENCES

plan, job, proposal = table_of(Plan), table_of(PlanJob), table_of(PlanProposal)
KINDS = {"propose": N_("全新划分"), "revise": N_("尽量少改"), "repair": N_("局部修复")}
WEIGHTS = {"floating": 10.0, "site": 1000.0, "effort": 20.0}
"""Largest values of what can be weighed."""
LARGEST_SEED = 2**31 - 1
WATCH_SECONDS = 0.5


def ask(connection: Connection, access: Access, row: Row[Any], sent: Document) -> int:
    """Queue a proposal; the job's id. Raises InvalidInput, Conflict, WrongState."""
    states.require_draft(row.state)
    params = _params(row, sent)
    waiting = connection.scalar(
        select(func.count()).select_from(job).where(job.c.plan_id == row.id, job.c.state.in_(jobs.OPEN))
    )
    if waiting and waiting >= jobs.MOST_OPEN:
        raise Conflict(N_("这个方案已有 %(most)s 项任务在等待，请稍后再试。"), most=jobs.MOST_OPEN)
    return plans.add_job(connection, access, row.id, row.region_key, params["kind"], params)


def _params(row: Row[Any], sent: Document) -> dict[str, Any]:
    kind, profile = sent.get("kind", "propose"), sent.get("profile", "balanced")
    if kind not in KINDS:
        raise InvalidInput(N_("请选择提案方式。"), field="kind")
    if profile not in PROFILES:
        raise InvalidInput(N_("请选择权重方案。"), field="profile")
    params: dict[str, Any] = {"kind": kind, "profile": profile, "seed": _whole(sent, "seed", 0, 0, LARGEST_SEED)}
    for name, most in WEIGHTS.items():
        value = sent.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise InvalidInput(N_("权重应在 0 至 %(most)s 之间。"), field=name, most=most)
        params[name] = float(value)
    low = _whole(sent, "low", row.band_low, 1, plans.LARGEST_HOUSEHOLDS)
    high = _whole(sent, "high", row.band_high, 1, plans.LARGEST_HOUSEHOLDS)
    plans.check_band(low, high)
    grids = sent.get("grids") or []
    listed = isinstance(grids, list) and all(isinstance(one, int) for one in grids)
    if not listed or (kind == "repair" and not grids):
        raise InvalidInput(N_("请选择要修复的网格。"), field="grids")
    return params | {"low": low, "high": high, "grids": grids}


def _whole(sent: Document, name: str, default: int, least: int, most: int) -> int:
    value = sent.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(N_("此项应为 %(least)s 至 %(most)s 的整数。"), field=name, least=least, most=most)
    return value


# -- in the runner -------------------------------------------------------------------------


def compute(settings: Settings, row: Row[Any], beat: Callable[[int, int], bool]) -> None:
    """Compute one proposal and store it beside the others. A job that is cancelled leaves none."""
    with owner_transaction(settings) as connection:
        found = connection.execute(select(plan).where(plan.c.id == row.plan_id)).one()
        desk = build(connection, found, classed=True)
    stop = Stop()
    result = _solve(desk, row, _Watched(beat, stop), stop)
    with owner_transaction(settings) as connection:
        still = connection.scalar(select(job.c.state).where(job.c.id == row.id).with_for_update())
        if still == "running":
            _store(connection, desk, row, result)


class _Watched:
    """Progress told from the calling thread; cancellation heard by one beside it."""

    def __init__(self, beat: Callable[[int, int], bool], stop: Stop) -> None:
        self.beat, self.stop, self.state, self.over = beat, stop, (0, 0), Event()

    def __enter__(self) -> _Watched:
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()

    def __call__(self, done: int, total: int) -> None:
        self.state = (done, total)

    def _watch(self) -> None:
        while not self.over.wait(WATCH_SECONDS):
            if not self.beat(*self.state):
                self.stop()


def _solve(desk: Desk, row: Row[Any], watched: _Watched, stop: Stop) -> model.Plan:
    params = row.params
    profile = PROFILES[params["profile"]].with_effort(params.get("effort", 1.0))
    problem = _problem(desk.problem, params)
    locked = desk.editor.locked
    if params["kind"] == "repair":
        locked = set(desk.editor.cells_of) - _around(desk, params["grids"]) | locked
    options: dict[str, Any] = {"seed": params["seed"], "stop": stop}
    with watched:
        if params["kind"] == "propose":
            return propose(problem, profile, desk.editor.grid, locked, watched, **options)
        return revise(problem, profile, desk.editor.grid, locked, watched, **options)


def _problem(problem: Problem, params: Mapping[str, Any]) -> Problem:
    """The plan's cells with the band and the weights of the request."""
    usual = model.Workload()
    weights = model.Workload(params.get("floating", usual.floating), params.get("site", usual.site))
    return Problem(
        problem.cells, problem.unit, problem.community, problem.households, problem.borders, problem.names,
        problem.floating, problem.sites, problem.dedicated, model.Band(params["low"], params["high"]), weights,
    )  # fmt: skip


def _around(desk: Desk, chosen: list[int]) -> set[int]:
    """Grids and their neighbours."""
    pairs = desk.editor.grid[desk.problem.borders.pairs]
    touching = pairs[np.isin(pairs, chosen).any(axis=1)]
    return {*chosen, *touching.ravel().tolist()}


def _store(connection: Connection, desk: Desk, row: Row[Any], result: model.Plan) -> None:
    grid = _numbered_as_before(desk, result.grid)
    connection.execute(insert(proposal).values(
        plan_id=row.plan_id, region_key=row.region_key, job_id=row.id, kind=row.params["kind"],
        profile=row.params["profile"], seed=row.params["seed"], version=desk.version, grid=grid.tolist(),
        figures=_figures(desk, result), reasons=_reasons(result),
    ))  # fmt: skip


def _numbered_as_before(desk: Desk, new: np.ndarray) -> np.ndarray:
    """Grids that keep most of their homes keep their number; new ones are numbered from `next_grid`."""
    old = desk.editor.grid
    pairs, row = np.unique(np.column_stack([old, new]), axis=0, return_inverse=True)
    shared = np.bincount(row.reshape(-1), desk.counts.homes + 1e-3, len(pairs))
    named: dict[int, int] = {}
    taken: set[int] = set()
    for i in np.argsort(-shared, kind="stable").tolist():
        before, after = pairs[i].tolist()
        if before not in taken and after not in named:
            named[after] = before
            taken.add(before)
    number = desk.editor.next_grid
    for after in np.unique(new).tolist():
        if after not in named:
            named[after], number = number, number + 1
    return np.array([named[after] for after in new.tolist()], np.int64)


def _figures(desk: Desk, result: model.Plan) -> dict[str, Any]:
    figures, ordinary = result.figures, ~result.dedicated
    homes, shape = figures.households[ordinary], figures.compactness[ordinary]
    work = figures.work[ordinary]
    moved = moved_households(desk.editor.grid, result.grid, desk.counts.homes)
    return {
        "grids": len(figures.households), "in_band": int((figures.in_band | result.dedicated).sum()),
        "outside": int((~figures.in_band & ordinary).sum()),
        "households_min": int(homes.min()) if len(homes) else 0,
        "households_max": int(homes.max(initial=0)),
        "compactness_median": round(float(np.median(shape)), 3) if len(shape) else None,
        "compactness_p10": round(float(np.quantile(shape, 0.1)), 3) if len(shape) else None,
        "work_variation": round(float(work.std() / work.mean()), 3) if len(work) and work.mean() else 0.0,
        "in_pieces": int((figures.parts > 1).sum()), "moved_households": moved, "complete": result.complete,
    }  # fmt: skip


def _reasons(result: model.Plan) -> list[dict[str, Any]]:
    told = [one for community in result.communities for one in community.reasons]
    return [
        {"code": one.code, "facts": {name: str(value) for name, value in one.facts.items()}, "cells": list(one.cells)}
        for one in [*result.reasons.values(), *told]
    ]


# -- looking and adopting ------------------------------------------------------------------


def find(connection: Connection, access: Access, plan_id: int, proposal_id: int) -> Row[Any]:
    """One proposal of a plan of the reader's area. Raises NotFound."""
    plans.find_plan(connection, access, plan_id)
    query = select(proposal).where(
        access.scope.clause(proposal.c.region_key), proposal.c.plan_id == plan_id, proposal.c.id == proposal_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def documents_of(session: Session, locale: str) -> list[dict[str, Any]]:
    """All proposals of a plan with figures and reasons, the latest first."""
    columns = [column for column in proposal.c if column.name != "grid"]
    query = select(*columns).where(proposal.c.plan_id == session.plan.id).order_by(proposal.c.id.desc())
    return [_document(session.desk, row, locale) for row in session.connection.execute(query)]


def _document(desk: Desk, row: Row[Any], locale: str) -> dict[str, Any]:
    label = f"{translate(KINDS[row.kind], locale)} · {translate(PROFILES[row.profile].label, locale)}"
    return {
        "id": row.id, "label": label, "kind": row.kind, "profile": row.profile, "seed": row.seed,
        "at": row.made_at.isoformat(), "stale": row.version != desk.version, "figures": row.figures,
        "reasons": [_told(desk, one, locale) for one in row.reasons], "adopted": row.adopted_at is not None,
    }  # fmt: skip


def _told(desk: Desk, reason: Mapping[str, Any], locale: str) -> dict[str, Any]:
    cells = [cell for cell in reason["cells"] if cell < len(desk.shown)]
    at = None
    if cells:
        at = as_geojson(np.array([shapely.coverage_union_all(desk.shown[cells])], dtype=object))[0]
    return {
        "code": reason["code"], "description": translate(SENTENCES[reason["code"]], locale, **reason["facts"]),
        "cells": cells, "at": at,
    }  # fmt: skip


def preview(desk: Desk, row: Row[Any]) -> dict[str, Any]:
    """The grids of a proposal with their homes, to be looked at beside the plan."""
    grid = np.array(row.grid, np.int64)
    band, features = desk.problem.band, []
    names = np.unique(grid)
    shapes = np.array([shapely.coverage_union_all(desk.problem.cells[grid == name]) for name in names], dtype=object)
    for name, geometry in zip(names.tolist(), as_geojson(shapes, desk.back), strict=True):
        homes = int(desk.counts.homes[grid == name].sum())
        kept = name in desk.editor.cells_of and set(np.flatnonzero(grid == name).tolist()) == desk.editor.cells_of[name]
        outside = homes - min(max(homes, band.low), band.high)
        facts = {"grid": name, "households": homes, "deviation": outside, "kept": kept}
        features.append({"type": "Feature", "id": name, "geometry": geometry, "properties": facts})
    return {"type": "FeatureCollection", "features": features}


def adopt(session: Session, row: Row[Any], sent: Document) -> dict[str, Any]:
    """Take a proposal over as one step that can be undone. Raises StaleEdit, PlanRefused ("old")."""
    require_version(session, sent)
    desk = session.desk
    if row.version != session.plan.version:
        old = PlanRefused("old", N_("草案在提案之后已改动，请重新生成提案。"))
        old.status = 409
        raise old
    grid = np.array(row.grid, np.int64)
    cells = np.flatnonzero(grid != desk.editor.grid)
    if len(cells) == 0:
        raise PlanRefused("no_change", N_("该提案与草案相同。"))
    born = [number for number in np.unique(grid).tolist() if number not in desk.facts]
    keys = [one.region_key for one in desk.parts]
    facts = {
        number: GridFacts(keys[int(desk.problem.community[int(np.argmax(grid == number))])]) for number in born
    }
    desk.ahead = True
    edit = desk.editor.carry(Change(cells, desk.editor.grid[cells].copy(), grid[cells]))
    desk.editor.next_grid = max(desk.editor.next_grid, int(grid.max()) + 1)
    found = keep(session, "adopt", Done(edit, facts))
    session.connection.execute(update(proposal).where(proposal.c.id == row.id).values(adopted_at=now()))
    return found


def drop(connection: Connection, row: Row[Any]) -> None:
    """Throw a proposal away."""
    connection.execute(delete(proposal).where(proposal.c.id == row.id))
