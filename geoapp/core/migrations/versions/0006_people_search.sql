-- Kept counts and the change log open only where their register is open (D3.4, D3.7).
DO $$
DECLARE
    t text;
    register text;
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'region_count'::regclass;
    opened text := ' = ANY ((SELECT string_to_array(current_setting(''app.reads'', true), '',''))::text[])';
    condition text;
BEGIN
    FOR t, register IN VALUES
        ('cell_count', 'register'), ('region_count', 'register'), ('tile_version', 'register'),
        ('record_change', 'CASE register WHEN ''residences'' THEN ''residents'' ELSE register END')
    LOOP
        condition := format('(%s) AND (%s)%s', inside, register, opened);
        EXECUTE format('ALTER POLICY in_scope ON %I USING (%s) WITH CHECK (%s)', t, condition, condition);
    END LOOP;
END $$;

-- Residents are found by phone as they are by number: a keyed hash beside the cell (C4).
ALTER TABLE resident ADD COLUMN phone_hash bytea;
CREATE INDEX ix_resident_phone_hash ON resident (phone_hash);

-- Keyed tokens of a name's characters and initials; eight bytes each, found by btree under the row
-- policy, which arrays, patterns and JSON are not.
CREATE TABLE name_token (
    token bigint NOT NULL,
    region_key bigint NOT NULL,
    resident_id bigint NOT NULL,
    CONSTRAINT pk_name_token PRIMARY KEY (token, region_key, resident_id)
);
ALTER TABLE name_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE name_token FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
    inside text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
BEGIN
    EXECUTE format('CREATE POLICY owner_all ON name_token TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON name_token TO geoapp_app USING (%s) WITH CHECK (%s)', inside, inside);
END $$;
GRANT SELECT, INSERT, DELETE ON name_token TO geoapp_app;

-- What somebody searched for, sealed; a link carries its id.
CREATE TABLE saved_search (
    id text CONSTRAINT pk_saved_search PRIMARY KEY,
    register text NOT NULL,
    created_by bigint CONSTRAINT fk_saved_search_created_by_app_user REFERENCES app_user (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    text_enc bytea NOT NULL
);
CREATE INDEX ix_saved_search_created_at ON saved_search (created_at);
GRANT SELECT, INSERT, DELETE ON saved_search TO geoapp_app;
CREATE INDEX ix_saved_area_created_by ON saved_area (created_by, created_at)
