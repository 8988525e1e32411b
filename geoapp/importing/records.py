"""Records in the form of their register's template: taken out, and known again when they come back (A8; D3.2).

Such a row has the record's number and what the reader may see; what is masked stays masked. Coming back
it is that record: unchanged where every fact says what is stored, however it was masked, else to be
compared. Nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import xlsxwriter
from sqlalchemy import Connection, Row, select

from geoapp.core.i18n import LOCALES, translate
from geoapp.importing import codes
from geoapp.importing.enrolled import TEXTS
from geoapp.importing.facts import FACTS, POSITION, equal, of_row
from geoapp.importing.places import LEVELS
from geoapp.importing.templates import PLACE, RECORD, Template, template_of
from geoapp.importing.workbooks import SHEET
from geoapp.people.rules import CHILD, masked_name, masked_number, masked_phone
from layers.registers.households import HIDDEN
from spatial_queries.exports.comma import defused
from spatial_queries.selection import Selection

MASKS: Mapping[str, Callable[[str], str]] = {
    "id_number": masked_number, "phone": masked_phone, "landlord_name": masked_name, "landlord_phone": masked_phone,
    "leader_phone": masked_phone,
}  # fmt: skip
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "residents": frozenset({"birth_date", "house_number", "household_number", "relation", "no_house_reason"}),
    "houses": frozenset({"landlord_name", "landlord_phone"}), "enrolments": TEXTS,
}  # fmt: skip
"""What no file of people holds: days of birth, where and with whom somebody lives, names of others (D3.1, D3.2)."""
NOT_COMPARED = frozenset({*(column.name for column in PLACE), RECORD, "id_kind"})
"""Where a row lies stands in its region and position, a kind of document means nothing without its number."""
PIECE, INSIDE = 2_000, 1
Show = Callable[[str, Mapping[str, str]], Mapping[str, str]]
"""Texts of a register's record as the reader may see them."""


def write_records(connection: Connection, selection: Selection, path: Path, show: Show) -> int:
    """Every record that is selected as a row of the template; how many. All cells are text.

    Raises CountsOnly for a reader who may count people and not see them by name (D3.4).
    """
    template, count = template_of(selection.register.name), 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(SHEET)
        text = book.add_format({"num_format": "@"})
        sheet.set_column(0, len(template.columns) - 1, 16, text)
        for place, title in enumerate(template.titles):
            sheet.write_string(0, place, title, text)
        for count, cells in enumerate(_lines(connection, selection, template, show), start=1):
            for place, column in enumerate(template.columns):
                if said := cells.get(column.name):
                    sheet.write_string(count, place, translate(column.codes.get(said, said), "zh"), text)
    return count


def is_unchanged(row: Row, cells: Mapping[str, str], stored: Mapping[str, str]) -> bool:
    """Whether a row that names its record says nothing else than what is stored."""
    mine = of_row(row, cells)
    names = {*stored, *(set(mine) - NOT_COMPARED)}
    return all(says_same(row.register, name, mine.get(name, ""), stored.get(name, "")) for name in names)


def says_same(register: str, name: str, mine: str, stored: str) -> bool:
    """Whether a row's text is the stored one, in full, masked or as a CSV spells it, or says nothing."""
    if not mine or equal(name, mine, stored) or mine == defused(stored):
        return True
    if name == "name" and register in codes.PEOPLE:
        return mine in (masked_name(stored), CHILD, *(translate(CHILD, locale) for locale in LOCALES))
    if name == "number" and register == "households":
        return mine == HIDDEN
    return name in MASKS and mine == MASKS[name](stored)


def region_cells(key: int) -> dict[str, str]:
    """The codes of a region and of those above it, by the names of their columns."""
    code = f"{key:015d}"
    above = list(LEVELS.values())[:-1]
    parts = {"county": code[:6], "street": code[:9], "community": code[:12], "grid": code}
    return {"county": parts["county"]} | {
        level: parts[level] for level, size in zip(list(LEVELS)[1:], above, strict=True) if key % size
    }  # fmt: skip


# -- parts ---------------------------------------------------------------------------------


def _lines(connection: Connection, selection: Selection, template: Template, show: Show) -> Iterator[dict[str, str]]:
    table = selection.register.table
    query, last = select(table).where(*selection.conditions()).order_by(table.c.id).limit(PIECE), 0
    while rows := connection.execute(query.where(table.c.id > last)).all():
        facts = FACTS[template.register].stored_all(connection, rows)
        for row, stored in zip(rows, facts, strict=True):
            yield _cells(row, stored, template, show)
        last = rows[-1].id


def _cells(row: Row, stored: dict[str, str], template: Template, show: Show) -> dict[str, str]:
    left_out = {"id_kind", *LEFT_OUT.get(template.register, ())}
    lon, _, lat = stored.pop(POSITION, "").partition(",")
    said = {name: text for name, text in stored.items() if text and name not in left_out}
    inside = lat and row._mapping.get("placed") == INSIDE  # one that lies elsewhere would be refused
    place = region_cells(row.region_key) | ({"lon": lon, "lat": lat, "crs": "wgs84"} if inside else {})
    return {**show(template.register, said), **place, RECORD: str(row.id)}
