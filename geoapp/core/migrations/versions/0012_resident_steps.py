"""State changes of residents that can still be taken back: what was before, for minutes (A3.4, A3.8)."""

from alembic import op

revision = "0012"
down_revision = "0011"

CHANGES = """
CREATE TABLE resident_step (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_resident_step PRIMARY KEY,
    county_code text NOT NULL,
    region_key bigint NOT NULL,
    resident_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor_id bigint,
    version integer NOT NULL,
    before jsonb NOT NULL,
    ended bigint[] NOT NULL,
    linked_id bigint,
    linked_version integer
);
CREATE INDEX ix_resident_step_resident_id ON resident_step (resident_id);
CREATE INDEX ix_resident_step_at ON resident_step (at);
ALTER TABLE resident_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE resident_step FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
BEGIN
    EXECUTE format('CREATE POLICY owner_all ON resident_step TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON resident_step TO geoapp_app USING (%s) WITH CHECK (%s)', inside, inside);
END $$;
GRANT SELECT, INSERT, DELETE ON resident_step TO geoapp_app;
GRANT USAGE ON SEQUENCE resident_step_id_seq TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP TABLE resident_step")
