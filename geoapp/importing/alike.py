"""Rows and records that may be one and the same, where a number does not say it (A18 (13); peers B6).

Two of one name are not merged by themselves: somebody compares them and says what they are. Names and
numbers of rows are sealed, so those of one grid are opened and compared; they are a few thousand at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    func,
    literal_column,
    select,
    true,
)

from geoapp.changes.actions import Writing
from geoapp.core.crypto import search_hashes
from geoapp.core.db import table_of
from geoapp.houses.models import House
from geoapp.importing import codes
from geoapp.importing.models import ImportRow
from geoapp.importing.reads import open_row
from geoapp.organisations.models import Organisation
from geoapp.people.children import may_know_children, real_name
from geoapp.people.models import Resident
from geoapp.people.name_tokens import NUMBER
from geoapp.people.name_words import UNSAID, same_name
from geoapp.people.numbers import same_number
from geoapp.people.rules import ACTIVE
from geoapp.sites.models import Site
from geoapp.teams.models import Team

row_table, resident, organisation, site, house, team = (
    table_of(one) for one in (ImportRow, Resident, Organisation, Site, House, Team)
)
MOST_OPENED, MOST_CHILDREN, MOST_SHOWN = 5_000, 1_000, 5
"""Rows of a grid that are opened, its children whose names are, and what is laid beside a row."""
NAMES = {"residents": "name", "organisations": "name", "sites": "name", "houses": "address", "teams": "name"}
NUMBERS = {"residents": "id_number", "organisations": "licence_number", "houses": "number"}

_PLACES: Mapping[str, tuple[Table, ColumnElement[bool]]] = {
    "organisations": (organisation, organisation.c.state == ACTIVE), "sites": (site, site.c.active),
    "houses": (house, true()), "teams": (team, team.c.state == ACTIVE),
}  # fmt: skip
"""Table of a register of places, and which of its records are on it."""


@dataclass(frozen=True)
class Known:
    """What somebody or something is called and its number, as they are compared; "" for unknown."""

    name: str
    number: str


@dataclass(frozen=True)
class Alike:
    """Rows and ids of records that may be what a row is."""

    rows: Sequence[Row]
    records: Sequence[int]

    def __bool__(self) -> bool:
        return bool(self.rows or self.records)


def known_of(register: str, cells: Mapping[str, str]) -> Known:
    """Name and number of a row's texts."""
    number = cells.get(NUMBERS.get(register, ""), "")
    return Known(same_name(cells.get(NAMES.get(register, ""), "")), same_number(number) if number else "")


def asks(known: Known) -> bool:
    """Whether somebody has to compare before it is claimed: it lacks name or number (A18 (13))."""
    return not (known.name and known.number)


def are_alike(one: Known, other: Known) -> bool:
    """Equal numbers; where one of the two has none, equal names."""
    if one.number and other.number:
        return one.number == other.number
    return bool(one.name) and one.name == other.name


@dataclass
class Beside:
    """Rows that wait and records of the grids of one claim; each grid's rows are opened once."""

    work: Writing
    _opened: dict[tuple[str, int], list[tuple[Row, Known]]] = field(default_factory=dict)

    def alike(self, row: Row, cells: Mapping[str, str]) -> Alike:
        """What lies in the row's grid and may be the same."""
        known = known_of(row.register, cells)
        rows = [
            one for one, other in self._rows(row.register, row.region_key)
            if one.id != row.id and (row.same is None or one.same != row.same) and are_alike(known, other)
        ]  # fmt: skip
        return Alike(rows[:MOST_SHOWN], self._records(row, known)[:MOST_SHOWN])

    def _rows(self, register: str, region_key: int) -> list[tuple[Row, Known]]:
        if (register, region_key) not in self._opened:
            mine = (row_table.c.register == register, row_table.c.region_key == region_key)
            query = select(row_table).where(
                self.work.access.scope.clause(row_table.c.region_key), *mine, row_table.c.state.in_(codes.OPEN)
            )
            rows = self.work.connection.execute(query.order_by(row_table.c.id).limit(MOST_OPENED))
            self._opened[register, region_key] = [(row, known_of(register, open_row(row).cells)) for row in rows]
        return self._opened[register, region_key]

    def _records(self, row: Row, known: Known) -> list[int]:
        if row.register == "residents":
            return self._people(row.region_key, known)
        if row.register not in _PLACES:  # known by their numbers alone
            return []
        table, on = _PLACES[row.register]
        same = _folded(table.c[NAMES[row.register]]) == known.name
        if row.register == "organisations" and known.number:
            same = table.c.licence_number == known.number
        query = select(table.c.id).where(*self.work.own(table), table.c.region_key == row.region_key, on, same)
        return list(self.work.connection.scalars(query.order_by(table.c.id).limit(MOST_SHOWN))) if known.name else []

    def _people(self, region_key: int, known: Known) -> list[int]:
        mine = (*self.work.own(resident), resident.c.region_key == region_key, resident.c.state == ACTIVE)
        if known.number:
            same = resident.c.id_hash.in_(search_hashes(known.number, NUMBER))
            found = set(self.work.connection.scalars(select(resident.c.id).where(*mine, same)))
            mine = (*mine, resident.c.id_hash.is_(None))
        else:
            found = set()
        if known.name:
            named = select(resident.c.id).where(*mine, _folded(resident.c.name) == known.name)
            found |= set(self.work.connection.scalars(named.limit(MOST_SHOWN)))
        if known.name and may_know_children(self.work.access):
            children = select(resident).where(*mine, resident.c.name_enc.is_not(None)).limit(MOST_CHILDREN)
            for child in self.work.connection.execute(children):
                if same_name(real_name(child)) == known.name:
                    found.add(child.id)
        return sorted(found)


def _folded(name: Any) -> ColumnElement[str]:
    """SQL: `same_name` of a column; a grid's names are few."""
    return func.regexp_replace(func.lower(func.normalize(name, literal_column("NFKC"))), UNSAID, "", "g")
