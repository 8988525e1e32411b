"""The same work in hand-written SQL: psycopg, prepared, binary, on a kept connection, as the owner.

No row policies, no area, no server: the least that PostGIS itself needs.
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


def tile_sql(table: str, layer: str, columns: str, feature_id: str = ", 'id'") -> str:
    """ST_AsMVT over the stored 3857 geometry; the id is the feature's own or an attribute."""
    return (
        f"SELECT ST_AsMVT(q, '{layer}', 4096, 'geom'{feature_id}) FROM (SELECT {columns},"
        f" ST_AsMVTGeom(geom_3857, {_METRES}, 4096, 64, true) AS geom FROM {table} WHERE geom && {_DEGREES}) q"
    )


USE = (
    "(CASE use WHEN 'residential' THEN 1 WHEN 'dormitory' THEN 2 WHEN 'education' THEN 3 WHEN 'commercial' THEN 4"
    " WHEN 'office' THEN 5 WHEN 'industrial' THEN 6 WHEN 'public' THEN 7 WHEN 'other' THEN 8 ELSE 9 END)::smallint"
)
HOUSE_TILE = tile_sql("house", "houses", "id, status AS c")
HOUSE_TILE_4 = tile_sql("house", "houses", "id, number, storey, status", "")
BUILDING_TILE = tile_sql("building", "buildings", f"id, {USE} AS c")
BUILDING_TILE_4 = tile_sql("building", "buildings", "id, name, storeys, use", "")
CITY_TILE = HOUSE_TILE

_ITEM = (
    "id, number, address, status, use, rental, residents, storey, area_m2, updated_at,"
    " ST_AsGeoJSON(geom) AS geometry"
)
_BOX = "geom && ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326)"
ITEMS_PAGE = f"SELECT {_ITEM} FROM house WHERE {_BOX} ORDER BY number LIMIT 100"
ITEMS_COUNT = f"SELECT count(*) FROM house WHERE {_BOX}"

_ROW = "r.id, r.name, r.sex, r.birth_year, r.type, r.region_key, r.placed, r.updated_at"


def _two_steps(where: str) -> str:
    """Ids first, counted; then the page: the two-step statement of research/performance 5."""
    return (
        f"WITH ids AS MATERIALIZED (SELECT r.id, r.name FROM resident r WHERE r.state = 'active' AND {where}),"
        " page AS (SELECT id, name FROM ids ORDER BY name, id LIMIT 50)"
        f" SELECT (SELECT count(*) FROM ids) AS total, {_ROW} FROM page JOIN resident r USING (id)"
        " WHERE r.county_code = %(county)s ORDER BY r.name, r.id"
    )


POLYGON = _two_steps(
    "r.county_code = %(county)s AND r.house_id IN"
    " (SELECT h.id FROM house h WHERE ST_Intersects(h.geom, ST_GeomFromText(%(polygon)s, 4326)))"
)
REGION = _two_steps("r.region_key BETWEEN %(lo)s AND %(hi)s")
NEAREST = (
    "SELECT id, number, address, status, ST_Distance(geom::geography, p::geography) AS metres FROM ("
    " SELECT h.*, p FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS p) point,"
    " LATERAL (SELECT * FROM house ORDER BY geom <-> p LIMIT 80) h) near ORDER BY metres, id LIMIT 20"
)
BREAKDOWN = "SELECT region_key, status, count(*) FROM house WHERE region_key BETWEEN %(lo)s AND %(hi)s GROUP BY 1, 2"


@dataclass(frozen=True)
class Raw:
    """Statements of one request, and their values for a request."""

    statements: tuple[str, ...]
    values: Callable[[object], Mapping[str, object]]


def way(city: City, raw: Raw, name: str = "raw") -> Way:
    """The statements on a kept connection; results stay binary, as a fast client would have them."""

    def open_client() -> tuple[Ask, Callable[[], None]]:
        connection: Connection = city.connect()

        def ask(request: object) -> int:
            values = raw.values(request)
            return sum(_run(connection, sql, values) for sql in raw.statements)

        return ask, connection.close

    return Way(name, open_client, city.postmaster)


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
