"""The pages of a building (楼盘表) and of a house, ready for their templates."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from geoapp.accounts.permissions import Permission
from geoapp.changes.reads import read_changes
from geoapp.core.clock import today
from geoapp.core.i18n import N_, translate
from geoapp.core.settings import get_settings
from geoapp.edge.access import current_access
from geoapp.edge.pages import reader_locale
from geoapp.houses import reads, rules
from geoapp.houses.codes import HOUSE_STATUS, TENURES
from geoapp.houses.rental_rules import last_step, was_let
from geoapp.houses.rentals import CELLS, may_undo
from geoapp.houses.timeline import step_words
from geoapp.houses.unit_grid import lay_out
from geoapp.importing.lists import provenance
from geoapp.people.reads import Person, read_history, read_living_in, residence_ids
from geoapp.teams.reads import read_teams, records_of_house
from layers.registry import all_registers, get_register

Detail = tuple[str, dict[str, Any]]
RENTED = TENURES["rent"]
BUILDING_FACTS = ("address", "estate", "use", "entrances", "position_source")
HOUSE_FACTS = ("number", "status", "use", "rental", "area_m2", "position_source", "checked_at")


def building_detail(connection: Connection, building_id: int) -> Detail:
    """(template, context) of a building: figures, the grid of its units, what is known of it."""
    access, locale = current_access(), reader_locale()
    row = reads.read_record(connection, access, "buildings", building_id)
    sees_houses = access.may(Permission.HOUSE_READ)
    units = reads.read_units(connection, access, row) if sees_houses else []
    return "houses/building.html", {
        "detail": _head(connection, "buildings", row),
        "facts": facts_of("buildings", BUILDING_FACTS, row),
        "storeys": row["storeys"], "storeys_origin": row["storeys_origin"],
        "grid": lay_out(units, row["storeys"], row["entrances"]),
        "figures": reads.read_figures(connection, access, units, row),
        "fresh": lambda unit: rules.freshness(local_day(unit.updated_at), today()),
        "statuses": [(n, translate(word, locale)) for n, word in HOUSE_STATUS.items()],
        "can": rights(), "sees_houses": sees_houses,
    }  # fmt: skip


def house_detail(connection: Connection, house_id: int) -> Detail:
    """(template, context) of a house: who lives there, who did, what it is, what was changed."""
    access, locale, can = current_access(), reader_locale(), rights()
    row = reads.read_record(connection, access, "houses", house_id)
    log: list[tuple[str, list[int]]] = [("houses", [house_id])]
    if can["people"]:
        log.append(("residences", residence_ids(connection, access, house_id=house_id)))
    changes = read_changes(connection, access, locale, *log)
    living = read_living_in(connection, access, house_id, locale) if can["people"] else []
    return "houses/house.html", {
        "detail": _head(connection, "houses", row)
        | {"building_id": row["building_id"]}
        | {name: secrets.token_hex(16) for name in ("confirm_token", "undo_token")},
        "facts": facts_of("houses", HOUSE_FACTS, row), "place": _place(row),
        "house": row, "can": can, "rental": _rental(row, living),
        "services": records_of_house(connection, access, house_id, locale) if can["people"] else [],
        "service_teams": read_teams(connection, access, row["region_key"]) if access.may(Permission.TEAM_READ) else [],
        "serve_url": f"/visits/new?house={house_id}" if access.may(Permission.SERVICE_WRITE) else None,
        "households": _by_household(living), "n_people": len(living),
        "history": read_history(connection, access, locale, house_id=house_id) if can["people"] else [],
        "provenance": provenance(connection, "houses", house_id),
        "changes": changes, "last": changes[0] if changes else None,
    }  # fmt: skip


def protected_of(register: str, names: tuple[str, ...], row: reads.Row) -> list[dict[str, Any]]:
    """Masked values of a record, each with the address that shows it in full where this reader may ask for it.

    `row` holds the cells under the names of the fields.
    """
    access, locale = current_access(), reader_locale()
    fields = [get_register(register, access).field(name) for name in names]
    return [
        {
            "name": f.name, "title": translate(f.title, locale),
            "text": reads.shown(access, register, f.name, row, locale),
            "url": f"/registers/{register}/{row['id']}/fields/{f.name}" if f.revealable(access) else None,
        }
        for f in fields if f.readable(access)
    ]  # fmt: skip


def _rental(row: RowMapping, living: list[Person]) -> dict[str, Any]:
    """The letting of a house: what it is, since when or until when and why, by whom, to whom (A6.9, A6.10)."""
    locale, steps = reader_locale(), row["rental_steps"]
    last = last_step(steps)
    cells = dict(row) | {name: row[column] for name, column in CELLS.items()}
    rented = translate(RENTED, locale)
    return {
        "let": row["rental"], "was": not row["rental"] and was_let(steps),
        "facts": facts_of("houses", ("rental_use", "rental_kind"), row),
        "last": last and dict(zip(("words", "reason", "day"), step_words(last, locale), strict=True)),
        "landlord": protected_of("houses", tuple(CELLS), cells),
        "tenants": [one for one in living if one.facts["tenure"] == rented],
        "may_undo": may_undo(steps),
    }  # fmt: skip


def rights() -> dict[str, bool]:
    """What this reader may do on these pages."""
    may = current_access().may
    return {
        "write": may(Permission.HOUSE_WRITE), "people": may(Permission.RESIDENT_NAME),
        "names": may(Permission.RESIDENT_NAME), "link": may(Permission.RESIDENT_WRITE),
        "map": may(Permission.MAP_VIEW),
    }  # fmt: skip


def facts_of(register: str, names: tuple[str, ...], row: reads.Row) -> list[tuple[str, str]]:
    """(title, value) of stored fields as the reader may see them."""
    access, locale = current_access(), reader_locale()
    fields = [get_register(register, access).field(name) for name in names]
    return [
        (translate(f.title, locale), reads.shown(access, register, f.name, row, locale))
        for f in fields if f.readable(access)
    ]  # fmt: skip


def words(register: str) -> dict[str, str]:
    """Name and titles of a register, as templates want them."""
    declared, locale = all_registers()[register], reader_locale()
    return {
        "name": register, "title": translate(declared.title, locale),
        "title_one": translate(declared.title_one, locale),
    }  # fmt: skip


def local_day(moment: datetime) -> date:
    """The day of a moment where the deployment is."""
    return moment.astimezone(ZoneInfo(get_settings().time_zone)).date()


def _head(connection: Connection, register: str, row: RowMapping) -> dict[str, Any]:
    locale = reader_locale()
    head = reads.read_head(connection, current_access(), register, row, locale)
    return head | {"kind": words(register)["title_one"]}


def _by_household(living: list[Person]) -> list[tuple[str | None, list[Person]]]:
    """Who lives here, by household, in the order they were read."""
    return [(number, list(group)) for number, group in groupby(living, key=lambda p: p.household)]


def _place(row: RowMapping) -> str:
    """Entrance, storey and room in words, as far as they are known."""
    locale = reader_locale()
    parts = (
        (N_("%(n)s 单元"), row["entrance"]), (N_("%(n)s 层"), row["storey"]), (N_("%(n)s 室"), row["room"]),
    )  # fmt: skip
    return " ".join(translate(msgid, locale, n=n) for msgid, n in parts if n is not None)
