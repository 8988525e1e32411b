"""JSON of publications: what a plan would change, publish, take back, restore (#5.5)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Row

from geoapp.accounts.permissions import Permission
from geoapp.changes.work import write
from geoapp.core.clock import today
from geoapp.core.errors import GeoappError, InvalidInput
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import json_answer, reader_locale
from geoapp.planning.operations import number_of
from geoapp.planning.plans import find_plan
from geoapp.planning.publishing import publication_of, publications, restore
from geoapp.planning.publishing_checks import DivisionRefused
from geoapp.planning.publishing_plans import (
    preview,
    publish_plan,
    require_whole_area,
    withdraw_publication,
)
from geoapp.planning.publishing_run import carry_out
from geoapp.planning.publishing_teams import MARK
from geoapp.planning.views.base import TITLE, refusals_told, sent, text_of

blueprint = Blueprint("planning_publishing", __name__, url_prefix="/planner/api")
TEAM = N_("服务团队")
STATES = {
    "scheduled": N_("待生效"), "published": N_("已生效"), "failed": N_("没有生效"), "withdrawn": N_("已撤回"),
}  # fmt: skip


@blueprint.get("/plans/<int:plan_id>/publication")
@needs(Permission.PLAN_PUBLISH)
@refusals_told
def show_preview(plan_id: int) -> Response:
    """Codes the grids would get, grids that vanish, and the people who work there."""
    with reading() as connection:
        found = preview(connection, find_plan(connection, current_access(), plan_id))
    outcome, old = found.outcome, found.in_force
    return json_answer({
        "today": today().isoformat(),
        "grids": [
            {"grid": g.number, "code": f"{outcome.keys[g.number]:015d}", "name": g.name,
             "new": outcome.keys[g.number] not in old, "changed": outcome.keys[g.number] in outcome.changed}
            for g in found.grids
        ],
        "gone": [
            {"code": f"{key:015d}", "name": old[key].name, "to": f"{outcome.successors[key]:015d}"}
            for key in sorted(outcome.gone)
        ],
        "workers": [
            {"id": row.id, "name": row.display_name, "username": row.username,
             "role": translate(row.role, reader_locale()), "codes": list(row.area_codes), "grids": numbers}
            for row, numbers in found.workers
        ] + [
            {"id": f"{MARK}{row.id}", "name": row.name, "username": None, "role": translate(TEAM, reader_locale()),
             "codes": [f"{row.region_key:015d}"], "grids": numbers}
            for row, numbers in found.teams
        ],
    })  # fmt: skip


@blueprint.post("/plans/<int:plan_id>/publish")
@needs(Permission.PLAN_PUBLISH)
@refusals_told
def publish(plan_id: int) -> Response:
    """Publish an approved plan today or on a day; people work where `assignments` says."""
    document, access = sent(), current_access()
    day, (wanted, teams) = _day(document), _assignments(document)
    try:
        with write(access) as work:
            number = publish_plan(work, plan_id, number_of(document, "version"), day, wanted, teams)
    except DivisionRefused as refused:
        return json_answer(_faults(refused), 422)
    return _let_take_effect(number)


@blueprint.get("/publications")
@needs(Permission.PLAN_READ)
def list_publications() -> Response:
    """The latest publications of the reader's area."""
    with reading() as connection:
        rows = publications(connection, current_access())
    return json_answer({"publications": [_document(row) for row in rows]})


@blueprint.get("/publications/<int:publication_id>")
@needs(Permission.PLAN_READ)
def show_publication(publication_id: int) -> Response:
    """One publication."""
    with reading() as connection:
        return json_answer(_document(publication_of(connection, current_access(), publication_id)))


@blueprint.post("/publications/<int:publication_id>/withdraw")
@needs(Permission.PLAN_PUBLISH)
@refusals_told
def take_back(publication_id: int) -> Response:
    """Withdraw a publication whose day has not come."""
    with write(current_access()) as work:
        withdraw_publication(work, publication_id)
        return json_answer(_document(publication_of(work.connection, work.access, publication_id)))


@blueprint.post("/publications/<int:publication_id>/restore")
@needs(Permission.PLAN_PUBLISH)
@refusals_told
def put_back(publication_id: int) -> Response:
    """Publish what was in force before a publication."""
    day = _day(sent()) or today()
    with write(current_access()) as work:
        require_whole_area(work.connection, work, publication_id)
        number = restore(work, publication_id, day)
    return _let_take_effect(number)


def _let_take_effect(number: int) -> Response:
    """What is due takes effect at once; should this process die, another one does it."""
    with reading() as connection:
        row = publication_of(connection, current_access(), number)
    if row.effective_on <= today():
        carry_out(None, number)
        with reading() as connection:
            row = publication_of(connection, current_access(), number)
    return json_answer({"publication": _document(row)})


def _day(document: dict[str, Any]) -> date | None:
    given = text_of(document, "effective_on")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InvalidInput(N_("日期应写成“年-月-日”。"), field="effective_on") from error


def _assignments(document: dict[str, Any]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """{"user id": [numbers of grids], "team:id": [number]}, users and teams apart. Raises InvalidInput."""
    given = document.get("assignments") or {}
    try:
        if not isinstance(given, dict):
            raise ValueError
        read = {str(name): [_whole(number) for number in numbers] for name, numbers in given.items()}
        teams = {int(name.removeprefix(MARK)): found for name, found in read.items() if name.startswith(MARK)}
        return {int(name): found for name, found in read.items() if not name.startswith(MARK)}, teams
    except (ValueError, TypeError) as error:
        raise InvalidInput(N_("人员安排应为“用户：网格列表”。"), field="assignments") from error


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    return value


def _faults(refused: DivisionRefused) -> dict[str, Any]:
    locale = reader_locale()
    faults = [
        {
            "code": fault.kind, "description": fault.sentence(locale), "grid": fault.grid,
            "at": None if fault.lon is None else {"type": "Point", "coordinates": [fault.lon, fault.lat]},
        }
        for fault in refused.faults
    ]  # fmt: skip
    return {
        "code": "division", "title": translate(TITLE, locale), "description": refused.message(locale), "field": None,
        "cells": [], "grid": faults[0]["grid"], "at": faults[0]["at"], "faults": faults,
    }  # fmt: skip


def _document(row: Row[Any]) -> dict[str, Any]:
    locale = reader_locale()
    failure = None
    if row.failure:
        failure = GeoappError(row.failure["msgid"], **row.failure["facts"]).message(locale)
    return {
        "id": row.id, "plan": row.plan_id, "restores": row.restores_id, "area": f"{row.region_key:015d}",
        "state": row.state, "state_text": translate(STATES[row.state], locale),
        "effective_on": row.effective_on.isoformat(), "made_at": row.made_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None, "failure": failure,
        "moved": row.moved, "users": len(row.users or {}), "can_withdraw": row.state == "scheduled",
        "can_restore": row.state == "published",
    }  # fmt: skip
