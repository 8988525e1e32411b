"""Rows on their way into a table that is partitioned by county.

Rows of each county are copied (COPY, binary) into a table of their own. Where the county has no
rows yet, that table gets its indexes when it is full and takes the place of the partition; this
is twice as fast as inserting into five indexes, and readers wait only for the exchange. Where
there are rows, the copied ones are merged: new ones inserted, changed ones updated. Nothing shows
before the caller's transaction commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text

from geoapp.core.bulk import copy_rows

POSITION = ("region_key", "geom", "placed", "position_source")
BY_HAND = ("clicked", "surveyed")
"""Sources of positions that people set; a later load of the file leaves those alone."""
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX \S+ ON (?:ONLY )?\S+ (.*)")
_TYPES = {
    "TEXT": "text",
    "BIGINT": "int8",
    "INTEGER": "int4",
    "SMALLINT": "int2",
    "BOOLEAN": "bool",
    "DATE": "date",
    "DATETIME": "timestamptz",
    "NUMERIC(9, 2)": "numeric",
    "JSONB": "jsonb",
}


@dataclass
class Counts:
    """What became of the rows of one load."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class _Stage:
    """Where the rows of one county are collected; `fresh` is the partition to be."""

    name: str
    county: str
    fresh: bool
    rows: int = 0


