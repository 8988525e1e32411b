"""Rows of households: a number and its head, who is on the grid's register (A3.10 to A3.13).

Further members come with the template of residents, which names household and relation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, or_, select

from geoapp.changes.actions import Writing
from geoapp.core.crypto import search_hashes
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.households.actions import HEAD, delete_empty, enter, remove_member, renumber
from geoapp.households.codes import KINDS
from geoapp.households.columns import columns_of
from geoapp.households.models import Household
from geoapp.households.rules import normal_number
from geoapp.importing.enrolling import DIED
from geoapp.importing.failing import Failed
from geoapp.people.children import real_name
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER
from geoapp.people.name_words import same_name
from geoapp.people.numbers import same_number
from geoapp.people.registering import NO_WAY_BACK
from geoapp.people.rules import ACTIVE
from geoapp.people.state_actions import identity_of

household, resident = table_of(Household), table_of(Resident)
Cells = Mapping[str, str]
FIXED = frozenset({"kind", "name", "id_number"})
"""Another head is chosen among the members (A3.11)."""
MISTAKEN = "mistaken"


def check(_row: Row, cells: Cells) -> tuple[str, str, str]:
    """Kind, number and the head's document number of a row. Raises InvalidInput."""
    kind, number = cells.get("kind", ""), normal_number(cells.get("number", ""))
    if kind not in KINDS:
        raise InvalidInput(N_("请选择列表中的一项。"), field="kind")
    if not cells.get("id_number"):
        raise InvalidInput(N_("请填写此项。"), field="id_number")
    return kind, number, same_number(cells["id_number"])


def add(work: Writing, row: Row, cells: Cells) -> int:
    """A household begins with its head; its id. Nobody is moved out of another one.

    Raises Failed, InvalidInput, Conflict.
    """
    kind, number, document = check(row, cells)
    person = _head(work, row.region_key, document)
    if cells.get("name") and same_name(cells["name"]) != same_name(real_name(person)):
        raise InvalidInput(N_("姓名与这个证件号码登记的不同，请核对。"), field="name")
    same = (household.c.region_key == row.region_key, household.c.kind == kind, household.c.number == number)
    there = work.connection.scalar(select(household.c.id).where(*work.own(household), *same))
    attached = getattr(person, columns_of(kind)[0].name)
    if there is not None or attached is not None:
        raise Failed("duplicate", there or attached)
    return enter(work, person.id, person.version, kind, number, HEAD)


def remove(work: Writing, row: Row) -> None:
    """It was never there. Raises Conflict, InvalidInput."""
    version = row.version
    if row.head_id is not None:
        remove_member(work, row.id, version, row.head_id)
        version += 1
    delete_empty(work, row.id, version, MISTAKEN)


def stored(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each household its number and kind, and who heads it."""
    ids = {row.head_id for row in rows} - {None}
    there = (resident.c.county_code.in_({row.county_code for row in rows}), resident.c.id.in_(ids))
    heads = {one.id: _head_facts(one) for one in connection.execute(select(resident).where(*there))} if ids else {}
    nobody = {"name": "", "id_number": ""}
    return [{"number": row.number, "kind": row.kind, **heads.get(row.head_id, nobody)} for row in rows]


def write(work: Writing, row: Row, texts: Mapping[str, str]) -> None:
    """Write texts into a household: its number. Raises what its actions raise."""
    if texts.get("number", row.number) != row.number:
        renumber(work, row.id, row.version, texts["number"])


def _head(work: Writing, region_key: int, document: str) -> Row:
    """The resident of the grid with that number. Raises Failed."""
    ways = or_(resident.c.state == ACTIVE, resident.c.state_reason.not_in(sorted(NO_WAY_BACK)))
    mine = (*work.own(resident), resident.c.region_key == region_key, ways)
    query = select(resident).where(*mine, resident.c.id_hash.in_(search_hashes(document, NUMBER)))
    found = work.connection.execute(query.order_by(resident.c.state != ACTIVE, resident.c.id.desc()).limit(1)).first()
    if found is None:
        raise Failed("resident_missing")
    if found.state != ACTIVE:
        raise Failed("dead" if found.state_reason == DIED else "resident_cancelled", found.id)
    return found


def _head_facts(person: Row) -> dict[str, str]:
    found = identity_of(person)
    return {"name": found.name, "id_number": found.number.text if found.number else ""}
