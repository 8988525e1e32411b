"""Foreign polygons on their way to a draft plan, as they came, and what a planner chose to mend."""

from alembic import op

revision = "0032"
down_revision = "0031"

CHANGES = """
CREATE TABLE plan_import (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_plan_import PRIMARY KEY,
    region_key bigint NOT NULL,
    name text NOT NULL,
    file_name text NOT NULL,
    crs text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    tolerance double precision NOT NULL DEFAULT 0,
    choices jsonb NOT NULL DEFAULT '{}',
    refused jsonb NOT NULL DEFAULT '[]',
    plan_id bigint CONSTRAINT fk_plan_import_plan_id_plan REFERENCES plan (id),
    version integer NOT NULL DEFAULT 1,
    made_by bigint CONSTRAINT fk_plan_import_made_by_app_user REFERENCES app_user (id),
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_plan_import_state CHECK (state IN ('open', 'done', 'dropped'))
);
CREATE INDEX ix_plan_import_region_key ON plan_import (region_key);
CREATE TABLE plan_import_polygon (
    import_id bigint NOT NULL CONSTRAINT fk_plan_import_polygon_import_id_plan_import REFERENCES plan_import (id) ON DELETE CASCADE,
    number integer NOT NULL,
    region_key bigint NOT NULL,
    line integer NOT NULL,
    code text,
    name text,
    geom geometry(Geometry, 4326) NOT NULL,
    CONSTRAINT pk_plan_import_polygon PRIMARY KEY (import_id, number)
);
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'plan'::regclass;
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['plan_import', 'plan_import_polygon'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, inside, inside);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON plan_import TO geoapp_app;
GRANT SELECT, INSERT ON plan_import_polygon TO geoapp_app
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(CHANGES)


def downgrade() -> None:
    op.execute("DROP TABLE plan_import_polygon, plan_import")
