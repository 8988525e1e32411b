"""Storing planned regions: new ones in, known ones brought up to date, full names kept right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from geoapp.core.bulk import copy_rows
from grids_boundaries.keys import LEVELS
from grids_boundaries.plan import PLACEHOLDERS, KnownRegion, RegionPlan

COLUMNS = {
    "key": "int8", "hi": "int8", "code": "text", "level": "text", "name": "text",
    "parent_key": "int8", "county_code": "text", "dedicated": "bool", "note": "text",
    "valid_from": "date", "geom": "bytea",
}  # fmt: skip
"""Columns of the staging table and how they are sent; `geom` goes as WKB."""

_STAGE = """
CREATE TEMP TABLE staged_region (
    key bigint, hi bigint, code text, level text, name text, parent_key bigint, county_code text,
    dedicated boolean, note text, valid_from date, geom geometry(Geometry, 4326)
) ON COMMIT DROP
"""
_UPSERT = """
INSERT INTO region AS r (key, hi, code, level, name, full_name, parent_key, county_code, dedicated,
                         note, valid_from, area_m2, origin, source, geom)
SELECT key, hi, code, level, name, name, parent_key, county_code, coalesce(dedicated, false), note,
       valid_from, round(ST_Area(geom::geography)), :origin, :source, ST_Multi(geom)
FROM staged_region ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    name = excluded.name, parent_key = excluded.parent_key,
    dedicated = CASE WHEN :says_dedicated THEN excluded.dedicated ELSE r.dedicated END,
    note = coalesce(excluded.note, r.note),
    valid_from = CASE WHEN {moved} THEN coalesce(excluded.valid_from, current_date)
                      ELSE coalesce(excluded.valid_from, r.valid_from) END,
    geom = coalesce(excluded.geom, r.geom), area_m2 = coalesce(excluded.area_m2, r.area_m2),
    origin = CASE WHEN {bare} THEN r.origin ELSE excluded.origin END,
    source = CASE WHEN {bare} THEN r.source ELSE excluded.source END,
    updated_at = now(), version = r.version + 1
WHERE (r.name, r.parent_key) IS DISTINCT FROM (excluded.name, excluded.parent_key)
   OR coalesce(excluded.note, r.note) IS DISTINCT FROM r.note
   OR coalesce(excluded.valid_from, r.valid_from) IS DISTINCT FROM r.valid_from
   OR (:says_dedicated AND excluded.dedicated <> r.dedicated)
   OR (NOT {bare} AND (coalesce(excluded.geom, r.geom), excluded.origin, excluded.source)
                      IS DISTINCT FROM (r.geom, r.origin, r.source))
""".format(
    bare="(excluded.geom IS NULL AND r.geom IS NOT NULL)",
    moved="(r.level = 'grid' AND excluded.geom IS NOT NULL AND NOT ST_Equals(r.geom, excluded.geom))",
)
_KEEP_PAST = """
INSERT INTO past_grid (region_key, code, name, full_name, parent_key, county_code, dedicated, note, area_m2,
                       valid_from, valid_to, origin, source, version, geom)
SELECT r.key, r.code, r.name, r.full_name, r.parent_key, r.county_code, r.dedicated, r.note, r.area_m2,
       r.valid_from, greatest(r.valid_from, coalesce(s.valid_from, current_date)), r.origin, r.source, r.version, r.geom
FROM region r JOIN staged_region s ON s.key = r.key
WHERE r.level = 'grid' AND s.geom IS NOT NULL AND NOT ST_Equals(r.geom, s.geom)
"""
"""A grid whose outline a file changes was what it was until then (D4.3)."""
_FULL_NAMES = """
UPDATE region r SET full_name = p.full_name || n.own
FROM (SELECT c.key, c.parent_key,
             CASE WHEN c.name IN :placeholders OR c.name = q.name THEN '' ELSE c.name END AS own
      FROM region c JOIN region q ON q.key = c.parent_key
      WHERE c.level = :level AND (c.key IN (SELECT key FROM staged_region)
                                  OR c.parent_key = ANY(:renamed))) AS n
JOIN region p ON p.key = n.parent_key
WHERE r.key = n.key AND r.full_name <> p.full_name || n.own
RETURNING r.key
"""
_ROOT_NAMES = """
UPDATE region SET full_name = name WHERE parent_key IS NULL AND full_name <> name RETURNING key
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the planned regions."""

    added: int
    updated: int
    unchanged: int


def known_regions(connection: Connection, keys: set[int]) -> dict[int, KnownRegion]:
    """Those of the keys that are regions."""
    found = connection.execute(
        text("SELECT key, level, name FROM region WHERE key = ANY(:keys)"), {"keys": list(keys)}
    )
    return {row.key: KnownRegion(row.level, row.name) for row in found}


def store_regions(
    connection: Connection, plan: RegionPlan, origin: str, source: str | None
) -> Stored:
    """Write the plan in the caller's transaction, as the owner.

    A region that is there keeps what the file does not say: outline, note, date. A row without
    an outline leaves origin and source to the outline that is there. Counties that get streets,
    communities or grids with an outline get their partitions.
    """
    _stage(connection, plan)
    there = connection.scalar(
        text("SELECT count(*) FROM staged_region s JOIN region r ON r.key = s.key")
    )
    facts: dict[str, object] = {"origin": origin, "source": source}
    facts["says_dedicated"] = any(one.source.dedicated is not None for one in plan.regions)
    connection.execute(text(_KEEP_PAST))
    changed = connection.execute(text(_UPSERT), facts).rowcount
    _name_fully(connection)
    for code in _counties(plan):
        connection.execute(text("SELECT ensure_county(:code)"), {"code": code})
    added = len(plan.regions) - there
    connection.execute(text("DROP TABLE staged_region"))
    return Stored(added, changed - added, there - (changed - added))


def _stage(connection: Connection, plan: RegionPlan) -> None:
    connection.execute(text(_STAGE))
    rows = (
        (
            one.code.lo, one.code.hi, one.code.text, one.code.level, one.name, one.parent_key,
            one.code.county, one.source.dedicated, one.note, one.source.valid_from, one.source.wkb,
        )
        for one in plan.regions
    )  # fmt: skip
    copy_rows(connection, "staged_region", COLUMNS, rows)
    connection.execute(text("ANALYZE staged_region"))


def _name_fully(connection: Connection) -> None:
    """Level by level: a new name of a region changes the full names of all below it."""
    renamed = list(connection.scalars(text(_ROOT_NAMES)))
    below = text(_FULL_NAMES).bindparams(bindparam("placeholders", expanding=True))
    for level in LEVELS[1:]:
        facts = {"level": level, "renamed": renamed, "placeholders": PLACEHOLDERS}
        renamed += connection.scalars(below, facts).all()


def _counties(plan: RegionPlan) -> Iterable[str]:
    """Counties people work in. A national list of codes alone makes no partitions."""
    lower = LEVELS[LEVELS.index("street") :]
    return sorted(
        {
            one.code.county
            for one in plan.regions
            if one.code.level in lower and (one.source.wkb or one.code.level == "grid")
        }
    )
