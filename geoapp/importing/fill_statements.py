"""What a piece of a first fill says to the database: one table of the session's own, and what is made of it.

Every look from a piece into the registers goes by an index, whatever the planner knows of tables that were
empty a minute ago (`BY_INDEX`). No statement needs what a piece does not hold, so a piece's cost does not grow.
"""

from __future__ import annotations

from geoapp.people.name_tokens import from_arrays

PERSON = "fill_person"
COLUMNS = {
    "row_id": "int8", "id": "int8", "county_code": "text", "region_key": "int8", "name": "text", "name_enc": "bytea",
    "sex": "text", "birth_year": "int2", "birth_date_enc": "bytea", "id_kind": "text", "id_hash": "bytea",
    "id_enc": "bytea", "phone_enc": "bytea", "phone_hash": "bytea", "type": "text", "registered_place": "text",
    "unregistered_reason": "text", "overseas_kind": "text", "no_house_reason": "text", "house_number": "text",
    "tokens": "text",
}  # fmt: skip
_ASIDE = frozenset({"row_id", "house_number", "no_house_reason", "tokens"})
STORED = {name: kind for name, kind in COLUMNS.items() if name not in _ASIDE}
"""Columns of `resident` as they are."""
_NAMES = ", ".join(STORED)
_TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

BY_INDEX = """
    SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off"""
AS_EVER = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
NOT_WAITED_FOR = "SET LOCAL synchronous_commit = off"
"""The mark on the row is in the same transaction as the record, so a piece lost to a crash is done again."""
READY = f"""
    CREATE TEMP TABLE IF NOT EXISTS {PERSON} ({_TYPES}, house_id int8, placed int2, building_id int8)
    ON COMMIT DELETE ROWS; TRUNCATE {PERSON}"""
ROWS = """
    SELECT id, region_key, cells_enc FROM import_row
    WHERE batch_id = %(batch)s AND region_key BETWEEN %(lo)s AND %(hi)s AND (region_key, id) > (%(key)s, %(last)s)
    AND (region_key %% 1000 = 0) = (%(lo)s %% 1000 = 0)
    AND state IN (0, 1) AND failure IS NULL ORDER BY region_key, id LIMIT %(most)s FOR NO KEY UPDATE"""
SPANS = """
    SELECT region_key, count(*) FROM import_row
    WHERE batch_id = :batch AND state IN (0, 1) AND failure IS NULL GROUP BY 1 ORDER BY region_key % 1000 = 0, 1"""
"""Rows that wait, by region; what is no grid comes last."""
GRIDS = "SELECT key FROM region WHERE key = ANY(:keys) AND level = 'grid'"
IDS = "SELECT nextval('resident_id_seq') FROM generate_series(1, :n)"
HOUSES = f"""
    UPDATE {PERSON} f SET house_id = h.id, placed = h.placed, building_id = h.building_id
    FROM house_number n JOIN house h ON h.county_code = n.county_code AND h.id = n.house_id
    WHERE n.number = f.house_number AND h.county_code = f.county_code AND h.region_key = f.region_key"""  # noqa: S608
SLOW = f"""
    DELETE FROM {PERSON} f WHERE (f.house_number IS NOT NULL AND f.house_id IS NULL)
    OR (f.region_key, f.id_hash) IN (
        SELECT r.region_key, r.id_hash FROM resident r
        WHERE r.id_hash = ANY(ARRAY(SELECT id_hash FROM {PERSON})) AND r.state <> 'active' OFFSET 0)"""  # noqa: S608
"""Of somebody who left there may be several rows. They are looked for by the hash alone: of a county without
statistics the planner would as soon take any index that begins with it, and read it all for each row."""
STORE = f"""
    INSERT INTO resident ({_NAMES}, house_id, placed, no_house_reason, origin, checked_at)
    SELECT {_NAMES}, house_id, coalesce(placed, 0), CASE WHEN house_id IS NULL THEN no_house_reason END, 'entered',
        now()
    FROM {PERSON} ORDER BY id
    ON CONFLICT (county_code, region_key, id_hash) WHERE state = 'active' DO NOTHING"""  # noqa: S608
HELD = f"""
    WITH held AS (
        DELETE FROM {PERSON} f
        WHERE NOT EXISTS (SELECT FROM resident r WHERE r.county_code = f.county_code AND r.id = f.id)
        RETURNING f.row_id, f.county_code, f.region_key, f.id_hash)
    SELECT DISTINCT ON (f.row_id) f.row_id, r.id, r.name, r.name_enc, r.type
    FROM held f JOIN resident r ON r.county_code = f.county_code AND r.region_key = f.region_key
        AND r.id_hash = f.id_hash AND r.state = 'active'"""  # noqa: S608
HOMES = (
    f"""INSERT INTO residence (county_code, region_key, house_id, resident_id, tenure, since, origin)
        SELECT county_code, region_key, house_id, id, 'own', CAST(:day AS date), 'entered'
        FROM {PERSON} WHERE house_id IS NOT NULL""",  # noqa: S608
    f"""UPDATE house h SET residents = h.residents + f.n, updated_at = now(), checked_at = now()
        FROM (SELECT county_code, house_id, count(*) AS n FROM {PERSON} WHERE house_id IS NOT NULL GROUP BY 1, 2) f
        WHERE h.county_code = f.county_code AND h.id = f.house_id""",  # noqa: S608
    f"""SELECT b.id FROM building b WHERE (b.county_code, b.id) IN
        (SELECT DISTINCT county_code, building_id FROM {PERSON} WHERE building_id IS NOT NULL)
        ORDER BY b.county_code, b.id FOR NO KEY UPDATE""",  # noqa: S608
    f"""UPDATE building b SET residents = b.residents + f.n
        FROM (SELECT county_code, building_id, count(*) AS n FROM {PERSON}
              WHERE building_id IS NOT NULL GROUP BY 1, 2) f
        WHERE b.county_code = f.county_code AND b.id = f.building_id""",  # noqa: S608
)
"""Of a house all residents are in one grid, so in one piece at a time; of a building they may be in two, so
buildings are locked in the order of their ids."""
FOLLOW = (
    f"INSERT INTO number_check (resident_id, region_key) SELECT id, region_key FROM {PERSON}",  # noqa: S608
    f"""INSERT INTO record_change (actor_id, action, register, record_id, county_code, region_key, fields)
        SELECT :who, 'create', 'residents', id, county_code, region_key, ARRAY['id_number', 'name', 'type']
        FROM {PERSON}""",  # noqa: S608
    from_arrays(PERSON),
    f"""UPDATE import_row r SET state = :claimed, target_id = f.id, target_version = 1, claimed_by = :who,
        claimed_at = now(), version = r.version + 1 FROM {PERSON} f WHERE r.id = f.row_id""",  # noqa: S608
)
ALONG = """
    UPDATE import_row SET state = :along, target_id = :target, claimed_by = :who, claimed_at = now(),
    version = version + 1 WHERE id = :row"""
FAILED = "UPDATE import_row SET failure = :failure, holder_id = :holder, version = version + 1 WHERE id = :row"
