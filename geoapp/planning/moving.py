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
    CHILDREN,
    CLAIMED_AS,
    FOLLOWERS,
    HOUSEHOLD,
    OWN_TO_A_GRID,
    PLACES,
    RESIDENT,
    WITH_THE_GRID,
    Follower,
    Place,
)

_RANGES = "t.region_key = ANY(:keys) AND t.county_code = ANY(:counties)"
ON_BORDER = 1e-7
"""Degrees, a centimetre: a point no further from a grid lies on its border."""
COLLISIONS = {
    "resident": N_("有 %(n)s 个证件号码在将合并的网格中各登记了一次（例如新网格 %(grid)s），请先核对并去除重复登记。"),
    "household": N_("有 %(n)s 个户编号在将合并的网格中各用了一次（例如新网格 %(grid)s），请先更正编号。"),
    "organisation": N_("有 %(n)s 个统一社会信用代码在将合并的网格中各登记了一次（例如新网格 %(grid)s），请先核对。"),
}
Facts = Mapping[str, list]


def follow(
    connection: Connection, facts: Facts, moved: dict[str, int], publication_id: int | None, restores_id: int | None
) -> None:
    """Move the rows under the region keys `facts["keys"]` of `facts["counties"]`; counts go to `moved`.

    Rows that no point of their own has moved are remembered, so that restoring puts them back.
    Raises Conflict where two records would collide in one grid.
    """
    connection.execute(text(_RECALL), {"restores": restores_id})
    for place in PLACES:
        _locate(connection, place, facts)
    _gather_residents(connection, facts)
    _gather_households(connection, facts)
    if publication_id is not None:
        for table in (*(place.table for place in PLACES), "resident", "household"):
            connection.execute(text(_REMEMBER.format(table)), {"publication": publication_id})
    for table in OWN_TO_A_GRID:
        _refuse_collisions(connection, table, facts)
    for place in PLACES:
        itself = Follower(place.table, place.table, "t.id = m.id", placed=True)
        moved[place.table] = _run(connection, _moving(itself), facts)
    for follower in (RESIDENT, HOUSEHOLD, *FOLLOWERS):
        moved[follower.table] = _run(connection, _moving(follower), facts)
    moved["import_row"] = sum(_run(connection, statement, facts) for statement in _IMPORTED)
    for table in WITH_THE_GRID:
        moved[table] = moved.get(table, 0) + _run(connection, _LEFT.format(table), facts)
    for table, parent, reference in CHILDREN:
        moved[table] = _run(connection, _CHILD.format(table, parent, reference), facts)
    gathered = ", ".join(f"moved_{table}" for table in (*(p.table for p in PLACES), "resident", "household"))
    connection.execute(text(f"DROP TABLE recalled, {gathered}"))


_CHILD = """
UPDATE {0} t SET region_key = p.region_key FROM {1} p
WHERE p.county_code = t.county_code AND p.id = t.{2} AND t.region_key <> p.region_key
  AND t.region_key = ANY(:keys) AND t.county_code = ANY(:counties)
"""
_RECALL = """
CREATE TEMP TABLE recalled ON COMMIT DROP AS
SELECT register, county_code, record_id AS id, region_key AS key, placed, went_to FROM publication_unplaced
WHERE publication_id = CAST(:restores AS bigint)
"""
_REMEMBER = """
INSERT INTO publication_unplaced (publication_id, register, county_code, record_id, region_key, placed, went_to)
SELECT :publication, '{0}', county_code, id, old_key, old_placed, new_key FROM moved_{0} WHERE NOT by_place
"""
_CLAIMED = """
UPDATE import_row t SET region_key = m.new_key FROM moved_{1} m
WHERE t.register = '{0}' AND t.target_id = m.id AND t.region_key <> m.new_key
"""
_IMPORTED = (
    *(_CLAIMED.format(register, table) for register, table in CLAIMED_AS.items()),
    """
    UPDATE import_row t SET region_key = m.new_key FROM moved_resident m
    JOIN enrolment e ON e.county_code = m.county_code AND e.resident_id = m.id
    WHERE t.register = 'enrolments' AND t.target_id = e.id AND t.region_key <> m.new_key
    """,
    """
    UPDATE import_row t SET region_key = f.key, version = version + 1 FROM (
        SELECT r.id, min(g.key) AS key FROM import_row r
        JOIN new_grid g ON ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326))
        WHERE r.region_key = ANY(:keys) AND r.state IN (0, 1) AND r.lon IS NOT NULL AND r.proposed <> 'assigned'
        GROUP BY r.id
    ) f WHERE t.id = f.id AND t.region_key <> f.key
    """,
)
"""Rows of files: claimed ones go with their record, waiting ones to the grid their point is in."""
_LEFT = "UPDATE {} t SET region_key = s.new_key FROM successor s WHERE t.region_key = s.old_key"


