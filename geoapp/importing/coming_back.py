"""Rows that name the record they were taken out of: where that lies, whether they say what is stored (A8.6; D3.2).

Records of many rows are read at once: one look at the table, one at what their facts need beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, select

from geoapp.changes.actions import LARGEST_ID, Writing, own_rows
from geoapp.importing.checking import MARK, NUMBER, Cells, Faults
from geoapp.importing.facts import FACTS
from geoapp.importing.failing import Failed
from geoapp.importing.places import Places
from geoapp.importing.reads import open_row
from geoapp.importing.records import is_unchanged, region_cells
from geoapp.importing.targets import TARGETS
from grids_boundaries.access import Access
from layers.declare import RECORD
from layers.registry import all_registers

Known = tuple[Row, Mapping[str, str]]


def coming_back(work: Writing, rows: Iterable[Row]) -> dict[int, int | Failed]:
    """Of the rows that name a record: id of the record they are, as they say what is stored, or why they are not."""
    named: dict[str, list[Known]] = {}
    for row in rows:
        cells = open_row(row).cells
        if row.register in FACTS and cells.get(RECORD):
            named.setdefault(row.register, []).append((row, cells))
    found: dict[int, int | Failed] = {}
    for register, known in named.items():
        if work.access.may(TARGETS[register].permission):
            found |= _of_register(work, register, known)
        else:
            found |= {row.id: Failed("no_permission") for row, _ in known}
    return found


def fill_regions(places: Places, register: str, columns: dict[str, Cells], faults: Faults, start: int) -> None:
    """A list as a register exports it says in names where its records lie: their regions are read by their numbers.

    Rows from `start` on that name no record of the sender's area are told so; a new one has to come by the template.
    """
    size, cells = len(columns[RECORD]), list(columns.values())
    filled = [row for row in range(start, size) if any(one[row] is not None for one in cells)]
    columns[RECORD] = [_plain(cell) for cell in columns[RECORD]]
    numbers = {row: number_of(columns[RECORD][row]) for row in filled}
    table = all_registers()[register].table
    mine = own_rows(Access(places.scope, frozenset()), table)
    query = select(table.c.id, table.c.region_key).where(*mine, table.c.id.in_(sorted({*numbers.values()} - {0})))
    keys = {row.id: row.region_key for row in places.connection.execute(query)}
    for name in ("county", "street", "community", "grid"):
        columns[name] = list(columns[name])
    for row in filled:
        key = keys.get(numbers[row])
        if key is None:
            value = (columns[RECORD][row] or "")[:40]
            faults.setdefault(row, []).append((RECORD, "unknown_record", {"value": value}))
        for name, word in region_cells(places.home if key is None else key).items():
            columns[name][row] = word


def number_of(text: str | None) -> int:
    """The number of a record as a text names it; 0 for none."""
    return int(text) if text and text.isdecimal() and len(text) < len(str(LARGEST_ID)) else 0


# -- parts ---------------------------------------------------------------------------------


def _of_register(work: Writing, register: str, known: Sequence[Known]) -> dict[int, int | Failed]:
    table = TARGETS[register].table
    wanted = {row.id: number_of(cells[RECORD]) for row, cells in known}
    query = select(table).where(*work.own(table), table.c.id.in_(sorted(set(wanted.values()))))
    records = work.connection.execute(query).all()
    facts = zip(records, FACTS[register].stored_all(work.connection, records), strict=True)
    stored = {record.id: texts for record, texts in facts}
    found: dict[int, int | Failed] = {}
    for row, cells in known:
        record_id = wanted[row.id]
        if record_id not in stored:
            found[row.id] = Failed("no_record")
        elif is_unchanged(row, cells, stored[record_id]):
            found[row.id] = record_id
        else:
            found[row.id] = Failed("differs", record_id)
    return found


def _plain(cell: str | None) -> str | None:
    """The number of a record that a spreadsheet has turned into a number: it is short enough to lose nothing."""
    number = cell[2:] if cell and cell[:2] == MARK + NUMBER else ""
    return number if number_of(number) else cell
