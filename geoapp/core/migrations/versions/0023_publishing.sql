-- Boundaries with dates (D4.3): what a grid was before, who published what and when.

CREATE TABLE publication (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_publication PRIMARY KEY,
    region_key bigint NOT NULL,
    plan_id bigint,
    restores_id bigint CONSTRAINT fk_publication_restores_id_publication REFERENCES publication (id),
    state text NOT NULL DEFAULT 'scheduled',
    effective_on date NOT NULL,
    communities bigint[] NOT NULL,
    based_on text NOT NULL,
    assignments jsonb NOT NULL DEFAULT '{}',
    made_by bigint CONSTRAINT fk_publication_made_by_app_user REFERENCES app_user (id),
    made_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    failure jsonb,
    moved jsonb,
    users jsonb,
    CONSTRAINT ck_publication_state CHECK (state IN ('scheduled', 'published', 'failed', 'withdrawn')),
    CONSTRAINT ck_publication_ended CHECK ((state = 'scheduled') = (ended_at IS NULL))
);
CREATE INDEX ix_publication_region_key ON publication (region_key);
CREATE INDEX ix_publication_due ON publication (effective_on) WHERE state = 'scheduled';

CREATE TABLE publication_grid (
    publication_id bigint NOT NULL CONSTRAINT fk_publication_grid_publication_id_publication REFERENCES publication (id),
    number integer NOT NULL,
    region_key bigint NOT NULL,
    name text,
    dedicated boolean NOT NULL DEFAULT false,
    code text,
    changed boolean NOT NULL DEFAULT false,
    geom geometry(MultiPolygon, 4326) NOT NULL,
    CONSTRAINT pk_publication_grid PRIMARY KEY (publication_id, number)
);

CREATE TABLE past_grid (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_past_grid PRIMARY KEY,
    region_key bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    full_name text NOT NULL,
    parent_key bigint,
    county_code text NOT NULL,
    dedicated boolean NOT NULL,
    note text,
    area_m2 bigint,
    valid_from date,
    valid_to date NOT NULL,
    publication_id bigint CONSTRAINT fk_past_grid_publication_id_publication REFERENCES publication (id),
    origin text NOT NULL,
    source text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL,
    geom geometry(MultiPolygon, 4326),
    geom_3857 geometry(MultiPolygon, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    CONSTRAINT ck_past_grid_dates CHECK (valid_from IS NULL OR valid_to >= valid_from)
);
CREATE INDEX ix_past_grid_region_key ON past_grid (region_key);
CREATE INDEX ix_past_grid_geom ON past_grid USING gist (geom);
CREATE INDEX ix_past_grid_publication_id ON past_grid (publication_id);

-- every region with the days it was valid, [valid_from, valid_to); nothing means: ever since, until now
CREATE VIEW region_dated WITH (security_invoker = true) AS
SELECT key, hi, code, level, name, full_name, parent_key, county_code, dedicated, note, area_m2, valid_from,
       NULL::date AS valid_to, origin, source, updated_at, version, geom, geom_3857
FROM region
UNION ALL
SELECT region_key, region_key, code, 'grid', name, full_name, parent_key, county_code, dedicated, note, area_m2, valid_from,
       valid_to, origin, source, updated_at, version, geom, geom_3857
FROM past_grid;

DO $$
DECLARE
    condition text := replace(
        (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'region'::regclass),
        'key ', 'region_key ');
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['publication', 'publication_grid', 'past_grid'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, condition, condition);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON publication, publication_grid TO geoapp_app;
GRANT UPDATE (state, ended_at) ON publication TO geoapp_app;
GRANT SELECT ON past_grid, region_dated TO geoapp_app;
