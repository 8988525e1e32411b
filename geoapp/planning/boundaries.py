"""One division of communities into grids takes the place of another; every row follows (D4.3).

All of it in the caller's transaction, as the owner and with the writers held
(`grids_boundaries.in_force`): killed anywhere, the old division is in force and nothing has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import shapely
from sqlalchemy import Connection, Row, text

from geoapp.core.bulk import copy_rows
from geoapp.planning.deriving import moved, stretched
from geoapp.planning.moving import follow
from geoapp.planning.publishing_codes import Share, assign_keys, successors
from grids_boundaries.derive.codes import MAX_GRIDS

Convert = Callable[[Sequence[shapely.Geometry]], np.ndarray]
SAME_M2 = 0.01
"""Two borders that differ by less are the same."""
KEPT_M2 = 1e-4
"""A grid in force keeps its stored border where the new one differs by less: beside neighbours that changed, more
would be a gap or an overlap."""
KEYS_OF_COUNTY = 10**9


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A grid to come: its number in the plan, its community's key, its polygon (degrees, EPSG:4326).

    `code` is given only where a grid of before is put back.
    """

    number: int
    community: int
    polygon: shapely.Geometry
    name: str | None = None
    dedicated: bool = False
    code: str | None = None


@dataclass
class Outcome:
    """What came of it: codes by number, the grid that goes on for each that vanished or shrank, rows by table."""

    keys: dict[int, int] = field(default_factory=dict)
    successors: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    moved: dict[str, int] = field(default_factory=dict)


def replace_grids(
    connection: Connection, grids: Sequence[NewGrid], day: date, publication_id: int | None = None,
    restores_id: int | None = None,
) -> Outcome:  # fmt: skip
    """Put `grids` in force from `day`: they are all the grids of their communities.

    With `restores_id` records without a point go back where that publication took them from.
    Raises Conflict where codes run out or two records would collide in one grid.
    """
    outcome = number_grids(connection, grids)
    _stage(connection, grids, outcome)
    facts = _facts(connection, outcome)
    _keep_past(connection, outcome, day, publication_id)
    _write_grids(connection, day, publication_id)
    follow(connection, facts, outcome.moved, publication_id, restores_id)
    connection.execute(text("DELETE FROM region WHERE key = ANY(:gone)"), {"gone": sorted(outcome.gone)})
    connection.execute(text("DROP TABLE new_grid, successor"))
    return outcome


def number_grids(connection: Connection, grids: Sequence[NewGrid]) -> Outcome:
    """The codes the grids would get and what would vanish or change; nothing is written. Raises Conflict."""
    outcome = Outcome()
    for community in sorted({one.community for one in grids}):
        _number(connection, community, [g for g in grids if g.community == community], outcome)
    return outcome


def grids_in_force(connection: Connection, communities: Sequence[int]) -> Sequence[Row]:
    """The grids of communities as they are (key, community, wkb, dedicated, name), by key."""
    query = text(
        "SELECT key, parent_key AS community, ST_AsBinary(geom) AS wkb, dedicated, name FROM region "
        "WHERE level = 'grid' AND parent_key = ANY(:communities) ORDER BY key"
    )
    return connection.execute(query, {"communities": list(communities)}).all()


# -- codes -----------------------------------------------------------------------------------------


def _number(connection: Connection, community: int, grids: list[NewGrid], outcome: Outcome) -> None:
    in_force = grids_in_force(connection, [community])
    there = [row for row in in_force if row.wkb is not None]
    old_keys = [row.key for row in there]
    convert = to_metres([g.polygon for g in grids])
    new = convert([g.polygon for g in grids])
    old = convert([shapely.from_wkb(bytes(row.wkb)) for row in there])
    before = dict(zip(old_keys, old, strict=True))
    shares = _shares(connection, community, grids, new, before)
    used, returned = _past(connection, community, new, convert, set(old_keys))
    returned |= {place: int(grid.code) for place, grid in enumerate(grids) if grid.code is not None}
    centres = shapely.get_coordinates(shapely.centroid(new)).reshape(-1, 2)
    keys = assign_keys(community, centres, shares, returned, used | {row.key for row in in_force})
    outcome.keys |= {grid.number: key for grid, key in zip(grids, keys, strict=True)}
    outcome.successors |= successors(shares, keys)
    for row in in_force:
        outcome.successors.setdefault(row.key, row.key if row.key in keys else keys[0])
    outcome.gone |= {row.key for row in in_force} - set(keys)
    pairs = zip(keys, new, strict=True)
    outcome.changed |= {key for key, shape in pairs if key not in before or not _same(before[key], shape, KEPT_M2)}