def _locate(connection: Connection, place: Place, facts: Facts) -> None:
    """moved_<table>: the rows whose grid or whose place in it changes.

    A row that lay in its grid goes where its point is, the smaller key on a border, the nearest grid on the
    outline, whose last digits may leave the point outside all; one without a point where its holder goes;
    any other stays, or goes with the grid that takes most of its own.
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
        ), beside AS MATERIALIZED (
            SELECT t.county_code, t.id, {place.point} AS point FROM {place.table} t
            LEFT JOIN inside i ON i.county_code = t.county_code AND i.id = t.id
            WHERE {_RANGES} AND t.placed = 1 AND i.id IS NULL
        ), near AS (
            SELECT b.county_code, b.id, (array_agg(g.key ORDER BY ST_Distance(g.geom, b.point), g.key))[1] AS key
            FROM beside b JOIN new_grid g ON ST_DWithin(g.geom, b.point, {ON_BORDER}) GROUP BY b.county_code, b.id
        ), held AS MATERIALIZED (SELECT * FROM inside UNION ALL SELECT * FROM near), found AS (
            SELECT t.county_code, t.id, t.region_key AS old_key, t.placed AS old_placed, {place.point} AS point,
                   i.key IS NOT NULL AND k.key IS NULL AS within, k.placed AS was_placed,
                   coalesce(k.key, i.key, {by_holder}, s.new_key, t.region_key) AS new_key
            FROM {place.table} t LEFT JOIN held i ON i.county_code = t.county_code AND i.id = t.id
            {_recalled(place.table)} {held} LEFT JOIN successor s ON s.old_key = t.region_key
            WHERE {_RANGES}
        )
        SELECT * FROM (
            SELECT county_code, id, old_key, new_key, old_placed, within AS by_place, CASE
                WHEN within OR old_placed = 0 THEN old_placed
                WHEN was_placed IS NOT NULL THEN was_placed
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
        SELECT t.county_code, t.id, t.region_key AS old_key, coalesce(m.new_key, k.key, s.new_key) AS new_key,
               t.placed AS old_placed, coalesce(m.placed, t.placed) AS placed, m.id IS NOT NULL AS by_place
        FROM resident t LEFT JOIN moved_house m ON m.county_code = t.county_code AND m.id = t.house_id
        {_recalled("resident")} LEFT JOIN successor s ON s.old_key = t.region_key
        WHERE {_RANGES} AND coalesce(m.new_key, k.key, s.new_key) IS NOT NULL
    """), facts)  # fmt: skip  # noqa: S608
    _ready(connection, "moved_resident")


def _gather_households(connection: Connection, facts: Facts) -> None:
    """moved_household: with the house of its head (`geoapp.households.homes`); without one, with its grid."""
    connection.execute(text(f"""
        CREATE TEMP TABLE moved_household ON COMMIT DROP AS
        SELECT t.county_code, t.id, t.region_key AS old_key, coalesce(m.new_key, k.key, s.new_key) AS new_key,
               t.placed AS old_placed, m.id IS NOT NULL AS by_place
        FROM household t LEFT JOIN moved_house m ON m.county_code = t.county_code AND m.id = t.house_id
        {_recalled("household")} LEFT JOIN successor s ON s.old_key = t.region_key
        WHERE {_RANGES} AND coalesce(m.new_key, k.key, s.new_key) IS NOT NULL
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


def _recalled(table: str) -> str:
    """A join with what the restored publication had moved without a point, while it is still there."""
    return (
        f"LEFT JOIN recalled k ON k.register = '{table}' AND k.county_code = t.county_code AND k.id = t.id "
        "AND k.went_to = t.region_key"
    )


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
