"""Pages of the grid planner: they only render; what they show comes from the planner's JSON doors."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from geoapp.accounts.limits import SEARCHES, limited
from geoapp.accounts.permissions import Permission
from geoapp.accounts.views.areas import offered
from geoapp.core.errors import NotFound
from geoapp.edge.access import current_access, needs, reading
from geoapp.edge.pages import ViewAnswer, json_answer
from geoapp.planning.models import Plan
from geoapp.planning.plans import LEVELS, choosable

blueprint = Blueprint("planner_pages", __name__)


@blueprint.get("/planner")
@needs(Permission.PLAN_READ)
def show_plans() -> ViewAnswer:
    """Plans of the reader's area."""
    return render_template("planning/list.html")


@blueprint.get("/planner/new")
@needs(Permission.PLAN_EDIT)
def new_plan() -> ViewAnswer:
    """Choose an area and a band for a draft."""
    return render_template("planning/new.html")


@blueprint.get("/planner/areas.json")
@needs(Permission.PLAN_EDIT)
@limited(SEARCHES)
def suggest_areas() -> ViewAnswer:
    """Areas of one's own a plan can be of, and the way to them."""
    with reading() as connection:
        return json_answer(choosable(connection, offered(connection, current_access().scope, LEVELS)))


@blueprint.get("/planner/plans/<int:plan_id>")
@needs(Permission.PLAN_READ)
def show_plan(plan_id: int) -> ViewAnswer:
    """The editor, which shows a plan that cannot be edited just the same."""
    return _page("planning/plan.html", plan_id)


@blueprint.get("/planner/plans/<int:plan_id>/print")
@needs(Permission.PLAN_READ)
def print_plan(plan_id: int) -> ViewAnswer:
    """Map and table of a plan on paper."""
    return _page("planning/print.html", plan_id)


def _page(template: str, plan_id: int) -> str:
    """The page of a plan in the reader's area. Raises NotFound."""
    scope = current_access().scope
    with reading() as connection:
        name = connection.scalar(
            select(Plan.name).where(Plan.id == plan_id, scope.clause(Plan.region_key))
        )
    if name is None:
        raise NotFound()
    return render_template(template, plan_id=plan_id, name=name)
