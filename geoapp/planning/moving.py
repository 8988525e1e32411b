"""The rows of the registers go where their geometry is, once new grids are staged (`boundaries`).

Set-based: points are found in the new polygons once for each table with places (moved_<table>),
then every table is updated by one join. The tables `new_grid` (key, geom) and `successor` (old_key,
new_key, for grids that vanish) stand in the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from geoapp.core.errors import Conflict
from geoapp.core.i18n import N_
from geoapp.planning.following import (
    FOLLOWERS,
    HOUSEHOLD,
    OWN_TO_A_GRID,
    PHOTOS,
    PLACES,
    RESIDENT,
    WITH_THE_GRID,
    Follower,
    Place,
)

_RANGES = "t.region_key = ANY(:keys) AND t.county_code = ANY(:counties)"
COLLISIONS = {
    "resident": N_("有 %(n)s 个证件号码在将合并的网格中各登记了一次（例如新网格 %(grid)s），请先核对并去除重复登记。"),
    "household": N_("有 %(n)s 个户编号在将合并的网格中各用了一次（例如新网格 %(grid)s），请先更正编号。"),
    "organisation": N_("有 %(n)s 个统一社会信用代码在将合并的网格中各登记了一次（例如新网格 %(grid)s），请先核对。"),
}
Facts = Mapping[str, list]


def follow(connection: Connection, facts: Facts, moved: dict[str, int]) -> None:
    """Move the rows under the region keys `facts["keys"]` of `facts["counties"]`; counts go to `moved`.

    Raises Conflict where two records would collide in one grid.
    """
    for place in PLACES:
        _locate(connection, place, facts)
    _gather_residents(connection, facts)
    _gather_households(connection, facts)
    for table in OWN_TO_A_GRID:
        _refuse_collisions(connection, table, facts)
    for place in PLACES:
        itself = Follower(place.table, place.table, "t.id = m.id", placed=True)
        moved[place.table] = _run(connection, _moving(itself), facts)
    for follower in (RESIDENT, HOUSEHOLD, *FOLLOWERS):
        moved[follower.table] = _run(connection, _moving(follower), facts)
    moved["site_photo"] = _run(connection, PHOTOS, facts)
    for table in WITH_THE_GRID:
        moved[table] = moved.get(table, 0) + _run(connection, _LEFT.format(table), facts)
    gathered = ", ".join(f"moved_{table}" for table in (*(p.table for p in PLACES), "resident", "household"))
    connection.execute(text(f"DROP TABLE {gathered}"))


_LEFT = "UPDATE {} t SET region_key = s.new_key FROM successor s WHERE t.region_key = s.old_key"


def _locate(connection: Connection, place: Place, facts: Facts) -> None:
    """moved_<table>: the rows whose grid or whose place in it changes.

    A row that lay in its grid goes where its point is, the smaller key on a border; one without a
    point where its holder goes; any other stays, or goes with the grid that takes most of its own.
    """
    held, by_holder = "", "NULL::bigint"
    if place.holder is not None:
        holder, reference = place.holder
        held = f"LEFT JOIN moved_{holder} h ON t.placed = 0 AND h.county_code = t.county_code AND h.id = t.{reference}"
        by_holder = "h.new_key"
    connection.execute(text(f"""
        CREATE TEMP TABLE moved_{place.table} ON COMMIT DROP AS
        WITH inside AS MATERIALIZED (
            SELECT t.county_code, t.id, min(g.key) AS key
            FROM new_grid g JOIN {place.table} t ON t.geom && g.geom AND ST_Intersects(g.geom, {place.point})
            WHERE {_RANGES} AND t.placed = 1 GROUP BY t.county_code, t.id
        ), found AS (
            SELECT t.county_code, t.id, t.region_key AS old_key, t.placed AS old_placed, i.key IS NOT NULL AS within,
                   coalesce(i.key, {by_holder}, s.new_key, t.region_key) AS new_key, {place.point} AS point
            FROM {place.table} t LEFT JOIN inside i ON i.county_code = t.county_code AND i.id = t.id
            {held} LEFT JOIN successor s ON s.old_key = t.region_key
            WHERE {_RANGES}
        )
        SELECT * FROM (
            SELECT county_code, id, old_key, new_key, old_placed, CASE
                WHEN within OR old_placed = 0 THEN old_placed
                ELSE coalesce((SELECT CASE WHEN ST_Intersects(g.geom, point) THEN 1 ELSE 2 END
                               FROM new_grid g WHERE g.key = new_key), old_placed) END::smallint AS placed
            FROM found
        ) f WHERE new_key <> old_key OR placed <> old_placed
    """), facts)  # fmt: skip  # noqa: S608
    _ready(connection, f"moved_{place.table}")


def _gather_residents(connection: Connection, facts: Facts) -> None:
    """moved_resident: with the house they live in; without one, with their grid."""
    connection.execute(text(f"""
        CREATE TEMP TABLE moved_resident ON COMMIT DROP AS
        SELECT t.county_code, t.id, t.region_key AS old_key, coalesce(m.new_key, s.new_key) AS new_key,
               coalesce(m.placed, t.placed) AS placed
        FROM resident t LEFT JOIN moved_house m ON m.county_code = t.county_code AND m.id = t.house_id
        LEFT JOIN successor s ON s.old_key = t.region_key
        WHERE {_RANGES} AND coalesce(m.new_key, s.new_key) IS NOT NULL
    """), facts)  # fmt: skip  # noqa: S608
    _ready(connection, "moved_resident")


def _gather_households(connection: Connection, facts: Facts) -> None:
    """moved_household: with the head, else with most members, else with their grid."""
    connection.execute(text(f"""
        CREATE TEMP TABLE moved_household ON COMMIT DROP AS
        WITH touched AS (
            SELECT DISTINCT h.county_code, h.id, h.head_id
            FROM moved_resident m JOIN resident t ON t.county_code = m.county_code AND t.id = m.id
            JOIN household h ON h.county_code = t.county_code AND h.id IN (t.household_id, t.family_id)
            WHERE t.county_code = ANY(:counties)
        ), member AS (
            SELECT h.county_code, h.id, h.head_id IS NOT DISTINCT FROM t.id AS heads,
                   coalesce(m.new_key, t.region_key) AS new_key
            FROM touched h JOIN resident t ON t.county_code = h.county_code AND h.id IN (t.household_id, t.family_id)
            LEFT JOIN moved_resident m ON m.county_code = t.county_code AND m.id = t.id
            WHERE {_RANGES} AND t.state = 'active'
        ), goes AS (
            SELECT DISTINCT ON (county_code, id) county_code, id, new_key FROM member
            GROUP BY county_code, id, new_key ORDER BY county_code, id, bool_or(heads) DESC, count(*) DESC, new_key
        )
        SELECT t.county_code, t.id, t.region_key AS old_key, coalesce(g.new_key, s.new_key) AS new_key
        FROM household t LEFT JOIN goes g ON g.county_code = t.county_code AND g.id = t.id
        LEFT JOIN successor s ON s.old_key = t.region_key
        WHERE {_RANGES} AND coalesce(g.new_key, s.new_key) <> t.region_key
    """), facts)  # fmt: skip  # noqa: S608
    _ready(connection, "moved_household")


def _refuse_collisions(connection: Connection, table: str, facts: Facts) -> None:
    """Raise Conflict where rows that may stand once in a grid would meet there."""
    columns, condition = OWN_TO_A_GRID[table]
    found = connection.execute(text(f"""
        SELECT count(*) AS n, min(key) AS key FROM (
            SELECT coalesce(m.new_key, t.region_key) AS key FROM {table} t
            LEFT JOIN moved_{table} m ON m.county_code = t.county_code AND m.id = t.id
            WHERE {_RANGES} AND {condition} GROUP BY coalesce(m.new_key, t.region_key), {columns} HAVING count(*) > 1
        ) twice
    """), facts).one()  # fmt: skip  # noqa: S608
    if found.n:
        raise Conflict(COLLISIONS[table], n=found.n, grid=f"{found.key:015d}")


def _moving(follower: Follower) -> str:
    """UPDATE of a table whose rows go where those of another went."""
    county = "t.county_code = m.county_code AND t.county_code = ANY(:counties) AND " if follower.county else ""
    placed = ", placed = m.placed" if follower.placed else ""
    target = f"{follower.table} t SET region_key = m.new_key{placed}"
    return f"UPDATE {target} FROM moved_{follower.after} m WHERE {county}{follower.link}"


def _ready(connection: Connection, table: str) -> None:
    connection.execute(text(f"CREATE INDEX ON {table} (id)"))
    connection.execute(text(f"ANALYZE {table}"))


def _run(connection: Connection, statement: str, facts: Facts) -> int:
    used = {name: value for name, value in facts.items() if f":{name}" in statement}
    return connection.execute(text(statement), used).rowcount
