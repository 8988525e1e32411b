"""The same work in hand-written SQL: psycopg, prepared, binary, on a kept connection, as the owner.

The same answer as ours: page and total, the same columns, the features as GeoJSON text, held to
the reader's area by a condition of its own (AREA). No row policies, no server, no session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg import Connection, Cursor

from bench.load import Ask, Way
from bench.place import City
from tiles.address import TileAddress

_DEGREES = "ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326)"
_METRES = "ST_MakeEnvelope(%(mw)s, %(ms)s, %(me)s, %(mn)s, 3857)"
AREA = "region_key BETWEEN {area_lo} AND {area_hi}"
"""The reader's area, as ours has it in its query (and in its row policies); written out, so that
the planner knows what it is worth."""


def tile_sql(table: str, layer: str, columns: str, feature_id: str = ", 'id'") -> str:
    """ST_AsMVT over the stored 3857 geometry; the id is the feature's own or an attribute."""
    return (
        f"SELECT ST_AsMVT(q, '{layer}', 4096, 'geom'{feature_id}) FROM (SELECT {columns},"
        f" ST_AsMVTGeom(geom_3857, {_METRES}, 4096, 64, true) AS geom FROM {table}"
        f" WHERE geom && {_DEGREES} AND {AREA}) q"
    )


USE = (
    "(CASE use WHEN 'residential' THEN 1 WHEN 'dormitory' THEN 2 WHEN 'education' THEN 3 WHEN 'commercial' THEN 4"
    " WHEN 'office' THEN 5 WHEN 'industrial' THEN 6 WHEN 'public' THEN 7 WHEN 'other' THEN 8 ELSE 9 END)::smallint"
)
HOUSE_TILE = tile_sql("house", "houses", "id, status AS c")
HOUSE_TILE_4 = tile_sql("house", "houses", "id, number, storey, status", "")
BUILDING_TILE = tile_sql("building", "buildings", f"id, {USE} AS c")
BUILDING_TILE_4 = tile_sql("building", "buildings", "id, name, storeys, use", "")

HOUSE_ITEM = (
    "number", "address", "status", "residents", "use", "rental", "building_id", "entrance", "storey", "room", "area_m2",
    "region_key", "placed", "position_source", "origin", "checked_at", "updated_at",
)  # fmt: skip
"""What an item of ours carries of a house."""
_BOX = f"geom && {_DEGREES} AND {AREA}"
_HOUSE_FEATURE = (
    """'{"type":"Feature","id":' || id || ',"geometry":' || coalesce(ST_AsGeoJSON(geom, 7), 'null')"""
    f""" || ',"properties":' || (SELECT row_to_json(p)::text FROM (SELECT {", ".join(HOUSE_ITEM)}) p) || '}}'"""
)
ITEMS_PAGE = f"SELECT {_HOUSE_FEATURE} FROM house WHERE {_BOX} ORDER BY number, id LIMIT 101"
ITEMS_PAGE_PLAIN = (
    f"SELECT id, {', '.join(HOUSE_ITEM)}, ST_AsGeoJSON(geom, 7) FROM house WHERE {_BOX} ORDER BY number, id LIMIT 101"
)
ITEMS_COUNT = f"SELECT count(*) FROM house WHERE {_BOX}"

_RESIDENT = (
    "r.name, r.sex, r.birth_year, r.type, h.address, r.no_house_reason, r.region_key, r.placed, r.origin, r.updated_at"
)
_RESIDENT_FEATURE = (
    """'{"type":"Feature","id":' || r.id || ',"geometry":null,"properties":'"""
    f" || (SELECT row_to_json(p)::text FROM (SELECT {_RESIDENT}) p) || '}}', r.id_enc"
)


def _two_steps(where: str, shown: str = _RESIDENT_FEATURE) -> str:
    """Ids first, counted; then the page: the two-step statement of research/performance 5.

    The number stays a cell; ours opens it and shows its last digits.
    """
    return (
        "WITH ids AS MATERIALIZED (SELECT r.id, r.name FROM resident r"
        f" WHERE r.state = 'active' AND r.{AREA} AND {where}),"
        " page AS (SELECT id, name FROM ids ORDER BY name, id LIMIT 51)"
        f" SELECT (SELECT count(*) FROM ids) AS total, {shown} FROM page JOIN resident r USING (id)"
        " LEFT JOIN house h ON h.county_code = r.county_code AND h.id = r.house_id"
        " WHERE r.county_code = %(county)s ORDER BY r.name, r.id"
    )


