"""Local families beside police households, and who belonged to which since when (A3.10 to A3.13)."""

from alembic import op

revision = "0019"
down_revision = "0018"

CHANGES = """
ALTER TABLE resident ADD COLUMN family_id bigint;
ALTER TABLE resident ADD COLUMN family_relation text;
ALTER TABLE resident ADD CONSTRAINT fk_resident_family
    FOREIGN KEY (county_code, family_id) REFERENCES household (county_code, id);
CREATE INDEX ix_resident_family_id ON resident (county_code, family_id);
CREATE TABLE household_membership (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_household_membership PRIMARY KEY,
    county_code text NOT NULL,
    region_key bigint NOT NULL,
    household_id bigint NOT NULL,
    resident_id bigint NOT NULL,
    relation text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz
);
CREATE INDEX ix_household_membership_household_id ON household_membership (household_id);
CREATE INDEX ix_household_membership_resident_id ON household_membership (resident_id);
ALTER TABLE household_membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE household_membership FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'household'::regclass;
BEGIN
    EXECUTE format('CREATE POLICY owner_all ON household_membership TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON household_membership TO geoapp_app USING (%s) WITH CHECK (%s)', inside, inside);
END $$;
DO $$
DECLARE
    opened text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'record_change'::regclass;
BEGIN
    opened := replace(opened, 'WHEN ''residences''::text THEN ''residents''::text',
        'WHEN ''residences''::text THEN ''residents''::text WHEN ''households''::text THEN ''residents''::text');
    IF position('households' IN opened) = 0 THEN
        RAISE EXCEPTION 'the policy of record_change is not as expected: %', opened;
    END IF;
    EXECUTE format('ALTER POLICY in_scope ON record_change USING (%s) WITH CHECK (%s)', opened, opened);
END $$;
GRANT SELECT, INSERT, UPDATE ON household_membership TO geoapp_app;
GRANT USAGE ON SEQUENCE household_membership_id_seq TO geoapp_app;
GRANT DELETE ON household TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("REVOKE DELETE ON household FROM geoapp_app")
    op.execute("DROP TABLE household_membership")
    op.execute("ALTER TABLE resident DROP COLUMN family_id, DROP COLUMN family_relation")
