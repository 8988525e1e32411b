"""The way of a plan from draft to publication: every step locked, checked, logged, audited."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, update

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.core.clock import now
from geoapp.core.db import table_of
from geoapp.core.errors import Forbidden, InvalidInput
from geoapp.core.i18n import N_
from geoapp.planning import states
from geoapp.planning.errors import PlanRefused
from geoapp.planning.models import Plan
from geoapp.planning.plans import REGISTER, find_plan, fingerprint, write_log
from grids_boundaries.access import Access

plan = table_of(Plan)
LONGEST_NOTE = 1000


def take_step(
    connection: Connection, access: Access, plan_id: int, action: str, version: int, note: str | None = None
) -> Row[Any]:
    """One step a person asks for: submit, approve, return, withdraw, discard; the plan afterwards.

    Raises NotFound, Forbidden, WrongState, PlanRefused ("stale", "base"), InvalidInput.
    """
    row = find_plan(connection, access, plan_id, lock=True)
    if note is not None and len(note) > LONGEST_NOTE:
        raise InvalidInput(N_("说明最多 %(most)s 个字。"), field="note", most=LONGEST_NOTE)
    states.step(row.state, action)
    if row.version != version:
        raise _changed()
    if action == "return" and not (note or "").strip():
        raise InvalidInput(N_("退回时请写明原因。"), field="note")
    values: dict[str, Any] = {}
    if action == "submit":
        _require_whole(connection, row)
        values = {"submitted_by": access.user_id, "submitted_at": now(), "decided_by": None, "decided_at": None}
    elif action in ("approve", "return"):
        values = {"decided_by": access.user_id, "decided_at": now(), "decision_note": note}
    return move(connection, access, row, action, **values)


def move(connection: Connection, access: Access, row: Row[Any], action: str, **values: Any) -> Row[Any]:
    """Carry out a declared step on a locked plan, with other columns; the plan afterwards.

    Raises WrongState, Forbidden (permission, or the same person twice).
    """
    transition = states.TRANSITIONS[action]
    after = states.step(row.state, action)
    access.require(transition.permission)
    if transition.by_another and access.user_id in (row.submitted_by, row.created_by):
        raise Forbidden(N_("提交人和编制人不能批准自己的方案，请由另一人审核。"))
    stamped = {"state": after, "version": row.version + 1, "updated_at": func.now(), **values}
    stored = connection.execute(update(plan).where(plan.c.id == row.id).values(stamped).returning(plan)).one()
    write_log(connection, access, row.id, stored.version, row.region_key, action, ())
    record(
        connection, access, Action.CHANGE, register=REGISTER, record_ids=[row.id], fields=["state"],
        area_key=row.region_key, facts={"step": action},
    )  # fmt: skip
    return stored


def _changed() -> PlanRefused:
    found = PlanRefused("stale", N_("方案已被他人修改，请刷新后再试。"))
    found.status = 409
    return found


def _require_whole(connection: Connection, row: Row[Any]) -> None:
    if row.next_grid == 0:
        raise PlanRefused("not_ready", N_("单元还在生成，请稍候。"))
    if row.base and row.base != fingerprint(connection, row.region_key):
        found = PlanRefused("base", N_("建立草案之后，该区域的现行网格已经改变；请以现行网格另建草案。"))
        found.status = 409
        raise found
