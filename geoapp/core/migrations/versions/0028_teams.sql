-- Service teams with members, what they did for whom, and the photos of it (A1).

CREATE SEQUENCE team_id_seq;
CREATE TABLE team (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('team_id_seq'),
    region_key bigint NOT NULL,
    -- the last key of the area: a region's code ends in as many zeros as its subtree has digits
    area_hi bigint NOT NULL GENERATED ALWAYS AS (region_key + CASE
        WHEN region_key % 1000 > 0 THEN 0
        WHEN region_key % 1000000 > 0 THEN 999
        WHEN region_key % 1000000000 > 0 THEN 999999
        WHEN region_key % 100000000000 > 0 THEN 999999999
        WHEN region_key % 10000000000000 > 0 THEN 99999999999
        ELSE 9999999999999 END) STORED,
    name text NOT NULL,
    class text NOT NULL,
    subclass text,
    duty text,
    members integer NOT NULL DEFAULT 0,
    served_on date,
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
    CONSTRAINT pk_team PRIMARY KEY (county_code, id),
    CONSTRAINT ck_team_point CHECK (geom IS NULL OR GeometryType(geom) = 'POINT'),
    CONSTRAINT ck_team_state CHECK (state = 'active' OR (state_reason IS NOT NULL AND state_date IS NOT NULL))
);
CREATE INDEX ix_team_region_key ON team (region_key);
CREATE INDEX ix_team_geom ON team USING gist (geom);

CREATE SEQUENCE team_member_id_seq;
CREATE TABLE team_member (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('team_member_id_seq'),
    region_key bigint NOT NULL,
    team_id bigint NOT NULL,
    user_id bigint CONSTRAINT fk_team_member_user_id_app_user REFERENCES app_user (id),
    name_enc bytea,
    phone_enc bytea,
    post text NOT NULL,
    since date NOT NULL,
    left_on date,
    left_reason text,
    left_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_team_member PRIMARY KEY (county_code, id),
    CONSTRAINT fk_team_member_team FOREIGN KEY (county_code, team_id) REFERENCES team (county_code, id),
    CONSTRAINT ck_team_member_who CHECK ((user_id IS NULL) <> (name_enc IS NULL)),
    CONSTRAINT ck_team_member_left CHECK ((left_on IS NULL) = (left_reason IS NULL))
);
CREATE INDEX ix_team_member_team_id ON team_member (county_code, team_id);
CREATE UNIQUE INDEX uq_team_member_post ON team_member (county_code, team_id, user_id, post) WHERE left_on IS NULL;

CREATE SEQUENCE service_record_id_seq;
CREATE TABLE service_record (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('service_record_id_seq'),
    region_key bigint NOT NULL,
    team_id bigint NOT NULL,
    team_name text NOT NULL,
    kind text NOT NULL,
    service text NOT NULL,
    served_on date NOT NULL,
    members bigint[] NOT NULL,
    people integer NOT NULL,
    house_id bigint,
    note_enc bytea,
    recorder_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    geom geometry(Point, 4326),
    CONSTRAINT pk_service_record PRIMARY KEY (county_code, id),
    CONSTRAINT ck_service_record_members CHECK (cardinality(members) > 0)
) PARTITION BY LIST (county_code);
CREATE INDEX ix_service_record_team_id ON service_record (team_id, served_on);
CREATE INDEX ix_service_record_members ON service_record USING gin (members);
CREATE INDEX ix_service_record_house_id ON service_record (county_code, house_id);
CREATE INDEX ix_service_record_recorder_id ON service_record (recorder_id, served_on);

CREATE TABLE service_recipient (
    county_code text NOT NULL,
    record_id bigint NOT NULL,
    resident_id bigint NOT NULL,
    region_key bigint NOT NULL,
    kind text NOT NULL,
    served_on date NOT NULL,
    CONSTRAINT pk_service_recipient PRIMARY KEY (county_code, record_id, resident_id),
    CONSTRAINT fk_service_recipient_record FOREIGN KEY (county_code, record_id)
        REFERENCES service_record (county_code, id) ON DELETE CASCADE
) PARTITION BY LIST (county_code);
CREATE INDEX ix_service_recipient_resident_id ON service_recipient (county_code, resident_id, kind, served_on);
CREATE INDEX ix_service_recipient_region_key ON service_recipient (region_key, kind, served_on, resident_id);

CREATE SEQUENCE service_photo_id_seq;
CREATE TABLE service_photo (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('service_photo_id_seq'),
    region_key bigint NOT NULL,
    record_id bigint NOT NULL,
    mimetype text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_service_photo PRIMARY KEY (county_code, id),
    CONSTRAINT fk_service_photo_record FOREIGN KEY (county_code, record_id)
        REFERENCES service_record (county_code, id) ON DELETE CASCADE
) PARTITION BY LIST (county_code);
-- a photo is packed already
ALTER TABLE service_photo ALTER content SET STORAGE EXTERNAL;
CREATE INDEX ix_service_photo_record_id ON service_photo (county_code, record_id);

DO $$
DECLARE
    places text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'site'::regclass;
    people text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'resident'::regclass;
    opened text := pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'record_change'::regclass;
    condition text;
    t text;
    county text;
BEGIN
    IF position('''sites''' IN places) = 0 THEN
        RAISE EXCEPTION 'the policy of site is not as expected: %', places;
    END IF;
    FOREACH t IN ARRAY ARRAY['team', 'team_member', 'service_record', 'service_recipient', 'service_photo'] LOOP
        -- what was done for whom is as close as the people themselves
        condition := CASE WHEN t LIKE 'team%' THEN replace(places, '''sites''', '''teams''') ELSE people END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, condition, condition);
    END LOOP;
    opened := replace(opened, 'WHEN ''residences''::text THEN ''residents''::text',
        'WHEN ''residences''::text THEN ''residents''::text WHEN ''services''::text THEN ''residents''::text');
    IF position('services' IN opened) = 0 THEN
        RAISE EXCEPTION 'the policy of record_change is not as expected: %', opened;
    END IF;
    EXECUTE format('ALTER POLICY in_scope ON record_change USING (%s) WITH CHECK (%s)', opened, opened);
    FOR county IN
        SELECT substr(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'site'::regclass
    LOOP
        PERFORM ensure_county(county);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON team TO geoapp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON team_member TO geoapp_app;
-- a record is taken back within minutes or stays as it is
GRANT SELECT, INSERT, DELETE ON service_record, service_recipient, service_photo TO geoapp_app;
GRANT USAGE ON SEQUENCE team_id_seq, team_member_id_seq, service_record_id_seq, service_photo_id_seq TO geoapp_app;
