-- Files of departments and their rows until a grid claims them (A8.1 to A8.13).

CREATE TABLE import_batch (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_import_batch PRIMARY KEY,
    region_key bigint NOT NULL,
    register text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    file_name text NOT NULL,
    file_kind text NOT NULL,
    stored text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    scope bigint[] NOT NULL,
    done integer NOT NULL DEFAULT 0,
    good integer NOT NULL DEFAULT 0,
    bad integer NOT NULL DEFAULT 0,
    cancel_asked boolean NOT NULL DEFAULT false,
    error jsonb,
    unit text,
    sent_by bigint NOT NULL CONSTRAINT fk_import_batch_sent_by_app_user REFERENCES app_user (id),
    sent_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CONSTRAINT ck_import_batch_state CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled'))
);
CREATE INDEX ix_import_batch_open ON import_batch (id) WHERE state IN ('waiting', 'running');
CREATE TABLE import_row (
    id bigint NOT NULL CONSTRAINT pk_import_row PRIMARY KEY,
    batch_id bigint NOT NULL CONSTRAINT fk_import_row_batch_id_import_batch REFERENCES import_batch (id),
    row_no integer NOT NULL,
    register text NOT NULL,
    region_key bigint NOT NULL,
    proposed text NOT NULL,
    lon double precision,
    lat double precision,
    state smallint NOT NULL,
    cells_enc bytea,
    same bytea,
    failure text,
    holder_id bigint,
    target_id bigint,
    target_version integer,
    claimed_by bigint,
    claimed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT ck_import_row_id CHECK (id = batch_id * 1000000 + row_no AND row_no BETWEEN 1 AND 999999),
    CONSTRAINT ck_import_row_state CHECK (state IN (-1, 0, 1, 10, 11)),
    CONSTRAINT ck_import_row_claimed CHECK ((state >= 10) = (target_id IS NOT NULL))
);
CREATE INDEX ix_import_row_region_key ON import_row (region_key, state, id);
CREATE INDEX ix_import_row_batch ON import_row (batch_id, region_key);
CREATE INDEX ix_import_row_same ON import_row (region_key, same) WHERE same IS NOT NULL;
CREATE INDEX ix_import_row_target ON import_row (register, target_id) WHERE target_id IS NOT NULL;

DO $$
DECLARE
    inside text := 'region_key BETWEEN current_setting(''app.scope_lo'', true)::bigint AND current_setting(''app.scope_hi'', true)::bigint AND ((SELECT coalesce(current_setting(''app.scope_ranges'', true), '''') = '''') OR region_key <@ (SELECT nullif(current_setting(''app.scope_ranges'', true), '''')::int8multirange))';
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import_batch', 'import_row']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, inside, inside);
    END LOOP;
END $$;
-- who may see a row may see which file it came from
CREATE POLICY of_rows ON import_batch FOR SELECT TO geoapp_app
    USING (EXISTS (SELECT FROM import_row r WHERE r.batch_id = import_batch.id));
GRANT SELECT, INSERT ON import_batch TO geoapp_app;
GRANT UPDATE (cancel_asked) ON import_batch TO geoapp_app;
GRANT SELECT ON import_row TO geoapp_app;
GRANT UPDATE (region_key, proposed, state, cells_enc, same, failure, holder_id, target_id, target_version, claimed_by, claimed_at, version)
    ON import_row TO geoapp_app;
