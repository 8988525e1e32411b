"""Households have a house, a place and a number of members, kept with their residents; they are a register."""

from alembic import op

revision = "0024"
down_revision = "0023"

CHANGES = """
ALTER TABLE household ADD COLUMN house_id bigint;
ALTER TABLE household ADD COLUMN placed smallint NOT NULL DEFAULT 0;
ALTER TABLE household ADD COLUMN members smallint NOT NULL DEFAULT 0;
WITH belonging AS (
    SELECT county_code, household_id AS home, relation = 'head' AS heads, house_id, placed, id FROM resident
    WHERE household_id IS NOT NULL AND state = 'active'
    UNION ALL
    SELECT county_code, family_id, family_relation = 'head', house_id, placed, id FROM resident
    WHERE family_id IS NOT NULL AND state = 'active'
), homes AS (
    SELECT county_code, home, count(*) AS members,
        (array_agg(house_id ORDER BY heads DESC NULLS LAST, id) FILTER (WHERE house_id IS NOT NULL))[1] AS house_id,
        (array_agg(placed ORDER BY heads DESC NULLS LAST, id) FILTER (WHERE house_id IS NOT NULL))[1] AS placed
    FROM belonging GROUP BY county_code, home
)
UPDATE household h SET house_id = m.house_id, placed = coalesce(m.placed, 0), members = m.members
FROM homes m WHERE m.county_code = h.county_code AND m.home = h.id;
CREATE INDEX ix_household_house_id ON household (county_code, house_id);
INSERT INTO region_count (register, region_key, category, placed, n)
    SELECT 'households', region_key, CASE kind WHEN 'hukou' THEN 1 WHEN 'family' THEN 2 ELSE 0 END, placed, count(*)
    FROM household GROUP BY 1, 2, 3, 4;
INSERT INTO tile_version (register, region_key, version, extent)
    SELECT 'households', b.region_key, nextval('tile_version_seq'), b.box FROM (
        SELECT k.region_key, ST_SetSRID(ST_Expand(ST_Extent(house.geom)::geometry, 1e-6), 4326) AS box
        FROM household k JOIN house ON house.county_code = k.county_code AND house.id = k.house_id
        WHERE house.geom IS NOT NULL GROUP BY k.region_key
    ) b;
UPDATE role SET permissions = permissions || 'register:households:read'::text
WHERE 'register:residents:read' = ANY (permissions) AND NOT 'register:households:read' = ANY (permissions)
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DELETE FROM tile_version WHERE register = 'households'")
    op.execute("DELETE FROM region_count WHERE register = 'households'")
    op.execute("UPDATE role SET permissions = array_remove(permissions, 'register:households:read')")
    op.execute("ALTER TABLE household DROP COLUMN house_id, DROP COLUMN placed, DROP COLUMN members")
