"""Where sealed cells lie: every column declared with `geoapp.core.db.cell`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    case,
    cast,
    func,
    literal,
    select,
)

from geoapp.accounts.models import User
from geoapp.core.crypto import ID_BYTES
from geoapp.core.db import Base
from geoapp.exporting.models import ExportRequest
from geoapp.importing.models import ImportRow
from geoapp.people.searches import saved_search
from layers.registry import all_registers

MORE = (User, ExportRequest, ImportRow, saved_search)
"""Tables with cells that belong to no register; naming them here makes them known."""


@dataclass(frozen=True)
class CellColumn:
    """A column of cells: its table, the name in their places, the class of their keys."""

    table: Table
    column: Column
    name: str
    key_class: str

    def place(self, record_id: int) -> str:
        """The associated data of one cell."""
        return f"{self.table.name}.{self.name}.{record_id}"

    @property
    def key_id(self) -> ColumnElement[int]:
        """Id of the data key that sealed a row's cell, read from its header; SQL."""
        number: ColumnElement[int] = cast(literal(0), Integer)
        for place in range(ID_BYTES):
            number = number * 256 + func.get_byte(self.column, place + 1)
        return case((func.length(self.column) > ID_BYTES, number), else_=None)


def cell_columns() -> Iterator[CellColumn]:
    """All of them, in the order of their tables."""
    all_registers()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if "cell" in column.info:
                yield CellColumn(table, column, column.info["cell"], column.info["class"])


def cells_by_key(connection: Connection) -> dict[int, int]:
    """How many cells each data key has sealed, by its id. Reads every row."""
    found: dict[int, int] = {}
    for where in cell_columns():
        sealed = select(where.key_id.label("key"), func.count()).where(where.column.is_not(None))
        for key_id, n in connection.execute(sealed.group_by("key")):
            found[key_id] = found.get(key_id, 0) + n
    return found
