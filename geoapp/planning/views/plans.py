"""JSON of plans: open, look, edit, hold, and the way to approval."""

from __future__ import annotations

from flask import Response, request

from geoapp.accounts.permissions import Permission
from geoapp.core.errors import InvalidInput, NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import by_itself, current_access, needs, reading
from geoapp.edge.pages import json_answer, reader_locale
from geoapp.planning import answers, documents, editing, jobs, lifecycle, locks, plans
from geoapp.planning.counts import READS
from geoapp.planning.operations import number_of
from geoapp.planning.packing import packed_units
from geoapp.planning.states import STATES
from geoapp.planning.views import exports, proposals  # noqa: F401  their routes belong to the blueprint
from geoapp.planning.views.base import blueprint, box_of, large_answer, refusals_told, sent, text_of
from geoapp.planning.workshop import area_end
from grids_boundaries.access import begin
from grids_boundaries.keys import parse_code

THROUGH = N_("划分线穿过 %(n)s 栋楼；楼栋不拆分，界线改从楼间通过。")


@blueprint.get("/plans")
@needs(Permission.PLAN_READ)
def list_plans() -> Response:
    """Plans of the reader's area; `state`, `mine` narrow."""
    state = request.args.get("state", "")
    if state and state not in STATES:
        raise InvalidInput(N_("没有这种状态。"), field="state")
    access = current_access()
    with reading() as connection:
        rows = plans.list_plans(connection, access, state, mine=request.args.get("mine") == "1")
        return json_answer({"plans": documents.plan_documents(connection, access, rows)})


@blueprint.post("/plans")
@needs(Permission.PLAN_EDIT)
@refusals_told
def open_plan() -> Response:
    """A new draft from the grids in force."""
    document, access = sent(), current_access()
    wanted = plans.NewPlan(
        text_of(document, "area", "") or "", text_of(document, "name", "") or "", text_of(document, "note"),
        number_of({"low": 300, **document}, "low"), number_of({"high": 500, **document}, "high"),
    )  # fmt: skip
    with begin(access, reads=READS) as connection:
        plan_id, job_id = plans.open_plan(connection, access, wanted)
        row = plans.find_plan(connection, access, plan_id)
        body = {
            "plan": documents.plan_document(connection, access, row),
            "job": jobs.document(connection, access, job_id, reader_locale()) if job_id else None,
        }
    return json_answer(body, 201)


@blueprint.get("/plans/<int:plan_id>")
@needs(Permission.PLAN_READ)
def show_plan(plan_id: int) -> Response:
    """A plan with figures of all grids, locks around it and notes."""
    access = current_access()
    with begin(access, reads=READS) as connection:
        row = plans.find_plan(connection, access, plan_id)
        body = documents.plan_document(connection, access, row)
        body["locks"] = locks.around(connection, access.user_id, row.region_key, area_end(row.region_key))
        body["notes"] = documents.notes_of(connection, plan_id, reader_locale())
    body["grids"], body["totals"] = [], None
    if row.next_grid:
        with editing.opened(access, plan_id) as session:
            body["grids"] = answers.all_figures(session.desk, access)
            body["notes"] += documents.astray(session.desk, access, reader_locale())
            body["totals"], body["version"] = answers.totals(session.desk), session.desk.version
    return large_answer(body)


@blueprint.get("/plans/<int:plan_id>/units")
@needs(Permission.PLAN_READ)
@refusals_told
def show_units(plan_id: int) -> Response:
    """Cells of a plan, of one community or a box where asked; `packed` for the editor (`packing`), else GeoJSON."""
    box, community = box_of(request.args.get("bbox")), request.args.get("community", type=int)
    with editing.opened(current_access(), plan_id) as session:
        if community is not None and community not in {one.region_key for one in session.desk.parts}:
            raise NotFound()
        chosen = answers.cells_in(session.desk, community, box)
        if request.args.get("packed") == "1":
            return large_answer(packed_units(session.desk, chosen))
        return large_answer(answers.unit_features(session.desk, chosen))


@blueprint.get("/plans/<int:plan_id>/grids")
@needs(Permission.PLAN_READ)
@refusals_told
def show_grids(plan_id: int) -> Response:
    """All grids with their figures."""
    access = current_access()
    with editing.opened(access, plan_id) as session:
        desk = session.desk
        found = answers.grid_features(desk, sorted(desk.editor.cells_of), access)
        return large_answer(found | {"version": desk.version})


