"""A denser part of the small city for the planner: streets and 96 buildings in its first community."""

from __future__ import annotations

from sqlalchemy import Connection, text

COMMUNITY = "110108001001"
BUILDINGS = 96
HOMES = 8

_ROADS = text("""
INSERT INTO base_feature (layer, kind, name, min_zoom, origin, source, source_id, geom)
SELECT 'road', CASE WHEN n % 2 = 0 THEN 'tertiary' ELSE 'residential' END, NULL, 12, 'osm', 'town', 'v' || n,
       ST_SetSRID(ST_MakeLine(ST_MakePoint(116.3 + 0.0017 * n, 39.985), ST_MakePoint(116.3 + 0.0017 * n, 40.005)), 4326)
FROM generate_series(1, 6) n
UNION ALL
SELECT 'road', 'residential', NULL, 12, 'osm', 'town', 'h' || n,
       ST_SetSRID(ST_MakeLine(ST_MakePoint(116.29, 39.995 + 0.0013 * n), ST_MakePoint(116.32, 39.995 + 0.0013 * n)), 4326)
FROM generate_series(1, 3) n
""")
_BUILDINGS = text("""
INSERT INTO building (county_code, region_key, source_id, source, use, storeys, entrances, placed, position_source, origin, geom)
SELECT '110108', CASE WHEN x < 116.3059 THEN 110108001001001 ELSE 110108001001002 END, 'town/' || number, 'town',
       'residential', 2, 1, 1, 'imported', 'synthetic', ST_MakeEnvelope(x, y, x + 0.0005, y + 0.0003, 4326)
FROM (SELECT c * 8 + r AS number, 116.3003 + 0.001 * c - 0.0002 * (c % 3) AS x, 39.9952 + 0.0006 * r AS y
      FROM generate_series(0, 11) c, generate_series(0, 7) r) town
""")
_HOUSES = text("""
INSERT INTO house (county_code, region_key, building_id, number, address, entrance, storey, room, residents, placed,
                   position_source, origin, geom)
SELECT county_code, region_key, id, 'town-' || id || '-' || n, '新城路' || id || '号' || n, 1, 1, n::text, n % 4,
       CASE WHEN n = 8 THEN 0 ELSE 1 END, 'imported', 'synthetic',
       CASE WHEN n < 8 THEN ST_PointOnSurface(geom) END
FROM building, generate_series(1, :homes) n WHERE source = 'town'
""")


def build_town(connection: Connection) -> None:
    """Write it, as the owner; every eighth home has no point of its own."""
    connection.execute(_ROADS)
    connection.execute(_BUILDINGS)
    connection.execute(_HOUSES, {"homes": HOMES})
