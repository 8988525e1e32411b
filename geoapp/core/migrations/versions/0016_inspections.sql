-- Inspections of key sites, their photos, and when a site is due again.

CREATE SEQUENCE site_inspection_id_seq;
CREATE TABLE site_inspection (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('site_inspection_id_seq'),
    region_key bigint NOT NULL,
    site_id bigint NOT NULL,
    inspected_on date NOT NULL,
    inspector_id bigint,
    findings jsonb NOT NULL,
    note text,
    next_due date,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_site_inspection PRIMARY KEY (county_code, id),
    CONSTRAINT ck_site_inspection_due CHECK (next_due > inspected_on),
    CONSTRAINT ck_site_inspection_findings CHECK (jsonb_typeof(findings) = 'object' AND findings <> '{}')
) PARTITION BY LIST (county_code);
CREATE INDEX ix_site_inspection_site_id ON site_inspection (county_code, site_id);

CREATE SEQUENCE site_photo_id_seq;
CREATE TABLE site_photo (
    county_code text NOT NULL,
    id bigint NOT NULL DEFAULT nextval('site_photo_id_seq'),
    region_key bigint NOT NULL,
    inspection_id bigint NOT NULL,
    mimetype text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_site_photo PRIMARY KEY (county_code, id),
    CONSTRAINT fk_site_photo_inspection FOREIGN KEY (county_code, inspection_id) REFERENCES site_inspection (county_code, id)
) PARTITION BY LIST (county_code);
-- a photo is packed already
ALTER TABLE site_photo ALTER content SET STORAGE EXTERNAL;
CREATE INDEX ix_site_photo_inspection_id ON site_photo (county_code, inspection_id);

ALTER TABLE site ADD COLUMN inspected_on date, ADD COLUMN next_due date;
CREATE INDEX ix_site_next_due ON site (region_key, next_due) WHERE next_due IS NOT NULL;

DO $$
DECLARE
    condition text := (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'in_scope' AND polrelid = 'site'::regclass);
    t text;
    county text;
BEGIN
    FOREACH t IN ARRAY ARRAY['site_inspection', 'site_photo'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_all ON %I TO %I USING (true) WITH CHECK (true)', t, current_user);
        EXECUTE format('CREATE POLICY in_scope ON %I TO geoapp_app USING (%s) WITH CHECK (%s)', t, condition, condition);
    END LOOP;
    FOR county IN
        SELECT substr(c.relname, 6) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'site'::regclass
    LOOP
        PERFORM ensure_county(county);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON site_inspection, site_photo TO geoapp_app;
-- a site that moves takes what was found there along
GRANT UPDATE (region_key) ON site_inspection, site_photo TO geoapp_app;
GRANT USAGE ON SEQUENCE site_inspection_id_seq, site_photo_id_seq TO geoapp_app;
