"""The page of a resident: household with its members, housing with those who live there (A2.4)."""

from __future__ import annotations

from sqlalchemy import Connection

from geoapp.changes.reads import read_changes
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.houses import reads
from geoapp.houses.details import Detail, facts_of, rights, words
from geoapp.people import reads as people
from layers.registry import get_register

FACTS = ("type", "sex", "birth_year", "id_number", "no_house_reason")
SHOWN = ("id", "version", "house_id", "no_house_reason", "state", "household_id")
"""What the template may ask for by name; nothing that is protected."""


def resident_detail(connection: Connection, resident_id: int) -> Detail:
    """(template, context) of a resident; blocks for grid staff are empty for everybody else."""
    access, locale, can = current_access(), reader_locale(), rights()
    register = get_register("residents", access)
    row = dict(reads.read_record(connection, access, "residents", resident_id))
    row["id_number"] = row["id_enc"]
    stay = people.read_present_stay(connection, access, resident_id) if can["names"] else None
    ids = people.residence_ids(connection, access, resident_id=resident_id)
    log = (("residents", [resident_id]), ("residences", ids))
    changes = read_changes(connection, access, locale, *log) if can["names"] else []
    head = reads.read_head(connection, access, register.name, row, locale)
    return "people/resident.html", {
        "detail": head | {"kind": words(register.name)["title_one"]},
        "facts": facts_of(register.name, FACTS, row), "person": {n: row[n] for n in SHOWN}, "can": can, "stay": stay,
        "household": people.read_household(connection, access, row["household_id"], locale),
        "living": people.read_living_in(connection, access, stay["house_id"], locale) if stay else [],
        "history": people.read_history(connection, access, locale, resident_id=resident_id)
        if can["names"] else [],
        "changes": changes, "last": changes[0] if changes else None,
        "may_undo": can["link"]
        and people.read_undo(connection, access, resident_id, locale) is not None,
    }  # fmt: skip
