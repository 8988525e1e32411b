"""Writing and approving assessments, switching modules. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.rules import Fact
from geoapp.core.clock import now, today
from geoapp.core.db import table_of
from geoapp.core.errors import Conflict, NotFound
from geoapp.core.i18n import N_
from geoapp.modules import rules
from geoapp.modules.declared import MODULES, QUESTIONS, Module
from geoapp.modules.models import ImpactAssessment, ModuleState
from geoapp.modules.reads import approved_on, is_on
from grids_boundaries.access import Access

assessment, state = table_of(ImpactAssessment), table_of(ModuleState)


class NotAssessed(Conflict):
    """The module needs an impact assessment that is approved and not too old."""

    msgid = N_("此模块须先有经批准且在有效期内的影响评估，才能启用。")


def find_module(key: str) -> Module:
    """A declared module. Raises NotFound."""
    if key not in MODULES:
        raise NotFound()
    return MODULES[key]


def write_assessment(
    connection: Connection, access: Access, key: str, answers: Mapping[str, str], file: tuple[str, bytes] | None
) -> int:
    """A new assessment, not approved yet; its id. Raises NotFound, InvalidInput."""
    find_module(key)
    name = rules.check_file(*file) if file else None
    assessment_id: int = connection.execute(
        insert(assessment).values(
            module=key, answers=rules.check_answers(answers, QUESTIONS), file_name=name,
            file=file[1] if file else None, written_by=access.user_id, written_at=now(),
        ).returning(assessment.c.id)
    ).scalar_one()  # fmt: skip
    _note(connection, access, key, "write", assessment_id)
    return assessment_id


def approve(connection: Connection, access: Access, key: str, assessment_id: int) -> None:
    """Approve somebody else's assessment of a module. Raises NotFound, Conflict."""
    query = select(assessment.c.written_by, assessment.c.approved_on)
    mine = (assessment.c.module == key, assessment.c.id == assessment_id)
    row = connection.execute(query.where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound()
    rules.check_approver(row.written_by, access.user_id, row.approved_on is not None)
    values = {"approved_by": access.user_id, "approved_on": today(), "version": assessment.c.version + 1}
    connection.execute(update(assessment).where(assessment.c.id == assessment_id).values(values))
    _note(connection, access, key, "approve", assessment_id)


def switch(connection: Connection, access: Access, key: str, *, on: bool) -> None:
    """Switch a module on or off. Raises NotFound, NotAssessed."""
    module = find_module(key)
    if on and not rules.may_switch_on(module.assessed, approved_on(connection, key), today()):
        raise NotAssessed()
    if is_on(connection, key) == on:
        return
    values = {"is_on": on, "changed_at": now(), "changed_by": access.user_id}
    saved = pg_insert(state).values(key=key, **values)
    connection.execute(saved.on_conflict_do_update(index_elements=["key"], set_=values))
    record(connection, access, Action.SETTING_CHANGE, reason=f"module.{key}", facts={"on": on})


def _note(connection: Connection, access: Access, key: str, step: str, assessment_id: int) -> None:
    facts: dict[str, Fact] = {"step": step, "assessment": assessment_id}
    record(connection, access, Action.IMPACT_ASSESSMENT, reason=f"module.{key}", facts=facts)