_IN_POLYGON = (
    "r.county_code = %(county)s AND r.house_id IN"
    " (SELECT h.id FROM house h WHERE ST_Intersects(h.geom, ST_GeomFromText(%(polygon)s, 4326)))"
)
_IN_REGION = "r.region_key BETWEEN %(lo)s AND %(hi)s"
_PLAIN = f"r.id, {_RESIDENT}, r.id_enc"
POLYGON, POLYGON_PLAIN = _two_steps(_IN_POLYGON), _two_steps(_IN_POLYGON, _PLAIN)
REGION, REGION_PLAIN = _two_steps(_IN_REGION), _two_steps(_IN_REGION, _PLAIN)
NEAREST = (
    f"SELECT id, {', '.join(HOUSE_ITEM)}, ST_Distance(geom::geography, p::geography) AS metres FROM ("
    " SELECT h.*, p FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS p) point,"
    f" LATERAL (SELECT * FROM house WHERE {AREA} ORDER BY geom <-> p LIMIT 80) h) near ORDER BY metres, id LIMIT 20"
)
BREAKDOWN = "SELECT region_key, status, count(*) FROM house WHERE region_key BETWEEN %(lo)s AND %(hi)s GROUP BY 1, 2"

COVERAGE = (
    "SELECT region_key, CASE WHEN served_on IS NULL THEN 'never' WHEN current_date - served_on < 30 THEN 'd30'"
    " WHEN current_date - served_on < 90 THEN 'd90' WHEN current_date - served_on < 180 THEN 'd180'"
    " WHEN current_date - served_on < 365 THEN 'd365' ELSE 'older' END AS band, count(*) FROM resident"
    " WHERE region_key BETWEEN %(lo)s AND %(hi)s AND state = 'active' GROUP BY 1, 2"
)
COVERAGE_TILE = (
    "SELECT ST_AsMVT(q, 'coverage', 4096, 'geom', 'id') FROM (SELECT r.key AS id, r.level, r.name,"
    " CASE WHEN n < 40 THEN 0 ELSE width_bucket(100.0 * reached / n, ARRAY[25, 50, 75, 90]::numeric[]) + 1 END AS c,"
    f" ST_AsMVTGeom(r.geom_3857, {_METRES}, 4096, 64, true) AS geom FROM region r, LATERAL (SELECT count(*) AS n,"
    " count(*) FILTER (WHERE served_on > current_date - 90) AS reached FROM resident p"
    " WHERE p.region_key BETWEEN r.key AND r.hi AND p.state = 'active') counted"
    f" WHERE r.level = 'community' AND r.geom && {_DEGREES}) q"
)
LARGEST_STREET = (
    "SELECT r.key, ST_X(ST_Centroid(r.geom)), ST_Y(ST_Centroid(r.geom)) FROM region r, LATERAL (SELECT sum(n) AS n"
    " FROM region_count c WHERE c.register = 'residents' AND c.region_key BETWEEN r.key AND r.hi) counted"
    " WHERE r.level = 'street' ORDER BY n DESC NULLS LAST, r.key LIMIT 1"
)
_IN_STREET = "region_key BETWEEN %(lo)s AND %(hi)s"
IS_SERVED = f"SELECT 1 FROM resident WHERE {_IN_STREET} AND state = 'active' AND served_on IS NOT NULL LIMIT 1"
SERVE = (
    "UPDATE resident SET served_on = current_date - (house_id %% 83)::int * 5"
    f" WHERE {_IN_STREET} AND state = 'active' AND house_id %% 4 > 0"
)
"""Three of four houses were visited on one of 83 days of the last year and more, who lives in one together."""


@dataclass(frozen=True)
class Raw:
    """Statements of one request, and their values for a request."""

    statements: tuple[str, ...]
    values: Callable[[object], Mapping[str, object]]


def way(city: City, raw: Raw, name: str = "raw") -> Way:
    """The statements on a kept connection; results stay binary, as a fast client would have them."""

    statements = [held_to(city.area, sql) for sql in raw.statements]

    def open_client() -> tuple[Ask, Callable[[], None]]:
        connection: Connection = city.connect()

        def ask(request: object) -> int:
            values = raw.values(request)
            return sum(_run(connection, sql, values) for sql in statements)

        return ask, connection.close

    return Way(name, open_client, city.postmaster)


def held_to(area: tuple[int, int], sql: str) -> str:
    """The statement with the reader's area in its place; braces of JSON stay as they are."""
    return sql.replace("{area_lo}", str(area[0])).replace("{area_hi}", str(area[1]))


def _run(connection: Connection, sql: str, values: Mapping[str, object]) -> int:
    cursor: Cursor = connection.cursor(binary=True)
    cursor.execute(sql, values, prepare=True)
    result = cursor.pgresult
    return sum(
        len(result.get_value(row, column) or b"")
        for row in range(result.ntuples)
        for column in range(result.nfields)
    )


def tile_values(address: TileAddress) -> dict[str, float]:
    """Edges of a tile with its margin in degrees, without it in metres."""
    degrees = dict(zip(("w", "s", "e", "n"), address.degrees(), strict=True))
    return degrees | dict(zip(("mw", "ms", "me", "mn"), address.metres, strict=True))


def box_values(box: tuple[float, float, float, float]) -> dict[str, float]:
    """Edges of a box in degrees."""
    return dict(zip(("w", "s", "e", "n"), box, strict=True))
