"""What follows the rows: kept counts and tile versions, and the planner's statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Table, text

from geoapp.households.homes import follow
from grids_boundaries.scope import RowScope
from layers.registry import all_registers
from spatial_queries.kept import hold_regions, refresh_scope

KEPT = "region_count, cell_count, point_block, tile_version"
COUNTY = 10**9
"""Keys of one county."""
SMALL_SAMPLE, SAMPLE = 10, 50
"""Statistics targets: 300 rows are looked at for each. Plans need half the usual 100 here, where
half of an ANALYZE is sorting texts and boxes."""
MOST_REGIONS = 64
"""More regions than this are recounted by whole counties."""


def refresh_kept(connection: Connection, touched: Mapping[str, Iterable[int]]) -> None:
    """Recount and renew the tiles of the touched regions of each register, in the transaction."""
    followed = {name: set(keys) for name, keys in touched.items()}
    follow(connection, followed)
    changed = {name: sorted(keys) for name, keys in followed.items()}
    several = {key for keys in changed.values() for key in keys}
    if len(several) > MOST_REGIONS:
        # one lock instead of thousands; those who recount a single region take it, too
        connection.execute(text(f"LOCK TABLE {KEPT} IN SHARE ROW EXCLUSIVE MODE"))
    else:
        hold_regions(connection, several)
    for name in sorted(changed):
        refresh_scope(connection, all_registers()[name], _scope(changed[name]))


def _scope(keys: list[int]) -> RowScope:
    if len(keys) <= MOST_REGIONS:
        return RowScope.from_ranges((key, key) for key in keys)
    counties = {key // COUNTY for key in keys}
    return RowScope.from_ranges((c * COUNTY, c * COUNTY + COUNTY - 1) for c in counties)


def analyze(connection: Connection, table: Table, partitions: Iterable[str]) -> None:
    """Statistics of a table whose `partitions` have changed, in a transaction of its own.

    Computed copies are left out: nobody searches by them. Where these partitions are all the
    table has, its own statistics, good for joins alone, are made from a small sample.
    """
    partitions = sorted(partitions)
    names = ", ".join(column.name for column in table.columns if column.computed is None)
    others = connection.scalar(
        text(
            "SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = CAST(:parent AS regclass) AND c.relpages > 0 "
            "AND c.relname <> ALL(:partitions))"
        ),
        {"parent": table.name, "partitions": partitions},
    )
    if others or not partitions:
        connection.execute(text(f"ANALYZE {table.name} ({names})"))
        return
    connection.execute(text(f"SET LOCAL default_statistics_target = {SMALL_SAMPLE}"))
    connection.execute(text(f"ANALYZE {table.name} ({names})"))
    connection.execute(text(f"SET LOCAL default_statistics_target = {SAMPLE}"))
    for partition in partitions:
        connection.execute(text(f'ANALYZE "{partition}" ({names})'))
