-- Plans of grids (A9.1 to A9.6): base units, drafts as one grid number for each unit, every step of a planner.

CREATE TABLE unit_set (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_unit_set PRIMARY KEY,
    region_key bigint NOT NULL,
    county_code text NOT NULL,
    origin text NOT NULL,
    facts jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_unit_set_origin CHECK (origin IN ('derived', 'import'))
);
CREATE INDEX ix_unit_set_region_key ON unit_set (region_key, id);
CREATE TABLE base_unit (
    set_id bigint NOT NULL CONSTRAINT fk_base_unit_set_id_unit_set REFERENCES unit_set (id) ON DELETE CASCADE,
    number integer NOT NULL,
    region_key bigint NOT NULL,
    block integer NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    CONSTRAINT pk_base_unit PRIMARY KEY (set_id, number)
);
CREATE INDEX ix_base_unit_geom ON base_unit USING gist (geom);
CREATE TABLE plan (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_plan PRIMARY KEY,
    region_key bigint NOT NULL,
    county_code text NOT NULL,
    name text NOT NULL,
    note text,
    state text NOT NULL DEFAULT 'draft',
    version integer NOT NULL DEFAULT 1,
    origin text NOT NULL,
    previous_plan_id bigint CONSTRAINT fk_plan_previous_plan_id_plan REFERENCES plan (id),
    band_low integer NOT NULL,
    band_high integer NOT NULL,
    next_grid integer NOT NULL DEFAULT 0,
    position integer NOT NULL DEFAULT 0,
    base text,
    created_by bigint CONSTRAINT fk_plan_created_by_app_user REFERENCES app_user (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    submitted_by bigint CONSTRAINT fk_plan_submitted_by_app_user REFERENCES app_user (id),
    submitted_at timestamptz,
    decided_by bigint CONSTRAINT fk_plan_decided_by_app_user REFERENCES app_user (id),
    decided_at timestamptz,
    decision_note text,
    effective_on date,
    published_by bigint CONSTRAINT fk_plan_published_by_app_user REFERENCES app_user (id),
    published_at timestamptz,
    CONSTRAINT ck_plan_state CHECK (state IN
        ('draft', 'submitted', 'approved', 'scheduled', 'published', 'replaced', 'discarded')),
    CONSTRAINT ck_plan_origin CHECK (origin IN ('in_force', 'import', 'previous')),
    CONSTRAINT ck_plan_band CHECK (0 < band_low AND band_low <= band_high)
);
CREATE INDEX ix_plan_region_key ON plan (region_key);
CREATE TABLE plan_part (
    plan_id bigint NOT NULL CONSTRAINT fk_plan_part_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    region_key bigint NOT NULL,
    set_id bigint NOT NULL CONSTRAINT fk_plan_part_set_id_unit_set REFERENCES unit_set (id),
    first_cell integer NOT NULL,
    grid integer[] NOT NULL,
    in_force bigint[] NOT NULL,
    CONSTRAINT pk_plan_part PRIMARY KEY (plan_id, region_key),
    CONSTRAINT ck_plan_part_cells CHECK (cardinality(grid) = cardinality(in_force))
);
CREATE TABLE plan_grid (
    plan_id bigint NOT NULL CONSTRAINT fk_plan_grid_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    number integer NOT NULL,
    region_key bigint NOT NULL,
    in_force bigint,
    rank integer,
    dedicated boolean NOT NULL DEFAULT false,
    locked boolean NOT NULL DEFAULT false,
    name text,
    gone boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_plan_grid PRIMARY KEY (plan_id, number)
);
CREATE TABLE plan_step (
    plan_id bigint NOT NULL CONSTRAINT fk_plan_step_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    number integer NOT NULL,
    region_key bigint NOT NULL,
    kind text NOT NULL,
    cells integer[] NOT NULL,
    before integer[] NOT NULL,
    after integer[] NOT NULL,
    grids jsonb NOT NULL,
    made_by bigint CONSTRAINT fk_plan_step_made_by_app_user REFERENCES app_user (id),
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_plan_step PRIMARY KEY (plan_id, number)
);
CREATE TABLE plan_log (
    plan_id bigint NOT NULL CONSTRAINT fk_plan_log_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    version integer NOT NULL,
    region_key bigint NOT NULL,
    kind text NOT NULL,
    grids integer[] NOT NULL,
    actor_id bigint CONSTRAINT fk_plan_log_actor_id_app_user REFERENCES app_user (id),
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_plan_log PRIMARY KEY (plan_id, version)
);
CREATE TABLE plan_lock (
    region_key bigint NOT NULL CONSTRAINT pk_plan_lock PRIMARY KEY,
    plan_id bigint NOT NULL CONSTRAINT fk_plan_lock_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    user_id bigint NOT NULL CONSTRAINT fk_plan_lock_user_id_app_user REFERENCES app_user (id) ON DELETE CASCADE,
    until timestamptz NOT NULL
);
CREATE TABLE plan_job (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_plan_job PRIMARY KEY,
    plan_id bigint NOT NULL CONSTRAINT fk_plan_job_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    region_key bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    done integer NOT NULL DEFAULT 0,
    total integer NOT NULL DEFAULT 0,
    params jsonb NOT NULL,
    error jsonb,
    asked_by bigint CONSTRAINT fk_plan_job_asked_by_app_user REFERENCES app_user (id),
    asked_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT ck_plan_job_kind CHECK (kind IN ('derive', 'propose', 'revise', 'repair')),
    CONSTRAINT ck_plan_job_state CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled'))
);
CREATE INDEX ix_plan_job_plan_id ON plan_job (plan_id);
CREATE INDEX ix_plan_job_open ON plan_job (id) WHERE state IN ('queued', 'running');
CREATE TABLE plan_proposal (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_plan_proposal PRIMARY KEY,
    plan_id bigint NOT NULL CONSTRAINT fk_plan_proposal_plan_id_plan REFERENCES plan (id) ON DELETE CASCADE,
    region_key bigint NOT NULL,
    job_id bigint CONSTRAINT fk_plan_proposal_job_id_plan_job REFERENCES plan_job (id),
    kind text NOT NULL,
    profile text NOT NULL,
    seed integer NOT NULL,
    version integer NOT NULL,
    grid integer[] NOT NULL,
    figures jsonb NOT NULL,
    reasons jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    adopted_at timestamptz
);
CREATE INDEX ix_plan_proposal_plan_id ON plan_proposal (plan_id);

CREATE VIEW plan_cell WITH (security_invoker = true) AS
SELECT p.plan_id, p.region_key, p.set_id, (c.place - 1)::integer AS number,
       (p.first_cell + c.place - 1)::integer AS cell, c.grid, c.in_force
FROM plan_part p, unnest(p.grid, p.in_force) WITH ORDINALITY AS c (grid, in_force, place);

DO $$
DECLARE
    inside text := 'region_key BETWEEN current_setting(''app.scope_lo'', true)::bigint AND current_setting(''app.scope_hi'', true)::bigint AND ((SELECT coalesce(current_setting(''app.scope_ranges'', true), '''') = '''') OR region_key <@ (SELECT nullif(current_setting(''app.scope_ranges'', true), '''')::int8multirange))';
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['unit_set', 'base_unit', 'plan', 'plan_part', 'plan_grid', 'plan_step', 'plan_log',
                             'plan_lock', 'plan_job', 'plan_proposal']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, inside, inside);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON unit_set, base_unit, plan_log TO geoapp_app;
GRANT SELECT, INSERT, UPDATE ON plan, plan_part, plan_grid, plan_job TO geoapp_app;
GRANT SELECT, INSERT, DELETE ON plan_step TO geoapp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON plan_lock TO geoapp_app;
GRANT SELECT, UPDATE, DELETE ON plan_proposal TO geoapp_app;
GRANT SELECT ON plan_cell TO geoapp_app;

UPDATE role SET permissions = permissions || ARRAY['plan:draft:view', 'plan:draft:edit', 'plan:draft:publish']
WHERE key = 'planner' AND system AND NOT 'plan:draft:view' = ANY (permissions);
UPDATE role SET permissions = permissions || ARRAY['plan:draft:view', 'plan:draft:decide', 'plan:draft:publish']
WHERE key = 'city_director' AND system AND NOT 'plan:draft:view' = ANY (permissions);
UPDATE role SET permissions = permissions || ARRAY['plan:draft:view', 'plan:draft:decide']
WHERE key = 'street_officer' AND system AND NOT 'plan:draft:view' = ANY (permissions);
