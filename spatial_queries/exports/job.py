"""One export while it runs: its rows as a stream, and what is told about them.

Rows come through a server-side cursor in the order of the list, so memory stays bounded however
many there are (measured in tests/spatial_queries/exports/test_memory.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, literal, null

from geoapp.core.clock import now
from geoapp.core.settings import get_settings
from spatial_queries.columns import Column, Value
from spatial_queries.fields import FieldLike, RegisterLike
from spatial_queries.region_names import region_names
from spatial_queries.selection import Selection

BATCH = 2_000
FIRST_COLUMN = 3
"""Place of the first column in a row, behind its id, position mark and origin."""
ORIGIN = "origin"
"""Name of the field that says where a record comes from, where a register has one."""


@dataclass(frozen=True)
class Meta:
    """What a file says about itself besides its rows.

    `region` is the area it covers, `user` who made it, `sentence` the filter in words. `numbered`: its rows end with
    the numbers of their records, by which a file that is sent back is known again.
    """

    region: str
    user: str
    sentence: str
    numbered: bool = False
    made_at: datetime = field(default_factory=now)

    @property
    def local_time(self) -> datetime:
        """When it was made, on the deployment's clock."""
        return self.made_at.astimezone(ZoneInfo(get_settings().time_zone))


@dataclass
class Tally:
    """Counts of what has gone into the file so far."""

    rows: int = 0
    no_position: int = 0
    outside: int = 0
    origins: Counter[object] = field(default_factory=Counter)

    def add(self, placed: object, origin: object, n: int = 1) -> None:
        """Count `n` rows alike."""
        self.rows += n
        self.no_position += n * (placed == 0)
        self.outside += n * (placed == 2)
        if origin is not None:
            self.origins[origin] += n


class Record(NamedTuple):
    """One row: its key, its values in the order of the columns, what else was asked for."""

    id: int
    values: list[Value]
    extra: tuple[Any, ...]


@dataclass
class Job:
    """Everything a writer needs. `progress` is told the number of rows after each batch."""

    connection: Connection
    selection: Selection
    columns: tuple[Column, ...]
    locale: str
    meta: Meta
    progress: Callable[[int], None] | None = None
    tally: Tally = field(default_factory=Tally)

    @property
    def register(self) -> RegisterLike:
        """The register that is exported."""
        return self.selection.register

    @property
    def geometry(self) -> ColumnElement | None:
        """Position of a row in EPSG:4326; None where rows are people, who never have one (D3.4)."""
        return None if self.register.people else self.register.geometry

    @property
    def origin_field(self) -> FieldLike | None:
        """The field `origin`, where the register has one the reader may see."""
        found = (f for f in self.register.fields if f.name == ORIGIN)
        return next((f for f in found if f.readable(self.selection.access)), None)

    def rows(self, *extra: ColumnElement) -> Iterator[Record]:
        """All rows of the selection in the order of the list, with `extra` expressions."""
        render = [column.renderer(self.locale) for column in self.columns]
        width = len(render)
        statement = self._select(extra)
        options = {"stream_results": True, "yield_per": BATCH}
        with self.connection.execute(statement, execution_options=options) as result:
            for batch in result.partitions(BATCH):
                names = self._region_names(batch)
                for record_id, placed, origin, *rest in batch:
                    self.tally.add(placed, origin)
                    stored = zip(render, rest, strict=False)
                    values = [show(value, record_id) for show, value in stored]
                    for place in self.region_places:
                        values[place] = names.get(rest[place], values[place])
                    yield Record(record_id, values, tuple(rest[width:]))
                if self.progress:
                    self.progress(self.tally.rows)

    @cached_property
    def region_places(self) -> tuple[int, ...]:
        """Which columns hold the codes of regions; readers get their names."""
        return tuple(n for n, c in enumerate(self.columns) if c.field.kind == "region" and not c.masked)

    def _region_names(self, batch: Sequence[Row]) -> dict[str, str]:
        codes = {row[FIRST_COLUMN + place] for row in batch for place in self.region_places}
        return region_names(self.connection, self.selection.access, codes)

    def _select(self, extra: tuple[ColumnElement, ...]) -> Select:
        register = self.register
        placed = literal(1) if register.placed is None else register.placed
        origin = null() if self.origin_field is None else self.origin_field.column
        picked = [*(c.expression for c in self.columns), *extra]
        labelled = [column.label(f"v{number}") for number, column in enumerate(picked)]
        order = [c.desc() if down else c for c, down in self.selection.order()]
        keys = (register.id_column.label("id"), placed.label("placed"), origin.label("origin"))
        return self.selection.select(*keys, *labelled).order_by(*order, register.id_column)
