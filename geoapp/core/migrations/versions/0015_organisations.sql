-- Organisations (A7.1, A7.8, A7.9), partitioned by county as every big table.

CREATE SEQUENCE organisation_id_seq;
CREATE TABLE organisation (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('organisation_id_seq'),
    region_key bigint NOT NULL,
    source_id text,
    kind text NOT NULL,
    category text,
    name text NOT NULL,
    licence_number text,
    registered boolean NOT NULL DEFAULT true,
    address text,
    state text NOT NULL DEFAULT 'active',
    state_reason text,
    state_date date,
    previous jsonb,
    placed smallint NOT NULL DEFAULT 0,
    position_source text,
    origin text NOT NULL,
    source text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    geom geometry(Geometry, 4326),
    geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    mx integer GENERATED ALWAYS AS (
        floor((ST_X(geom) + 180) / 360 * 1073741824)::integer) STORED,
    my integer GENERATED ALWAYS AS (
        floor((0.5 - ln(tan(pi() / 4 + radians(ST_Y(geom)) / 2)) / (2 * pi())) * 1073741824)::integer) STORED,
    CONSTRAINT pk_organisation PRIMARY KEY (county_code, id),
    CONSTRAINT ck_organisation_point CHECK (geom IS NULL OR GeometryType(geom) = 'POINT'),
    CONSTRAINT ck_organisation_state CHECK ((state = 'active') OR (state_reason IS NOT NULL AND state_date IS NOT NULL))
) PARTITION BY LIST (county_code);
CREATE UNIQUE INDEX uq_organisation_licence ON organisation (county_code, region_key, licence_number);
CREATE UNIQUE INDEX uq_organisation_source ON organisation (county_code, source, source_id);
CREATE INDEX ix_organisation_region_key ON organisation (region_key);
CREATE INDEX ix_organisation_geom ON organisation USING gist (geom);
CREATE INDEX ix_organisation_id ON organisation (id);

-- every table that is partitioned by county, without a list of them to forget
CREATE OR REPLACE FUNCTION ensure_county(code text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent text;
BEGIN
    FOR parent IN
        SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
        WHERE c.relnamespace = 'public'::regnamespace AND pg_get_partkeydef(c.oid) = 'LIST (county_code)'
        ORDER BY c.oid
    LOOP
        IF to_regclass(format('%I', parent || '_' || code)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L)', parent || '_' || code, parent, code);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', parent || '_' || code);
            EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', parent || '_' || code);
            EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)',
                           parent || '_' || code, current_user);
        END IF;
    END LOOP;
END $$;

DO $$
DECLARE
    condition text := replace(
        (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'site'::regclass),
        '''sites''', '''organisations''');
    county text;
BEGIN
    ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
    ALTER TABLE organisation FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY owner_all ON organisation TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON organisation TO geoapp_app USING (%s) WITH CHECK (%s)', condition, condition);
    FOR county IN
        SELECT substr(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'site'::regclass
    LOOP
        PERFORM ensure_county(county);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON organisation TO geoapp_app;
GRANT USAGE ON SEQUENCE organisation_id_seq TO geoapp_app;

-- who may see or correct sites may see or correct organisations; streets add social organisations (A7.9)
UPDATE role SET permissions = permissions || 'register:organisations:read'::text
WHERE 'register:sites:read' = ANY (permissions) AND NOT 'register:organisations:read' = ANY (permissions);
UPDATE role SET permissions = permissions || 'register:organisations:write'::text
WHERE ('register:sites:write' = ANY (permissions) OR (key = 'street_officer' AND system))
  AND NOT 'register:organisations:write' = ANY (permissions);
