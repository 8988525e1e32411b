"""Showing one protected value of one record in full: for a reason, counted, logged (D3.2, D3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from geoapp.accounts.limits import DAY, Rate, take
from geoapp.audit.actions import record
from geoapp.audit.codes import Action
from geoapp.audit.reads import require_sealing
from geoapp.core.crypto import decrypt
from geoapp.core.data_keys import KeyDestroyed
from geoapp.core.errors import Conflict, InvalidInput, NotFound
from geoapp.core.i18n import N_
from geoapp.core.settings import get_settings
from geoapp.unusual.actions import count_record
from grids_boundaries.access import Access
from layers.declare import Field, Register
from spatial_queries.columns import Column
from spatial_queries.query import SpatialQuery
from spatial_queries.selection import compile_query

REASONS = {
    "identity_check": N_("当面核对身份"),
    "contact": N_("联系本人"),
    "correction": N_("更正登记"),
    "service": N_("办理本人申请的事项"),
    "emergency": N_("紧急情况"),
}
"""Why a value is shown: codes of the audit log."""
HIDDEN_BESIDE = {"birth_date": ("id_number",)}
"""What shows nothing at all beside a value in full: region, day of birth and four digits are a number."""


def reveal(
    connection: Connection, access: Access, register: Register, record_id: int, name: str, reason: str
) -> str:
    """The value in full; empty where nothing is stored. The event is written first.

    Raises NotFound (a record out of the area, a field this reader may not have shown), InvalidInput
    for a reason that is none, TooManyRequests, ReadingStopped, SealingStalled, Conflict for an erased value.
    """
    field = revealable_field(register, access, name)
    _require_reason(reason)
    selection = compile_query(SpatialQuery(register.name), register, access=access)
    columns = (field.column.label("cell"), register.scope_column.label("region"))
    row = connection.execute(selection.select(*columns).where(register.id_column == record_id)).one_or_none()
    if row is None:
        raise NotFound()
    sealed_as = f"{register.table.name}.{field.cell}.{record_id}"
    value = Sealed(register.name, record_id, field.name, row.region, row.cell, sealed_as)
    return open_value(connection, access, value, reason)


@dataclass(frozen=True)
class Sealed:
    """A sealed cell of a record in the reader's area: whose, which field, in which region, sealed as what."""

    register: str
    record_id: int
    field: str
    region_key: int
    cell: bytes | None
    name: str
    facts: Mapping[str, int] | None = None


def open_value(connection: Connection, access: Access, value: Sealed, reason: str) -> str:
    """The value in full; empty where nothing is stored. The event is written first.

    The caller has found the record in the reader's area and asked for the right to see the field.
    Raises InvalidInput for a reason that is none, TooManyRequests, ReadingStopped, SealingStalled,
    Conflict for an erased value.
    """
    _require_reason(reason)
    require_sealing(connection)
    count_record(connection, access)
    take(Rate("reveal", get_settings().reveals_per_day, DAY), access.user_id)
    record(
        connection, access, Action.REVEAL, register=value.register, record_ids=[value.record_id],
        fields=[value.field], area_key=value.region_key, reason=reason, facts=value.facts,
    )  # fmt: skip
    try:
        return decrypt(bytes(value.cell), value.name) if value.cell else ""
    except KeyDestroyed as error:
        raise Conflict(error.msgid) from error


def _require_reason(reason: str) -> None:
    if reason not in REASONS:
        raise InvalidInput(N_("请选择查看理由。"), field="reason")


def masked_value(
    connection: Connection, access: Access, register: Register, record_id: int, name: str, locale: str
) -> str:
    """The value as lists and pages show it. Raises NotFound."""
    column = Column(revealable_field(register, access, name), masked=True)
    selection = compile_query(SpatialQuery(register.name), register, access=access)
    query = selection.select(column.expression.label("cell")).where(register.id_column == record_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return column.text(row.cell, record_id, locale)


def revealable_field(register: Register, access: Access, name: str) -> Field:
    """The field, where this reader may have it shown. Raises NotFound alike for every other name."""
    field = next((f for f in register.fields if f.name == name), None)
    if field is None or not field.readable(access) or not field.revealable(access):
        raise NotFound()
    return field


def take_number_search(access: Access) -> None:
    """Count a search for a number against the reader's day. Raises TooManyRequests."""
    take(Rate("number", get_settings().number_searches_per_day, DAY), access.user_id)


def count_number_search(connection: Connection, access: Access, register: str) -> None:
    """Count and log a search for an identity number or phone. Raises TooManyRequests."""
    take_number_search(access)
    record(connection, access, Action.SEARCH_NUMBER, register=register, count=1)
