"""People in open programmes in the words of their template, and how these are written (A4.0, A8.13).

What was written in words of one's own (who helps, a guardian, an employer) names others and is in no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from geoapp.changes.actions import Writing
from geoapp.core.db import table_of
from geoapp.core.errors import InvalidInput
from geoapp.core.i18n import N_
from geoapp.importing.templates import facts_of
from geoapp.people.models import Resident
from geoapp.people.state_actions import identity_of
from geoapp.programmes.actions import correct
from geoapp.programmes.declared import OPEN
from geoapp.programmes.reads import facts_in

resident = table_of(Resident)
FIXED = frozenset({"name", "id_number", "type", "sex", "programme"})
"""Who is enrolled and in what: another person or programme is another enrolment."""
TEXTS = frozenset(f"{code}_{fact.name}" for code, one in OPEN.items() for fact in one.facts if fact.kind == "text")
"""Columns whose cells are words of one's own."""


def stored(connection: Connection, rows: Sequence[Row]) -> list[dict[str, str]]:
    """Of each enrolment who it is, in which programme since when, and what that programme asks for."""
    people = _people(connection, rows)
    return [_of(row, people.get(row.resident_id)) for row in rows]


def write(work: Writing, row: Row, texts: Mapping[str, str]) -> None:
    """Write texts into an enrolment: since when, and the facts. Raises what its actions raise."""
    given = {fact: texts.get(column, "") for fact, column in facts_of(row.programme)}
    if not texts.get("begins"):
        raise InvalidInput(N_("请填写此项。"), field="begins")
    correct(work, row.id, row.version, date.fromisoformat(texts["begins"]), given)


def _people(connection: Connection, rows: Sequence[Row]) -> dict[int | None, Row]:
    ids = {row.resident_id for row in rows} - {None}
    if not ids:
        return {}
    there = (resident.c.county_code.in_({row.county_code for row in rows}), resident.c.id.in_(ids))
    return {one.id: one for one in connection.execute(select(resident).where(*there))}


def _of(row: Row, person: Row | None) -> dict[str, str]:
    if row.programme not in OPEN:  # who may see a closed one does so in its own place (D3.3)
        return {}
    facts = facts_in(row)
    given = {column: str(facts.get(fact, "")) for fact, column in facts_of(row.programme)}
    return _who(facts, person) | {"programme": row.programme, "begins": row.begins.isoformat(), **given}


def _who(facts: Mapping[str, Any], person: Row | None) -> dict[str, str]:
    """The person: a resident, or somebody who is inside the enrolment alone (A2.6)."""
    if person is None:
        told = facts.get("person", {})
        return {"type": "", **{name: str(told.get(name, "")) for name in ("name", "id_number", "sex")}}
    found = identity_of(person)
    number = found.number.text if found.number else ""
    return {"type": found.type, "name": found.name, "id_number": number, "sex": found.sex}
