"""Who a service may be recorded for, and whose records a reader may see (A1.4, A1.8, D3.3).

Everybody on the register is one kind; so are those of the open programmes of care and of employment.
A closed programme is a kind of its own: who may see one of them must learn nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from geoapp.accounts.permissions import Permission
from geoapp.changes.actions import own_rows
from geoapp.core.db import table_of
from geoapp.modules.reads import is_on
from geoapp.people.models import Resident
from geoapp.people.rules import ACTIVE
from geoapp.programmes.declared import OPEN, PROGRAMMES
from geoapp.programmes.models import Enrolment
from geoapp.teams.codes import RESIDENTS
from geoapp.teams.models import ServiceRecord
from grids_boundaries.access import Access
from grids_boundaries.scope import RowScope

resident, enrolment, served = table_of(Resident), table_of(Enrolment), table_of(ServiceRecord)
KINDS = {
    RESIDENTS: (), **{family: tuple(code for code, one in OPEN.items() if one.family == family) for family in
                      dict.fromkeys(one.family for one in OPEN.values())},
    **{code: (code,) for code, one in PROGRAMMES.items() if one.closed},
}  # fmt: skip
"""Kind to the programmes whose people it means; none for everybody."""


def open_kinds(connection: Connection, access: Access) -> dict[str, RowScope]:
    """Kinds of person this reader knows of, each with the area in which they do."""
    if not access.may(Permission.RESIDENT_NAME):
        return {}
    found = {RESIDENTS: access.scope}
    for kind, codes in KINDS.items():
        closed = kind in PROGRAMMES
        scope = access.programme_scope(kind) if closed else access.scope
        if codes and scope and (_is_on(connection, kind) if closed else access.may(Permission.ENROLMENT_READ)):
            found[kind] = scope
    return found


def seen_records(connection: Connection, access: Access) -> ColumnElement[bool]:
    """SQL: records of the kinds the reader knows of, where they do."""
    found = open_kinds(connection, access).items()
    return or_(false(), *(and_(served.c.kind == kind, scope.clause(served.c.region_key)) for kind, scope in found))


def ids_of_kind(connection: Connection, access: Access, kind: str, ids: Iterable[int]) -> set[int]:
    """Those of the residents who are on the register of the reader's area and of that kind today (A1.8)."""
    mine = (*own_rows(access, resident), resident.c.id.in_(list(ids)), resident.c.state == ACTIVE)
    query = select(resident.c.id).where(*mine)
    if kind != RESIDENTS:
        same = and_(enrolment.c.county_code == resident.c.county_code, enrolment.c.resident_id == resident.c.id)
        active = (enrolment.c.programme.in_(KINDS.get(kind, ())), enrolment.c.released_at.is_(None))
        query = query.where(select(enrolment.c.id).where(same, *active).exists())
    return set(connection.scalars(query))


def _is_on(connection: Connection, code: str) -> bool:
    module = PROGRAMMES[code].module
    return module is None or is_on(connection, module)
