"""Which answers hold rows of people: what the database gave while they were made, masked afterwards or not.

A mask leaves nothing in an answer that could be searched for, so the rows are watched where they come from.
PostgreSQL says of each column of a result which table's column it is: a result with the key of a person, a
household or an enrolment holds rows of people. A count of them holds none: it comes from no column, and what
it is grouped by, a region or a type, is no key.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg.pq import ExecStatus
from sqlalchemy import Engine, event, text

from geoapp.core.db import owner_engine
from layers.registry import all_registers
from spatial_queries import prepared

KEYS = ("id", "resident_id", "head_id", "household_id", "enrolment_id")
"""Columns that name one person or household."""


class Watched:
    """The tables and columns that `seen` names: filled while answers are made."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        people = [register.table.name for register in all_registers().values() if register.people]
        with owner_engine().connect() as connection:
            found = connection.execute(text(
                "SELECT a.attrelid::bigint, a.attnum, c.relname || '.' || a.attname FROM pg_attribute a"
                " JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
                " WHERE a.attname = ANY(:keys) AND (a.attname <> 'id'"
                "  OR coalesce(i.inhparent, c.oid)::regclass::text = ANY(:people))"
            ), {"keys": list(KEYS), "people": people})  # fmt: skip
            self.columns: dict[tuple[int, int], str] = {(table, number): name for table, number, name in found}

    def look(self, result: Any) -> None:
        """Note the people's columns of a result with rows, or of a cursor that is about to be read piece by piece."""
        if result is None or (result.status == ExecStatus.TUPLES_OK and not result.ntuples):
            return
        places = [(result.ftable(i), result.ftablecol(i)) for i in range(result.nfields)]
        self.seen += [self.columns[place] for place in places if place in self.columns]

    def taken(self) -> list[str]:
        """What was noted since the last call."""
        found, self.seen = sorted(set(self.seen)), []
        return found


@contextmanager
def watched_rows() -> Iterator[Watched]:
    """Look at every result that reaches this process, through SQLAlchemy or as a statement prepared by ourselves."""
    watched, run = Watched(), prepared.run

    def by_name(*arguments: Any, **named: Any) -> Any:
        result = run(*arguments, **named)
        watched.look(result)
        return result

    def by_statement(_connection: Any, cursor: Any, *_: Any) -> None:
        watched.look(cursor.pgresult)

    event.listen(Engine, "after_cursor_execute", by_statement)
    with pytest.MonkeyPatch.context() as patch:
        for module in [module for module in list(sys.modules.values()) if getattr(module, "run", None) is run]:
            patch.setattr(module, "run", by_name)
        yield watched
    event.remove(Engine, "after_cursor_execute", by_statement)
