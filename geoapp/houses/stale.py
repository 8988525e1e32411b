"""Two people saved one record: what one filled in beside what the other has stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from geoapp.changes.reads import Change, read_changes
from geoapp.core.i18n import N_, translate
from geoapp.edge.access import current_access
from geoapp.edge.forms import RecordForm
from geoapp.edge.pages import reader_locale
from geoapp.houses.reads import degrees
from layers.registry import get_register

POSITION = {"lon": "p_lon", "lat": "p_lat"}
POSITION_TITLES = {"lon": N_("经度"), "lat": N_("纬度")}
HIDDEN = ("version", "form_token", "csrf_token")


@dataclass(frozen=True)
class Difference:
    """One field: its title, what was filled in, what is stored now."""

    title: str
    mine: str
    stored: str
    differs: bool


def differences(
    connection: Connection, form: RecordForm, row: RowMapping
) -> dict[str, Any]:
    """{"rows": every field side by side, "last": who saved last}, for templates/houses/stale.html."""
    access, locale = current_access(), reader_locale()
    rows = [_side_by_side(field, row) for field in form if field.name not in HIDDEN]
    changes: list[Change] = read_changes(connection, access, locale, ("houses", [row["id"]]))
    return {"rows": rows, "last": changes[0] if changes else None}


def _side_by_side(field: Any, row: RowMapping) -> Difference:
    locale, mine = reader_locale(), field.data
    stored = degrees(row[POSITION[field.name]]) if field.name in POSITION else row[field.name]
    title, show = _described(field.name)
    differs = (mine or None) != (stored or None)
    return Difference(translate(title, locale), show(mine, locale), show(stored, locale), differs)


def _described(name: str) -> tuple[str, Callable[[Any, str], str]]:
    """Title and printer of a field, by the register where it has one of that name."""
    if name in POSITION:
        return POSITION_TITLES[name], lambda value, _locale: "" if value is None else str(value)
    field = get_register("houses", current_access()).field(name)
    return field.title, lambda value, locale: "" if value in (None, "") else field.show(value, locale)
