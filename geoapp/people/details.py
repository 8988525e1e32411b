"""The page of a resident: household with its members, housing with those who live there (A2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.errors import NotFound
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.edge.why import why_seen
from geoapp.households.codes import MODULE as FAMILIES
from geoapp.houses import reads
from geoapp.houses.details import Detail, facts_of, rights, words
from geoapp.houses.reads import shown
from geoapp.importing.lists import provenance
from geoapp.modules.reads import is_on
from geoapp.people import reads as people
from geoapp.people.children import may_know_children
from geoapp.people.codes import SETTLED, STATE_REASONS
from geoapp.people.gone import find_person
from geoapp.people.steps import last_step, step_that_made
from geoapp.programmes.reads import free_for, of_person
from geoapp.teams.reads import read_teams, records_of_resident
from grids_boundaries.access import Access
from layers.declare import Register
from layers.registry import get_register

FACTS = ("type", "sex", "birth_year", "no_house_reason")
OF_TYPE = {
    "floating": ("registered_place",), "unregistered": ("unregistered_reason",), "overseas": ("overseas_kind",),
}  # fmt: skip
"""What a type has beside the facts of everybody (A2.2, A3.6, A3.7, A3.9)."""
PROTECTED = {"child_name": "name_enc", "id_number": "id_enc", "phone": "phone_enc", "birth_date": "birth_date_enc"}
"""Field to the column with its cells."""
SHOWN = ("id", "version", "type", "house_id", "no_house_reason", "state", "household_id", "family_id")
"""What the template may ask for by name; nothing that is protected."""


def resident_detail(connection: Connection, resident_id: int) -> Detail:
    """(template, context) of a resident; blocks for grid staff are empty for everybody else."""
    access, locale, can = current_access(), reader_locale(), rights()
    register = get_register("residents", access)
    try:
        row = dict(reads.read_record(connection, access, "residents", resident_id))
    except NotFound:
        return gone_detail(connection, resident_id)
    if row["name_enc"] is not None:
        can["names"] = may_know_children(access)
    row |= {name: row[column] for name, column in PROTECTED.items()}
    stay = people.read_present_stay(connection, access, resident_id) if can["names"] else None
    ids = people.residence_ids(connection, access, resident_id=resident_id)
    log = (("residents", [resident_id]), ("residences", ids))
    changes = read_changes(connection, access, locale, *log) if can["names"] else []
    head = reads.read_head(connection, access, register.name, row, locale)
    return "people/resident.html", {
        "detail": head | {"kind": words(register.name)["title_one"]},
        "facts": facts_of(register.name, (*FACTS, *OF_TYPE.get(row["type"], ())), row),
        "protected": _protected(register, row, locale),
        "person": {n: row[n] for n in SHOWN} | ({} if is_on(connection, FAMILIES) else {"family_id": None}),
        "can": can, "stay": stay,
        "household": people.read_household(connection, access, row["household_id"], locale)
        if can["names"] else [],
        "living": people.read_living_in(connection, access, stay["house_id"], locale) if stay else [],
        "history": people.read_history(connection, access, locale, resident_id=resident_id)
        if can["names"] else [],
        "changes": changes, "last": changes[0] if changes else None,
        "programmes": of_person(connection, access, resident_id) if can["names"] else [],
        "may_enrol": can["names"] and access.may(Permission.ENROLMENT_WRITE)
        and bool(free_for(connection, access, row)),
        "take_back_of": _to_take_back(connection, access, row) if can["link"] else None,
        "provenance": provenance(connection, "residents", resident_id) if can["names"] else [],
        "why": why_seen(connection, access, row["region_key"]),
        "services": records_of_resident(connection, access, resident_id, locale) if can["names"] else [],
        "service_teams": read_teams(connection, access, row["region_key"]) if access.may(Permission.TEAM_READ) else [],
        "serve_url": f"/visits/new?resident={resident_id}" if access.may(Permission.SERVICE_WRITE) else None,
        "may_undo": can["link"]
        and people.read_undo(connection, access, resident_id, locale) is not None,
    }  # fmt: skip


def _to_take_back(connection: Connection, access: Access, row: Mapping[str, Any]) -> int | None:
    """The record whose last step can be taken back from here: this one, or that which it followed."""
    return row["id"] if last_step(connection, access, row) is not None else step_that_made(connection, access, row)


def gone_detail(connection: Connection, resident_id: int) -> Detail:
    """(template, context) of somebody off the register, for who may bring them back. Raises NotFound."""
    access, locale = current_access(), reader_locale()
    row = find_person(connection, access, resident_id)
    head = reads.read_head(connection, access, "residents", row, locale)
    reason = row["state_reason"] or ""
    facts = [
        *facts_of("residents", ("type", "sex"), row),
        (translate(N_("注销原因"), locale), translate(STATE_REASONS.get(reason, reason), locale)),
        (translate(N_("注销日期"), locale), row["state_date"]),
    ]  # fmt: skip
    return "people/gone.html", {
        "detail": head | {"kind": words("residents")["title_one"]}, "facts": facts,
        "may_return": reason != SETTLED, "merged_into": row["merged_into"],
        "may_undo": last_step(connection, access, dict(row)) is not None,
        "changes": read_changes(connection, access, locale, ("residents", [resident_id])),
    }  # fmt: skip


def _protected(register: Register, row: dict[str, Any], locale: str) -> list[dict[str, Any]]:
    """Masked values, each with the address that shows it in full where this reader may ask for it."""
    access = current_access()
    fields = [f for f in (register.field(name) for name in PROTECTED) if f.readable(access)]
    fields = [f for f in fields if f.name != "child_name" or row["child_name"] is not None]
    return [
        {
            "name": f.name, "title": translate(f.title, locale),
            "text": shown(access, register.name, f.name, row, locale),
            "url": f"/registers/{register.name}/{row['id']}/fields/{f.name}" if f.revealable(access) else None,
        }
        for f in fields
    ]  # fmt: skip
