"""What a database holds, in figures that a restored copy must repeat: rows and a checksum per table."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import Connection, text

_TABLES = """
SELECT c.relname AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relpersistence = 'p' AND c.relname NOT IN ('spatial_ref_sys')
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
SETTINGS = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL statement_timeout = 0"


class Sum(TypedDict):
    """Rows of a table, and a checksum that does not depend on their order."""

    rows: int
    checksum: str


def read_sums(connection: Connection) -> dict[str, Sum]:
    """Sums of every table but unlogged ones, whose rows are worth nothing after a crash.

    Generated columns are left out: the database computes them again.
    """
    connection.execute(text(SETTINGS))
    return {row.name: _sum(connection, row.name, row.columns) for row in connection.execute(text(_TABLES)).all()}


def _sum(connection: Connection, table: str, columns: list[str]) -> Sum:
    row = f"ROW({', '.join(columns)})::text"
    query = f'SELECT count(*) AS n, bit_xor(hashtextextended({row}, 0)) AS x FROM "{table}"'  # noqa: S608 - names of the catalogue
    found = connection.execute(text(query)).one()
    return {"rows": found.n, "checksum": f"{(found.x or 0) & (2**64 - 1):016x}"}


def differences(wanted: dict[str, Sum], found: dict[str, Sum]) -> list[str]:
    """Names of tables that are missing, additional or hold something else."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
