"""Records in the form of their register's template: taken out, and known again when they come back (A8; D3.2).

Such a row has the record's number and what the reader may see; what is masked stays masked. Coming back
it is that record: unchanged where every fact says what is stored, however it was masked, else to be
compared. Nothing is doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import xlsxwriter
from sqlalchemy import Connection, Row, func, select

from geoapp.core.i18n import translate
from geoapp.importing.facts import FACTS, POSITION, equal, of_row
from geoapp.importing.templates import RECORD, Template, template_of
from geoapp.importing.workbooks import SHEET
from geoapp.people.rules import CHILD, masked_name, masked_number, masked_phone
from spatial_queries.selection import Selection

MASKS: Mapping[str, Callable[[str], str]] = {
    "name": masked_name, "id_number": masked_number, "phone": masked_phone,
}  # fmt: skip
LEFT_OUT = frozenset({"birth_date", "id_kind"})
"""What no file of people holds (D3.2), and what means nothing without its number."""
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
    return all(says_same(row.register, name, mine.get(name, ""), text) for name, text in stored.items())


def says_same(register: str, name: str, mine: str, stored: str) -> bool:
    """Whether a row's text is the stored one, in full or masked, or says nothing."""
    if not mine or equal(name, mine, stored):
        return True
    if register != "residents" or name not in MASKS:
        return False
    return mine == MASKS[name](stored) or (name == "name" and mine in (CHILD, translate(CHILD, "zh")))


# -- parts ---------------------------------------------------------------------------------


def _lines(connection: Connection, selection: Selection, template: Template, show: Show) -> Iterator[dict[str, str]]:
    register, table = selection.register, selection.register.table
    point = () if register.geometry is None else (
        func.ST_X(register.geometry).label("p_lon"), func.ST_Y(register.geometry).label("p_lat"),
    )  # fmt: skip
    query, last = select(table, *point).where(*selection.conditions()).order_by(table.c.id).limit(PIECE), 0
    while rows := connection.execute(query.where(table.c.id > last)).all():
        for row in rows:
            yield _cells(connection, row, template, show)
        last = rows[-1].id


def _cells(connection: Connection, row: Row, template: Template, show: Show) -> dict[str, str]:
    stored = FACTS[template.register].stored(connection, row)
    lon, _, lat = stored.pop(POSITION, "").partition(",")
    said = {name: text for name, text in stored.items() if text and name not in LEFT_OUT}
    key = f"{row.region_key:015d}"
    grid = {"grid": key} if row.region_key % 1000 else {}
    lat = lat if row._mapping.get("placed") == INSIDE else ""  # one that lies elsewhere would be refused
    place = {"county": key[:6], **grid} | ({"lon": lon, "lat": lat, "crs": "wgs84"} if lat else {})
    return {**show(template.register, said), **place, RECORD: str(row.id)}