class CountyStore:
    """Collects rows of `table` and stores them; one per load."""

    def __init__(
        self, connection: Connection, table: Table, columns: Sequence[str], update: Sequence[str]
    ) -> None:
        """`columns` are those of each row, county_code first; `update` those the file speaks of.

        Records are found again by (county_code, source, source_id).
        """
        self.connection = connection
        self.table = table
        self.columns = list(columns)
        self.types = {name: _TYPES.get(str(table.c[name].type), "bytea") for name in columns}
        self.update = list(update)
        self.stages: dict[str, _Stage] = {}

    def copy(self, county: str, rows: Iterable[tuple]) -> None:
        """Send rows of one county; values in the order of `columns`, geometry as WKB."""
        stage = self.stages.get(county) or self._open(county)
        # frozen rows need no second look: the table is ours until the transaction ends
        stage.rows += copy_rows(self.connection, stage.name, self.types, rows, freeze=stage.fresh)

    def strangers(self, source: str) -> list[tuple[str, str]]:
        """(source_id, county) of copied rows that another county already holds; they are dropped."""
        found: list[tuple[str, str]] = []
        for stage in self.stages.values():
            rows = self.connection.execute(
                text(
                    f'SELECT s.source_id, t.county_code FROM "{stage.name}" s '  # noqa: S608
                    f"JOIN {self.table.name} t ON t.source_id = s.source_id "
                    "WHERE t.source = :source AND t.county_code <> :county"
                ),
                {"source": source, "county": stage.county},
            ).all()
            ids = [row.source_id for row in rows]
            if ids:
                statement = text(f'DELETE FROM "{stage.name}" WHERE source_id = ANY(:ids)')  # noqa: S608
                stage.rows -= self.connection.execute(statement, {"ids": ids}).rowcount
                found += [(row.source_id, row.county_code) for row in rows]
        return found

    def finish(self, dry_run: bool) -> Counts:
        """Put everything in its place."""
        counts = Counts()
        for stage in self.stages.values():
            if not stage.fresh:
                self._merge(stage, counts)
                continue
            counts.added += stage.rows
            if not dry_run and stage.rows:
                self._take_over(stage)
        return counts

    @property
    def partitions(self) -> list[str]:
        """Names of the partitions that have changed."""
        return [f"{self.table.name}_{county}" for county in self.stages]

    def _open(self, county: str) -> _Stage:
        partition = f"{self.table.name}_{county}"
        fresh = self._is_empty(partition)
        stage = _Stage(f"{partition}_{'new' if fresh else 'changed'}", county, fresh)
        parts = "ALL EXCLUDING INDEXES" if fresh else "DEFAULTS"
        kind = "" if fresh else "TEMP "
        self._run(f'CREATE {kind}TABLE "{stage.name}" (LIKE {self.table.name} INCLUDING {parts})')
        if not fresh:
            self._run(f'ALTER TABLE "{stage.name}" DROP COLUMN id')
        self.stages[county] = stage
        return stage

    def _is_empty(self, partition: str) -> bool:
        """Whether the partition has no rows (or is not there) and keeps none until we commit."""
        there = self.connection.scalar(text("SELECT to_regclass(:name)"), {"name": partition})
        if there is None:
            return True
        self._run(f'LOCK TABLE "{partition}" IN SHARE ROW EXCLUSIVE MODE')
        return not self.connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{partition}")'))  # noqa: S608

    def _take_over(self, stage: _Stage) -> None:
        """Make the full table the county's partition, as `ensure_county` would have made it."""
        parent, partition = self.table.name, f"{self.table.name}_{stage.county}"
        self._build_indexes(stage)
        for rule in ("ENABLE", "FORCE"):
            self._run(f'ALTER TABLE "{stage.name}" {rule} ROW LEVEL SECURITY')
        self._run(
            f'CREATE POLICY owner_all ON "{stage.name}" TO CURRENT_USER USING (true) WITH CHECK (true)'
        )
        there = self.connection.scalar(text("SELECT to_regclass(:name)"), {"name": partition})
        if there is not None:
            self._run(f'ALTER TABLE {parent} DETACH PARTITION "{partition}"')
            self._run(f'DROP TABLE "{partition}"')
        self._run(f'ALTER TABLE "{stage.name}" RENAME TO "{partition}"')
        self._run(
            f"ALTER TABLE {parent} ATTACH PARTITION \"{partition}\" FOR VALUES IN ('{stage.county}')"
        )
        self.connection.execute(text("SELECT ensure_county(:county)"), {"county": stage.county})

    def _build_indexes(self, stage: _Stage) -> None:
        found = self.connection.execute(
            text(
                "SELECT indisprimary, pg_get_indexdef(indexrelid) AS sql FROM pg_index "
                "WHERE indrelid = CAST(:parent AS regclass)"
            ),
            {"parent": self.table.name},
        ).all()
        for index in found:
            made = _INDEX.fullmatch(index.sql)
            assert made is not None, index.sql
            if index.indisprimary:
                columns = made[2].removeprefix("USING btree ")
                self._run(f'ALTER TABLE "{stage.name}" ADD PRIMARY KEY {columns}')
            else:
                self._run(f'CREATE {made[1] or ""}INDEX ON "{stage.name}" {made[2]}')

    def _merge(self, stage: _Stage, counts: Counts) -> None:
        name, names = self.table.name, ", ".join(self.columns)
        known = self.connection.scalar(
            text(
                f'SELECT count(*) FROM "{stage.name}" s JOIN {name} t '  # noqa: S608
                "USING (county_code, source, source_id)"
            )
        )
        changes = ", ".join(f"{column} = {_new_value(column)}" for column in self.update)
        old = ", ".join(f"t.{column}" for column in self.update)
        new = ", ".join(_new_value(column) for column in self.update)
        written = self.connection.execute(
            text(
                f'INSERT INTO {name} AS t ({names}) SELECT {names} FROM "{stage.name}" '  # noqa: S608
                f"ON CONFLICT (county_code, source, source_id) DO UPDATE SET {changes}, "
                f"updated_at = now(), version = t.version + 1 WHERE ({old}) IS DISTINCT FROM ({new})"
            )
        ).rowcount
        added = stage.rows - known
        counts.added += added
        counts.updated += written - added
        counts.unchanged += known - (written - added)

    def _run(self, statement: str) -> None:
        self.connection.execute(text(statement))


def _new_value(column: str) -> str:
    if column not in POSITION:
        return f"excluded.{column}"
    hands = ", ".join(f"'{one}'" for one in BY_HAND)
    return (
        f"CASE WHEN coalesce(t.position_source, '') IN ({hands}) THEN t.{column} "
        f"ELSE excluded.{column} END"
    )
