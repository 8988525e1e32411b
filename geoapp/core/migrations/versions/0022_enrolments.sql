-- Enrolments in programmes (A4, A5, D3.3), partitioned by county as every big table, and what the daily rules did.

CREATE SEQUENCE enrolment_id_seq;
CREATE TABLE enrolment (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('enrolment_id_seq'),
    region_key bigint NOT NULL,
    resident_id bigint,
    programme text NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    module text,
    name text,
    begins date NOT NULL,
    ends date NOT NULL,
    released_at timestamptz,
    release_reason text,
    facts_enc bytea,
    details_enc bytea,
    previous jsonb,
    origin text NOT NULL,
    source text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_enrolment PRIMARY KEY (county_code, id),
    CONSTRAINT fk_enrolment_resident FOREIGN KEY (county_code, resident_id) REFERENCES resident (county_code, id),
    CONSTRAINT ck_enrolment_term CHECK (ends >= begins),
    CONSTRAINT ck_enrolment_release CHECK ((released_at IS NULL) = (release_reason IS NULL)),
    CONSTRAINT ck_enrolment_cell CHECK (CASE WHEN closed THEN facts_enc IS NULL AND name IS NULL ELSE details_enc IS NULL END),
    CONSTRAINT ck_enrolment_module CHECK (closed OR module IS NULL)
) PARTITION BY LIST (county_code);
CREATE UNIQUE INDEX uq_enrolment_resident ON enrolment (county_code, resident_id, programme);
CREATE INDEX ix_enrolment_region_key ON enrolment (region_key, programme) WHERE released_at IS NULL;
CREATE INDEX ix_enrolment_released ON enrolment (region_key, released_at) WHERE released_at IS NOT NULL;
CREATE INDEX ix_enrolment_ends ON enrolment (ends) WHERE released_at IS NULL;
CREATE INDEX ix_enrolment_id ON enrolment (id);

-- once for each rule, enrolment and day, however often the job is killed and run again
CREATE TABLE enrolment_event (
    rule text NOT NULL,
    enrolment_id bigint NOT NULL,
    day date NOT NULL,
    region_key bigint NOT NULL,
    programme text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz,
    CONSTRAINT pk_enrolment_event PRIMARY KEY (rule, enrolment_id, day)
);
CREATE INDEX ix_enrolment_event_untold ON enrolment_event (region_key) WHERE told_at IS NULL;
CREATE INDEX ix_enrolment_event_at ON enrolment_event (at);

DO $$
DECLARE
    resident_policy text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
    area text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident_step'::regclass;
    open_rows text := replace(resident_policy, '''residents''', '''enrolments''');
    -- a closed programme opens in the part of the area it was granted for (geoapp.accounts, programme_role), while its module is on
    granted text := 'region_key <@ nullif(current_setting(''app.programme_'' || programme, true), '''')::int8multirange
        AND (module IS NULL OR EXISTS (SELECT FROM module m WHERE m.key = enrolment.module AND m.is_on))';
    condition text;
    county text;
BEGIN
    IF position('enrolments' IN open_rows) = 0 THEN
        RAISE EXCEPTION 'the policy of resident is not as expected: %', resident_policy;
    END IF;
    condition := format('CASE WHEN closed THEN %s ELSE %s END', granted, open_rows);
    ALTER TABLE enrolment ENABLE ROW LEVEL SECURITY;
    ALTER TABLE enrolment FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY owner_all ON enrolment TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON enrolment TO geoapp_app USING (%s) WITH CHECK (%s)', condition, condition);
    ALTER TABLE enrolment_event ENABLE ROW LEVEL SECURITY;
    ALTER TABLE enrolment_event FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY owner_all ON enrolment_event TO %I USING (true) WITH CHECK (true)', current_user);
    EXECUTE format('CREATE POLICY in_scope ON enrolment_event TO geoapp_app USING (%s) WITH CHECK (%s)', area, area);
    FOR county IN
        SELECT substr(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'site'::regclass
    LOOP
        PERFORM ensure_county(county);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON enrolment TO geoapp_app;
GRANT USAGE ON SEQUENCE enrolment_id_seq TO geoapp_app;
GRANT INSERT ON enrolment_event TO geoapp_app;

-- What becomes of the enrolments of somebody who leaves the register, comes back at once, or goes on under another
-- record: for all programmes, also those the writer must not know of, so it says nothing. Only in the writer's area.
CREATE FUNCTION enrolments_leave(county text, person bigint, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE enrolment SET released_at = now(), release_reason = why, version = version + 1, updated_at = now(),
        previous = NULL
    WHERE county_code = county AND resident_id = person AND released_at IS NULL
    AND region_key BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint
$$;
CREATE FUNCTION enrolments_return(county text, person bigint, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE enrolment SET released_at = NULL, release_reason = NULL, version = version + 1, updated_at = now(),
        previous = NULL
    WHERE county_code = county AND resident_id = person AND release_reason = why
    AND region_key BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint
$$;
CREATE FUNCTION enrolments_carry(county text, person bigint, to_county text, to_person bigint, to_region bigint, why text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        UPDATE enrolment e SET county_code = to_county, resident_id = to_person, region_key = to_region,
            released_at = NULL, release_reason = NULL, version = version + 1, updated_at = now(), previous = NULL
        WHERE county_code = county AND resident_id = person AND (released_at IS NULL OR release_reason = why)
        AND region_key BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint
        AND to_region BETWEEN current_setting('app.scope_lo')::bigint AND current_setting('app.scope_hi')::bigint
        AND NOT EXISTS (SELECT FROM enrolment o WHERE o.county_code = to_county AND o.resident_id = to_person AND o.programme = e.programme)
        RETURNING e.id, e.region_key, e.programme
    )
    INSERT INTO enrolment_event (rule, enrolment_id, day, region_key, programme)
    SELECT 'arrived', id, current_date, region_key, programme FROM gone ON CONFLICT DO NOTHING
$$;
REVOKE ALL ON FUNCTION enrolments_leave, enrolments_return, enrolments_carry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enrolments_leave, enrolments_return, enrolments_carry TO geoapp_app;