def to_metres(shapes: Sequence[shapely.Geometry]) -> Convert:
    """From degrees to metres around these shapes; what is straight in degrees stays straight (decision 0025)."""
    _, south, _, north = shapely.total_bounds(np.array(shapes, dtype=object))
    there, _ = stretched((south + north) / 2)

    def convert(some: Sequence[shapely.Geometry]) -> np.ndarray:
        array = np.array(some, dtype=object)
        return moved(array, there) if len(array) else array

    return convert


def _same(one: shapely.Geometry, other: shapely.Geometry, within: float = SAME_M2) -> bool:
    if abs(shapely.area(one) - shapely.area(other)) > within:
        return False
    return bool(shapely.area(shapely.symmetric_difference(one, other)) < within)


def _shares(
    connection: Connection, community: int, grids: list[NewGrid], new: np.ndarray, there: dict[int, shapely.Geometry]
) -> list[Share]:
    """What each grid in force (key to its shape) gives to each new one: houses by their point, square metres."""
    old_keys, old = list(there), np.array(list(there.values()), dtype=object)
    if not len(old):
        return []
    place_of_new, place_of_old = shapely.STRtree(old).query(new, predicate="intersects")
    areas = shapely.area(shapely.intersection(new[place_of_new], old[place_of_old]))
    points = connection.execute(
        text("SELECT region_key, ST_X(geom) AS x, ST_Y(geom) AS y FROM house t WHERE t.county_code = :county "
             "AND t.region_key = ANY(:keys) AND t.placed = 1"),
        {"county": f"{community // KEYS_OF_COUNTY:06d}", "keys": old_keys},
    ).all()  # fmt: skip
    houses: dict[tuple[int, int], int] = {}
    if points:
        tree = shapely.STRtree(shapely.points([(row.x, row.y) for row in points]))
        found = tree.query([g.polygon for g in grids], predicate="intersects")
        for place, point in found.T.tolist():
            pair = (points[point].region_key, place)
            houses[pair] = houses.get(pair, 0) + 1
    return [
        Share(old_keys[o], int(n), houses.get((old_keys[o], int(n)), 0), float(area))
        for n, o, area in zip(place_of_new, place_of_old, areas, strict=True) if area > SAME_M2
    ]  # fmt: skip


def _past(
    connection: Connection, community: int, new: np.ndarray, convert: Convert, in_force: set[int]
) -> tuple[set[int], dict[int, int]]:
    """Every key the community had before, and those whose very border comes back, by place in `new`."""
    query = text(
        "SELECT region_key, ST_AsBinary(geom) AS wkb FROM past_grid "
        "WHERE region_key BETWEEN :lo AND :hi ORDER BY id DESC"
    )
    past = connection.execute(query, {"lo": community + 1, "hi": community + MAX_GRIDS}).all()
    gone = [row for row in past if row.region_key not in in_force and row.wkb is not None]
    shapes = convert([shapely.from_wkb(bytes(row.wkb)) for row in gone])
    returned: dict[int, int] = {}
    for row, shape in zip(gone, shapes, strict=True):
        same = (place for place in range(len(new)) if place not in returned and _same(shape, new[place]))
        place = next(same, None)
        if place is not None and row.region_key not in returned.values():
            returned[place] = row.region_key
    return {row.region_key for row in past}, returned


# -- grids -----------------------------------------------------------------------------------------


