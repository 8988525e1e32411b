"""Residents added by staff: unique while on the register (A3.2), what each type needs, numbers to compare.

A number may stand on several records of a grid as long as one of them is on the register: who settled
or came back has the older record, deregistered, beside the present one (A3.4, A3.8).
"""

from alembic import op

revision = "0010"
down_revision = "0009"

CHANGES = """
DROP INDEX uq_resident_id_hash;
CREATE UNIQUE INDEX uq_resident_id_hash ON resident (county_code, region_key, id_hash) WHERE state = 'active';
ALTER TABLE resident ADD COLUMN registered_place text;
ALTER TABLE resident ADD COLUMN unregistered_reason text;
ALTER TABLE resident ADD COLUMN overseas_kind text;
CREATE TABLE number_check (
    resident_id bigint CONSTRAINT pk_number_check PRIMARY KEY,
    region_key bigint NOT NULL
);
ALTER TABLE number_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE number_check FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
BEGIN
    EXECUTE format('CREATE POLICY owner_all ON number_check TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON number_check TO geoapp_app USING (%s) WITH CHECK (%s)', inside, inside);
END $$;
GRANT INSERT ON number_check TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP TABLE number_check")
    op.execute("DROP INDEX uq_resident_id_hash")
    op.execute("CREATE UNIQUE INDEX uq_resident_id_hash ON resident (county_code, region_key, id_hash)")
    for column in ("registered_place", "unregistered_reason", "overseas_kind"):
        op.execute(f"ALTER TABLE resident DROP COLUMN {column}")
