"""No boundary moves while a record is written, and no record is written while boundaries move.

A writer reads in which grid a point lies and writes the record with its key; between the two the
grid must not vanish. Writers share a lock of their county, a publication takes it alone.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

from grids_boundaries.scope import RowScope

KEYS_OF_COUNTY = 10**9
_CLASS = 0x6772
"""First half of the advisory locks' names, so that they are nobody else's."""
_ANY_COUNTY = 0
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:class, :county)")
_TAKE = text("SELECT pg_advisory_xact_lock(:class, :county)")


def let_boundaries_stand(connection: Connection, scope: RowScope) -> None:
    """For a writer: boundaries of its area stay as they are until its transaction ends."""
    counties = {key // KEYS_OF_COUNTY for bounds in scope.ranges for key in bounds}
    county = counties.pop() if len(counties) == 1 else _ANY_COUNTY
    connection.execute(_SHARE, {"class": _CLASS, "county": county})


def hold_writers(connection: Connection, counties: Collection[int]) -> None:
    """For a publication: wait for writers of these counties (six digits), keep new ones waiting."""
    for county in sorted({*counties, _ANY_COUNTY}):
        connection.execute(_TAKE, {"class": _CLASS, "county": county})