def _stage(connection: Connection, grids: Sequence[NewGrid], outcome: Outcome) -> None:
    connection.execute(text(
        "CREATE TEMP TABLE new_grid (key bigint PRIMARY KEY, parent_key bigint, name text, dedicated boolean, "
        "changed boolean, geom geometry(Geometry, 4326)) ON COMMIT DROP"
    ))  # fmt: skip
    connection.execute(text(
        "CREATE TEMP TABLE successor (old_key bigint PRIMARY KEY, new_key bigint) ON COMMIT DROP"
    ))  # fmt: skip
    kinds = {"key": "int8", "parent_key": "int8", "name": "text", "dedicated": "bool", "changed": "bool"}
    rows = (
        (outcome.keys[g.number], g.community, g.name, g.dedicated, outcome.keys[g.number] in outcome.changed,
         shapely.to_wkb(g.polygon))
        for g in grids
    )  # fmt: skip
    copy_rows(connection, "new_grid", kinds | {"geom": "bytea"}, rows)
    # points are sought in the border that will be stored
    connection.execute(text("UPDATE new_grid n SET geom = r.geom FROM region r WHERE r.key = n.key AND NOT n.changed"))
    pairs = [(old, new) for old, new in outcome.successors.items() if old in outcome.gone]
    copy_rows(connection, "successor", {"old_key": "int8", "new_key": "int8"}, pairs)
    connection.execute(text("CREATE INDEX ON new_grid USING gist (geom)"))
    connection.execute(text("ANALYZE new_grid, successor"))


def _facts(connection: Connection, outcome: Outcome) -> dict[str, list]:
    """Keys under which live rows of the communities stand, and their counties."""
    communities = connection.scalars(text("SELECT DISTINCT parent_key FROM new_grid")).all()
    keys = [*communities, *outcome.keys.values(), *outcome.gone]
    counties = sorted({f"{key // KEYS_OF_COUNTY:06d}" for key in communities})
    return {"keys": sorted(set(keys)), "counties": counties}


def _keep_past(connection: Connection, outcome: Outcome, day: date, publication_id: int | None) -> None:
    """What vanishes or changes its border stands among the past grids until the day before."""
    keep = text("""
        INSERT INTO past_grid (region_key, code, name, full_name, parent_key, county_code, dedicated, note, area_m2,
                               valid_from, valid_to, publication_id, origin, source, version, geom)
        SELECT key, code, name, full_name, parent_key, county_code, dedicated, note, area_m2,
               valid_from, greatest(valid_from, :day), :publication, origin, source, version, geom
        FROM region WHERE level = 'grid' AND key = ANY(:keys)
    """)
    facts = {"day": day, "publication": publication_id, "keys": sorted(outcome.gone | outcome.changed)}
    connection.execute(keep, facts)


def _write_grids(connection: Connection, day: date, publication_id: int | None) -> None:
    """Outlines that changed get this day as their first; a name is kept unless another one is given."""
    connection.execute(text("""
        UPDATE new_grid n SET name = coalesce(
            n.name, (SELECT r.name FROM region r WHERE r.key = n.key), '第' || n.key % 1000 || '网格')
    """))
    source = None if publication_id is None else f"publication {publication_id}"
    connection.execute(text("""
        INSERT INTO region AS r (key, hi, code, level, name, full_name, parent_key, county_code, dedicated, valid_from,
                                 area_m2, origin, source, geom)
        SELECT n.key, n.key, lpad(n.key::text, 15, '0'), 'grid', n.name, p.full_name || n.name, p.key, p.county_code,
               n.dedicated, :day, round(ST_Area(n.geom::geography)), 'entered', :source, ST_Multi(n.geom)
        FROM new_grid n JOIN region p ON p.key = n.parent_key WHERE n.changed
        ON CONFLICT (key) DO UPDATE SET
            valid_from = excluded.valid_from, area_m2 = excluded.area_m2, geom = excluded.geom,
            origin = excluded.origin, source = excluded.source
    """), {"day": day, "source": source})  # fmt: skip
    connection.execute(text("""
        UPDATE region r SET name = n.name, full_name = p.full_name || n.name, dedicated = n.dedicated,
               updated_at = now(), version = r.version + 1
        FROM new_grid n JOIN region p ON p.key = n.parent_key
        WHERE r.key = n.key AND (n.changed OR (n.name, n.dedicated) IS DISTINCT FROM (r.name, r.dedicated))
    """))
