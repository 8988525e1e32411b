"""Whether a module is on, and what its assessments say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, Row, func, select

from geoapp.accounts.models import User
from geoapp.core.db import table_of
from geoapp.core.errors import NotFound
from geoapp.modules.declared import MODULES
from geoapp.modules.models import ImpactAssessment, ModuleState

assessment, state, writer = table_of(ImpactAssessment), table_of(ModuleState), table_of(User)
approver = writer.alias()
_SHOWN = [c for c in assessment.columns if c.name != "file"]


def is_on(connection: Connection, key: str) -> bool:
    """Whether it was switched on; until somebody has switched it, as it is declared: most are off."""
    switched: bool | None = connection.scalar(select(state.c.is_on).where(state.c.key == key))
    return MODULES[key].on if switched is None and key in MODULES else bool(switched)


def approved_on(connection: Connection, key: str) -> date | None:
    """Day of the newest approval of a module's assessments; samples of the demo do not count."""
    query = select(func.max(assessment.c.approved_on))
    found: date | None = connection.scalar(query.where(assessment.c.module == key, ~assessment.c.sample))
    return found


def read_assessments(connection: Connection, key: str) -> Sequence[Row]:
    """All of a module, the newest first, with the names of writer and approver."""
    query = (
        select(*_SHOWN, writer.c.display_name.label("writer"), approver.c.display_name.label("approver"))
        .join(writer, writer.c.id == assessment.c.written_by)
        .outerjoin(approver, approver.c.id == assessment.c.approved_by)
        .where(assessment.c.module == key).order_by(assessment.c.id.desc())
    )  # fmt: skip
    return connection.execute(query).all()


def read_file(connection: Connection, key: str, assessment_id: int) -> tuple[str, bytes]:
    """Name and content of the file of a module's assessment. Raises NotFound."""
    query = select(assessment.c.file_name, assessment.c.file)
    mine = (assessment.c.module == key, assessment.c.id == assessment_id)
    row = connection.execute(query.where(*mine)).one_or_none()
    if row is None or row.file is None:
        raise NotFound()
    return row.file_name, bytes(row.file)
