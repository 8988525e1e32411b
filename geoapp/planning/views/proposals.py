"""JSON of proposals and jobs."""

from __future__ import annotations

from flask import Response

from geoapp.accounts.permissions import Permission
from geoapp.edge.access import by_itself, current_access, needs, reading
from geoapp.edge.pages import json_answer, reader_locale
from geoapp.planning import editing, jobs, plans, proposing
from geoapp.planning.views.base import blueprint, refusals_told, sent


@blueprint.post("/plans/<int:plan_id>/proposals")
@needs(Permission.PLAN_EDIT)
@refusals_told
def ask_proposal(plan_id: int) -> Response:
    """Ask for a proposal; it is computed outside the request."""
    access = current_access()
    with reading() as connection:
        row = plans.find_plan(connection, access, plan_id)
        job_id = proposing.ask(connection, access, row, sent())
        return json_answer({"job": jobs.document(connection, access, job_id, reader_locale())}, 202)


@blueprint.get("/plans/<int:plan_id>/proposals")
@needs(Permission.PLAN_READ)
@refusals_told
def list_proposals(plan_id: int) -> Response:
    """Proposals side by side, and jobs that wait or run."""
    locale = reader_locale()
    with editing.opened(current_access(), plan_id) as session:
        found = proposing.documents_of(session, locale)
        return json_answer({"proposals": found, "jobs": jobs.open_jobs(session.connection, plan_id, locale)})


@blueprint.get("/plans/<int:plan_id>/proposals/<int:proposal_id>/grids")
@needs(Permission.PLAN_READ)
@refusals_told
def show_proposal(plan_id: int, proposal_id: int) -> Response:
    """The grids of a proposal."""
    access = current_access()
    with editing.opened(access, plan_id) as session:
        row = proposing.find(session.connection, access, plan_id, proposal_id)
        return json_answer(proposing.preview(session.desk, row))


@blueprint.post("/plans/<int:plan_id>/proposals/<int:proposal_id>/adopt")
@needs(Permission.PLAN_EDIT)
@refusals_told
def adopt_proposal(plan_id: int, proposal_id: int) -> Response:
    """Take it over as one step."""
    access = current_access()
    with editing.opened(access, plan_id, change=True) as session:
        row = proposing.find(session.connection, access, plan_id, proposal_id)
        return json_answer(proposing.adopt(session, row, sent()))


@blueprint.post("/plans/<int:plan_id>/proposals/<int:proposal_id>/drop")
@needs(Permission.PLAN_EDIT)
@refusals_told
def drop_proposal(plan_id: int, proposal_id: int) -> Response:
    """Throw it away."""
    access = current_access()
    with reading() as connection:
        proposing.drop(connection, proposing.find(connection, access, plan_id, proposal_id))
    return json_answer({})


@blueprint.get("/jobs/<int:job_id>")
@needs(Permission.PLAN_READ)
@by_itself
def show_job(job_id: int) -> Response:
    """How far a job is."""
    with reading() as connection:
        return json_answer(jobs.document(connection, current_access(), job_id, reader_locale()))


@blueprint.post("/jobs/<int:job_id>/cancel")
@needs(Permission.PLAN_EDIT)
def cancel_job(job_id: int) -> Response:
    """End it."""
    with reading() as connection:
        jobs.cancel(connection, current_access(), job_id)
        return json_answer(jobs.document(connection, current_access(), job_id, reader_locale()))