@blueprint.post("/plans/<int:plan_id>/edits")
@needs(Permission.PLAN_EDIT)
@refusals_told
def edit_plan(plan_id: int) -> Response:
    """One operation."""
    done = editing.carry_out(current_access(), plan_id, sent())
    if through := done.get("through"):
        done["through"] = through | {"description": translate(THROUGH, reader_locale(), n=through["buildings"])}
    return json_answer(done)


@blueprint.get("/plans/<int:plan_id>/since")
@needs(Permission.PLAN_READ)
@refusals_told
def show_since(plan_id: int) -> Response:
    """What changed after a version."""
    version = request.args.get("version", 0, type=int)
    access = current_access()
    with editing.opened(access, plan_id) as session:
        return json_answer(answers.since(session.connection, session.desk, access, session.plan, version))


@blueprint.get("/plans/<int:plan_id>/history")
@needs(Permission.PLAN_READ)
def show_history(plan_id: int) -> Response:
    """Every step."""
    with reading() as connection:
        row = plans.find_plan(connection, current_access(), plan_id)
        return json_answer({"steps": documents.history(connection, row)})


@blueprint.post("/plans/<int:plan_id>/presence")
@needs(Permission.PLAN_EDIT)
@by_itself
@refusals_told
def stay(plan_id: int) -> Response:
    """The editor is open: its locks go on, others' are told."""
    access, document = current_access(), sent()
    assert access.user_id is not None
    with reading() as connection:
        row = plans.find_plan(connection, access, plan_id)
        mine = (connection, plan_id, access.user_id)
        if document.get("release"):
            locks.release(*mine)
        else:
            locks.renew(*mine)
        wanted = document.get("communities")
        if isinstance(wanted, list) and row.state == "draft":
            locks.take(*mine, plans.communities_in(connection, row, wanted))
        body = {
            "version": row.version, "state": row.state,
            "locks": locks.around(connection, access.user_id, row.region_key, area_end(row.region_key)),
            "jobs": jobs.open_jobs(connection, plan_id, reader_locale()),
        }  # fmt: skip
    return json_answer(body)


@blueprint.get("/areas/<code>/state")
@needs(Permission.PLAN_READ)
def show_area(code: str) -> Response:
    """Drafts of an area, and whether its units are there."""
    access, area = current_access(), parse_code(code)
    if not access.scope.covers(area):
        raise NotFound()
    with reading() as connection:
        rows = [row for row in plans.list_plans(connection, access) if area.lo <= row.region_key <= area.hi]
        body = {
            "drafts": documents.plan_documents(connection, access, rows),
            "units": plans.has_units(connection, area.lo, area.hi),
        }
    return json_answer(body)


def _step(plan_id: int, action: str) -> Response:
    access, document = current_access(), sent()
    version = number_of(document, "version")
    with begin(access, reads=READS) as connection:
        row = lifecycle.take_step(connection, access, plan_id, action, version, text_of(document, "note"))
        return json_answer(documents.plan_document(connection, access, row))


@blueprint.post("/plans/<int:plan_id>/submit")
@needs(Permission.PLAN_EDIT)
@refusals_told
def submit_plan(plan_id: int) -> Response:
    """Hand the draft in for approval."""
    return _step(plan_id, "submit")


@blueprint.post("/plans/<int:plan_id>/approve")
@needs(Permission.PLAN_APPROVE)
@refusals_told
def approve_plan(plan_id: int) -> Response:
    """Approve what somebody else handed in."""
    return _step(plan_id, "approve")


@blueprint.post("/plans/<int:plan_id>/return")
@needs(Permission.PLAN_APPROVE)
@refusals_told
def return_plan(plan_id: int) -> Response:
    """Give it back, with the reason."""
    return _step(plan_id, "return")


@blueprint.post("/plans/<int:plan_id>/withdraw")
@needs(Permission.PLAN_EDIT)
@refusals_told
def withdraw_plan(plan_id: int) -> Response:
    """Make it a draft again."""
    return _step(plan_id, "withdraw")


@blueprint.post("/plans/<int:plan_id>/discard")
@needs(Permission.PLAN_EDIT)
@refusals_told
def discard_plan(plan_id: int) -> Response:
    """Give the draft up."""
    return _step(plan_id, "discard")
